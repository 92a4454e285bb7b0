import { decodeDoc } from '../bson/decode.js';
import { encodeDoc, type Reply } from '../bson/encode.js';
import { fail } from '../errors.js';
import type { Doc } from '../values/value.js';
import { crc32c } from './crc32c.js';
import { HEADER_BYTES, ProtocolError } from './frames.js';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** Bits that a server must refuse when it does not know them; the upper half is optional (exhaustAllowed). */
const UNKNOWN_REQUIRED_BITS = 0xfffc;

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** A command may be a little larger than the document that it carries, as in MongoDB. */
const MAX_COMMAND_BYTES = MAX_DOCUMENT_BYTES + 16 * 1024;
export const MAX_WRITE_BATCH = 100_000;

/** How the answer to a message looks: a first hello may be asked in the old way, which is answered in it. */
export type ReplyForm = 'message' | 'legacy' | 'none';

export interface MessageHead {
  readonly requestId: number;
  readonly replyForm: ReplyForm;
}

export interface MessageContent {
  readonly database: string;
  readonly body: Doc;
  readonly sequences: ReadonlyMap<string, Uint8Array[]>;
}

/** What can be said of a message before its content is looked at. */
export function readHead(frame: Buffer): MessageHead {
  const requestId = frame.readInt32LE(4);
  const opcode = frame.readInt32LE(12);
  if (opcode === OP_QUERY) return { requestId, replyForm: 'legacy' };
  if (opcode !== OP_MSG) throw new ProtocolError(`opcode ${opcode}`);
  if (frame.length < HEADER_BYTES + 4) throw new ProtocolError('no room for flags');
  const flags = frame.readUInt32LE(HEADER_BYTES);
  if (flags & UNKNOWN_REQUIRED_BITS) throw new ProtocolError(`flags ${flags}`);
  return { requestId, replyForm: flags & MORE_TO_COME ? 'none' : 'message' };
}

/** Throws ProtocolError for a broken frame, CommandError for a sound frame with a document that is not. */
export function readContent(frame: Buffer, head: MessageHead): MessageContent {
  return head.replyForm === 'legacy' ? readQuery(frame) : readSections(frame);
}

function readSections(frame: Buffer): MessageContent {
  const end = contentEnd(frame);
  let bodyBytes: Buffer | undefined;
  const sequences = new Map<string, Uint8Array[]>();
  for (let at = HEADER_BYTES + 4; at < end;) {
    const kind = frame[at];
    const section = sized(frame, at + 1, end);
    at += 1 + section.length;
    if (kind === 0) {
      if (bodyBytes !== undefined) throw new ProtocolError('two bodies');
      bodyBytes = section;
    } else if (kind === 1) {
      const [name, documents] = readSequence(section);
      if (sequences.has(name)) throw new ProtocolError(`two sequences ${name}`);
      sequences.set(name, documents);
    } else {
      throw new ProtocolError(`a section of kind ${kind}`);
    }
  }
  if (bodyBytes === undefined) throw new ProtocolError('no body');
  const body = decodeDoc(checkSize(bodyBytes));
  const database = body.get('$db');
  if (typeof database !== 'string') fail(40571, 'OP_MSG requests require a $db argument');
  return { database, body, sequences };
}

function contentEnd(frame: Buffer): number {
  if ((frame.readUInt32LE(HEADER_BYTES) & CHECKSUM_PRESENT) === 0) return frame.length;
  const end = frame.length - 4;
  if (end < HEADER_BYTES + 4 || crc32c(frame.subarray(0, end)) !== frame.readUInt32LE(end)) {
    throw new ProtocolError('a wrong checksum');
  }
  return end;
}

function readSequence(section: Buffer): [name: string, documents: Uint8Array[]] {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new ProtocolError('a sequence without a name');
  const documents: Uint8Array[] = [];
  for (let at = nameEnd + 1; at < section.length;) {
    const document = sized(section, at, section.length);
    at += document.length;
    if (documents.length === MAX_WRITE_BATCH) {
      fail('InvalidLength', `Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}.`);
    }
    documents.push(checkSize(document));
  }
  return [section.toString('utf8', 4, nameEnd), documents];
}

/** The bytes at `at`, which begin with their own length. */
function sized(bytes: Buffer, at: number, end: number): Buffer {
  const length = at + 4 <= end ? bytes.readInt32LE(at) : 0;
  if (length < 5 || at + length > end) throw new ProtocolError('a length that does not fit');
  return bytes.subarray(at, at + length);
}

function checkSize(document: Buffer): Buffer {
  if (document.length > MAX_COMMAND_BYTES) {
    fail('BSONObjectTooLarge', `BSONObj size: ${document.length} is over the limit of ${MAX_DOCUMENT_BYTES}`);
  }
  return document;
}

const HELLO_NAMES = new Set(['hello', 'ismaster', 'isMaster']);

/** Drivers ask the very first hello by OP_QUERY, until they know that the server is newer than that. */
function readQuery(frame: Buffer): MessageContent {
  const nameStart = HEADER_BYTES + 4;
  const nameEnd = frame.indexOf(0, nameStart);
  if (nameEnd < 0) throw new ProtocolError('a query without a collection');
  const [database, collection, ...rest] = frame.toString('utf8', nameStart, nameEnd).split('.');
  const body = decodeDoc(checkSize(sized(frame, nameEnd + 9, frame.length)));
  const [command] = body.keys();
  if (!database || collection !== '$cmd' || rest.length > 0 || !HELLO_NAMES.has(command ?? '')) {
    throw new ProtocolError('an OP_QUERY that is no hello');
  }
  return { database, body, sequences: new Map() };
}

let lastRequestId = 0;

/** The document behind a header and `rest` more bytes, which are zero. */
function encode(document: Reply, responseTo: number, opcode: number, rest: number): Buffer {
  const message = encodeDoc(document, HEADER_BYTES + rest);
  lastRequestId = (lastRequestId + 1) & 0x7fffffff;
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(lastRequestId, 4);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(opcode, 12);
  return message.fill(0, HEADER_BYTES, HEADER_BYTES + rest);
}

/** An OP_MSG: of the server (an answer) or, in a probe, of a client. */
export function encodeMessage(document: Reply, responseTo: number): Buffer {
  return encode(document, responseTo, OP_MSG, 5);
}

export function encodeLegacyReply(document: Reply, responseTo: number): Buffer {
  const message = encode(document, responseTo, OP_REPLY, 20);
  const AWAIT_CAPABLE = 8;
  message.writeInt32LE(AWAIT_CAPABLE, HEADER_BYTES);
  message.writeInt32LE(1, HEADER_BYTES + 16);
  return message;
}
