import type { Socket } from 'node:net';
import type { Reply } from '../bson/encode.js';
import { failed } from '../commands/reply.js';
import { CommandError } from '../errors.js';
import { FrameReader, type PartialBytes } from './frames.js';
import { encodeLegacyReply, encodeMessage, readContent, readHead } from './message.js';
import type { MessageContent, MessageHead } from './message.js';

export interface Limits {
  /** How long a message may take from its first byte to its last. */
  readonly partialMessageMs: number;
  /** How long a client may leave an answer unread. */
  readonly unreadReplyMs: number;
}

export type Answer = (content: MessageContent) => Promise<Reply>;

/**
 * One client. Its requests are answered one after the other in their order, and the next is not read before
 * the answer to the last is out of our hands: what a client can make us hold is one request and one answer.
 */
export class Connection {
  readonly closed: Promise<void>;
  readonly #reader: FrameReader;
  #working = false;
  #ending = false;
  #answeredOne = false;
  #partial: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly answer: Answer,
    private readonly limits: Limits,
    budget: PartialBytes,
  ) {
    this.#reader = new FrameReader(budget);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        clearTimeout(this.#partial);
        this.#reader.discard();
        resolve();
      });
    });
    // A reset by the client is its own business; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  /** Closes once the request at hand is answered. */
  end(): void {
    this.#ending = true;
    if (!this.#working) this.socket.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch {
      this.socket.destroy();
      return;
    }
    if (this.#working) this.socket.pause();
    else void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
        clearTimeout(this.#partial);
        this.#partial = undefined;
        await this.#serve(frame);
        if (this.#ending || this.socket.destroyed) break;
      }
    } catch {
      // A ProtocolError or a fault of ours: this connection is over, the others do not notice.
      this.socket.destroy();
    }
    this.#working = false;
    if (this.#ending) this.socket.destroy();
    if (this.socket.destroyed) return;
    this.#watchPartial();
    if (this.socket.isPaused()) this.socket.resume();
  }

  async #serve(frame: Buffer): Promise<void> {
    const head = readHead(frame);
    if (head.replyForm === 'legacy' && this.#answeredOne) throw new Error('OP_QUERY after the first hello');
    this.#answeredOne = true;
    const reply = await this.#reply(frame, head);
    if (head.replyForm === 'none') return;
    const taken = this.socket.write(encodeReply(reply, head));
    if (!taken && this.socket.writableNeedDrain) await this.#drained();
  }

  #reply(frame: Buffer, head: MessageHead): Reply | Promise<Reply> {
    let content: MessageContent;
    try {
      content = readContent(frame, head);
    } catch (error) {
      if (error instanceof CommandError) return failed(error);
      throw error;
    }
    return this.answer(content);
  }

  /** The time of a message runs from its first byte, however slowly the others drip in. */
  #watchPartial(): void {
    if (this.#reader.isEmpty) return;
    this.#partial ??= setTimeout(() => this.socket.destroy(), this.limits.partialMessageMs);
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const unread = setTimeout(() => this.socket.destroy(), this.limits.unreadReplyMs);
      const done = (): void => {
        clearTimeout(unread);
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }
}

function encodeReply(reply: Reply, { replyForm, requestId }: MessageHead): Buffer {
  const encode = replyForm === 'legacy' ? encodeLegacyReply : encodeMessage;
  try {
    return encode(reply, requestId);
  } catch (error) {
    if (error instanceof CommandError) return encode(failed(error), requestId);
    throw error;
  }
}
