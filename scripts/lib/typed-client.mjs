/**
 * The types of every route, from the OpenAPI document: what a typed client in the browser is checked against.
 * It covers the JSON Schemas that our routes use and refuses any other, so that no type is silently wrong.
 * @typedef {{ [key: string]: unknown }} Json
 * @typedef {{ parameters?: Json[], requestBody?: Json, responses: Record<string, Json>, summary?: string }} Operation
 */

/** @param {object} document */
export function clientOf(document) {
  const { paths, components } =
    /** @type {{ paths: Record<string, Record<string, Operation>>, components: { schemas: Record<string, Json> } }} */ (
      document
    );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema)};`,
  );
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => routeOf(method.toUpperCase(), path, operation)),
  );
  return [...schemas, '', 'export interface Routes {', ...routes, '}', ''].join('\n');
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Operation} operation
 */
function routeOf(method, path, { parameters = [], requestBody, responses, summary }) {
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  const queryNeeded = parameters.some((one) => one['in'] === 'query' && one['required']);
  const parts = [
    ['params', parametersType(parameters, 'path')],
    [queryNeeded ? 'query' : 'query?', parametersType(parameters, 'query')],
    ['body', requestBody && contentType(requestBody)],
  ].flatMap(([name, type]) => (type ? [`${name}: ${type};`] : []));
  return [
    `/** ${summary ?? ''} */`,
    `'${method} ${path}': { ${parts.join(' ')} answer: ${(success && contentType(success)) ?? 'undefined'} };`,
  ].join('\n');
}

/**
 * @param {Json[]} parameters
 * @param {string} place
 */
function parametersType(parameters, place) {
  const here = parameters.filter((one) => one['in'] === place);
  if (here.length === 0) return undefined;
  const fields = here.map(
    ({ name, required, schema }) =>
      `${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(/** @type {Json} */ (schema))}`,
  );
  return `{ ${fields.join('; ')} }`;
}

/** @param {Json} part of a request or an answer */
function contentType({ content }) {
  const [media, { schema }] = /** @type {[string, { schema: Json }]} */ (
    Object.entries(/** @type {object} */ (content ?? {}))[0] ?? ['', {}]
  );
  if (media === '') return undefined;
  return media === 'application/json' ? typeOf(schema) : 'string';
}

/**
 * @param {Json} schema
 * @returns {string}
 */
function typeOf(schema) {
  const { type, properties, items, additionalProperties, $ref } = schema;
  if (typeof $ref === 'string') return $ref.replace('#/components/schemas/', '');
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one) => JSON.stringify(one)).join(' | ');
  const either = /** @type {Json[] | undefined} */ (schema['anyOf'] ?? schema['oneOf']);
  if (either) return either.map((one) => `(${typeOf(one)})`).join(' | ');
  const all = /** @type {Json[] | undefined} */ (schema['allOf']);
  if (all) return all.map((one) => `(${typeOf(one)})`).join(' & ');
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: String(one) })).join(' | ');
  if (type === 'array') return `(${items ? typeOf(/** @type {Json} */ (items)) : 'unknown'})[]`;
  if (type === 'object')
    return objectType(schema, /** @type {Record<string, Json>} */ (properties), additionalProperties);
  if (type === 'integer') return 'number';
  if (type === 'string' || type === 'number' || type === 'boolean' || type === 'null') return type;
  if (type === undefined) return 'unknown';
  throw new Error(`The client's generator does not know ${JSON.stringify(schema).slice(0, 200)}.`);
}

/**
 * @param {Json} schema
 * @param {Record<string, Json> | undefined} properties
 * @param {unknown} others
 */
function objectType(schema, properties, others) {
  const required = new Set(/** @type {string[]} */ (schema['required'] ?? []));
  const fields = Object.entries(properties ?? {}).map(
    ([name, one]) => `${JSON.stringify(name)}${required.has(name) ? '' : '?'}: ${typeOf(one)}`,
  );
  if (fields.length > 0) return `{ ${fields.join('; ')} }`;
  return typeof others === 'object' && others !== null
    ? `Record<string, ${typeOf(/** @type {Json} */ (others))}>`
    : 'Record<string, unknown>';
}
