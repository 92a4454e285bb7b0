import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { mongo } from 'mongoose';
import type { CustomerView } from '../../src/modules/customer/customer.dto.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { call } from '../support/call.js';
import { Commands } from '../support/commands.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { Desk, must } from '../support/desk.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

// also runs on: mongodb

const CUSTOMERS = '/api/v1/customers';
const MANY = 2_000;

describe('every query of customers and businesses', () => {
  let database: TestDatabase;
  let service: RunningService;
  let commands: Commands;
  let desk: Desk;
  let known: CustomerView;

  beforeAll(async () => {
    database = await startTestDatabase();
    const joint = database.uri.includes('?') ? '&' : '?';
    service = await startService({ databaseUri: `${database.uri}${joint}monitorCommands=true` });
    commands = new Commands(service.app.get(Database));
    desk = await Desk.found(service);
    const body = { name: 'Zora Neale', external_id: 'u-known', phone_number: '+49 1511 2345678' };
    known = must(201, await send('POST', CUSTOMERS, body)) as CustomerView;
    await fill();
  });
  afterAll(async () => {
    await service?.close();
    await database?.close();
  });

  const connection = () => service.app.get(Database).requests;
  const send = (method: string, path: string, body?: unknown, headers = { 'Idempotency-Key': 'one key' }) =>
    call(service, method, path, { token: desk.owner.token, headers, body });
  const list = async (query: string) =>
    must(200, await desk.call('GET', `${CUSTOMERS}?limit=3${query}`)) as { next_cursor: string };

  /** Many customers with a word in common, and many tombstones, visitors and businesses around them. */
  async function fill(): Promise<void> {
    const customers = connection().collection('customers');
    const template = await customers.findOne({ _id: known.id as never }, { projection: { outbox: 0 } });
    const kinds = ['customer', 'visitor', 'merged', 'customer'] as const;
    const documents = Array.from({ length: MANY }, (_, n) => ({
      ...template,
      _id: `bulk-${n}`,
      kind: kinds[n % 4],
      words: n % 4 === 2 ? [] : ['b', 'bu', 'bulk', `n${n % 7}`],
      created_at: new Date(Date.UTC(2026, 0, 1, 0, 0, n)),
      external_id: `bulk-${n}`,
      phone_number: `1${String(n).padStart(9, '0')}`,
      visitor_token: createHash('sha256').update(String(n)).digest('base64url'),
      merged_into: n % 4 === 2 ? `bulk-${n - 1}` : null,
      idempotencyKey: `bulk ${n}`,
    }));
    await customers.insertMany(documents as never[]);
    const businesses = connection().collection('businesses');
    const business = await businesses.findOne({ _id: desk.business as never });
    await businesses.insertMany(
      Array.from({ length: 200 }, (_, n) => ({
        ...business,
        _id: `shop-${n}`,
        business: `shop-${n}`,
        widget: { key: `wk_shop-number-${n}` },
        settings: { allowed_origins: [`https://shop${n}.example`] },
        outbox: [],
      })) as never[],
    );
  }

  /** What the service does, in which collection, and the index that serves it. */
  const queries: [string, string, string, () => Promise<unknown>][] = [
    ['everybody', 'customers', 'business_1_created_at_-1__id_-1', () => list('')],
    [
      'everybody, further on',
      'customers',
      'business_1_created_at_-1__id_-1',
      async () => list(`&cursor=${(await list('')).next_cursor}`),
    ],
    ['one kind', 'customers', 'business_1_kind_1_created_at_-1__id_-1', () => list('&kind=visitor')],
    ['a word that most have', 'customers', 'business_1_words_1_created_at_-1__id_-1', () => list('&q=bulk')],
    [
      'the same, further on',
      'customers',
      'business_1_words_1_created_at_-1__id_-1',
      async () => list(`&q=bulk&cursor=${(await list('&q=bulk')).next_cursor}`),
    ],
    ['two words', 'customers', 'business_1_words_1_created_at_-1__id_-1', () => list('&q=bulk%20n3')],
    [
      'a repeat',
      'customers',
      'business_1_idempotencyKey_1',
      () =>
        send('POST', CUSTOMERS, {
          name: 'Zora Neale',
          external_id: 'u-known',
          phone_number: '+49 1511 2345678',
        }),
    ],
    ['a widget key', 'businesses', 'widget.key_1', () => desk.enter('visitor')],
    [
      'a visitor token',
      'customers',
      'business_1_visitor_token_1',
      async () => {
        const { key } = must(200, await desk.call('GET', '/api/v1/business/widget'));
        const body = { widget_key: key, visitor_token: `vt_${'A'.repeat(43)}` };
        must(200, await call(service, 'POST', '/api/v1/widget/sessions', { body }));
      },
    ],
    ['a proven id', 'customers', 'business_1_external_id_1', () => desk.enter('customer')],
    [
      'merged visitors',
      'customers',
      'business_1_merged_into_1__id_1',
      () => desk.call('GET', `${CUSTOMERS}/${known.id}/export`),
    ],
    [
      'an origin',
      'businesses',
      'settings.allowed_origins_1',
      () => call(service, 'GET', '/health/live', { headers: { origin: 'https://shop7.example' } }),
    ],
    [
      'due merges and erasures',
      'customers',
      'dueAt_1',
      async () => {
        must(202, await desk.call('POST', `${CUSTOMERS}/bulk-0/erasure`));
        const finished = async () =>
          (await desk.call('POST', `${CUSTOMERS}/bulk-0/erasure`)).body.finished_at !== null;
        expect(await eventually(10_000, finished)).toBe(true);
      },
    ],
  ];

  it.each(queries)(
    '%s: reads %s by %s, and little more than it shows',
    async (_what, collection, index, work) => {
      const sent = await commands.during(work, { name: 'find', collection });
      const used: string[] = [];
      for (const { body } of sent) {
        const explained = await explain(body);
        const plan = JSON.stringify(explained.queryPlanner.winningPlan);
        expect(plan).not.toContain('COLLSCAN');
        // The embedded database takes no order from an index with an array in it: it sorts what has the word.
        if (Boolean(process.env['MONGODB_URI']) || !index.includes('words')) {
          expect(plan).not.toContain('"SORT"');
          expect(explained.executionStats.totalDocsExamined).toBeLessThanOrEqual(20);
        }
        used.push(...[...plan.matchAll(/"indexName":"([^"]+)"/g)].map(([, name]) => name ?? ''));
      }
      expect(used).toContain(index);
    },
  );

  async function explain(body: mongo.Document): Promise<mongo.Document> {
    const { find, filter, sort, limit } = body;
    const command = { find, filter, ...(sort && { sort }), ...(limit && { limit }) };
    return (await connection().db?.command({ explain: command, verbosity: 'executionStats' })) ?? {};
  }
});
