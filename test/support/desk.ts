import { createHmac, randomBytes } from 'node:crypto';
import type { StaffRole } from '../../src/contracts/roles.js';
import { call, type Answer } from './call.js';
import type { RunningService } from './service.js';

/** Somebody who is signed in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** Somebody on a host page. */
export interface Guest {
  readonly id: string;
  readonly token: string;
}

/** A business with its people, made over REST as anybody would; whoever is asked for joins on the way. */
export class Desk {
  private readonly people = new Map<StaffRole, Promise<Person>>();
  private readonly keys = new Map<string, Promise<string>>();
  private readonly guests = new Map<'customer' | 'visitor', Promise<Guest>>();

  private constructor(
    readonly service: RunningService,
    readonly business: string,
    /** Stands in every name of this business, so that it can be searched for where it must not be. */
    readonly marker: string,
    readonly owner: Person,
  ) {
    this.people.set('owner', Promise.resolve(owner));
  }

  static async found(service: RunningService): Promise<Desk> {
    const marker = `mk${randomBytes(6).toString('hex')}`;
    const login = { email: `owner@${marker}.test`, password: `secret of ${marker}` };
    const body = { ...login, business_name: `Shop ${marker}`, name: `Owner ${marker}` };
    const granted = must(201, await call(service, 'POST', '/api/v1/auth/register', { body }));
    return new Desk(service, granted.business.id, marker, toPerson(login, granted));
  }

  /** As the owner. */
  call(method: string, path: string, body?: unknown): Promise<Answer> {
    return call(this.service, method, path, { token: this.owner.token, body });
  }

  person(role: StaffRole): Promise<Person> {
    return remembered(this.people, role, () => this.join(role));
  }

  /** Somebody new in the team, signed in. */
  async join(role: StaffRole): Promise<Person> {
    const unique = randomBytes(4).toString('hex');
    const login = {
      email: `${role}-${unique}@${this.marker}.test`,
      password: `secret ${unique} of ${this.marker}`,
    };
    const token = await this.invite(login.email, role);
    const body = { token, password: login.password, name: `${role} ${this.marker}` };
    return toPerson(
      login,
      must(201, await call(this.service, 'POST', '/api/v1/auth/invites/accept', { body })),
    );
  }

  /** The token of an invitation's link. */
  async invite(email: string, role: StaffRole): Promise<string> {
    const { link } = must(201, await this.call('POST', '/api/v1/team/invites', { email, role }));
    return String(link).split('#')[1] ?? '';
  }

  guest(kind: 'customer' | 'visitor'): Promise<Guest> {
    return remembered(this.guests, kind, () => this.enter(kind));
  }

  /** Somebody new on a host page: a visitor, or a customer whom the host proves. */
  async enter(kind: 'customer' | 'visitor'): Promise<Guest> {
    const { key } = must(200, await this.call('GET', '/api/v1/business/widget'));
    const identity = kind === 'customer' ? { identity: await this.prove() } : {};
    const body = { widget_key: key, ...identity };
    const { token, customer } = must(
      200,
      await call(this.service, 'POST', '/api/v1/widget/sessions', { body }),
    );
    return { id: customer.id, token };
  }

  private async prove(): Promise<{ user_id: string; hmac: string }> {
    const user_id = `user-${randomBytes(4).toString('hex')}-of-${this.marker}`;
    const rotated = await this.call('POST', '/api/v1/business/widget/rotations', { what: 'hmac_secret' });
    const { value } = must(200, rotated);
    return { user_id, hmac: createHmac('sha256', String(value)).update(user_id).digest('hex') };
  }

  key(scopes: readonly string[]): Promise<string> {
    return remembered(this.keys, scopes.join(' '), async () => {
      const body = { name: `Key ${this.marker}`, scopes };
      return String(must(201, await this.call('POST', '/api/v1/api-keys', body)).key);
    });
  }
}

/** The body of an answer that is what it should be: what a test builds upon must not fail silently. */
export function must(status: number, answer: Answer): Answer['body'] {
  if (answer.status !== status)
    throw new Error(`It answered ${answer.status} in place of ${status}: ${answer.text.slice(0, 500)}`);
  return answer.body;
}

function toPerson(login: { email: string; password: string }, granted: Answer['body']): Person {
  return {
    ...login,
    id: granted.user.id,
    token: granted.access_token,
    refreshToken: granted.refresh_token,
  };
}

function remembered<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
