import { z } from 'zod';
import type { DeadLetter } from '../../platform/events/dead-letters.js';

export const deadLetterView = z.strictObject({
  id: z.string().meta({ example: '6b018dde378a06408ae21009/recordHistoryWhenBusinessChanges' }),
  listener: z.string(),
  event: z.strictObject({ id: z.string(), name: z.string(), at: z.string() }),
  error: z.string(),
  attempts: z.int(),
  created_at: z.string(),
  due_at: z
    .string()
    .nullable()
    .meta({ description: 'When it is tried again by itself; null: it waits for you.' }),
});

/** What failed is told without the event's data: that may be of a person whom the reader must not see. */
export function toDeadLetterView(letter: DeadLetter): z.infer<typeof deadLetterView> {
  const { event } = letter;
  return {
    id: letter._id,
    listener: letter.listener,
    event: { id: event.id, name: event.name, at: event.at.toISOString() },
    error: letter.error,
    attempts: letter.attempts,
    created_at: letter.createdAt.toISOString(),
    due_at: letter.dueAt?.toISOString() ?? null,
  };
}

export const replayInput = z.strictObject({ id: z.string().min(1).max(200) });
export const replayAnswer = z.strictObject({
  went_through: z.boolean().meta({ description: 'False: it failed again, and is still there.' }),
});
