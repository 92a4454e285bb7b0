import { Controller, Injectable, Module } from '@nestjs/common';
import { Schema } from 'mongoose';
import { z } from 'zod';
import { DomainError } from '../../src/contracts/errors.js';
import { systemActor, type Actor } from '../../src/platform/actor.js';
import { idempotencyFields, indexIdempotency } from '../../src/platform/events/once.js';
import { TenantCollections } from '../../src/platform/events/tenant-collections.js';
import type {
  Idempotency,
  TenantDocument,
  TenantRepository,
} from '../../src/platform/events/tenant.repository.js';
import { ClientAddress, Idempotent, Input } from '../../src/platform/http/input.js';
import {
  byId,
  decodeCursor,
  pageOf,
  pageQuery,
  toPage,
  type ById,
  type PageQuery,
} from '../../src/platform/http/pagination.js';
import { reply } from '../../src/platform/http/reply.js';
import { Route } from '../../src/platform/http/route.js';

/** A feature of a test: its routes are declared as a real one's, and everybody may call them. */
interface Note extends TenantDocument {
  readonly name: string;
  readonly n: number;
  readonly idempotencyKey?: string;
  readonly idempotencyHash?: string;
}

const noteSchema = new Schema<Note>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    name: { type: String, required: true },
    n: { type: Number, required: true },
    ...idempotencyFields,
  },
  { collection: 'probe_notes', versionKey: false, autoIndex: false },
);
noteSchema.index({ business: 1, name: 1 }, { unique: true });
indexIdempotency(noteSchema);

@Injectable()
export class Notes {
  readonly repository: TenantRepository<Note>;
  private n = 0;

  constructor(tenants: TenantCollections) {
    this.repository = tenants.tenant('probe_notes', noteSchema);
  }

  create(actor: Actor, name: string, once: Idempotency | undefined) {
    return this.repository.create(actor, { name, n: (this.n += 1) }, once, []);
  }
}

const input = z.strictObject({
  name: z.string().min(1).max(20),
  amount: z.int().optional(),
  tags: z
    .array(z.strictObject({ label: z.string().max(10) }))
    .max(3)
    .optional(),
});
const anything = z.strictObject({ value: z.unknown() });
const found = z.object({ id: z.string(), word: z.string().nullable() });
const search = z.strictObject({ word: z.string().max(10).optional() });
const note = z.strictObject({ id: z.string(), name: z.string(), rev: z.int() });
const numbers = z.strictObject({ n: z.int() });
const view = ({ _id, name, rev }: Note) => ({ id: _id, name, rev });

@Controller('api/v1/probe')
export class ProbeController {
  /** What waits in `slow`: the test lets it go on. */
  readonly waiting: (() => void)[] = [];

  constructor(private readonly notes: Notes) {}

  @Route({ method: 'PUT', path: 'input', access: 'public', summary: 'Echo', body: input, answer: input })
  echo(@Input('body') body: z.infer<typeof input>) {
    return body;
  }

  @Route({
    method: 'PUT',
    path: 'anything',
    access: 'public',
    summary: 'Echo',
    body: anything,
    answer: anything,
  })
  anything(@Input('body') body: z.infer<typeof anything>) {
    return body;
  }

  @Route({
    method: 'GET',
    path: 'things/:id',
    access: 'public',
    summary: 'Find',
    params: byId,
    query: search,
    answer: found,
  })
  find(@Input('params') { id }: ById, @Input('query') { word }: z.infer<typeof search>) {
    return { id, word: word ?? null, secret: 'the schema does not show this' };
  }

  @Route({ method: 'DELETE', path: 'things/:id', access: 'public', summary: 'Delete', params: byId })
  remove() {
    return undefined;
  }

  @Route({ method: 'GET', path: 'broken', access: 'public', summary: 'Fail', answer: found })
  broken(): never {
    throw new Error('a secret of the inside');
  }

  @Route({ method: 'GET', path: 'refused', access: 'public', summary: 'Refuse', answer: found })
  refused(): never {
    throw new DomainError('impossible_transition', 'Not from here.', { state: 'closed' });
  }

  @Route({ method: 'GET', path: 'misfit', access: 'public', summary: 'Misfit', answer: found })
  misfit() {
    return { id: 1 } as unknown as z.infer<typeof found>;
  }

  /** Answers when the test says so. */
  @Route({ method: 'GET', path: 'slow', access: 'public', summary: 'Wait', answer: found })
  async slow() {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return { id: 'slow', word: null };
  }

  @Route({ method: 'GET', path: 'address', access: 'public', summary: 'Tell', answer: found })
  address(@ClientAddress() id: string) {
    return { id, word: null };
  }

  @Route({
    method: 'GET',
    path: 'limited',
    access: 'public',
    summary: 'Be limited',
    limit: 'login',
    answer: found,
  })
  limited() {
    return { id: 'limited', word: null };
  }

  @Route({
    method: 'POST',
    path: 'notes',
    access: 'public',
    summary: 'Create',
    body: input,
    answer: note,
    idempotent: true,
  })
  async create(@Input('body') { name }: z.infer<typeof input>, @Idempotent() once: Idempotency | undefined) {
    const { document, repeated } = await this.notes.create(systemActor('probe'), name, once);
    return reply(view(document), { repeated });
  }

  @Route({
    method: 'GET',
    path: 'notes',
    access: 'public',
    summary: 'List',
    query: pageQuery,
    answer: pageOf(note),
  })
  async list(@Input('query') { cursor, limit }: PageQuery) {
    const after = decodeCursor(cursor, z.tuple([z.int()]))?.[0] ?? 0;
    const rows = await this.notes.repository.find(
      systemActor('probe'),
      { n: { $gt: after } },
      { sort: { n: 1 }, limit: limit + 1 },
    );
    return toPage(rows, limit, { position: (row) => [row.n], view });
  }

  @Route({ method: 'GET', path: 'count', access: 'public', summary: 'Count', answer: numbers })
  async count() {
    const rows = await this.notes.repository.find(systemActor('probe'), {}, { sort: { n: 1 }, limit: 100 });
    return { n: rows.length };
  }
}

@Module({ controllers: [ProbeController], providers: [Notes] })
export class ProbeModule {}
