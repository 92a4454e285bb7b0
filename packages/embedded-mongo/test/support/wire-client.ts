import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deserialize, serialize, type Document } from 'bson';

export const OP_QUERY = 2004;
export const OP_MSG = 2013;

export function frame(opcode: number, content: Uint8Array, requestId = 1): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(16 + content.length, 0);
  head.writeInt32LE(requestId, 4);
  head.writeInt32LE(opcode, 12);
  return Buffer.concat([head, content]);
}

export function section(kind: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([kind]), content]);
}

export function sequence(name: string, documents: Uint8Array[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents]);
  const size = Buffer.alloc(4);
  size.writeInt32LE(content.length + 4);
  return section(1, Buffer.concat([size, content]));
}

export function message(sections: Uint8Array[], flags = 0, requestId = 1): Buffer {
  const flagBytes = Buffer.alloc(4);
  flagBytes.writeUInt32LE(flags);
  return frame(OP_MSG, Buffer.concat([flagBytes, ...sections]), requestId);
}

export function command(body: Document, requestId = 1): Buffer {
  return message([section(0, serialize({ ...body, $db: 'test' }))], 0, requestId);
}

export function query(body: Document, collection = 'admin.$cmd'): Buffer {
  const head = Buffer.concat([Buffer.alloc(4), Buffer.from(`${collection}\0`), Buffer.alloc(8)]);
  return frame(OP_QUERY, Buffer.concat([head, serialize(body)]));
}

export interface Answer {
  responseTo: number;
  opcode: number;
  body: Document;
}

/** A client that can say anything: what a driver would never send. */
export class WireClient {
  closed = false;
  readonly #answers: Answer[] = [];
  readonly #changed: (() => void)[] = [];
  #bytes = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#cut();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  static async open(at: { port: number } | { path: string }): Promise<WireClient> {
    const socket = connect('port' in at ? { ...at, host: '127.0.0.1' } : at);
    await once(socket, 'connect');
    return new WireClient(socket);
  }

  send(...bytes: Uint8Array[]): this {
    this.socket.write(Buffer.concat(bytes));
    return this;
  }

  /** The next answer, or undefined when the server hung up instead. */
  async next(): Promise<Answer | undefined> {
    while (this.#answers.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    return this.#answers.shift();
  }

  /** True when the server hangs up without another word. */
  async hangsUp(): Promise<boolean> {
    return (await this.next()) === undefined;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #cut(): void {
    while (this.#bytes.length >= 4 && this.#bytes.length >= this.#bytes.readInt32LE(0)) {
      const length = this.#bytes.readInt32LE(0);
      const opcode = this.#bytes.readInt32LE(12);
      const body = deserialize(this.#bytes.subarray(opcode === 1 ? 36 : 21, length));
      this.#answers.push({ responseTo: this.#bytes.readInt32LE(8), opcode, body });
      this.#bytes = this.#bytes.subarray(length);
    }
    this.#wake();
  }

  #wake(): void {
    this.#changed.splice(0).forEach((resolve) => resolve());
  }
}
