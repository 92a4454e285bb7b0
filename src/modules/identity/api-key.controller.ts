import { Controller } from '@nestjs/common';
import { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import { CurrentActor, Idempotent, Input, type Idempotency } from '../../platform/http/input.js';
import {
  byId,
  decodeCursor,
  pageOf,
  pageQuery,
  toPage,
  type ById,
  type PageQuery,
} from '../../platform/http/pagination.js';
import { reply } from '../../platform/http/reply.js';
import { Route } from '../../platform/http/route.js';
import { ApiKeyService } from './api-key.service.js';
import { createdKeyView, createKeyInput, keyView, type CreateKeyInput } from './team.dto.js';

const position = z.tuple([z.string()]);

@Controller('api/v1/api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Route({
    method: 'POST',
    path: '',
    access: 'keys.manage',
    summary: 'Create an API key',
    description:
      'The key is shown once. It may do what its scopes say (each is a permission, with a colon) and never manages keys, the team or the deletion of the business.',
    body: createKeyInput,
    answer: createdKeyView,
    idempotent: true,
  })
  async create(
    @CurrentActor() actor: Actor,
    @Input('body') input: CreateKeyInput,
    @Idempotent() once: Idempotency | undefined,
  ) {
    const { document, key, repeated } = await this.keys.create(actor, input, once);
    const view = this.keys.view(document);
    return reply(key === undefined ? view : { ...view, key }, { repeated });
  }

  @Route({
    method: 'GET',
    path: '',
    access: 'keys.manage',
    summary: 'List the API keys',
    query: pageQuery,
    answer: pageOf(keyView),
  })
  async list(@CurrentActor() actor: Actor, @Input('query') { cursor, limit }: PageQuery) {
    const [after] = decodeCursor(cursor, position) ?? [];
    const rows = await this.keys.list(actor, after, limit + 1);
    return toPage(rows, limit, { position: ({ _id }) => [_id], view: (row) => this.keys.view(row) });
  }

  @Route({
    method: 'DELETE',
    path: ':id',
    access: 'keys.manage',
    summary: 'Revoke an API key',
    description: 'Refused on every pod within 5 s.',
    params: byId,
  })
  async revoke(@CurrentActor() actor: Actor, @Input('params') { id }: ById): Promise<void> {
    await this.keys.revoke(actor, id);
  }
}
