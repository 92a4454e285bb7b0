import type { Desk } from '../support/desk.js';
import type { Random } from '../support/random.js';
import { fieldsOf, type ApiRoute } from '../support/openapi.js';
import { mayBe, shuffled } from './bad-inputs.js';
import { replaced, validRequest, type Request } from './factory.js';

/** Texts and numbers that a schema may well take, and that something further in may stumble over. */
const odd: readonly unknown[] = [
  '\ud800',
  'a\udc00b',
  'a\u0000b',
  '\u202eevil\u2066',
  '\ufeff',
  '$where',
  '$name.first',
  'a.b.$c',
  '__proto__',
  '{"$ne":null}',
  '.*+?^${}()|[]\\',
  '(a+)+$',
  '<script>alert(1)</script>',
  '=1+1',
  '%s%n%x',
  '😀'.repeat(20),
  'e\u0301'.repeat(20),
  '-0',
  '1e309',
  '9007199254740993',
  9_007_199_254_740_991,
  -0,
  1e21,
];

const MOST_REQUESTS = 20;

export interface OddRequest {
  readonly what: string;
  readonly request: Request;
}

/** Cursors that are well made and point nowhere. */
const cursors = [
  [1e300, 'x'],
  [-1, 'x'],
  [0.5, 'x'],
  ['x'],
  [null],
  [1],
  [9e15, ''],
  [],
  ['\ud800'],
  [{ $gt: '' }],
].map((position) => Buffer.from(JSON.stringify(position)).toString('base64url'));

/** Requests with one odd value in a text or a number that might take it, within a valid rest. */
export async function oddRequests(
  route: ApiRoute,
  desk: Desk,
  random: Random,
): Promise<readonly OddRequest[]> {
  return shuffled(await everyOddRequest(route, desk), random).slice(0, MOST_REQUESTS);
}

export function takesOdd({ body, query }: ApiRoute): boolean {
  return body !== undefined || query.some(({ name }) => name === 'cursor');
}

async function everyOddRequest(route: ApiRoute, desk: Desk): Promise<OddRequest[]> {
  const request = await validRequest(route, desk);
  if (route.query.some(({ name }) => name === 'cursor'))
    return cursors.map((cursor) => ({
      what: `the cursor ${Buffer.from(cursor, 'base64url').toString()}`,
      request: { ...request, parts: { ...request.parts, query: `?cursor=${cursor}` } },
    }));
  if (route.body === undefined) return [];
  return fieldsOf(route.body, 'body')
    .filter(({ path, schema }) => path.length > 0 && schema.enum === undefined)
    .flatMap(({ name, path, schema }) =>
      odd
        .filter((value) => schema.type !== undefined && mayBe(schema, value))
        .map((value) => ({
          what: `${name} = ${JSON.stringify(value)}`,
          request: {
            ...request,
            parts: { ...request.parts, body: replaced(request.parts.body, path, value) },
          },
        })),
    );
}
