import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { armFaults, type FaultPoint } from '../../src/platform/faults.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { call, type Answer } from '../support/call.js';
import { must } from '../support/desk.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

type Stored = Record<string, unknown> & { _id: string };

const DAY = 24 * 3_600_000;
let count = 0;
const newEmail = (): string => `somebody-${(count += 1)}@example.test`;

describe('registering', () => {
  const clock = new MovableClock();
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ clock });
  });
  afterAll(() => service?.close());

  const post = (path: string, body: unknown) => call(service, 'POST', `/api/v1/auth/${path}`, { body });
  const register = (email: string, password = 'a good password', business_name = 'A shop') =>
    post('register', { email, password, business_name });
  /** A busy machine may answer that it is busy: a client sends the same again. */
  const registerPatiently = async (email: string, password?: string): Promise<Answer> => {
    const answer = await register(email, password);
    return answer.status === 503 ? registerPatiently(email, password) : answer;
  };
  const login = (email: string, password = 'a good password') => post('login', { email, password });
  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`.trim();
  const stored = (collection: string, filter: Record<string, unknown> = {}): Promise<Stored[]> =>
    service.app
      .get(Database)
      .requests.collection<Stored>(collection)
      .find(filter, { projection: { outbox: 0 } })
      .toArray();

  /** Ends the next request that comes to this point as a crash would: nothing behind it happens. */
  function crashOnceAt(point: FaultPoint, skip = 0): void {
    let left = skip;
    armFaults((reached) => {
      if (reached !== point || (left -= 1) >= 0) return;
      armFaults(undefined);
      throw new Error('crashed, as the test wished');
    });
  }

  it('makes one business of ten registrations at once', async () => {
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 10 }, () => registerPatiently(email)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => String(body.business.id))).size).toBe(1);
    const first = answers.filter(({ headers }) => headers.get('idempotent-replayed') === null);
    expect(first.length).toBeLessThanOrEqual(1);
    const business = answers[0]?.body.business.id;
    expect(await stored('users', { email })).toHaveLength(1);
    expect(await stored('businesses', { _id: business })).toHaveLength(1);
    expect(await stored('teams', { _id: business })).toEqual([
      expect.objectContaining({
        members: [{ id: answers[0]?.body.user.id, role: 'owner', state: 'active' }],
      }),
    ]);
  });

  it('lets one of ten win who want the same e-mail with passwords of their own', async () => {
    const email = newEmail();
    const before = (await stored('businesses')).length;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, one) => registerPatiently(email, `password no ${one}`)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => codeOf(answer) === '409 conflict')).toHaveLength(9);
    expect(await stored('businesses')).toHaveLength(before + 1);
  });

  it('is the same registration only with the same three values, within a day', async () => {
    const email = newEmail();
    must(201, await register(email));
    expect(codeOf(await register(email, 'another password'))).toBe('409 conflict');
    expect(codeOf(await register(email, undefined, 'Another shop'))).toBe('409 conflict');
    expect(codeOf(await register(email.toUpperCase()))).toBe('201');
    clock.advance(DAY + 1);
    expect(codeOf(await register(email))).toBe('409 conflict');
  });

  it.each([
    ['the owner', 0],
    ['the business', 1],
    ['the team', 2],
  ])('can be repeated after a crash behind the write of %s', async (_what, writes) => {
    const email = newEmail();
    crashOnceAt('write.after', writes);
    // The relay does the same meanwhile, so the crash may be its own.
    expect([201, 500]).toContain((await register(email)).status);
    const answer = must(201, await register(email));
    const desk = answer.business.id;
    expect(await stored('businesses', { _id: desk })).toHaveLength(1);
    expect(await stored('teams', { _id: desk })).toHaveLength(1);
    expect(await stored('users', { email })).toHaveLength(1);
  });

  it('is finished by the relay when nobody repeats it', async () => {
    const email = newEmail();
    crashOnceAt('write.after');
    expect((await register(email)).status).toBe(500);
    const [owner] = await stored('users', { email });
    const there = async () => (await stored('teams', { _id: owner?.['business'] })).length === 1;
    expect(await eventually(8_000, there)).toBe(true);
    expect((await login(email)).status).toBe(200);
  });

  it('refuses what is not an e-mail, a name or a good password', async () => {
    const good = { business_name: 'A shop', email: newEmail(), password: 'a good password' };
    const bad: Record<string, unknown>[] = [
      { ...good, password: 'seven77' },
      { ...good, password: 'x'.repeat(201) },
      { ...good, password: { $ne: null } },
      { ...good, email: 'nobody' },
      { ...good, email: `${'x'.repeat(250)}@example.test` },
      { ...good, email: ['a@example.test'] },
      { ...good, email: { $gt: '' } },
      { ...good, business_name: ' ' },
      { ...good, business_name: 'x'.repeat(121) },
      { ...good, name: 'a\u0000b' },
      { ...good, role: 'owner' },
      { ...good, business: 'b' },
      { ...good, _id: 'b' },
    ];
    for (const body of bad)
      expect([body, codeOf(await post('register', body))]).toEqual([body, '400 invalid_input']);
    const polluted = `{"business_name":"A","email":"a@b.test","password":"a good password","__proto__":{"role":"owner"}}`;
    expect(codeOf(await post('register', polluted))).toBe('400 invalid_input');
    expect((await post('register', { ...good, password: 'x'.repeat(200) })).status).toBe(201);
  });
});
