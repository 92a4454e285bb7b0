import { randomBytes } from 'node:crypto';
import { RecordedMail } from '../../src/modules/identity/index.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { newId } from '../../src/platform/mongo/ids.js';
import { call } from '../support/call.js';
import { must, type Desk } from '../support/desk.js';
import { exampleOf } from '../support/examples.js';
import { fieldsOf, type ApiRoute } from '../support/openapi.js';
import { eventually } from '../support/wait.js';

/**
 * What the generated tests cannot read in /docs-json, in three tables: how to make a thing that an id can name, which
 * fields of inputs hold such ids, and what a route needs that no schema says. A route that misses its line here fails
 * the matrix with a sentence.
 */

export const METRICS_TOKEN = 'a token for the metrics of tests';

/** A thing of its own in that business, by the path that ends with its id, else by a name. */
const things: Readonly<Record<string, (desk: Desk) => Promise<string>>> = {
  '/api/v1/team/{id}': async (desk) => (await desk.join('agent')).id,
  '/api/v1/team/invites/{id}': async (desk) => {
    const body = { email: `guest-${unique()}@${desk.marker}.test`, role: 'viewer' };
    return String(must(201, await desk.call('POST', '/api/v1/team/invites', body)).id);
  },
  '/api/v1/api-keys/{id}': async (desk) => {
    const body = { name: `Key ${desk.marker}`, scopes: ['business:read'] };
    return String(must(201, await desk.call('POST', '/api/v1/api-keys', body)).id);
  },
  '/api/v1/customers/{id}': async (desk) => {
    const body = { name: `Customer ${desk.marker}`, email: `${unique()}@${desk.marker}.test` };
    return String(must(201, await desk.call('POST', '/api/v1/customers', body)).id);
  },
  'dead letter': deadLetter,
};

/** Ids in bodies and queries: route and field, and the thing that is meant. */
const references: Readonly<Record<string, string>> = {
  'POST /api/v1/customers/{id}/merge body.into': '/api/v1/customers/{id}',
  'POST /api/v1/operations/dead-letters/replay body.id': 'dead letter',
};

/** Ids that are not ours: what a host page calls its users is found within the business only, or is new. */
const namesOfHosts: ReadonlySet<string> = new Set(['external_id', 'user_id']);

/** What a request is made of, beside its path. */
export interface Parts {
  readonly body?: unknown;
  readonly query?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Null: nobody is signed in. */
  readonly token?: string | null;
}

const prepared: Readonly<Record<string, (desk: Desk) => Promise<Parts> | Parts>> = {
  'POST /api/v1/auth/register': () => {
    const marker = unique();
    const body = { business_name: 'New', email: `new@${marker}.test`, password: `secret of ${marker}` };
    return { body };
  },
  'POST /api/v1/auth/login': ({ owner: { email, password } }) => ({ body: { email, password } }),
  'POST /api/v1/auth/refresh': ({ owner }) => ({ body: { refresh_token: owner.refreshToken } }),
  'POST /api/v1/auth/password': ({ owner, marker }) => ({
    body: { current_password: owner.password, new_password: `another secret of ${marker}` },
  }),
  'POST /api/v1/auth/password/reset/confirm': async (desk) => ({
    body: { token: await resetToken(desk), password: `third secret of ${desk.marker}` },
  }),
  'POST /api/v1/auth/invites/accept': async (desk) => ({
    body: {
      token: await desk.invite(`guest-${unique()}@${desk.marker}.test`, 'agent'),
      name: 'Guest',
      password: `fourth secret of ${desk.marker}`,
    },
  }),
  'POST /api/v1/team/invites': ({ marker }) => ({
    body: { email: `guest-${unique()}@${marker}.test`, role: 'agent' },
  }),
  'PATCH /api/v1/business/widget': async (desk) => {
    // Only a business that can prove somebody can ask for it.
    must(200, await desk.call('POST', '/api/v1/business/widget/rotations', { what: 'hmac_secret' }));
    return { body: { require_identity: true } };
  },
  'POST /api/v1/customers': ({ marker }) => ({ body: { name: `Customer ${marker}`, labels: ['vip'] } }),
  'POST /api/v1/customers/{id}/merge': async (desk) => ({
    params: { id: (await desk.enter('visitor')).id },
    body: { into: '' },
  }),
  'POST /api/v1/widget/sessions': async (desk) => {
    const { key } = must(200, await desk.call('GET', '/api/v1/business/widget'));
    return { body: { widget_key: key, attributes: { page: 'home' } } };
  },
  'PATCH /api/v1/widget/me': ({ marker }) => ({ body: { name: `Guest ${marker}` } }),
  'GET /metrics': () => ({ token: METRICS_TOKEN }),
};

/** An input that names something of a business. */
export interface Reference {
  /** `params.id`, `body.customer_id` */
  readonly field: string;
  /** Key of `things`, or undefined when nobody has said what it names. */
  readonly thing: string | undefined;
  put(request: Request, id: string): Request;
}

/** A request that can be sent. */
export interface Request {
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  readonly parts: Parts;
}

const ID_PATTERN = '^[A-Za-z0-9_-]{1,64}$';

/** Every id that a route takes, in its path, its query and its body. */
export function referencesOf(route: ApiRoute): Reference[] {
  const inPath = route.pathParameters.map(({ name }): Reference => {
    const path = route.path.slice(0, route.path.indexOf(`{${name}}`) + name.length + 2);
    return {
      field: `params.${name}`,
      thing: path in things ? path : undefined,
      put: (request, id) => ({ ...request, params: { ...request.params, [name]: id } }),
    };
  });
  const inQuery = route.query.filter(namesThing).map(({ name }): Reference => ({
    field: `query.${name}`,
    thing: references[`${route.name} query.${name}`],
    put: (request, id) => ({
      ...request,
      parts: { ...request.parts, query: `?${name}=${encodeURIComponent(id)}` },
    }),
  }));
  const fields = route.body === undefined ? [] : fieldsOf(route.body, 'body');
  const inBody = fields
    .filter(({ path, schema }) => namesThing({ name: `${path.at(-1)}`, schema }))
    .map(({ name, path }): Reference => ({
      field: name,
      thing: references[`${route.name} ${name}`],
      put: (request, id) => ({
        ...request,
        parts: { ...request.parts, body: replaced(request.parts.body, path, id) },
      }),
    }));
  return [...inPath, ...inQuery, ...inBody];
}

function namesThing({ name, schema }: { name: string; schema: { pattern?: string } }): boolean {
  return !namesOfHosts.has(name) && (schema.pattern === ID_PATTERN || /(^|_)ids?$/.test(name));
}

export function makeThing(thing: string, desk: Desk): Promise<string> {
  const make = things[thing];
  if (make === undefined) throw new Error(`test/security/factory.ts does not know how to make ${thing}.`);
  return make(desk);
}

/** A valid request to a route, made in that business by somebody who may, with things of its own. */
export async function validRequest(route: ApiRoute, desk: Desk): Promise<Request> {
  const parts = (await prepared[route.name]?.(desk)) ?? {};
  const body = 'body' in parts || route.body === undefined ? parts.body : exampleOf(route.body);
  let request: Request = {
    method: route.method,
    params: parts.params ?? {},
    parts: {
      ...parts,
      body,
      query: parts.query ?? queryOf(route),
      token: parts.token === undefined ? await callerOf(route, desk) : parts.token,
    },
  };
  for (const { field, thing, put } of referencesOf(route)) {
    // An optional id that the example leaves out is not needed.
    const isNeeded = field.startsWith('params.')
      ? !Object.hasOwn(request.params, field.slice('params.'.length))
      : holds(request, field);
    if (thing !== undefined && isNeeded) request = put(request, await makeThing(thing, desk));
  }
  return request;
}

function queryOf({ query }: ApiRoute): string {
  const needed = query.filter(({ required }) => required);
  const pairs = needed.map(({ name, schema }) => `${name}=${encodeURIComponent(String(exampleOf(schema)))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

export async function callerOf(route: ApiRoute, desk: Desk): Promise<string | null> {
  if (route.access === 'public') return null;
  return route.access === 'customer' ? (await desk.guest('visitor')).token : desk.owner.token;
}

export function pathOf(route: ApiRoute, params: Readonly<Record<string, string>>): string {
  return route.path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? 'a'.repeat(24));
}

export function send(route: ApiRoute, desk: Desk, request: Request, headers: Record<string, string> = {}) {
  const { body, query = '', token } = request.parts;
  return call(desk.service, request.method, pathOf(route, request.params) + query, {
    body,
    headers,
    ...(token === null || token === undefined ? {} : { token }),
  });
}

function holds({ parts }: Request, field: string): boolean {
  const name = field.split('.').at(-1)?.replace('[]', '') ?? '';
  return field.startsWith('query.')
    ? (parts.query ?? '').includes(`${name}=`)
    : JSON.stringify(parts.body ?? null).includes(`"${name}"`);
}

/** The value with another one at a place inside; objects and lists on the way are made when they are not there. */
export function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (typeof key === 'number') {
    const list: unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [];
    list[key] = replaced(list[key], rest, by);
    return list;
  }
  const object = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return { ...object, [key]: replaced(object[key], rest, by) };
}

/** One that nobody tries again by itself, so that nothing changes behind a test's back. */
async function deadLetter({ business, owner, service }: Desk): Promise<string> {
  const listener = 'recordHistoryWhenBusinessChanges';
  const event = {
    id: newId(),
    name: 'business.changed',
    business,
    at: new Date(),
    actor: { id: owner.id, role: 'owner', ip: null },
    subjects: [{ kind: 'business', id: business }],
    audience: [],
    data: { id: business, rev: 1, changes: {} },
  };
  const _id = `${event.id}/${listener}`;
  const letter = {
    business,
    listener,
    event,
    error: 'Error: made',
    attempts: 1,
    createdAt: event.at,
    dueAt: null,
  };
  const letters = service.app.get(Database).requests.collection('dead_letters');
  await letters.insertOne({ _id: _id as never, ...letter });
  return _id;
}

async function resetToken(desk: Desk): Promise<string> {
  const { email } = desk.owner;
  must(202, await call(desk.service, 'POST', '/api/v1/auth/password/reset', { body: { email } }));
  const mails = desk.service.app.get(RecordedMail, { strict: false }).mails;
  let token: string | undefined;
  const arrived = await eventually(10_000, async () => {
    const mail = mails.find(({ to }) => to === email);
    token = /#([A-Za-z0-9_-]{43})/.exec(mail?.body ?? '')?.[1];
    return token !== undefined;
  });
  if (!arrived || token === undefined) throw new Error('The mail with the link did not come within 10 s.');
  return token;
}

function unique(): string {
  return `u${randomBytes(5).toString('hex')}`;
}
