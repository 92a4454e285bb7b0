import { gzipSync } from 'node:zlib';
import { fieldsOf, type ApiParameter, type ApiRoute, type JsonSchema } from '../support/openapi.js';
import type { Random } from '../support/random.js';
import { replaced } from './factory.js';

/** A request that has to be refused, whatever else is right about it. */
export interface BadInput {
  readonly what: string;
  readonly query?: string;
  /** Path parameters as they stand in the address. */
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly chunked?: boolean;
}

/** What is good about the request besides. */
interface Base {
  readonly body: unknown;
  readonly query: string;
  readonly maxBodyBytes: number;
}

const JSON_TYPE = { 'content-type': 'application/json' } as const;
const PROTECTED = ['role', 'businessId', 'business', 'seq', '_id', 'rev', 'outbox', '$set', '$where', ''];

/** So many of each route are tried at most: half of them made from its own schemas, the others such as any can get. */
export const MOST_INPUTS = 60;

/** Bad inputs that fit the route; the seed decides which, when there are more than a run has time for. */
export function badInputs(route: ApiRoute, base: Base, random: Random): BadInput[] {
  const own = shuffled(ownInputs(route, base, random), random).slice(0, MOST_INPUTS / 2);
  const common = shuffled([...badQueries(), ...badBodies(base)], random);
  return [...own, ...common].slice(0, MOST_INPUTS);
}

function ownInputs(route: ApiRoute, base: Base, random: Random): BadInput[] {
  return [
    ...extraFields(route, base, random),
    ...(route.body === undefined ? [] : badFields(route.body, base, random)),
    ...route.query.flatMap((parameter) => badParameter(parameter)),
    ...route.pathParameters.flatMap(({ name }) => badIds(name)),
    ...(route.idempotent ? badKeys(base) : []),
  ];
}

export function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

function badQueries(): BadInput[] {
  const queries = [
    '?unknown=1',
    '?status[$gt]=',
    '?limit[$ne]=1',
    '?$where=sleep(1)',
    '?__proto__[admin]=1',
    '?__proto__=1',
    '?constructor[prototype][x]=1',
    '?role=owner&businessId=b',
    '?_id=a&rev=1',
    '?%00=1',
    '?%ff=%fe',
    `?${Array.from({ length: 1_500 }, (_, at) => `k${at}=1`).join('&')}`,
    `?long=${'x'.repeat(8_000)}`,
  ];
  return queries.map((query) => ({ what: `the query ${query.slice(0, 40)}`, query }));
}

function badBodies({ maxBodyBytes }: Base): BadInput[] {
  const json = (what: string, body: string | Uint8Array): BadInput => ({ what, body, headers: JSON_TYPE });
  const typed = (type: string | undefined, body = '{}'): BadInput => ({
    what: `a body of the type ${type}`,
    body,
    headers: type === undefined ? {} : { 'content-type': type },
  });
  const nested = (levels: number): BadInput[] => [
    json(`${levels} nested lists`, '['.repeat(levels) + ']'.repeat(levels)),
    json(`${levels} nested objects`, `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`),
    json(`${levels} lists that nobody closes`, '['.repeat(levels)),
  ];
  const large = `{"a":"${'x'.repeat(maxBodyBytes)}"}`;
  return [
    ...[
      '{"a":',
      "{'a':1}",
      '[',
      'undefined',
      'NaN',
      '{"a":1,}',
      '{}{}',
      '{"a":01}',
      '\u0000',
      '{"a":"\n"}',
    ].map((text) => json(`broken JSON ${JSON.stringify(text)}`, text)),
    ...['null', '[]', '[{}]', '"text"', '1', 'true'].map((text) =>
      json(`${text} in place of an object`, text),
    ),
    json('a body in UTF-16', Buffer.from('{"a":1}', 'utf16le')),
    json('a body that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
    json('an overlong slash', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])),
    json('a marker before broken JSON', Buffer.from('\ufeff{"a"')),
    json('__proto__', '{"__proto__":{"role":"owner"}}'),
    json('__proto__ deeper', '{"a":[{"__proto__":{"role":"owner"}}]}'),
    json('constructor.prototype', '{"constructor":{"prototype":{"role":"owner"}}}'),
    json('an operator for everything', '{"$ne":null}'),
    ...[33, 5_000, 20_000].flatMap(nested),
    json('a body over the bound', large),
    { ...json('a body over the bound, in chunks', large), chunked: true },
    typed(undefined),
    typed('text/plain'),
    typed('application/x-www-form-urlencoded', 'a=1'),
    typed('multipart/form-data; boundary=x', '--x--'),
    typed('application/json; charset=utf-16'),
    { ...json('a compressed body', gzipSync('{}')), headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
    { what: 'a header of 15 kB', query: '?unknown=1', headers: { 'x-long': 'x'.repeat(13_000) } },
    { what: 'headers over the bound', headers: { 'x-long': 'x'.repeat(40_000) } },
  ];
}

/** Fields that the route does not have, beside a body that is right; also where it has objects inside. */
function extraFields({ body }: ApiRoute, base: Base, random: Random): BadInput[] {
  const values = [1, 'owner', null, { $ne: null }, [], true];
  const objects = body === undefined ? [] : fieldsOf(body, 'body').filter(isStrict);
  const places = body === undefined ? [{ path: [], schema: {} as JsonSchema }] : objects;
  return places.flatMap(({ path, schema }) =>
    PROTECTED.filter((name) => schema.properties?.[name] === undefined).map((name) => ({
      what: `the field ${[...path, name].join('.')}`,
      headers: JSON_TYPE,
      body: JSON.stringify(replaced(base.body, [...path, name], random.pick(values))),
    })),
  );
}

function isStrict({ schema }: { schema: JsonSchema }): boolean {
  return schema.properties !== undefined && schema.additionalProperties === false;
}

const wrong: readonly unknown[] = [
  'text',
  7,
  -1.5,
  1e300,
  true,
  null,
  [],
  [[]],
  {},
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { toString: 'x' },
];

/** Each field with values that its schema refuses. */
function badFields(schema: JsonSchema, { body }: Base, random: Random): BadInput[] {
  const fields = fieldsOf(schema, 'body').filter(({ path }) => path.length > 0);
  return fields.flatMap((field) => {
    const candidates = [...wrong, ...outOfBounds(field.schema, random)];
    // A field can be more than one thing: what any of its forms takes is not bad.
    const forms = fields.filter(({ name }) => name === field.name).map((one) => one.schema);
    return candidates
      .filter((value) => forms.every((form) => !mayBe(form, value)))
      .map((value) => ({
        what: `${field.name} = ${(JSON.stringify(value) ?? '').slice(0, 40)}`,
        headers: JSON_TYPE,
        body: JSON.stringify(replaced(body, field.path, value)),
      }));
  });
}

function outOfBounds(schema: JsonSchema, random: Random): unknown[] {
  const { maxLength, minLength = 0, maxItems, maximum, minimum, pattern, items } = schema;
  return [
    ...(maxLength === undefined ? [] : ['x'.repeat(maxLength + 1), 'x'.repeat(maxLength + 5_000)]),
    ...(minLength > 0 ? ['', 'x'.repeat(minLength - 1)] : []),
    ...(pattern === undefined ? [] : ['\u0000', 'a b\n$', '../..', `${random.below(1e9)} {"$ne":1}`]),
    ...(schema.enum === undefined ? [] : ['OWNER', 'root', 'Admin ', '']),
    ...(maxItems === undefined || items === undefined
      ? []
      : [Array.from({ length: maxItems + 1 }, () => null)]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...(minimum === undefined ? [] : [minimum - 1]),
  ];
}

/** Whether the schema could take it, as far as that can be seen in it; in doubt it could. */
export function mayBe(schema: JsonSchema, value: unknown): boolean {
  const several = schema.anyOf ?? schema.oneOf;
  if (several !== undefined) return several.some((one) => mayBe(one, value));
  if (schema.enum !== undefined) return schema.enum.includes(value);
  if (schema.const !== undefined) return schema.const === value;
  if (schema.type !== undefined && ![schema.type].flat().some((type) => isOf(type, value))) return false;
  if (typeof value === 'string') return mayBeText(schema, value);
  if (typeof value === 'number')
    return value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity);
  if (Array.isArray(value))
    return (
      value.length <= (schema.maxItems ?? Infinity) &&
      value.length >= (schema.minItems ?? 0) &&
      value.every((item) => mayBe(schema.items ?? {}, item))
    );
  if (typeof value === 'object' && value !== null) return mayBeObject(schema, value);
  return true;
}

function mayBeText({ maxLength = Infinity, minLength = 0, pattern }: JsonSchema, text: string): boolean {
  const fits = pattern === undefined || new RegExp(pattern, 'u').test(text);
  return fits && text.length <= maxLength && text.length >= minLength;
}

function mayBeObject({ properties = {}, required = [], additionalProperties }: JsonSchema, value: object) {
  const known = (key: string): boolean => Object.hasOwn(properties, key) || additionalProperties !== false;
  return required.every((key) => Object.hasOwn(value, key)) && Object.keys(value).every(known);
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function badParameter({ name, schema }: ApiParameter): BadInput[] {
  const values = ['', 'x'.repeat(2_000), '%00', '%ff', '{"$ne":null}', '-1', '1e99', 'NaN', ';drop', '..%2f'];
  const texts = values.filter((value) => !mayTake(schema, decoded(value)));
  return [
    ...texts.map((value) => `?${name}=${value}`),
    ...['$gt', '', '0', '__proto__'].map((key) => `?${name}[${key}]=1`),
    `?${name}=1&${name}=2`,
  ].map((query) => ({ what: `the query ${query.slice(0, 60)}`, query }));
}

/** A query is text, and what a schema makes of text is its own affair: only what is clearly wrong is called so. */
function mayTake(schema: JsonSchema, text: string): boolean {
  const several = schema.anyOf ?? schema.oneOf;
  if (several !== undefined) return several.some((one) => mayTake(one, text));
  const types = [schema.type].flat();
  if (types.includes('integer') || types.includes('number'))
    return text.trim() !== '' && mayBe(schema, Number(text));
  if (types.includes('boolean')) return text === 'true' || text === 'false';
  return mayBe(schema, text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function badIds(name: string): BadInput[] {
  const ids = ['%00', '%ff', '..%2f..', '%2e%2e', '%24ne', '{%22$ne%22:null}', "'%20or%201=1", '__proto__'];
  const more = ['constructor', 'null', 'undefined', '[object%20Object]', '-1', '%F0%9F%98%80', '%E2%80%8B'];
  const long = ['x'.repeat(65), 'x'.repeat(4_000), '0'.repeat(24), 'a%0d%0aSet-Cookie:x'];
  return [...ids, ...more, ...long].map((id) => ({
    what: `the id ${id.slice(0, 40)}`,
    params: { [name]: id },
  }));
}

function badKeys({ body }: Base): BadInput[] {
  return ['x'.repeat(65), 'schl\u00fcssel', '\t', '\u0080'].map((key) => ({
    what: `the idempotency key ${JSON.stringify(key).slice(0, 40)}`,
    headers: { ...JSON_TYPE, 'idempotency-key': key },
    body: JSON.stringify(body ?? {}),
  }));
}
