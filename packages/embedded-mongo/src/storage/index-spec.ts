import { fail } from '../errors.js';
import type { Filter } from '../query/filter.js';
import { compileMatcher } from '../query/match.js';
import { parseFilter } from '../query/parse.js';
import { parseCollation } from '../values/collate.js';
import type { Collation } from '../values/collation.js';
import { equalValues } from '../values/compare.js';
import { mostKeyParts } from '../values/keys.js';
import { toNumber } from '../values/numbers.js';
import { isDoc, isNumber } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { IndexInfo } from './store.js';

/** What the storage keeps of an index beside what it shows. */
export interface StoredIndex extends IndexInfo {
  /** False for a document that the partial filter leaves out. */
  readonly covers: (document: Doc) => boolean;
}

export type ParsedIndex = Omit<StoredIndex, 'id' | 'multikey'>;

const longestTtl = 2_147_483_647;
/** MongoDB's InvalidIndexSpecificationOption. */
const invalidOption = 197;
const options = ['v', 'key', 'name', 'unique', 'sparse', 'background', 'hidden', 'expireAfterSeconds'];
const served = new Set([...options, 'partialFilterExpression', 'collation']);

/** Checks an index specification as MongoDB does, and refuses by name what it would serve and we do not. */
export function parseIndex(specification: Doc): ParsedIndex {
  checkOptions(specification);
  const keys = parseKeys(specification.get('key'));
  const isId = keys.length === 1 && keys[0]?.[0] === '_id' && keys[0][1] === 1;
  if (isId) checkIdOptions(specification);
  const name = isId ? '_id_' : parseName(specification.get('name'), keys);
  const unique = isId || parseFlag(specification, 'unique');
  const sparse = parseFlag(specification, 'sparse');
  const given = specification.get('collation');
  if (given !== undefined && !isDoc(given))
    return fail('TypeMismatch', "The field 'collation' must be an object");
  const collation = parseCollation(given);
  const partial = parsePartial(specification.get('partialFilterExpression'));
  if (partial && sparse) {
    fail('CannotCreateIndex', 'cannot mix "partialFilterExpression" and "sparse" options');
  }
  return {
    name,
    keys,
    unique,
    sparse,
    collation,
    partial,
    covers: coverage(partial?.filter, collation),
    expireAfterSeconds: parseTtl(specification, keys.length),
    specification: normalised(specification, name, collation),
  };
}

/** 'same' is what MongoDB calls identical: asking for it again changes nothing. */
export function compareWithExisting(wanted: ParsedIndex, existing: IndexInfo): 'same' | 'unrelated' {
  const signature = (index: ParsedIndex | IndexInfo): Value[] => [
    index.specification.get('key') ?? null,
    index.collation?.specification ?? null,
    index.partial?.raw ?? null,
    index.unique,
    index.sparse,
  ];
  const alike = equalValues(signature(wanted), signature(existing));
  const shown = `Requested index: ${wanted.name}, existing index: ${existing.name}`;
  if (wanted.name === existing.name) {
    if (!alike) {
      fail(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. ${shown}`,
      );
    }
    if (wanted.expireAfterSeconds !== existing.expireAfterSeconds) {
      fail(
        'IndexOptionsConflict',
        `An equivalent index already exists with the same name but different options. ${shown}`,
      );
    }
    return 'same';
  }
  if (alike) fail('IndexOptionsConflict', `Index already exists with a different name: ${existing.name}`);
  return 'unrelated';
}

function checkOptions(specification: Doc): void {
  for (const [option, value] of specification) {
    if (!served.has(option)) {
      fail(invalidOption, `The field '${option}' is not valid for an index specification of embedded-mongo`);
    }
    if (option === 'v' && (!isNumber(value) || toNumber(value) !== 2)) {
      fail('CannotCreateIndex', "embedded-mongo supports index version 'v: 2' only");
    }
  }
  if (parseFlag(specification, 'hidden')) {
    fail('CannotCreateIndex', "the index option 'hidden' is not supported by embedded-mongo");
  }
}

function checkIdOptions(specification: Doc): void {
  for (const option of ['unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression']) {
    if (specification.has(option)) {
      fail(invalidOption, `The field '${option}' is not valid for an _id index specification`);
    }
  }
}

function parseKeys(pattern: Value | undefined): IndexInfo['keys'] {
  if (pattern === undefined) {
    return fail('FailedToParse', "The 'key' field is a required property of an index specification");
  }
  if (!isDoc(pattern)) return fail('TypeMismatch', "The field 'key' must be an object");
  if (pattern.size === 0) fail('CannotCreateIndex', 'Index keys cannot be an empty object');
  if (pattern.size > mostKeyParts) {
    fail('CannotCreateIndex', `an index of embedded-mongo has at most ${mostKeyParts} fields`);
  }
  return [...pattern].map(([path, kind]) => [checkPath(path), parseDirection(path, kind)]);
}

function checkPath(path: string): string {
  const parts = path.split('.');
  if (parts.at(-1) === '$**') {
    fail('CannotCreateIndex', `wildcard indexes ('${path}') are not supported by embedded-mongo`);
  }
  if (parts.includes('')) fail('CannotCreateIndex', `Index keys cannot be an empty field: '${path}'`);
  if (parts.some((part) => part.startsWith('$'))) {
    fail(
      'CannotCreateIndex',
      `Index key contains an illegal field name: '${path}' has a part that starts with '$'`,
    );
  }
  if (path.includes('\0')) fail('CannotCreateIndex', 'Index keys cannot contain a null byte');
  return path;
}

function parseDirection(path: string, kind: Value): 1 | -1 {
  if (typeof kind === 'string') {
    return fail(
      'CannotCreateIndex',
      `the index type '${kind}' of '${path}' is not supported by embedded-mongo`,
    );
  }
  if (!isNumber(kind)) {
    return fail('CannotCreateIndex', `Values in the index key pattern must be numbers or strings: '${path}'`);
  }
  const sign = Math.sign(toNumber(kind));
  if (sign !== 1 && sign !== -1) {
    return fail('CannotCreateIndex', `Values in the index key pattern cannot be 0 or NaN: '${path}'`);
  }
  return sign;
}

function parseName(name: Value | undefined, keys: IndexInfo['keys']): string {
  if (name === undefined) return keys.map(([path, direction]) => `${path}_${direction}`).join('_');
  if (typeof name !== 'string') return fail('TypeMismatch', "The field 'name' must be a string");
  if (name === '_id_') fail('BadValue', "The index name '_id_' is reserved for the index on { _id: 1 }");
  if (name === '' || name === '*' || name.includes('\0')) {
    return fail('CannotCreateIndex', `The index name '${name}' is not valid`);
  }
  return name;
}

function parseFlag(specification: Doc, option: string): boolean {
  const value = specification.get(option);
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  if (isNumber(value)) return toNumber(value) !== 0;
  return fail('TypeMismatch', `The field '${option}' has a value that is not convertible to bool`);
}

function parseTtl(specification: Doc, fields: number): number | undefined {
  const value = specification.get('expireAfterSeconds');
  if (value === undefined) return undefined;
  if (!isNumber(value)) return fail('TypeMismatch', "The field 'expireAfterSeconds' must be a number");
  const seconds = toNumber(value);
  if (!(seconds >= 0 && seconds <= longestTtl)) {
    fail('CannotCreateIndex', `TTL index 'expireAfterSeconds' option must be from 0 to ${longestTtl}`);
  }
  if (fields > 1) {
    fail('CannotCreateIndex', 'TTL indexes are single-field indexes, compound indexes do not support TTL');
  }
  return seconds;
}

function parsePartial(raw: Value | undefined): IndexInfo['partial'] {
  if (raw === undefined) return undefined;
  if (!isDoc(raw)) return fail('TypeMismatch', "The field 'partialFilterExpression' must be an object");
  const filter = parseFilter(raw, { expressions: false });
  const refused = unsuitable(filter);
  if (refused) fail('CannotCreateIndex', `Expression not supported in partial index: ${refused}`);
  return { filter, raw };
}

/** The operator that MongoDB does not allow in a partial index. */
function unsuitable(filter: Filter): string | undefined {
  if (filter.kind === 'and' || filter.kind === 'or') {
    return filter.parts.map(unsuitable).find((name) => name !== undefined);
  }
  if (filter.kind === 'always') return undefined;
  if (filter.kind !== 'field') return `$${filter.kind}`;
  const { test } = filter;
  if (test.op === 'exists') return test.exists ? undefined : '$exists: false';
  if (test.op === 'in' && test.patterns) return '$regex';
  return ['eq', 'gt', 'gte', 'lt', 'lte', 'in', 'type'].includes(test.op) ? undefined : `$${test.op}`;
}

function coverage(filter: Filter | undefined, collation: Collation | undefined): (document: Doc) => boolean {
  if (!filter) return () => true;
  return compileMatcher(filter, { now: new Date(0), collation, checkDeadline: () => undefined });
}

/** What listIndexes shows: the version and the name first, the collation with its defaults. */
function normalised(specification: Doc, name: string, collation: Collation | undefined): Doc {
  const shown: Doc = new Map<string, Value>([['v', 2]]);
  shown.set('key', specification.get('key') ?? null);
  shown.set('name', name);
  for (const [option, value] of specification) {
    if (!shown.has(option) && option !== 'collation') shown.set(option, value);
  }
  if (collation) shown.set('collation', collation.specification);
  return shown;
}
