import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorMeanings } from '../../src/contracts/errors.js';
import { Desk } from '../support/desk.js';
import { fieldsOf, readApi, type ApiRoute, type JsonSchema } from '../support/openapi.js';
import { Random } from '../support/random.js';
import { raw } from '../support/raw.js';
import { startService, type RunningService } from '../support/service.js';
import { Wire, type WireAnswer } from '../support/wire.js';
import { badInputs, type BadInput } from './bad-inputs.js';
import { difference, Stored } from './dump.js';
import { METRICS_TOKEN, pathOf, validRequest, type Request } from './factory.js';
import { oddRequests, takesOdd } from './odd-inputs.js';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const MAX_BODY_KB = 64;
const AT_ONCE = 8;

let service: RunningService;
let stored: Stored;
let wire: Wire;
let routes: ApiRoute[];
const rejections: unknown[] = [];
const note = (error: unknown): void => void rejections.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  service = await startService({ environment: { METRICS_TOKEN, MAX_BODY_KB: `${MAX_BODY_KB}` } });
  stored = await Stored.open(service);
  wire = new Wire(service.url);
  routes = await readApi(service.url);
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  wire.close();
  await stored.close();
  await service.close();
});

function isUnbounded({ type, maxLength, maxItems, pattern = '', format, ...schema }: JsonSchema): boolean {
  const types = [type].flat();
  if (types.includes('array')) return maxItems === undefined;
  if (!types.includes('string') || schema.enum !== undefined || schema.const !== undefined) return false;
  // A pattern is a bound when it says both ends and repeats nothing without an end.
  const isClosed = /^\^.*\$$/.test(pattern) && !/[*+]|,\}/.test(pattern.replace(/\[[^\]]*\]/g, ''));
  return maxLength === undefined && !isClosed && format === undefined;
}

/** Runs the jobs a few at a time and answers what they found. */
async function all<T>(jobs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const found: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) found.push(await job());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}

/** What is wrong with an answer to something bad; undefined when it is a clear refusal that tells nothing else. */
function objection({ status, text, headers }: WireAnswer): string | undefined {
  if (status < 400 || status >= 500) return `is answered ${status}: ${text.slice(0, 200)}`;
  return String(headers['content-type']).startsWith('application/json')
    ? shapeObjection(text)
    : `has no JSON: ${text.slice(0, 100)}`;
}

function shapeObjection(text: string): string | undefined {
  const body = JSON.parse(text) as { error?: Record<string, unknown> };
  const { code, message, request_id, details = {}, ...more } = body.error ?? {};
  const isShape =
    Object.keys(body).length === 1 &&
    Object.keys(more).length === 0 &&
    typeof code === 'string' &&
    Object.hasOwn(errorMeanings, code) &&
    [message, request_id].every((one) => typeof one === 'string' && one !== '') &&
    typeof details === 'object';
  if (!isShape) return `has another shape: ${text.slice(0, 200)}`;
  const told = /\n\s+at |node_modules|mongo|\/src\/|deskwire-test/i.exec(text)?.[0];
  return told === undefined ? undefined : `tells ${JSON.stringify(told)}: ${text.slice(0, 200)}`;
}

function sendBad(route: ApiRoute, base: Request, input: BadInput): Promise<WireAnswer> {
  const { token, query = '' } = base.parts;
  return wire.send({
    method: route.method,
    path: pathOf(route, { ...base.params, ...input.params }) + (input.query ?? query),
    headers: {
      ...(token === null || token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...input.headers,
    },
    ...(input.body === undefined ? {} : { body: input.body }),
    ...(input.chunked === undefined ? {} : { chunked: input.chunked }),
  });
}

describe('input', () => {
  it('has a bound wherever it can grow', () => {
    const places = routes.flatMap(({ name, query, pathParameters, body }) => [
      ...[...query, ...pathParameters].flatMap((one) => fieldsOf(one.schema, `${name}: ${one.name}`)),
      ...(body === undefined ? [] : fieldsOf(body, `${name}: body`)),
    ]);
    expect(places.filter(({ schema }) => isUnbounded(schema)).map(({ name }) => name)).toEqual([]);
  });
});

describe('bad input', () => {
  it(`of at least 50 kinds to every route is refused with a clear error, and nothing is stored (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const desk = await Desk.found(service);
    const bases = await Promise.all(routes.map((route) => validRequest(route, desk)));
    await stored.settled();
    const before = await stored.everything();
    const tooFew: string[] = [];
    const jobs = routes.flatMap((route, at) => {
      const base = bases[at] as Request;
      const { body, query = '' } = base.parts;
      const inputs = badInputs(route, { body, query, maxBodyBytes: MAX_BODY_KB * 1024 }, random);
      if (inputs.length < 50) tooFew.push(`${route.name}: only ${inputs.length}`);
      return inputs.map((input) => async () => {
        const problem = objection(await sendBad(route, base, input));
        return problem === undefined ? undefined : `${route.name}: ${input.what} ${problem}`;
      });
    });
    expect(tooFew).toEqual([]);
    const problems = (await all(jobs)).filter((problem) => problem !== undefined);
    expect(problems).toEqual([]);
    await stored.settled();
    expect(difference(before, await stored.everything())).toBe('');
    expect(rejections).toEqual([]);
  }, 60_000);

  it('that ends too early harms nobody', async () => {
    const { host } = new URL(service.url);
    const jobs = routes.map(({ method, path }) => async () => {
      const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`;
      await raw(service.url, `${head}Content-Length: 500\r\n\r\n{"a":`, 50);
      await raw(service.url, `${head}Transfer-Encoding: chunked\r\n\r\nff\r\n{"a"`, 50);
      await raw(service.url, head, 50);
    });
    await all(jobs);
    expect((await wire.send({ method: 'GET', path: '/health/live' })).status).toBe(200);
    expect(rejections).toEqual([]);
  });

  it('that is no HTTP gets the one shape too', async () => {
    const answers = await Promise.all(
      [
        'no http\r\n\r\n',
        'GET / HTTP/1.1\r\nHost x\r\n\r\n',
        `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      ].map((bytes) => raw(service.url, bytes)),
    );
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(shapeObjection(answer.split('\r\n\r\n')[1] ?? '')).toBeUndefined();
    }
  });
});

describe('odd input', () => {
  it('that the schemas may take breaks nothing', async () => {
    const problems = await all(
      routes.filter(takesOdd).map((route, at) => async () => {
        const random = new Random(SEED + at);
        const found: string[] = [];
        for (const { what, request } of await oddRequests(route, await Desk.found(service), random)) {
          const answer = await sendBad(route, request, {
            what,
            ...(request.parts.body === undefined
              ? {}
              : {
                  headers: { 'content-type': 'application/json' },
                  body: JSON.stringify(request.parts.body),
                }),
          });
          const problem = answer.status < 400 ? undefined : objection(answer);
          if (problem !== undefined) found.push(`${route.name}: ${what} ${problem}`);
        }
        return found;
      }),
    );
    expect(problems.flat()).toEqual([]);
    expect(rejections).toEqual([]);
  }, 30_000);
});

describe('after all of it', () => {
  it('the service works', async () => {
    const desk = await Desk.found(service);
    expect((await desk.call('GET', '/api/v1/business')).status).toBe(200);
  });
});
