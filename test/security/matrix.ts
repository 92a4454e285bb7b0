import { permissions, type Permission } from '../../src/contracts/audience.js';
import { scopeOf, scopes, staffRoles } from '../../src/contracts/roles.js';
import { can } from '../../src/platform/auth/can.js';
import { call, type Answer } from '../support/call.js';
import { Desk } from '../support/desk.js';
import { fieldsOf, type ApiRoute } from '../support/openapi.js';
import { difference, type Stored } from './dump.js';
import { makeThing, pathOf, referencesOf, send, validRequest, type Reference } from './factory.js';

/**
 * Public routes, each with the reason. A route that is not on this list needs a caller: to make one public is a
 * decision that somebody reads here.
 */
const publicRoutes: Readonly<Record<string, string>> = {
  'POST /api/v1/auth/register': 'makes a business',
  'POST /api/v1/auth/login': 'gives the first token',
  'POST /api/v1/auth/refresh': 'the refresh token says who it is',
  'POST /api/v1/auth/logout': 'the refresh token says who it is',
  'POST /api/v1/auth/password/reset': 'who forgot a password has no token; the answer says nothing',
  'POST /api/v1/auth/password/reset/confirm': 'the token of the link says who it is',
  'POST /api/v1/auth/invites/accept': 'the token of the link says who it is',
  'POST /api/v1/widget/sessions': 'the public widget key names the business, and gives the first token',
  'GET /health/live': 'asked by balancers; says that the process is there',
  'GET /health/ready': 'asked by balancers; details for admins and on the machine itself',
  'GET /metrics': 'has a token of its own',
};

/** Routes that write and are open to everybody who is signed in, viewers included. */
const ownAffairs: Readonly<Record<string, string>> = {
  'PATCH /api/v1/auth/me': 'their own name',
  'POST /api/v1/auth/password': 'their own password',
};

export interface Subject {
  /** Who calls. */
  readonly here: Desk;
  /** Whose things must be out of reach. */
  readonly there: Desk;
  readonly stored: Stored;
}

/** Everything that is wrong with one route, in sentences; none when it is as it says. */
export async function examine(route: ApiRoute, subject: Subject): Promise<string[]> {
  const problems = [
    ...declaration(route),
    ...(await callers(route, subject)),
    ...(await foreignIds(route, subject)),
    ...(await itself(route, subject)),
  ];
  return problems.map((problem) => `${route.name}: ${problem}`);
}

function declaration({ name, method, access, body, query, pathParameters }: ApiRoute): string[] {
  const problems: string[] = [];
  const known = ['public', 'signed-in', 'customer', ...permissions].includes(access);
  if (!known) problems.push(`declares the access "${access}", which nobody can have`);
  if (access === 'public' && publicRoutes[name] === undefined)
    problems.push('is public and not on the list of public routes in test/security/matrix.ts');
  const writes = method !== 'GET';
  if (writes && access.endsWith('.read')) problems.push(`writes and asks for ${access} only`);
  if (writes && access === 'signed-in' && ownAffairs[name] === undefined)
    problems.push('writes, and everybody signed in may call it');
  const fields = body === undefined ? [] : fieldsOf(body, 'body');
  for (const field of [...query, ...pathParameters, ...fields]) {
    const last = field.name.split('.').at(-1) ?? '';
    if (/^(business|tenant)(_?id)?$/i.test(last))
      problems.push(`takes a business in ${field.name}: it comes from the caller alone`);
  }
  return problems;
}

/** A query that no route knows is refused behind the guard and before the handler: it shows who gets through. */
const PROBE = '?__probe=1';

interface Caller {
  readonly who: string;
  readonly token: string | undefined;
  readonly expected: 'allowed' | 401 | 403;
}

async function callers(route: ApiRoute, { here }: Subject): Promise<string[]> {
  const problems: string[] = [];
  const path = pathOf(route, {}) + PROBE;
  for (const { who, token, expected } of await callersOf(route, here)) {
    const answer = await call(here.service, route.method, path, token === undefined ? {} : { token });
    const issues: { field: string }[] = answer.body?.error?.details?.issues ?? [];
    const reached = answer.status === 400 && issues.some(({ field }) => field === 'query.__probe');
    if (expected === 'allowed' ? reached : answer.status === expected) continue;
    problems.push(
      expected !== 'allowed' && (reached || answer.status < 400)
        ? `lets in ${who}, who must get ${expected}`
        : `answers ${answer.status} to ${who}, who must be ${expected}`,
    );
    if (answer.status < 400) problems.push('takes an unknown query field');
  }
  return problems;
}

async function callersOf(route: ApiRoute, here: Desk): Promise<Caller[]> {
  const { access } = route;
  const judge = (role: string, held?: readonly string[]): Caller['expected'] =>
    isAllowed(access, { role, ...(held && { scopes: held }) }) ? 'allowed' : 403;
  const nobody = access === 'public' ? 'allowed' : 401;
  const list: Caller[] = [
    { who: 'a caller without a token', token: undefined, expected: nobody },
    { who: 'a caller with a token that we did not sign', token: 'x.y.z', expected: nobody },
    {
      who: 'a caller with an unknown API key',
      token: `dw_${'0'.repeat(24)}_${'A'.repeat(43)}`,
      expected: nobody,
    },
  ];
  for (const role of staffRoles)
    list.push({ who: `the role ${role}`, token: (await here.person(role)).token, expected: judge(role) });
  for (const kind of ['customer', 'visitor'] as const)
    list.push({ who: `a ${kind}`, token: (await here.guest(kind)).token, expected: judge(kind) });
  for (const held of scopeSets(access))
    list.push({
      who: `a key with ${held.length === 1 ? held[0] : `${held.length} scopes`}`,
      token: await here.key(held),
      expected: judge('integrator', held),
    });
  return list;
}

/** A key with the scope alone, one with every other, and one with all; some permissions are no scope. */
function scopeSets(access: string): (readonly string[])[] {
  const scope = scopeOf(access as Permission);
  const others = scopes.filter((one) => one !== scope);
  return others.length === scopes.length ? [scopes] : [[scope], others, scopes];
}

/** What each declared access means, said once more and independent of the guard. */
function isAllowed(access: string, holder: { role: string; scopes?: readonly string[] }): boolean {
  const isCustomer = holder.role === 'customer' || holder.role === 'visitor';
  if (access === 'public') return true;
  if (access === 'signed-in') return !isCustomer;
  if (access === 'customer') return isCustomer;
  return can(holder, access as Permission);
}

async function foreignIds(route: ApiRoute, { here, there, stored }: Subject): Promise<string[]> {
  const problems: string[] = [];
  for (const reference of referencesOf(route)) {
    if (reference.thing === undefined) {
      problems.push(
        `takes an id in ${reference.field}, and test/security/factory.ts does not say what it names`,
      );
      continue;
    }
    problems.push(...(await foreignId(route, reference, reference.thing)));
  }
  return problems;

  async function foreignId(route: ApiRoute, { field, put }: Reference, thing: string): Promise<string[]> {
    const found: string[] = [];
    const id = await makeThing(thing, there);
    await stored.settled();
    const before = await stored.ofBusiness(there.business);
    const answer = await send(route, here, put(await validRequest(route, here), id));
    if (answer.status !== 404)
      found.push(`answers ${answer.status} in place of 404 to an id of another business in ${field}`);
    if (tells(answer, there)) found.push(`shows something of another business to an id in ${field}`);
    await stored.settled();
    const changed = difference(before, await stored.ofBusiness(there.business));
    if (changed !== '') found.push(`changed something of another business by an id in ${field}:\n${changed}`);
    return found;
  }
}

function tells(answer: Answer, there: Desk): boolean {
  return answer.text.includes(there.marker) || answer.text.includes(there.business);
}

/** The same request with things of one's own succeeds, or all of the above has shown nothing. */
async function itself(route: ApiRoute, { here, there }: Subject): Promise<string[]> {
  if (referencesOf(route).some(({ thing }) => thing === undefined)) return [];
  // What writes gets a business of its own: it may end sessions, or the business.
  const desk = route.method === 'GET' ? here : await Desk.found(here.service);
  const request = await validRequest(route, desk);
  const key = `key of ${desk.marker}`;
  const answer = await send(route, desk, request, route.idempotent ? { 'Idempotency-Key': key } : {});
  if (!route.successes.includes(answer.status))
    return [
      `answers ${answer.status} to an example of its own schemas, so the rest shows nothing. ` +
        `If it needs more than they say, add a line to test/security/factory.ts. ${answer.text.slice(0, 300)}`,
    ];
  const problems = tells(answer, there) ? ['shows something of another business'] : [];
  if (route.idempotent) problems.push(...(await twice(route, desk, request, key, answer)));
  return problems;
}

/** The same key again is the same thing; in another business it is another one. */
async function twice(
  route: ApiRoute,
  desk: Desk,
  request: Awaited<ReturnType<typeof validRequest>>,
  key: string,
  first: Answer,
): Promise<string[]> {
  const problems: string[] = [];
  const again = await send(route, desk, request, { 'Idempotency-Key': key });
  if (again.headers.get('idempotent-replayed') !== 'true' || again.body?.id !== first.body?.id)
    problems.push(`makes a second one under the same idempotency key (${again.status})`);
  const other = await Desk.found(desk.service);
  const elsewhere = await send(route, other, await validRequest(route, other), { 'Idempotency-Key': key });
  if (!route.successes.includes(elsewhere.status) || elsewhere.headers.has('idempotent-replayed'))
    problems.push(`shares idempotency keys with another business (${elsewhere.status})`);
  return problems;
}
