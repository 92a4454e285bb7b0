/** A JSON Schema as /docs-json holds it: what the tests look at. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

export interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** A route as the outside sees it: whatever is published is covered, whoever wrote it. */
export interface ApiRoute {
  /** 'POST /api/v1/things/{id}/close' */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly access: string;
  readonly pathParameters: readonly ApiParameter[];
  readonly query: readonly ApiParameter[];
  /** Without references into other parts of the document. */
  readonly body: JsonSchema | undefined;
  readonly idempotent: boolean;
  /** Every success that it declares, the usual one first. */
  readonly successes: readonly number[];
}

interface Operation {
  readonly 'x-access': string;
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export async function readApi(url: string): Promise<ApiRoute[]> {
  const document = (await (await fetch(`${url}/docs-json`)).json()) as Document;
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      toRoute(method.toUpperCase(), path, operation, document),
    ),
  );
}

function toRoute(method: string, path: string, operation: Operation, document: Document): ApiRoute {
  const parameters = (operation.parameters ?? []).map((one) => ({
    ...one,
    schema: resolve(one.schema, document),
  }));
  const body = operation.requestBody?.content['application/json']?.schema;
  return {
    name: `${method} ${path}`,
    method,
    path,
    access: operation['x-access'],
    pathParameters: parameters.filter((one) => one.in === 'path'),
    query: parameters.filter((one) => one.in === 'query'),
    body: body === undefined ? undefined : resolve(body, document),
    idempotent: parameters.some((one) => one.in === 'header' && one.name === 'Idempotency-Key'),
    successes: Object.keys(operation.responses)
      .map(Number)
      .filter((status) => status < 400),
  };
}

/** References followed once: no input of ours refers to itself, and one that did would be cut here. */
function resolve(schema: JsonSchema, document: Document, depth = 0): JsonSchema {
  if (depth > 20) return {};
  if (schema.$ref !== undefined) {
    const found = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
    if (found === undefined) throw new Error(`/docs-json refers to ${schema.$ref}, which it does not hold.`);
    return resolve(found, document, depth + 1);
  }
  const inner = (one: JsonSchema): JsonSchema => resolve(one, document, depth + 1);
  const { properties, items, prefixItems, anyOf, oneOf, allOf, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, inner(one)])),
    }),
    ...(items && { items: inner(items) }),
    ...(prefixItems && { prefixItems: prefixItems.map(inner) }),
    ...(anyOf && { anyOf: anyOf.map(inner) }),
    ...(oneOf && { oneOf: oneOf.map(inner) }),
    ...(allOf && { allOf: allOf.map(inner) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: inner(additionalProperties) }),
  };
}

/** A field of an input, however deep it lies. */
export interface Field {
  /** `body.settings.allowed_origins[]` */
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly schema: JsonSchema;
}

export function fieldsOf(schema: JsonSchema, name: string, path: Field['path'] = []): Field[] {
  const below = [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, one]) =>
      fieldsOf(one, `${name}.${key}`, [...path, key]),
    ),
    ...(schema.items === undefined ? [] : fieldsOf(schema.items, `${name}[]`, [...path, 0])),
    ...[schema.anyOf, schema.oneOf, schema.allOf, schema.prefixItems].flatMap((several) =>
      (several ?? []).flatMap((one) => fieldsOf(one, name, path)),
    ),
    ...(typeof schema.additionalProperties === 'object'
      ? fieldsOf(schema.additionalProperties, `${name}.*`, [...path, 'any'])
      : []),
  ];
  return [{ name, path, schema }, ...below];
}
