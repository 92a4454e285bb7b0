import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Bus } from '../../src/platform/events/bus.js';
import { Relay } from '../../src/platform/events/relay.js';
import { call } from '../support/call.js';
import { startService, type RunningService } from '../support/service.js';

let service: RunningService;
let failing = true;

beforeAll(async () => {
  service = await startService({ background: false });
  service.app.get(Bus).subscribe(['business.changed'], {
    name: 'failWhenBusinessChanges',
    stage: 'reaction',
    resource: 'settings',
    handle: async () => {
      if (failing) throw new Error('as the test wished');
    },
  });
});
afterAll(() => service.close());

async function owner(name: string): Promise<string> {
  const body = { business_name: name, email: `${name}@example.test`, password: 'a long enough password' };
  const answer = await call(service, 'POST', '/api/v1/auth/register', { body });
  expect(answer.status).toBe(201);
  return String(answer.body.access_token);
}

it('shows what a listener failed with to its own business, and replays it when asked', async () => {
  const [token, stranger] = [await owner('acme'), await owner('other')];
  await call(service, 'PATCH', '/api/v1/business', { token, body: { name: 'Acme, renamed' } });
  await service.app.get(Relay).idle();

  const list = () => call(service, 'GET', '/api/v1/operations/dead-letters', { token });
  const [letter] = (await list()).body.items;
  expect(letter).toMatchObject({
    listener: 'failWhenBusinessChanges',
    event: { name: 'business.changed' },
    error: 'Error: as the test wished',
    attempts: 1,
  });
  expect(JSON.stringify(letter)).not.toContain('renamed');

  const replay = (who: string) =>
    call(service, 'POST', '/api/v1/operations/dead-letters/replay', { token: who, body: { id: letter.id } });
  expect(
    (await call(service, 'GET', '/api/v1/operations/dead-letters', { token: stranger })).body.items,
  ).toEqual([]);
  expect((await replay(stranger)).status).toBe(404);
  expect((await replay(token)).body).toEqual({ went_through: false });
  failing = false;
  expect((await replay(token)).body).toEqual({ went_through: true });
  expect((await list()).body.items).toEqual([]);
  expect((await replay(token)).status).toBe(404);
});
