import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StaffRole } from '../../src/contracts/roles.js';
import { TeamService } from '../../src/modules/identity/index.js';
import { systemActor } from '../../src/platform/actor.js';
import { armFaults, type FaultPoint } from '../../src/platform/faults.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { call, type Answer } from '../support/call.js';
import { Desk, must, type Person } from '../support/desk.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

type Stored = Record<string, unknown> & { _id: string };

const DAY = 24 * 3_600_000;
let count = 0;
const newEmail = (): string => `somebody-${(count += 1)}@example.test`;

describe('people', () => {
  const clock = new MovableClock();
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ clock });
  });
  afterAll(() => service?.close());

  const at = (who: Person, method: string, path: string, body?: unknown, headers = {}) =>
    call(service, method, `/api/v1/${path}`, {
      token: who.token,
      headers,
      ...(body === undefined ? {} : { body }),
    });
  const post = (path: string, body: unknown) => call(service, 'POST', `/api/v1/auth/${path}`, { body });
  const login = (email: string, password = 'a good password') => post('login', { email, password });
  const accept = (token: string, password = 'a good password') =>
    post('invites/accept', { token, name: 'Somebody', password });
  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`.trim();
  const stored = (collection: string, filter: Record<string, unknown> = {}): Promise<Stored[]> =>
    service.app
      .get(Database)
      .requests.collection<Stored>(collection)
      .find(filter, { projection: { outbox: 0 } })
      .toArray();
  const roleOf = async (person: Person): Promise<string> =>
    String((await stored('users')).find(({ _id }) => String(_id) === person.id)?.['role']);

  /** Ends the next request that comes to this point as a crash would: nothing behind it happens. */
  function crashOnceAt(point: FaultPoint, skip = 0): void {
    let left = skip;
    armFaults((reached) => {
      if (reached !== point || (left -= 1) >= 0) return;
      armFaults(undefined);
      throw new Error('crashed, as the test wished');
    });
  }

  describe('inviting', () => {
    let desk: Desk;
    beforeAll(async () => {
      desk = await Desk.found(service);
    });

    it('lets one person in by a link that is shown once', async () => {
      const email = newEmail();
      const key = { 'idempotency-key': 'invite 1' };
      const created = await at(desk.owner, 'POST', 'team/invites', { email, role: 'agent' }, key);
      expect(created.body).toMatchObject({ email, role: 'agent', state: 'open' });
      const token = String(created.body.link).split('#')[1] ?? '';
      expect(created.body.link).toBe(`http://127.0.0.1:3000/invite#${token}`);
      const again = await at(desk.owner, 'POST', 'team/invites', { email, role: 'agent' }, key);
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
      expect(again.body).toEqual({ ...created.body, link: undefined });
      expect(codeOf(await at(desk.owner, 'POST', 'team/invites', { email, role: 'admin' }, key))).toBe(
        '422 idempotency_mismatch',
      );
      const listed = must(200, await at(desk.owner, 'GET', 'team/invites'));
      expect(listed.items).toEqual([{ ...created.body, link: undefined }]);
      expect(JSON.stringify([listed, await stored('invites')])).not.toContain(token);

      const answers = await Promise.all(Array.from({ length: 5 }, () => accept(token)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter((answer) => codeOf(answer) === '410 gone')).toHaveLength(4);
      const joined = answers.find(({ status }) => status === 201)?.body;
      expect(joined.user).toMatchObject({ email, role: 'agent', name: 'Somebody' });
      expect(joined.business.id).toBe(desk.business);
      expect((await login(email)).status).toBe(200);
      expect(codeOf(await accept(token))).toBe('410 gone');
      expect(must(200, await at(desk.owner, 'GET', 'team/invites')).items).toEqual([]);
      expect(codeOf(await at(desk.owner, 'DELETE', `team/invites/${created.body.id}`))).toBe(
        '409 impossible_transition',
      );
      expect(codeOf(await at(desk.owner, 'POST', 'team/invites', { email, role: 'agent' }))).toBe(
        '409 conflict',
      );
      // What was made under the key is answered whatever has become of it.
      const late = await at(desk.owner, 'POST', 'team/invites', { email, role: 'agent' }, key);
      expect([late.status, late.body.state]).toEqual([201, 'accepted']);
    });

    it('can be taken back, and is over after 7 days', async () => {
      const token = await desk.invite(newEmail(), 'viewer');
      const [{ id }] = must(200, await at(desk.owner, 'GET', 'team/invites')).items;
      expect((await at(desk.owner, 'DELETE', `team/invites/${id}`)).status).toBe(204);
      expect(codeOf(await accept(token))).toBe('410 gone');

      const late = await Desk.found(service);
      const old = await late.invite(newEmail(), 'viewer');
      clock.advance(7 * DAY);
      expect(codeOf(await accept(old))).toBe('410 gone');
      desk = await Desk.found(service);
    });

    it('tells only the invited that an e-mail belongs to another business', async () => {
      const elsewhere = await Desk.found(service);
      const token = await desk.invite(elsewhere.owner.email, 'admin');
      expect(codeOf(await accept(token))).toBe('409 conflict');
      expect((await login(elsewhere.owner.email, elsewhere.owner.password)).body.business.id).toBe(
        elsewhere.business,
      );
    });

    it('can be accepted again after a crash in the middle', async () => {
      for (const writes of [0, 1]) {
        const email = newEmail();
        const token = await desk.invite(email, 'agent');
        crashOnceAt('write.after', writes);
        expect((await accept(token)).status).toBe(500);
        const again = await accept(token);
        // Behind the first write nobody is there yet; behind the second one the person is, and signs in.
        expect(codeOf(again)).toBe(writes === 0 ? '201' : '410 gone');
        const { user } = must(200, await login(email));
        const inTeam = async () =>
          JSON.stringify(await stored('teams', { _id: desk.business })).includes(String(user.id));
        expect(await eventually(8_000, inTeam)).toBe(true);
      }
    });
  });

  describe('the team', () => {
    let desk: Desk;
    beforeAll(async () => {
      desk = await Desk.found(service);
    });
    const change = (by: Person, who: Person, role: StaffRole) => at(by, 'PATCH', `team/${who.id}`, { role });

    it('lists its people by pages, without what is nobody else’s business', async () => {
      await Promise.all([desk.person('admin'), desk.person('agent'), desk.person('viewer')]);
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = must(
          200,
          await at(desk.owner, 'GET', `team?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`),
        );
        for (const person of page.items) {
          seen.push(String(person.role));
          expect(Object.keys(person).sort()).toEqual([
            'created_at',
            'email',
            'id',
            'name',
            'rev',
            'role',
            'state',
          ]);
        }
        cursor = page.next_cursor as string | null;
      }
      expect(seen.sort()).toEqual(['admin', 'agent', 'owner', 'viewer']);
    });

    it('lets nobody decide above their own role', async () => {
      const [admin, agent, other] = [
        await desk.person('admin'),
        await desk.person('agent'),
        await desk.join('admin'),
      ];
      expect(codeOf(await change(admin, desk.owner, 'agent'))).toBe('403 forbidden');
      expect(codeOf(await at(admin, 'POST', `team/${desk.owner.id}/disable`))).toBe('403 forbidden');
      expect(codeOf(await at(admin, 'DELETE', `team/${desk.owner.id}`))).toBe('403 forbidden');
      expect(codeOf(await change(admin, admin, 'owner'))).toBe('403 forbidden');
      expect(codeOf(await change(admin, other, 'owner'))).toBe('403 forbidden');
      expect(codeOf(await at(admin, 'POST', 'team/invites', { email: newEmail(), role: 'owner' }))).toBe(
        '403 forbidden',
      );
      expect(codeOf(await change(agent, agent, 'admin'))).toBe('403 forbidden');
      expect(codeOf(await at(agent, 'POST', 'team/invites', { email: newEmail(), role: 'viewer' }))).toBe(
        '403 forbidden',
      );
      expect(codeOf(await at(admin, 'POST', `team/${admin.id}/disable`))).toBe('403 forbidden');
      expect((await change(admin, other, 'viewer')).body.role).toBe('viewer');
      expect((await change(desk.owner, other, 'owner')).body.role).toBe('owner');
      expect((await change(desk.owner, other, 'admin')).body.role).toBe('admin');
    });

    it('always has an owner', async () => {
      expect(codeOf(await change(desk.owner, desk.owner, 'admin'))).toBe('409 impossible_transition');
      expect(codeOf(await at(desk.owner, 'DELETE', `team/${desk.owner.id}`))).toBe(
        '409 impossible_transition',
      );
      // Two owners who turn on each other, or leave together: one stays, each time.
      for (let round = 0; round < 5; round += 1) {
        const two = await Desk.found(service);
        const second = await two.join('owner');
        const answers = await Promise.all([
          round % 2 === 0 ? change(two.owner, second, 'agent') : change(two.owner, two.owner, 'agent'),
          round % 2 === 0 ? change(second, two.owner, 'agent') : at(second, 'DELETE', `team/${second.id}`),
        ]);
        const good = answers.filter(({ status }) => status === 200 || status === 204);
        expect(good).toHaveLength(1);
        const roles = await Promise.all([roleOf(two.owner), roleOf(second)]);
        const [team] = await stored('teams', { _id: two.business });
        const owners = (team?.['members'] as { role: string }[]).filter(({ role }) => role === 'owner');
        expect(owners).toHaveLength(1);
        expect(roles).toContain('owner');
      }
    });

    it('switches people off and on, and forgets those it removes', async () => {
      const person = await desk.join('agent');
      expect((await at(desk.owner, 'POST', `team/${person.id}/disable`)).body.state).toBe('disabled');
      expect(codeOf(await login(person.email, person.password))).toBe('403 forbidden');
      expect(codeOf(await login(person.email, 'wrong'))).toBe('401 unauthenticated');
      expect((await at(desk.owner, 'POST', `team/${person.id}/enable`)).body.state).toBe('active');
      expect((await login(person.email, person.password)).status).toBe(200);
      expect((await at(desk.owner, 'DELETE', `team/${person.id}`)).status).toBe(204);
      expect(codeOf(await at(desk.owner, 'GET', `team/${person.id}`))).toBe('404 not_found');
      expect(codeOf(await at(desk.owner, 'DELETE', `team/${person.id}`))).toBe('404 not_found');
      expect(JSON.stringify(await stored('users'))).not.toContain(person.email);
      const shop = { email: person.email, password: 'a good password', business_name: 'A shop' };
      expect((await post('register', shop)).status).toBe(201);
    });

    it('brings a decision into force when whoever decided died before it', async () => {
      const person = await desk.join('agent');
      crashOnceAt('write.after');
      expect((await change(desk.owner, person, 'viewer')).status).toBe(500);
      expect(await eventually(8_000, async () => (await roleOf(person)) === 'viewer')).toBe(true);
    });

    it('lets no older decision replace a newer one, however late the relay brings it', async () => {
      const person = await desk.join('agent');
      must(200, await change(desk.owner, person, 'viewer'));
      const [team] = await stored('teams', { _id: desk.business });
      must(200, await change(desk.owner, person, 'admin'));
      const late = {
        user: person.id,
        rev: Number(team?.['rev']),
        role: 'viewer',
        state: 'active',
        changes: {},
      } as const;
      const { id, ...about } = systemActor(desk.business);
      const event = {
        id: 'e',
        name: 'team.changed',
        at: new Date(),
        subjects: [],
        audience: [],
        data: late,
      } as const;
      await service.app
        .get(TeamService)
        .repeat({ ...event, business: desk.business, actor: { ...about, id } });
      expect(await roleOf(person)).toBe('admin');
    });

    it('knows nobody of another business', async () => {
      const foreign = await Desk.found(service);
      const [theirs, invited] = [await foreign.join('agent'), await foreign.invite(newEmail(), 'agent')];
      expect(invited).not.toBe('');
      const [{ id: invite }] = must(200, await at(foreign.owner, 'GET', 'team/invites')).items;
      const before = JSON.stringify([
        await stored('users', { business: foreign.business }),
        await stored('invites'),
      ]);
      for (const [method, path, body] of [
        ['GET', `team/${theirs.id}`],
        ['PATCH', `team/${theirs.id}`, { role: 'viewer' }],
        ['POST', `team/${theirs.id}/disable`],
        ['POST', `team/${theirs.id}/enable`],
        ['DELETE', `team/${theirs.id}`],
        ['DELETE', `team/invites/${invite}`],
      ] as const)
        expect([path, codeOf(await at(desk.owner, method, path, body))]).toEqual([path, '404 not_found']);
      expect(
        JSON.stringify([await stored('users', { business: foreign.business }), await stored('invites')]),
      ).toBe(before);
    });
  });
});
