import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { startService, type RunningService } from '../support/service.js';
import { ProbeModule } from './probe.js';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ modules: [ProbeModule], background: false });
});
afterAll(() => service.close());

describe('a route', () => {
  it('answers what its schema shows', async () => {
    const answer = await call(service, 'GET', '/api/v1/probe/things/abc?word=hello');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id: 'abc', word: 'hello' });
  });
  it('names the fields that are wrong', async () => {
    const answer = await call(service, 'POST', '/api/v1/probe/notes', {
      body: { name: '', amount: 'x', other: 1 },
    });
    expect(answer.status).toBe(400);
    const { error } = answer.body;
    expect(error.code).toBe('invalid_input');
    expect(error.request_id).toMatch(/^\S+$/);
    expect(error.details.issues).toEqual(
      ['body.name', 'body.amount', 'body.other'].map((field) => ({ field, message: expect.any(String) })),
    );
  });
  it('204, 404, 405, 500', async () => {
    expect((await call(service, 'DELETE', '/api/v1/probe/things/abc')).status).toBe(204);
    expect((await call(service, 'GET', '/api/v1/nothing')).status).toBe(404);
    const wrong = await call(service, 'PATCH', '/api/v1/probe/things/abc');
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, DELETE');
    const broken = await call(service, 'GET', '/api/v1/probe/broken');
    expect(broken.status).toBe(500);
    expect(broken.text).not.toMatch(/secret|at /);
  });
});
