import type { Doc, Value } from '../values/value.js';
import { MAX_MESSAGE_BYTES } from './frames.js';
import { MAX_DOCUMENT_BYTES, MAX_WRITE_BATCH } from './message.js';

/** Who answers: a starter compares `dir` before it believes that a socket is its own predecessor's. */
export interface Identity {
  readonly dir: string;
  readonly bootId: string;
  readonly pid: number;
  readonly version: string;
}

/**
 * No `setName`, no `logicalSessionTimeoutMinutes`, no `topologyVersion`: drivers then take us for a standalone
 * without sessions, and ask again from time to time instead of waiting for a stream.
 */
export function helloReply(identity: Identity): Doc {
  return new Map<string, Value>([
    ['helloOk', true],
    ['isWritablePrimary', true],
    ['maxBsonObjectSize', MAX_DOCUMENT_BYTES],
    ['maxMessageSizeBytes', MAX_MESSAGE_BYTES],
    ['maxWriteBatchSize', MAX_WRITE_BATCH],
    ['localTime', new Date()],
    ['minWireVersion', 0],
    ['maxWireVersion', 21],
    ['readOnly', false],
    ['embeddedMongo', new Map<string, Value>(Object.entries(identity))],
  ]);
}
