import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RecordedMail } from '../../src/modules/identity/index.js';
import { Passwords } from '../../src/platform/auth/passwords.js';
import { JournalReader } from '../../src/platform/journal/journal.reader.js';
import { call, type Answer } from '../support/call.js';
import { Desk, must, type Person } from '../support/desk.js';
import { logLines } from '../support/log-lines.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually, gate } from '../support/wait.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('sessions', () => {
  const clock = new MovableClock();
  const log = logLines('debug');
  let service: RunningService;
  let desk: Desk;

  beforeAll(async () => {
    service = await startService({
      clock,
      logger: log.logger,
      environment: { TRUSTED_PROXIES: '127.0.0.1,::1', REFRESH_TOKEN_DAYS: '30' },
    });
    desk = await Desk.found(service);
  });
  afterAll(async () => {
    await service?.close();
  });

  type Grant = { access_token: string; refresh_token: string; expires_in: number };
  const post = (path: string, body?: unknown, options: Parameters<typeof call>[3] = {}) =>
    call(service, 'POST', `/api/v1/auth/${path}`, { ...options, ...(body === undefined ? {} : { body }) });
  const login = ({ email, password }: Pick<Person, 'email' | 'password'>) =>
    post('login', { email, password });
  const signIn = async (person: Pick<Person, 'email' | 'password'>): Promise<Grant> =>
    must(200, await login(person)) as Grant;
  const refresh = (refresh_token: string) => post('refresh', { refresh_token });
  const me = (token: string, at: RunningService = service) => call(at, 'GET', '/api/v1/auth/me', { token });
  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`;
  const events = async (name: string) =>
    (await service.app.get(JournalReader).read(desk.business, 0, 10_000)).filter(
      (event) => event.name === name,
    );

  it('signs in whoever knows the password, however the e-mail is written', async () => {
    const { email, password } = desk.owner;
    for (const spelt of [email, ` ${email.toUpperCase()} `, email.replace('@', '＠')]) {
      const { body, headers } = await login({ email: spelt, password });
      expect(body).toMatchObject({
        token_type: 'Bearer',
        expires_in: 900,
        user: { id: desk.owner.id, email, role: 'owner' },
        business: { id: desk.business },
      });
      expect((await me(body.access_token)).status).toBe(200);
      expect(headers.get('set-cookie')).toMatch(
        /^deskwire_refresh=[\w-]{86}; Max-Age=\d+; Path=\/api\/v1\/auth; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
      );
    }
    const overTls = await post('login', { email, password }, { headers: { 'x-forwarded-proto': 'https' } });
    expect(overTls.headers.get('set-cookie')).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  });

  it('answers an unknown user like a wrong password, after the same work', async () => {
    const verify = jest.spyOn(service.app.get(Passwords), 'verify');
    const agent = await desk.person('agent');
    const wrong = await login({ email: agent.email, password: 'not the password' });
    const unknown = await login({ email: `x${agent.email}`, password: 'not the password' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const { request_id: _one, ...first } = wrong.body.error;
    const { request_id: _other, ...second } = unknown.body.error;
    expect(second).toEqual(first);
    const names = (answer: Answer) => [...answer.headers.keys()].sort();
    expect(names(unknown)).toEqual(names(wrong));
    // Both hash once; passwords.verify costs the same with and without a stored hash (platform/auth/auth.spec.ts).
    expect(verify.mock.calls.map(([stored]) => typeof stored)).toEqual(['string', 'undefined']);
    expect(await Promise.all(verify.mock.results.map(({ value }) => value as Promise<boolean>))).toEqual([
      false,
      false,
    ]);
    verify.mockRestore();
  });

  it('uses a refresh token once', async () => {
    const first = await signIn(desk.owner);
    const second: Grant = must(200, await refresh(first.refresh_token));
    const third: Grant = must(200, await refresh(second.refresh_token));
    expect(new Set([first, second, third].map(({ refresh_token }) => refresh_token)).size).toBe(3);
    expect((await me(third.access_token)).status).toBe(200);
    // An older one again: somebody else has had it, so nobody keeps the session.
    expect(codeOf(await refresh(first.refresh_token))).toBe('401 unauthenticated');
    expect(codeOf(await refresh(third.refresh_token))).toBe('401 unauthenticated');
    expect(codeOf(await me(third.access_token))).toBe('401 unauthenticated');
    const [ended] = (await events('session.ended')).slice(-1);
    expect(ended).toMatchObject({ audience: ['pods'], data: { user: desk.owner.id, cause: 'reuse' } });
  });

  it('ends the session when one token is used twice at once', async () => {
    const { refresh_token } = await signIn(desk.owner);
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(refresh_token)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(4);
    expect((await refresh(good[0]?.body.refresh_token)).status).toBe(401);
  });

  it('takes the cookie of a browser, and refuses whatever is no token of ours', async () => {
    const { refresh_token } = await signIn(desk.owner);
    const cookie = { headers: { cookie: `other=1; deskwire_refresh=${refresh_token}; more=2` } };
    const renewed = await post('refresh', undefined, cookie);
    expect(renewed.status).toBe(200);
    expect(renewed.headers.get('set-cookie')).toContain(renewed.body.refresh_token);
    const current = String(renewed.body.refresh_token);
    const forged = [
      '',
      'x',
      current.slice(1),
      `${current.slice(0, 43)}`,
      'A'.repeat(86),
      `${'A'.repeat(43)}${current.slice(43)}`,
      desk.owner.token,
    ];
    for (const token of forged) expect([400, 401]).toContain((await refresh(token)).status);
    expect((await post('refresh')).status).toBe(401);
    expect((await post('refresh', { refresh_token: { $ne: null } })).status).toBe(400);
    // None of these was a token of the session, so it lives.
    expect((await refresh(current)).status).toBe(200);
  });

  it('signs out by either token, twice without complaint, and leaves other sessions alone', async () => {
    const [one, two, three] = [await signIn(desk.owner), await signIn(desk.owner), await signIn(desk.owner)];
    const out = await post('logout', undefined, { token: one.access_token });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toMatch(
      /^deskwire_refresh=; Path=\/api\/v1\/auth; Expires=Thu, 01 Jan 1970/,
    );
    expect(codeOf(await me(one.access_token))).toBe('401 unauthenticated');
    expect(codeOf(await refresh(one.refresh_token))).toBe('401 unauthenticated');
    expect((await post('logout', undefined, { token: one.access_token })).status).toBe(204);
    expect((await post('logout', { refresh_token: two.refresh_token })).status).toBe(204);
    expect(codeOf(await me(two.access_token))).toBe('401 unauthenticated');
    expect((await post('logout', { refresh_token: 'unknown' })).status).toBe(204);
    expect((await post('logout')).status).toBe(204);
    expect((await me(three.access_token)).status).toBe(200);
  });

  it('allows twenty bad logins a minute for one account from one address, then none at all', async () => {
    const strict = await startService({
      databaseUri: service.databaseUri,
      pod: 'strict',
      settings: { rateLimitFactor: 1 },
    });
    try {
      const at = (email: string, password: string) =>
        call(strict, 'POST', '/api/v1/auth/login', { body: { email, password } });
      const agent = await desk.join('agent');
      const unknown = `unknown-${agent.email}`;
      for (const email of [agent.email, unknown]) {
        const answers: Answer[] = [];
        while (answers.length < 40) {
          const some = Array.from({ length: 10 }, () => at(email, 'not the password'));
          answers.push(...(await Promise.all(some)));
        }
        const statuses = answers.map(({ status }) => status);
        expect(statuses.filter((status) => status === 401)).toHaveLength(20);
        expect(statuses.filter((status) => status === 429)).toHaveLength(20);
      }
      const right = await at(agent.email, agent.password);
      expect(codeOf(right)).toBe('429 rate_limited');
      expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await at(desk.owner.email, desk.owner.password)).status).toBe(200);

      // One that was under way when the twenty came: guessing many at once shows no more than one after the other.
      const [viewer, passwords, slow] = [await desk.join('viewer'), strict.app.get(Passwords), gate()];
      const verify = passwords.verify.bind(passwords);
      const asked = gate();
      jest.spyOn(passwords, 'verify').mockImplementation(async (stored, password) => {
        if (password === viewer.password) {
          asked.open();
          await slow.opened;
        }
        return verify(stored, password);
      });
      const early = at(viewer.email, viewer.password);
      await asked.opened;
      for (let round = 0; round < 4; round += 1)
        await Promise.all(Array.from({ length: 5 }, () => at(viewer.email, 'not the password')));
      slow.open();
      expect(codeOf(await early)).toBe('429 rate_limited');
    } finally {
      await strict.close();
    }
  });

  it('sends a link for a new password that is good once, for 30 minutes, and tells nobody who is known', async () => {
    const mails = service.app.get(RecordedMail).mails;
    const agent = await desk.join('agent');
    const ask = (email: string) => post('password/reset', { email });
    const newest = async (count: number): Promise<string> => {
      const to = () => mails.filter((mail) => mail.to === agent.email);
      expect(await eventually(5_000, async () => to().length === count)).toBe(true);
      return /#(\S+)/.exec(to().at(-1)?.body ?? '')?.[1] ?? '';
    };
    const confirm = (token: string, password: string) => post('password/reset/confirm', { token, password });

    const [known, unknown] = [await ask(agent.email), await ask(`x${agent.email}`)];
    expect([known.status, known.text]).toEqual([202, unknown.text]);
    expect(unknown.status).toBe(202);
    const late = await newest(1);
    clock.advance(31 * MINUTE);
    expect(codeOf(await confirm(late, 'reset password'))).toBe('410 gone');

    must(202, await ask(agent.email));
    const token = await newest(2);
    const answers = await Promise.all(
      ['reset password 1', 'reset password 2'].map((password) => confirm(token, password)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 410]);
    const won = answers.findIndex(({ status }) => status === 204) + 1;
    expect((await login({ email: agent.email, password: `reset password ${won}` })).status).toBe(200);
    expect((await login(agent)).status).toBe(401);
    expect(codeOf(await confirm(token, 'once more 123'))).toBe('410 gone');
    expect(codeOf(await confirm('A'.repeat(43), 'once more 123'))).toBe('410 gone');
    expect((await refresh(agent.refreshToken)).status).toBe(401);
    expect(mails.some((mail) => mail.to === `x${agent.email}`)).toBe(false);
    expect(log.text()).not.toContain(token);
  });

  it('writes no password and no token into the log', () => {
    for (const secret of [desk.owner.password, desk.owner.token, desk.owner.refreshToken])
      expect(log.text()).not.toContain(secret);
    expect(log.lines().length).toBeGreaterThan(10);
  });

  it('lives for 30 days from signing in, however often it is refreshed', async () => {
    const desk30 = await Desk.found(service);
    let { refresh_token } = await signIn(desk30.owner);
    for (let week = 0; week < 4; week += 1) {
      clock.advance(7 * DAY);
      ({ refresh_token } = must(200, await refresh(refresh_token)) as Grant);
    }
    clock.advance(2 * DAY - 5 * MINUTE);
    const last: Grant = must(200, await refresh(refresh_token));
    expect(last.expires_in).toBeLessThanOrEqual(300);
    clock.advance(6 * MINUTE);
    expect(codeOf(await refresh(last.refresh_token))).toBe('401 unauthenticated');
    expect(codeOf(await me(last.access_token))).toBe('401 token_expired');
  });
});
