import { BSONRegExp } from 'bson';
import { fail } from '../errors.js';
import { parseExpression } from '../expression/parse.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { FieldTest, Filter } from './filter.js';
import { fieldOperators, type Structure } from './operators.js';
import { compilePattern } from './regex.js';

export interface FilterOptions {
  /** False where MongoDB allows no `$expr`: partial indexes, array filters, `$elemMatch`. */
  readonly expressions?: boolean;
  /** The user variables that `$expr` may name. */
  readonly variables?: ReadonlySet<string>;
}

export function parseFilter(filter: Doc, options: FilterOptions = {}): Filter {
  const parts: Filter[] = [];
  for (const [name, value] of filter) {
    if (name.startsWith('$')) {
      const part = parseTopLevel(name, value, options);
      if (part) parts.push(part);
    } else {
      for (const test of parseFieldTests(value)) parts.push({ kind: 'field', path: name, test });
    }
  }
  return parts.length === 1 && parts[0]
    ? parts[0]
    : parts.length
      ? { kind: 'and', parts }
      : { kind: 'always' };
}

/** What stands right of a field name: operators, a regular expression, or a value to be equal to. */
export function parseFieldTests(value: Value): FieldTest[] {
  if (isOperatorDocument(value)) return parseOperators(value);
  if (value instanceof BSONRegExp) return [{ op: 'regex', ...compilePattern(value) }];
  return [{ op: 'eq', value }];
}

const references = new Set(['$ref', '$id', '$db']);

/** The first field decides: `{ $gt: 1 }` has operators, `{ x: 1, $gt: 1 }` and a DBRef are values. */
export function isOperatorDocument(value: Value | undefined): value is Doc {
  if (!isDoc(value)) return false;
  const first = firstName(value);
  return first !== undefined && first.startsWith('$') && !references.has(first);
}

function firstName(doc: Doc): string | undefined {
  for (const name of doc.keys()) return name;
  return undefined;
}

function parseOperators(operators: Doc): FieldTest[] {
  const tests: FieldTest[] = [];
  for (const [name, argument] of operators) {
    const parse = fieldOperators.get(name);
    if (parse) tests.push(...parse(argument, operators, structure));
    else if (refusedOperators.has(name)) refuse(name);
    else fail('BadValue', `unknown operator: ${name}`);
  }
  return tests;
}

const structure: Structure = {
  isOperatorDocument,
  tests: parseOperators,
  elemMatch(argument) {
    const first = firstName(argument);
    if (isOperatorDocument(argument) && first !== undefined && !topLevelNames.has(first)) {
      return { op: 'elemMatchValue', tests: parseOperators(argument) };
    }
    return { op: 'elemMatchObject', filter: parseFilter(argument, { expressions: false }) };
  },
};

const refusedTopLevel = new Set(['$where', '$text', '$jsonSchema', '$sampleRate', '$_internalExpr']);
const refusedOperators = new Set(
  '$near $nearSphere $geoWithin $geoIntersects $within $geoNear $maxDistance $minDistance $uniqueDocs'.split(
    ' ',
  ),
);
const topLevelNames = new Set([
  ...['$and', '$or', '$nor', '$expr', '$comment', '$alwaysTrue', '$alwaysFalse'],
  ...refusedTopLevel,
]);

function refuse(name: string): never {
  return fail('NotImplemented', `${name} is not supported by this server`);
}

function parseTopLevel(name: string, value: Value, options: FilterOptions): Filter | undefined {
  switch (name) {
    case '$and':
    case '$or':
    case '$nor':
      return { kind: kinds[name], parts: parseParts(name, value, options) };
    case '$expr': {
      if (options.expressions === false)
        fail('BadValue', '$expr can only be applied to the top-level document');
      const { variables } = options;
      return { kind: 'expr', expression: parseExpression(value, variables ? { variables } : {}) };
    }
    case '$comment':
      return undefined;
    case '$alwaysTrue':
      return { kind: 'always' };
    case '$alwaysFalse':
      return { kind: 'never' };
  }
  if (refusedTopLevel.has(name)) refuse(name);
  const advice =
    "If you have a field name that starts with a '$' symbol, consider using $getField or $setField.";
  return fail('BadValue', `unknown top level operator: ${name}. ${advice}`);
}

const kinds = { $and: 'and', $or: 'or', $nor: 'nor' } as const;

function parseParts(name: string, value: Value, options: FilterOptions): Filter[] {
  if (!Array.isArray(value)) fail('BadValue', `${name} must be an array`);
  if (value.length === 0) fail('BadValue', '$and/$or/$nor must be a nonempty array');
  return value.map((part) =>
    isDoc(part)
      ? parseFilter(part, options)
      : fail('BadValue', '$or/$and/$nor entries need to be full objects'),
  );
}
