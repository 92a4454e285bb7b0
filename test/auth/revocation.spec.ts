import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JournalReader } from '../../src/platform/journal/journal.reader.js';
import { call, type Answer } from '../support/call.js';
import { Desk, must, type Person } from '../support/desk.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

/** Two pods on one database, both with the time as it is. */
describe('revoking', () => {
  let service: RunningService;
  let other: RunningService;
  let desk: Desk;

  beforeAll(async () => {
    service = await startService();
    other = await startService({ databaseUri: service.databaseUri, pod: 'other' });
    desk = await Desk.found(service);
  });
  afterAll(async () => {
    await other?.close();
    await service?.close();
  });

  type Grant = { access_token: string; refresh_token: string };
  const post = (path: string, body?: unknown, options: Parameters<typeof call>[3] = {}) =>
    call(service, 'POST', `/api/v1/auth/${path}`, { ...options, ...(body === undefined ? {} : { body }) });
  const login = ({ email, password }: Pick<Person, 'email' | 'password'>) =>
    post('login', { email, password });
  const refresh = (refresh_token: string) => post('refresh', { refresh_token });
  const me = (token: string, at: RunningService = service) => call(at, 'GET', '/api/v1/auth/me', { token });
  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`;
  const events = async (name: string) =>
    (await service.app.get(JournalReader).read(desk.business, 0, 10_000)).filter(
      (event) => event.name === name,
    );

  it('is believed nowhere 5 s after it was revoked', async () => {
    const at = (method: string, path: string, body?: unknown) =>
      call(service, method, `/api/v1${path}`, {
        token: desk.owner.token,
        ...(body === undefined ? {} : { body }),
      });
    const people = await Promise.all(
      ['logout', 'role', 'disable', 'remove', 'password', 'stays'].map(() => desk.join('agent')),
    );
    const [loggedOut, demoted, disabled, removed, changed, stays] = people as [
      Person,
      Person,
      Person,
      Person,
      Person,
      Person,
    ];
    const key = await desk.key(['business:read']);
    const all = [...people.map(({ token }) => token), key];
    // The second pod has seen them all a moment ago.
    expect(await Promise.all(all.map(async (token) => (await me(token, other)).status))).toEqual(
      all.map(() => 200),
    );

    const since = performance.now();
    must(204, await post('logout', undefined, { token: loggedOut.token }));
    must(200, await at('PATCH', `/team/${demoted.id}`, { role: 'viewer' }));
    must(200, await at('POST', `/team/${disabled.id}/disable`));
    must(204, await at('DELETE', `/team/${removed.id}`));
    const passwords = { current_password: changed.password, new_password: 'another password' };
    const renewed: Grant = must(200, await post('password', passwords, { token: changed.token }));
    must(204, await at('DELETE', `/api-keys/${key.split('_')[1]}`));

    const revoked = all.filter((token) => token !== stays.token);
    const codes = async (pod: RunningService) =>
      Promise.all(revoked.map(async (token) => codeOf(await me(token, pod))));
    const refused = revoked.map((token) =>
      token === demoted.token ? '401 token_expired' : '401 unauthenticated',
    );
    // The pod that was asked to says so at once.
    expect(await codes(service)).toEqual(refused);
    expect(
      await eventually(5_000, async () => (await codes(other)).every((code) => code.startsWith('401'))),
    ).toBe(true);
    expect(performance.now() - since).toBeLessThan(5_500);
    expect(await codes(other)).toEqual(refused);

    // Whoever may come back does, as what they are now; the others do not.
    expect((await me(stays.token, other)).status).toBe(200);
    expect((await me(renewed.access_token, other)).status).toBe(200);
    const again = must(200, await refresh(demoted.refreshToken));
    expect(again.user.role).toBe('viewer');
    expect((await me(again.access_token, other)).body.role).toBe('viewer');
    for (const { refreshToken } of [loggedOut, disabled, removed, changed])
      expect(codeOf(await refresh(refreshToken))).toBe('401 unauthenticated');
    expect(codeOf(await login(disabled))).toBe('403 forbidden');
    expect(codeOf(await login(removed))).toBe('401 unauthenticated');

    const told = (await events('user.changed')).filter(({ data }) =>
      people.some(({ id }) => id === (data as { id: string }).id),
    );
    expect(told.map(({ data }) => (data as { cause: string }).cause).sort()).toEqual([
      'disabled',
      'password',
      'removed',
      'role',
    ]);
    expect((await events('key.revoked')).every(({ audience }) => audience.includes('pods'))).toBe(true);
  });

  it('changes a password for whoever knows the old one, and ends what the old one opened', async () => {
    const agent = await desk.join('agent');
    const elsewhere: Grant = must(200, await login(agent));
    const change = (current_password: string, new_password: string) =>
      post('password', { current_password, new_password }, { token: agent.token });
    expect(codeOf(await change('a wrong one', 'another password'))).toBe('403 forbidden');
    expect((await change(agent.password, 'seven77')).status).toBe(400);
    const answers = await Promise.all([
      change(agent.password, 'password one'),
      change(agent.password, 'password two'),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const won = answers.findIndex(({ status }) => status === 200);
    expect((await me(answers[won]?.body.access_token)).status).toBe(200);
    expect((await me(agent.token)).status).toBe(401);
    expect((await refresh(elsewhere.refresh_token)).status).toBe(401);
    expect((await login({ ...agent, password: ['password one', 'password two'][won] ?? '' })).status).toBe(
      200,
    );
    const byKey = await post(
      'password',
      { current_password: 'x', new_password: 'another password' },
      {
        token: await desk.key(['team:read']),
      },
    );
    expect(codeOf(byKey)).toBe('403 forbidden');
  });
});
