import type { Binary } from 'bson';
import { fail } from '../errors.js';
import { binaryBytes, binarySize } from '../values/compare.js';
import { fitsLong } from '../values/numbers.js';
import { isInt32, typeNumber } from '../values/types.js';
import type { Value } from '../values/value.js';
import { RawDocument } from './raw.js';

/** What can be encoded: documents, and replies that carry stored documents as they are. */
export type ReplyValue = Value | RawDocument | readonly ReplyValue[] | Reply;
export type Reply = ReadonlyMap<string, ReplyValue>;

const deepest = 200;
/** Above the largest message; a document that is too large to store is refused by those who store. */
const largest = 64 * 1024 * 1024;
const scratchKept = 1024 * 1024;

/** `headroom` bytes before the document are left for the caller to fill in. */
export function encodeDoc(doc: Reply, headroom = 0): Buffer {
  const writer = idle ?? new Writer();
  idle = undefined;
  const encoded = writer.encode(doc, headroom);
  if (writer.capacity <= scratchKept) idle = writer;
  return encoded;
}

class Writer {
  private bytes = Buffer.allocUnsafe(16 * 1024);
  private position = 0;

  get capacity(): number {
    return this.bytes.length;
  }

  encode(doc: Reply, headroom: number): Buffer {
    this.position = headroom;
    this.document(doc, 1);
    const encoded = Buffer.allocUnsafe(this.position);
    this.bytes.copy(encoded, 0, 0, this.position);
    return encoded;
  }

  private document(doc: Reply, depth: number): void {
    const start = this.enter(depth);
    for (const [name, value] of doc) this.element(name, value, depth);
    this.leave(start);
  }

  private array(array: readonly ReplyValue[], depth: number): void {
    const start = this.enter(depth);
    let index = 0;
    for (const value of array) this.element(String(index++), value, depth);
    this.leave(start);
  }

  private enter(depth: number): number {
    if (depth > deepest) fail('Overflow', `a document cannot be nested deeper than ${deepest} levels`);
    return this.room(4);
  }

  private leave(start: number): void {
    this.byte(0);
    this.bytes.writeInt32LE(this.position - start, start);
  }

  private byte(byte: number): void {
    const at = this.room(1);
    this.bytes[at] = byte;
  }

  /** Space for so many bytes: where they go. May replace `bytes`, so it is called in a statement of its own. */
  private room(length: number): number {
    const start = this.position;
    const end = start + length;
    if (end > this.bytes.length) {
      if (end > largest) fail('BSONObjectTooLarge', `a document cannot be larger than ${largest} bytes`);
      const larger = Buffer.allocUnsafe(Math.max(end, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    this.position = end;
    return start;
  }

  private element(name: string, value: ReplyValue, depth: number): void {
    const type = this.room(1);
    this.cstring(name);
    if (value instanceof RawDocument) {
      this.bytes[type] = 3;
      this.raw(value.bytes);
    } else if (value instanceof Map) {
      this.bytes[type] = 3;
      this.document(value, depth + 1);
    } else if (Array.isArray(value)) {
      this.bytes[type] = 4;
      this.array(value, depth + 1);
    } else {
      const scalar = value as Value;
      this.bytes[type] = typeNumber(scalar) & 0xff;
      this.scalar(scalar);
    }
  }

  private scalar(value: Value): void {
    switch (typeof value) {
      case 'string':
        return this.string(value);
      case 'number':
        if (!isInt32(value)) return this.double(value);
        return this.int(value);
      case 'boolean':
        this.byte(value ? 1 : 0);
        return;
      case 'bigint':
        if (!fitsLong(value)) fail('Overflow', `${value} does not fit a 64-bit integer`);
        return this.long(value);
    }
    if (value === null || value instanceof Map || Array.isArray(value)) return;
    if (value instanceof Date) {
      const milliseconds = value.getTime();
      if (Number.isNaN(milliseconds)) fail('BadValue', 'an invalid date cannot be stored');
      return this.long(BigInt(milliseconds));
    }
    switch (value._bsontype) {
      case 'Double':
        return this.double(value.value);
      case 'Decimal128':
        return this.raw(value.bytes);
      case 'ObjectId':
        return this.raw(value.id);
      case 'Binary':
        return this.binary(value);
      case 'Timestamp': {
        const at = this.room(8);
        this.bytes.writeUInt32LE(value.i, at);
        this.bytes.writeUInt32LE(value.t, at + 4);
        return;
      }
      case 'BSONRegExp':
        this.cstring(value.pattern);
        return this.cstring(value.options);
      case 'Code':
        if (value.scope) fail('InvalidBSON', 'JavaScript code with scope is not supported');
        return this.string(value.code);
    }
  }

  private int(value: number): void {
    const at = this.room(4);
    this.bytes.writeInt32LE(value, at);
  }

  private long(value: bigint): void {
    const at = this.room(8);
    this.bytes.writeBigInt64LE(value, at);
  }

  private double(value: number): void {
    const at = this.room(8);
    this.bytes.writeDoubleLE(value, at);
  }

  private raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  private binary(value: Binary): void {
    const bytes = binaryBytes(value);
    const header = this.room(5);
    this.bytes.writeInt32LE(binarySize(value), header);
    this.bytes[header + 4] = value.sub_type;
    if (value.sub_type === 2) this.int(bytes.length);
    this.raw(bytes);
  }

  private string(text: string): void {
    const header = this.room(4);
    const length = this.text(text);
    this.byte(0);
    this.bytes.writeInt32LE(length + 1, header);
  }

  private cstring(text: string): void {
    if (text.includes('\0')) fail('BadValue', 'a field name or pattern cannot contain a null byte');
    this.text(text);
    this.byte(0);
  }

  private text(text: string): number {
    const start = this.room(text.length * 3);
    const length = this.ascii(text, start) ?? this.bytes.write(text, start, 'utf8');
    this.position = start + length;
    return length;
  }

  /** Most names and values are short and plain: a call into native code would cost more than they do. */
  private ascii(text: string, start: number): number | undefined {
    if (text.length > 32) return undefined;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return undefined;
      this.bytes[start + i] = unit;
    }
    return text.length;
  }
}

/** Encoding never calls out, so one writer is enough; one that a huge document has grown is let go. */
let idle: Writer | undefined;
