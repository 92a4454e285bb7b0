import { z } from 'zod';
import { errorMeanings, type ErrorCode } from '../../contracts/errors.js';
import type { ServedRoute } from './route-table.js';
import { statusOf, type RouteDefinition } from './route.js';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the routes: nothing in it is written by hand beside the route itself. */
export function openApiDocument(routes: readonly ServedRoute[]): Json {
  const schemas = new Schemas();
  const taken = new Set<string>();
  const paths: Record<string, Json> = {};
  const inOrder = [...routes].sort((one, other) =>
    one.path < other.path ? -1 : one.path > other.path ? 1 : 0,
  );
  for (const route of inOrder) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [route.definition.method.toLowerCase()]: operation(route, operationId(route, taken), schemas),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Deskwire',
      version: '1',
      description:
        'Every error is `{ error: { code, message, details?, request_id } }`. Lists answer `{ items, next_cursor }` ' +
        'and take `cursor` and `limit`. A POST that creates takes `Idempotency-Key`: repeated, it answers the document ' +
        'as it now is with `Idempotent-Replayed: true`; with another request under the same key it answers 422.',
    },
    paths,
    components: {
      securitySchemes: {
        staff: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'The access_token of POST /api/v1/auth/login, or an API key whose scopes allow the route.',
        },
        customer: { type: 'http', scheme: 'bearer', description: 'The token of a customer or a visitor.' },
      },
      responses: schemas.refusals,
      schemas: schemas.all({ Error: errorSchema }),
    },
  };
}

const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(Object.keys(errorMeanings) as [ErrorCode, ...ErrorCode[]]),
    message: z.string().meta({ description: 'A sentence for a person.' }),
    details: z.record(z.string(), z.unknown()).optional(),
    request_id: z.string().meta({ description: 'Stands in the log too.' }),
  }),
});

function operation({ definition, controller }: ServedRoute, operationId: string, schemas: Schemas): Json {
  const { summary, description, access, body, idempotent } = definition;
  const parameters = [
    ...parametersIn('path', definition.params, schemas),
    ...parametersIn('query', definition.query, schemas),
    ...(idempotent === true ? [idempotencyKey] : []),
  ];
  return {
    operationId,
    tags: [tagOf(controller)],
    summary,
    ...(description === undefined ? {} : { description }),
    'x-access': access,
    security: access === 'public' ? [] : [{ [access === 'customer' ? 'customer' : 'staff']: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: json(schemas.of(body, 'input')) } }),
    responses: responses(definition, schemas),
  };
}

function tagOf(controller: string): string {
  return controller.replace(/Controller$/, '');
}

/** A controller with two prefixes has each of its routes twice: the second one is numbered. */
function operationId({ controller, handler }: ServedRoute, taken: Set<string>): string {
  const name = `${tagOf(controller)}_${handler}`;
  const id = taken.has(name) ? `${name}_${taken.size}` : name;
  taken.add(id);
  return id;
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 64 },
  description: 'Makes a repeat of this request harmless.',
};

function parametersIn(place: 'path' | 'query', schema: z.ZodType | undefined, schemas: Schemas): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.inline(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function responses(definition: RouteDefinition, schemas: Schemas): Json {
  const { answer, file, otherStatuses = {} } = definition;
  const success = {
    description: 'Done.',
    ...(answer === undefined ? {} : { content: json(schemas.of(answer, 'output')) }),
    ...(file === undefined ? {} : { content: { [file]: { schema: { type: 'string' } } } }),
  };
  const others = Object.entries(otherStatuses).map(([status, schema]): [string, Json] => [
    status,
    { description: 'Another state of it.', content: json(schemas.of(schema, 'output')) },
  ]);
  return {
    ...errors(definition, schemas),
    ...Object.fromEntries(others),
    [statusOf(definition)]: success,
  };
}

/** One answer per status that an error can have. */
function errors(definition: RouteDefinition, schemas: Schemas): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of possibleErrors(definition)) {
    const { status } = errorMeanings[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, schemas.refusal(codes)]));
}

function possibleErrors({
  access,
  body,
  params,
  idempotent,
  errors: own = [],
}: RouteDefinition): ErrorCode[] {
  const codes: ErrorCode[] = ['invalid_input', 'origin_not_allowed', 'rate_limited', 'unavailable'];
  if (access !== 'public') codes.push('unauthenticated', 'token_expired', 'forbidden');
  if (params !== undefined) codes.push('not_found');
  if (body !== undefined) codes.push('too_large', 'unsupported_media_type');
  if (idempotent === true) codes.push('idempotency_mismatch');
  return [...new Set([...codes, ...own])];
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

/** The components: JSON Schemas of zod's that have an id, and the answers to refused requests. */
class Schemas {
  readonly refusals: Record<string, Json> = {};
  private readonly named: Record<string, Json> = {};

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const {
      $schema: _dialect,
      $defs = {},
      ...rest
    } = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      io,
      unrepresentable: 'any',
      cycles: 'ref',
    }) as Json & { $defs?: Record<string, Json> };
    const id = rest['id'];
    for (const [name, definition] of Object.entries($defs)) this.add(name, definition);
    if (typeof id !== 'string') return pointToComponents(rest);
    this.add(id, rest);
    return { $ref: `#/components/schemas/${id}` };
  }

  /** The answer that carries one of these codes; routes share them. */
  refusal(codes: readonly ErrorCode[]): Json {
    const name = codes.join('.');
    const example = (code: ErrorCode) => ({
      value: { error: { code, message: errorMeanings[code].message, request_id: 'k3J9aXQzLmVx' } },
    });
    this.refusals[name] = {
      description: codes.map((code) => `\`${code}\`: ${errorMeanings[code].message}`).join(' '),
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Error' },
          examples: Object.fromEntries(codes.map((code) => [code, example(code)])),
        },
      },
    };
    return { $ref: `#/components/responses/${name}` };
  }

  inline(schema: z.ZodType): Json {
    const {
      $schema: _dialect,
      $defs: _definitions,
      ...rest
    } = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      io: 'input',
      unrepresentable: 'any',
      reused: 'inline',
    }) as Json;
    return pointToComponents(rest);
  }

  all(others: Readonly<Record<string, z.ZodType>>): Json {
    for (const [name, schema] of Object.entries(others)) this.add(name, this.of(schema, 'output'));
    return Object.fromEntries(Object.entries(this.named).sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  private add(name: string, definition: Json): void {
    const { id: _id, ...shown } = pointToComponents(definition);
    const known = this.named[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(shown))
      throw new Error(
        `Two schemas are called ${name}, or one reads differently in and out: name them apart.`,
      );
    this.named[name] = shown;
  }
}

function pointToComponents(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
