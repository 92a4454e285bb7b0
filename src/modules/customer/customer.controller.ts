import { Controller, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import { CurrentActor, Idempotent, Input, type Idempotency } from '../../platform/http/input.js';
import { byId, decodeCursor, pageOf, toPage, type ById } from '../../platform/http/pagination.js';
import { reply } from '../../platform/http/reply.js';
import { Route } from '../../platform/http/route.js';
import {
  changeCustomerInput,
  createCustomerInput,
  customersQuery,
  customerView,
  erasureView,
  mergeInput,
  toCustomerView,
  toErasureView,
  type ChangeCustomerInput,
  type CreateCustomerInput,
  type CustomersQuery,
  type CustomerView,
  type MergeInput,
} from './customer.dto.js';
import { CustomerService } from './customer.service.js';
import { ErasureService } from './erasure.service.js';
import { ExportService } from './export.service.js';
import { MergeService } from './merge.service.js';

/** Milliseconds that are a date, and an id. */
const position = z.tuple([z.int().nonnegative().max(8_640_000_000_000_000), z.string().max(64)]);

@Controller('api/v1/customers')
export class CustomerController {
  constructor(
    private readonly service: CustomerService,
    private readonly merges: MergeService,
    private readonly exports: ExportService,
    private readonly erasures: ErasureService,
  ) {}

  @Route({
    method: 'GET',
    path: '',
    access: 'customers.read',
    summary: 'List or search customers and visitors, newest first',
    query: customersQuery,
    answer: pageOf(customerView),
  })
  async list(@CurrentActor() actor: Actor, @Input('query') { cursor, limit, kind, q }: CustomersQuery) {
    const [at, id] = decodeCursor(cursor, position) ?? [];
    const before = at === undefined || id === undefined ? undefined : { created_at: new Date(at), id };
    const rows = await this.service.list(actor, { q, kind, before }, limit + 1);
    return toPage(rows, limit, {
      position: ({ created_at, _id }) => [created_at.getTime(), _id],
      view: toCustomerView,
    });
  }

  @Route({
    method: 'POST',
    path: '',
    access: 'customers.manage',
    summary: 'Create a customer',
    body: createCustomerInput,
    answer: customerView,
    idempotent: true,
    errors: ['conflict'],
  })
  async create(
    @CurrentActor() actor: Actor,
    @Input('body') input: CreateCustomerInput,
    @Idempotent() once: Idempotency | undefined,
  ) {
    const { document, repeated } = await this.service.create(actor, input, once);
    return reply(toCustomerView(document), { repeated });
  }

  @Route({
    method: 'GET',
    path: ':id',
    access: 'customers.read',
    summary: 'Show a customer',
    description: 'A visitor who was merged answers the customer that it belongs to.',
    params: byId,
    answer: customerView,
    errors: ['gone'],
  })
  async get(@CurrentActor() actor: Actor, @Input('params') { id }: ById): Promise<CustomerView> {
    return toCustomerView(await this.service.get(actor, id));
  }

  @Route({
    method: 'PATCH',
    path: ':id',
    access: 'customers.manage',
    summary: 'Change a customer',
    params: byId,
    body: changeCustomerInput,
    answer: customerView,
    errors: ['conflict', 'gone'],
  })
  async change(
    @CurrentActor() actor: Actor,
    @Input('params') { id }: ById,
    @Input('body') input: ChangeCustomerInput,
  ): Promise<CustomerView> {
    return toCustomerView(await this.service.change(actor, id, input));
  }

  @Route({
    method: 'POST',
    path: ':id/merge',
    access: 'customers.manage',
    summary: 'Merge a visitor into a known customer',
    description:
      'The visitor answers the customer from then on. Its browser begins anew, since that it was this person is what staff say and nobody has proven.',
    params: byId,
    body: mergeInput,
    answer: customerView,
    errors: ['conflict', 'impossible_transition', 'gone'],
  })
  async merge(
    @CurrentActor() actor: Actor,
    @Input('params') { id }: ById,
    @Input('body') { into }: MergeInput,
  ): Promise<CustomerView> {
    return toCustomerView(await this.merges.merge(actor, id, into));
  }

  @Route({
    method: 'GET',
    path: ':id/export',
    access: 'customers.erase',
    summary: 'Export everything that is stored of a customer',
    description: 'A JSON document, streamed. That it was asked for is audited.',
    params: byId,
    file: 'application/json',
    limit: 'expensive',
    errors: ['gone'],
  })
  async export(@CurrentActor() actor: Actor, @Input('params') { id }: ById): Promise<StreamableFile> {
    const content = await this.exports.open(actor, id);
    return new StreamableFile(content, {
      type: 'application/json',
      disposition: `attachment; filename="customer-${id}.json"`,
    });
  }

  @Route({
    method: 'POST',
    path: ':id/erasure',
    access: 'customers.erase',
    summary: 'Erase a customer',
    description:
      'The customer is a tombstone at once; what others store follows within moments, and the answer to the same request tells when.',
    params: byId,
    answer: erasureView,
    status: 202,
  })
  async erase(@CurrentActor() actor: Actor, @Input('params') { id }: ById) {
    return toErasureView(await this.erasures.erase(actor, id));
  }
}
