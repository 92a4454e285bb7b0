import { isUtf8 } from 'node:buffer';
import { Binary, BSONRegExp, Code, Decimal128, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { fail } from '../errors.js';
import { makeDouble } from '../values/numbers.js';
import type { Doc, Value } from '../values/value.js';
import { nameCache } from './names.js';

const deepest = 200;
/** JavaScript's dates end here; BSON's go further. */
const lastDate = 8.64e15;

const deprecatedTypes: Readonly<Record<number, string>> = {
  0x06: 'undefined',
  0x0c: 'DBPointer',
  0x0e: 'symbol',
  0x0f: 'JavaScript code with scope',
};

/** The bytes are exactly one document. Nothing of `bytes` is kept. */
export function decodeDoc(bytes: Uint8Array): Doc {
  const reader = new Reader(
    Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );
  const doc = reader.document(1);
  const rest = bytes.length - reader.position;
  if (rest !== 0) invalid(`${rest} bytes after the end of the document`);
  return doc;
}

function invalid(reason: string): never {
  return fail('InvalidBSON', `Invalid BSON: ${reason}`);
}

class Reader {
  position = 0;
  /** The end of the innermost document: nothing is read at or after it. */
  private limit: number;

  constructor(private readonly bytes: Buffer) {
    this.limit = bytes.length;
  }

  document(depth: number): Doc {
    const outer = this.enter(depth);
    const doc: Doc = new Map();
    let fields = 0;
    for (let type = this.byte(); type !== 0; type = this.byte()) {
      const name = this.name();
      doc.set(name, this.value(type, depth));
      fields++;
    }
    this.leave(outer);
    if (doc.size !== fields) invalid('a field name occurs twice in one document');
    return doc;
  }

  private array(depth: number): Value[] {
    const outer = this.enter(depth);
    const array: Value[] = [];
    for (let type = this.byte(); type !== 0; type = this.byte()) {
      this.position = this.terminator() + 1;
      array.push(this.value(type, depth));
    }
    this.leave(outer);
    return array;
  }

  private enter(depth: number): number {
    if (depth > deepest) invalid(`nested deeper than ${deepest} levels`);
    const start = this.position;
    const length = this.int32();
    if (length < 5 || length > this.limit - start) invalid(`a document cannot have the length ${length}`);
    const outer = this.limit;
    this.limit = start + length;
    return outer;
  }

  private leave(outer: number): void {
    if (this.position !== this.limit) invalid('a document ends before the length that it declares');
    this.limit = outer;
  }

  private value(type: number, depth: number): Value {
    switch (type) {
      case 0x01:
        return makeDouble(this.bytes.readDoubleLE(this.take(8)));
      case 0x02:
        return this.string();
      case 0x03:
        return this.document(depth + 1);
      case 0x04:
        return this.array(depth + 1);
      case 0x05:
        return this.binary();
      case 0x07:
        return new ObjectId(this.copy(12));
      case 0x08:
        return this.boolean();
      case 0x09:
        return this.date();
      case 0x0a:
        return null;
      case 0x0b:
        return this.regex();
      case 0x0d:
        return new Code(this.string());
      case 0x10:
        return this.int32();
      case 0x11: {
        const at = this.take(8);
        return new Timestamp({ i: this.bytes.readUInt32LE(at), t: this.bytes.readUInt32LE(at + 4) });
      }
      case 0x12:
        return this.bytes.readBigInt64LE(this.take(8));
      case 0x13:
        return new Decimal128(this.copy(16));
      case 0x7f:
        return new MaxKey();
      case 0xff:
        return new MinKey();
    }
    const deprecated = deprecatedTypes[type];
    if (deprecated !== undefined) invalid(`the deprecated type ${deprecated} is not supported`);
    return invalid(`there is no type 0x${type.toString(16).padStart(2, '0')}`);
  }

  /** Moves over the next bytes and answers where they start. */
  private take(length: number): number {
    const start = this.position;
    if (length < 0 || length > this.limit - start) invalid('a value reaches over the end of its document');
    this.position = start + length;
    return start;
  }

  private copy(length: number): Buffer {
    const start = this.take(length);
    const copy = Buffer.allocUnsafe(length);
    this.bytes.copy(copy, 0, start, start + length);
    return copy;
  }

  private byte(): number {
    return this.bytes[this.take(1)] ?? 0;
  }

  private int32(): number {
    return this.bytes.readInt32LE(this.take(4));
  }

  private boolean(): boolean {
    const byte = this.byte();
    if (byte > 1) invalid(`a boolean cannot be ${byte}`);
    return byte === 1;
  }

  private date(): Date {
    const at = this.take(8);
    const milliseconds = this.bytes.readInt32LE(at + 4) * 0x100000000 + this.bytes.readUInt32LE(at);
    if (Math.abs(milliseconds) > lastDate) invalid('dates beyond the year 275760 are not supported');
    return new Date(milliseconds);
  }

  private string(): string {
    const length = this.int32();
    if (length < 1) invalid(`a string cannot have the length ${length}`);
    const start = this.take(length);
    const end = start + length - 1;
    if (this.bytes[end] !== 0) invalid('a string has no terminator');
    return this.text(start, end);
  }

  private text(start: number, end: number): string {
    if (end - start <= 24) {
      let ascii = '';
      let at = start;
      for (; at < end; at++) {
        const byte = this.bytes[at] ?? 0;
        if (byte > 127) break;
        ascii += String.fromCharCode(byte);
      }
      if (at === end) return ascii;
    }
    const text = this.bytes.toString('utf8', start, end);
    // Whatever is not UTF-8 is decoded to this character, which may also stand there rightly.
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end))) {
      invalid('a text is not UTF-8');
    }
    return text;
  }

  /** Where the zero byte is that ends the text starting here. */
  private terminator(): number {
    const end = this.bytes.indexOf(0, this.position);
    if (end === -1 || end >= this.limit) invalid('a name has no terminator');
    return end;
  }

  private name(): string {
    const { bytes, position, limit } = this;
    let hash = 0;
    let end = position;
    for (let byte = 0; end < limit && (byte = bytes[end] ?? 0) !== 0; end++) hash = (hash * 31 + byte) | 0;
    if (end >= limit) invalid('a name has no terminator');
    this.position = end + 1;
    return (
      nameCache.find(bytes, position, end, hash) ??
      nameCache.keep(bytes, position, end, hash, this.text(position, end))
    );
  }

  private cstring(): string {
    const start = this.position;
    const end = this.terminator();
    this.position = end + 1;
    return this.text(start, end);
  }

  private regex(): BSONRegExp {
    const pattern = this.cstring();
    const options = this.cstring();
    if (!/^[ilmsux]*$/.test(options)) invalid(`'${options}' are not options of a regular expression`);
    return new BSONRegExp(pattern, options);
  }

  private binary(): Binary {
    const length = this.int32();
    const subtype = this.byte();
    if (subtype !== 2) return new Binary(this.copy(length), subtype);
    if (this.int32() !== length - 4) invalid('the two lengths of a binary of subtype 2 differ');
    return new Binary(this.copy(length - 4), 2);
  }
}
