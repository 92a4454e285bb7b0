import { z } from 'zod';
import type { ErrorCode } from './errors.js';

/**
 * What a client may say over Socket.IO: the payload it sends and the fields that a positive acknowledgement adds.
 * Every command is answered: `{ ok: true, ... }` or `{ ok: false, code, message, retryable }`.
 */
const id = z.string().min(1).max(64);

export const commands = {
  'session:renew': {
    payload: z.strictObject({ token: z.string().min(1).max(4096) }),
    answer: z.strictObject({ expires_at: z.iso.datetime() }),
  },
  'chat:join-room': {
    payload: z.strictObject({ roomId: id }),
    answer: z.strictObject({ roomId: id }),
  },
  'chat:leave-room': {
    payload: z.strictObject({ roomId: id }),
    answer: z.strictObject({ roomId: id }),
  },
  'chat:send-message': {
    payload: z.strictObject({
      roomId: id,
      content: z.string().max(8000),
      clientMessageId: z.string().min(1).max(64),
      attachments: z.array(id).max(10).optional(),
      private: z.boolean().optional(),
    }),
    answer: z.strictObject({ messageId: id, n: z.int().positive(), at: z.iso.datetime() }),
  },
  'chat:typing': {
    payload: z.strictObject({ roomId: id, isTyping: z.boolean() }),
    answer: z.strictObject({}),
  },
  'chat:read-messages': {
    payload: z.strictObject({ roomId: id, upToMessageId: id.optional() }),
    answer: z.strictObject({ upToMessageId: id }),
  },
} as const;

export type CommandName = keyof typeof commands;
export type CommandPayload<N extends CommandName> = z.infer<(typeof commands)[N]['payload']>;
export type CommandAnswer<N extends CommandName> = z.infer<(typeof commands)[N]['answer']>;

export interface Refusal {
  ok: false;
  code: ErrorCode;
  message: string;
  retryable: boolean;
}
export type Acknowledgement<N extends CommandName> = ({ ok: true } & CommandAnswer<N>) | Refusal;
