import { Delete, Get, HttpCode, Patch, Post, Put, SetMetadata, type StreamableFile } from '@nestjs/common';
import type { z } from 'zod';
import type { ErrorCode } from '../../contracts/errors.js';
import { ACCESS, WHILE_SUSPENDED, type Access } from '../auth/access.js';
import type { LimitName } from './limits.js';
import type { Reply } from './reply.js';

/** A route, declared whole: guard, validation, limits, idempotency and Swagger all read this one object. */
export interface RouteDefinition<Answer extends z.ZodType = z.ZodType> {
  readonly method: keyof typeof methods;
  /** Behind the controller's own path, for example ':id/close'; '' is the controller's path itself. */
  readonly path: string;
  readonly access: Access;
  /** One line for Swagger, in the imperative: 'Invite somebody to the team'. */
  readonly summary: string;
  readonly description?: string;
  /** Strict object schemas; what is not declared is refused. A path with `:name` declares it in `params`. */
  readonly body?: z.ZodType;
  readonly query?: z.ZodType;
  readonly params?: z.ZodType;
  /** What it answers; without one it answers 204. */
  readonly answer?: Answer;
  /** The media type of a handler that returns a StreamableFile; then there is no `answer`. */
  readonly file?: string;
  /** 200 unless told, or 201 for an idempotent POST, or 204 without an answer. */
  readonly status?: number;
  /** A POST that creates: takes `Idempotency-Key`, which the handler gets with `@Idempotent()`. */
  readonly idempotent?: boolean;
  /** It writes, and works in a suspended business all the same. */
  readonly whileSuspended?: boolean;
  /** A limit of its own beside the ones that count every request. */
  readonly limit?: LimitName;
  /** Answered however many requests wait, and needs no deadline: health and metrics. */
  readonly always?: boolean;
  /** Answers of another shape or status, for Swagger: what `reply(..., { status })` sends. */
  readonly otherStatuses?: Readonly<Record<number, z.ZodType>>;
  /** Codes beside those that every such route can answer. */
  readonly errors?: readonly ErrorCode[];
}

const methods = { GET: Get, POST: Post, PUT: Put, PATCH: Patch, DELETE: Delete } as const;

/** The metadata key under which a handler carries its definition. */
export const ROUTE = 'deskwire:route';

type Frozen<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Frozen<T[K]> }
      : T;

/** What a handler may return: the compiler compares it with the schema that Swagger shows. */
type Answered<Answer extends z.ZodType> =
  unknown extends z.input<Answer>
    ? void | StreamableFile
    : Frozen<z.input<Answer>> | Reply<Frozen<z.input<Answer>>>;

type Handler<Answer extends z.ZodType> = (...inputs: never[]) => Answered<Answer> | Promise<Answered<Answer>>;

/** The only way to declare a route. Controllers are `@Controller('api/v1/...')`. */
export function Route<Answer extends z.ZodType = z.ZodType<unknown>>(definition: RouteDefinition<Answer>) {
  const problem = objection(definition);
  if (problem !== undefined) throw new Error(`${definition.method} ${definition.path}: ${problem}`);
  return <H extends Handler<Answer>>(
    target: object,
    name: string,
    descriptor: TypedPropertyDescriptor<H>,
  ): void => {
    methods[definition.method](definition.path)(target, name, descriptor);
    HttpCode(statusOf(definition))(target, name, descriptor);
    SetMetadata(ROUTE, definition)(target, name, descriptor);
    SetMetadata(ACCESS, definition.access)(target, name, descriptor);
    SetMetadata(WHILE_SUSPENDED, definition.whileSuspended ?? false)(target, name, descriptor);
  };
}

export function statusOf({ status, answer, file, idempotent }: RouteDefinition): number {
  if (status !== undefined) return status;
  if (answer === undefined && file === undefined) return 204;
  return idempotent === true ? 201 : 200;
}

/** A definition that contradicts itself stops the start. */
function objection({ method, path, access, idempotent, body, params }: RouteDefinition): string | undefined {
  if ((access as Access | undefined) === undefined) return 'who may call it is not declared';
  if (idempotent === true && method !== 'POST') return 'only a POST creates, so only a POST is idempotent';
  if (body !== undefined && method === 'GET') return 'a GET has no body';
  if (/(^|\/):/.test(path) && params === undefined)
    return 'the path names parameters that params does not declare';
  return undefined;
}
