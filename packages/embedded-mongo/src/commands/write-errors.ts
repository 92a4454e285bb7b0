import type { Reply, ReplyValue } from '../bson/encode.js';
import { CommandError } from '../errors.js';
import { reply } from './reply.js';

/** As in MongoDB: beyond this much text an error keeps its index and code and loses its words. */
const MOST_TEXT = 1024 * 1024;

/** The refusals of single statements inside one write command. */
export class WriteErrors {
  readonly #errors: Reply[] = [];
  #text = 0;

  /** Runs the statements in their order; an ordered command ends at its first refusal. */
  collect(count: number, ordered: boolean, statement: (index: number) => void): void {
    for (let index = 0; index < count; index++) {
      try {
        statement(index);
      } catch (error) {
        if (!(error instanceof CommandError) || error.codeName === 'MaxTimeMSExpired') throw error;
        this.#add(index, error);
        if (ordered) return;
      }
    }
  }

  /** As a field of the reply: absent when every statement went well. */
  get field(): { writeErrors?: Reply[] } {
    return this.#errors.length ? { writeErrors: this.#errors } : {};
  }

  #add(index: number, error: CommandError): void {
    const wordy = this.#text < MOST_TEXT;
    this.#text += 2 * error.message.length;
    const words = wordy
      ? { errmsg: error.message, ...(error.extra as Record<string, ReplyValue>) }
      : { errmsg: '' };
    this.#errors.push(reply({ index, code: error.code, ...words }));
  }
}
