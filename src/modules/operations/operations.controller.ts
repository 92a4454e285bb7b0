import { Controller } from '@nestjs/common';
import { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import { DeadLetters } from '../../platform/events/dead-letters.js';
import { CurrentActor, Input } from '../../platform/http/input.js';
import { decodeCursor, pageOf, pageQuery, toPage, type PageQuery } from '../../platform/http/pagination.js';
import { Route } from '../../platform/http/route.js';
import { deadLetterView, replayAnswer, replayInput, toDeadLetterView } from './operations.dto.js';

const position = z.tuple([z.string()]);

/** What the people who run a business can see and set right: what its listeners failed with. */
@Controller('api/v1/operations')
export class OperationsController {
  constructor(private readonly deadLetters: DeadLetters) {}

  @Route({
    method: 'GET',
    path: 'dead-letters',
    access: 'operations.read',
    summary: 'List what listeners failed with',
    query: pageQuery,
    answer: pageOf(deadLetterView),
  })
  async list(@CurrentActor() actor: Actor, @Input('query') { cursor, limit }: PageQuery) {
    const [after] = decodeCursor(cursor, position) ?? [];
    const options = { limit: limit + 1, ...(after === undefined ? {} : { after }) };
    const rows = await this.deadLetters.list(actor, options);
    return toPage(rows, limit, { position: ({ _id }) => [_id], view: toDeadLetterView });
  }

  @Route({
    method: 'POST',
    path: 'dead-letters/replay',
    access: 'operations.manage',
    summary: 'Try one of them again now',
    body: replayInput,
    answer: replayAnswer,
    errors: ['not_found', 'conflict'],
  })
  async replay(@CurrentActor() actor: Actor, @Input('body') { id }: z.infer<typeof replayInput>) {
    return { went_through: await this.deadLetters.replay(actor, id) };
  }
}
