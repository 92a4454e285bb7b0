import { z } from 'zod';
import { DomainError } from '../../contracts/errors.js';
import { refusePrototypeKeys } from './body.js';
import type { ParsedInput } from './request.js';
import type { RouteDefinition } from './route.js';

const MOST_ISSUES = 20;
const nothing = z.strictObject({});
/** A route without a body takes none, or an empty object, which some clients always send. */
const noBody = nothing.optional();

interface Issue {
  readonly field: string;
  readonly message: string;
}

/** Parses every part of a request, or refuses all that is wrong with it at once, naming the fields. */
export function parseInput(route: RouteDefinition, raw: ParsedInput): ParsedInput {
  refusePrototypeKeys(raw.query);
  const issues: Issue[] = [];
  const parse = (part: keyof ParsedInput, schema: z.ZodType): unknown => {
    const result = schema.safeParse(raw[part]);
    if (!result.success) issues.push(...result.error.issues.flatMap((issue) => issuesOf(part, issue)));
    return result.data;
  };
  const input = {
    params: parse('params', route.params ?? nothing),
    query: parse('query', route.query ?? nothing),
    body: parse('body', route.body ?? noBody),
  };
  const first = issues[0];
  if (first === undefined) return input;
  throw new DomainError('invalid_input', `${first.field}: ${first.message}`, {
    issues: issues.slice(0, MOST_ISSUES),
  });
}

function issuesOf(part: string, issue: z.core.$ZodIssue): Issue[] {
  const path = [part, ...issue.path.map(String)].join('.');
  // An unknown key is a field of its own: the client should not have to search for it in a sentence.
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: `${path}.${key.slice(0, 100)}`,
      message: 'Not a field of this.',
    }));
  return [{ field: path.slice(0, 200), message: issue.message }];
}
