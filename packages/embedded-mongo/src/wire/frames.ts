/** The peer does not speak the protocol: its connection is closed, since nothing after this can be trusted. */
export class ProtocolError extends Error {}

export const MAX_MESSAGE_BYTES = 48_000_000;
/** The length, the two ids and the opcode. */
export const HEADER_BYTES = 16;

/** What all connections together hold of messages that are not complete yet. */
export class PartialBytes {
  #held = 0;
  constructor(readonly limit: number) {}

  change(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0 && this.#held > this.limit)
      throw new ProtocolError('too many bytes of unfinished messages');
  }
}

/** Cuts the byte stream of one connection into messages, with one copy at most per message. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly budget: PartialBytes) {}

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.budget.change(chunk.length);
  }

  next(): Buffer | undefined {
    if (this.#bytes < 4) return undefined;
    const length = this.#first(4).readInt32LE(0);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) {
      throw new ProtocolError(`a message of ${length} bytes`);
    }
    if (this.#bytes < length) return undefined;
    const joined = this.#first(length);
    this.#bytes -= length;
    this.budget.change(-length);
    if (joined.length === length) {
      this.#chunks.shift();
      return joined;
    }
    this.#chunks[0] = joined.subarray(length);
    return joined.subarray(0, length);
  }

  discard(): void {
    this.budget.change(-this.#bytes);
    this.#chunks = [];
    this.#bytes = 0;
  }

  /** The first chunk, made to hold at least so many bytes; the caller knows that they are there. */
  #first(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
