import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import type { Store } from '../storage/store.js';
import { parseCollation } from '../values/collate.js';
import type { Doc } from '../values/value.js';
import type { Arguments } from './arguments.js';
import type { CursorRegistry } from './cursors.js';
import type { Deadline } from './deadline.js';
import { namespaceOf } from './namespace.js';
import type { ReplyDoc } from './reply.js';

/** A command as it comes off the wire; `sequences` are its OP_MSG sections of kind 1. */
export interface Request {
  readonly database: string;
  readonly body: Doc;
  readonly sequences: ReadonlyMap<string, Uint8Array[]>;
}

export interface Server {
  readonly store: Store;
  readonly cursors: CursorRegistry;
  readonly hello: () => Doc;
  readonly clock: () => Date;
}

/** Everything that a command's handler may look at. */
export interface Call extends Server {
  readonly request: Request;
  readonly database: string;
  readonly args: Arguments;
  readonly deadline: Deadline;
  readonly now: Date;
}

export interface Command {
  /** The fields that the command knows, its own name included, separated by spaces. */
  readonly fields: string;
  readonly run: (call: Call) => ReplyDoc | Promise<ReplyDoc>;
}

export function environmentOf(call: Call, collation: Doc | undefined): Environment {
  return { now: call.now, collation: parseCollation(collation), checkDeadline: call.deadline.check };
}

/** A command's name is that of its first field. */
export function firstName(body: Doc): string {
  const { value = '' } = body.keys().next();
  return value;
}

/** The namespace that the command's first field names. */
export function targetOf(call: Call): string {
  const { body } = call.request;
  const command = firstName(body);
  const collection = body.get(command);
  if (typeof collection !== 'string') {
    fail('InvalidNamespace', `collection name has invalid type for '${command}'`);
  }
  return namespaceOf(call.database, collection);
}
