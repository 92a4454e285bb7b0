import type { Binary, BSONRegExp, Code, ObjectId, Timestamp } from 'bson';
import type { Collation } from './collation.js';
import { binaryBytes, binarySize, canonicalRank } from './compare.js';
import { decimalParts, type DecimalParts, digitCount, integerParts, powerOfTen } from './decimal.js';
import { type NumberValue, remainderSign, toNumber } from './numbers.js';
import type { Doc, Value } from './value.js';

/** Ends a text, an object, an array; below every tag and every byte of an escaped text. */
const end = 0;
const escape = 1;
const largestKept = 1024 * 1024;
const coefficientDigits = 34;
const coefficientBytes = 15;
/** Lifts the exponents of all decimals above zero. */
const exponentBias = 8000;

/** The first byte of a value's key. Between 1 and 254, so that the inverted ones leave FF free as well. */
export function tagOf(rank: number): number {
  return rank + 2;
}

/** Writes values so that their bytes are ordered as the values are, each one ending where it says itself. */
export class KeyWriter {
  private bytes = Buffer.allocUnsafe(4096);
  private position = 0;

  get length(): number {
    return this.position;
  }

  reset(): void {
    this.position = 0;
    // What a huge value has grown is let go.
    if (this.bytes.length > largestKept) this.bytes = Buffer.allocUnsafe(4096);
  }

  since(start: number): Buffer {
    return this.bytes.subarray(start, this.position);
  }

  copy(): Buffer {
    const key = Buffer.allocUnsafe(this.position);
    this.bytes.copy(key, 0, 0, this.position);
    return key;
  }

  cutAt(length: number): void {
    this.position = length;
  }

  invertFrom(start: number): void {
    for (let i = start; i < this.position; i++) this.bytes[i] = ~(this.bytes[i] ?? 0);
  }

  value(v: Value | undefined, collation: Collation | undefined): void {
    const rank = canonicalRank(v);
    this.byte(tagOf(rank));
    this.content(rank, v, collation);
  }

  private content(rank: number, v: Value | undefined, collation: Collation | undefined): void {
    switch (rank) {
      case 10:
        return this.number(v as NumberValue);
      case 15:
        return this.text(collation ? collation.fold(v as string) : (v as string));
      case 20:
        return this.document(v as Doc, collation);
      case 25:
        for (const element of v as Value[]) this.value(element, collation);
        return this.byte(end);
      case 30:
        return this.binary(v as Binary);
      case 35:
        return this.raw((v as ObjectId).id);
      case 40:
        return this.byte(v === true ? 1 : 0);
      case 45:
        return this.double((v as Date).getTime());
      case 47:
        this.uint32((v as Timestamp).t);
        return this.uint32((v as Timestamp).i);
      case 50:
        this.text((v as BSONRegExp).pattern);
        return this.text((v as BSONRegExp).options);
      case 60:
        return this.text((v as Code).code);
    }
  }

  /** As objects are compared: the type of a field, then its name, then its value. */
  private document(doc: Doc, collation: Collation | undefined): void {
    for (const [name, value] of doc) {
      const rank = canonicalRank(value);
      this.byte(tagOf(rank));
      this.text(name);
      this.content(rank, value, collation);
    }
    this.byte(end);
  }

  /**
   * The nearest double, then whether the number lies below (7F), at (80) or above (81) it. An int64 or a
   * decimal that is not a double itself is then told from its neighbours by its own digits: at most 34.
   */
  private number(v: NumberValue): void {
    const nearest = toNumber(v);
    this.double(nearest);
    if (typeof v === 'number' || (typeof v === 'object' && v._bsontype === 'Double')) return this.byte(0x80);
    const parts = typeof v === 'bigint' ? integerParts(v) : decimalParts(v);
    const sign = remainderSign(parts, nearest);
    this.byte(0x80 + sign);
    if (sign !== 0) this.digits(parts);
  }

  private digits(parts: DecimalParts): void {
    const start = this.position;
    const length = digitCount(parts.coefficient);
    const magnitude = parts.exponent + length - 1 + exponentBias;
    this.byte(magnitude >> 8);
    this.byte(magnitude & 0xff);
    const coefficient = parts.coefficient * powerOfTen(coefficientDigits - length);
    this.raw(Buffer.from(coefficient.toString(16).padStart(coefficientBytes * 2, '0'), 'hex'));
    if (parts.negative) this.invertFrom(start);
  }

  /** Negative ones inverted, the others with the sign bit set; NaN below all, -0 as 0. */
  private double(n: number): void {
    const start = this.room(8);
    this.bytes.writeDoubleBE(n === 0 ? 0 : n, start);
    if (Number.isNaN(n)) this.bytes.fill(0, start, start + 8);
    else if (n < 0) this.invertFrom(start);
    else this.bytes[start] = (this.bytes[start] ?? 0) | 0x80;
  }

  private binary(v: Binary): void {
    this.uint32(binarySize(v));
    this.byte(v.sub_type);
    this.raw(binaryBytes(v));
  }

  /** UTF-8 with 00 as 01 01 and 01 as 01 02, so that a single 00 can end it. */
  private text(text: string): void {
    const start = this.room(text.length * 3);
    const length = this.bytes.write(text, start, 'utf8');
    this.position = start + length;
    const written = this.since(start);
    if (written.includes(0) || written.includes(escape)) {
      const plain = Buffer.from(written);
      this.position = start;
      for (const byte of plain) {
        if (byte <= escape) this.byte(escape);
        this.byte(byte <= escape ? byte + 1 : byte);
      }
    }
    this.byte(end);
  }

  raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  private byte(byte: number): void {
    const at = this.room(1);
    this.bytes[at] = byte;
  }

  private uint32(n: number): void {
    const at = this.room(4);
    this.bytes.writeUInt32BE(n, at);
  }

  /** May replace `bytes`, so it is called in a statement of its own. */
  private room(length: number): number {
    const start = this.position;
    this.position += length;
    if (this.position > this.bytes.length) {
      const larger = Buffer.allocUnsafe(this.position * 2);
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    return start;
  }
}
