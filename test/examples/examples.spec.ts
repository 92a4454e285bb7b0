// needs: curl
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { quickstart } from '../../examples/quickstart.js';
import { ApiError, createApi } from '../../web/react/src/api/client.js';
import { startService, type RunningService } from '../support/service.js';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ environment: { DEMO: '1' } });
});
afterAll(() => service.close());

describe('examples/quickstart.ts', () => {
  it('signs in, makes a key and uses it', async () => {
    expect(await quickstart(service.url, 'owner@demo.test', 'deskwire-demo')).toEqual({
      business: 'Deskwire Demo',
      role: 'owner',
      scopes: ['customers:read', 'customers:manage'],
      customers: [],
    });
  });
});

describe('the typed client', () => {
  it('throws what the service refused, with its code and request id', async () => {
    const api = createApi({ url: service.url });
    const body = { email: 'owner@demo.test', password: 'wrong password' };
    const refused = await api('POST /api/v1/auth/login', { body }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ status: 401, code: 'unauthenticated', requestId: expect.any(String) });
  });

  it('fills paths and queries in, escaped', async () => {
    const api = createApi({ url: service.url });
    const refused = api('GET /api/v1/customers/{id}', { params: { id: '../auth/me' } });
    await expect(refused).rejects.toMatchObject({ status: 401 });
  });
});

describe("the README's curl lines", () => {
  const readme =
    readFileSync('README.md', 'utf8').split('<!-- curl -->')[1]?.split('<!-- end of curl -->')[0] ?? '';
  const commands = [...readme.matchAll(/^ {4}curl (?:[^\n]*\\\n)*[^\n]*$/gm)].map(([text]) => text.trim());

  it('work as they are printed', async () => {
    expect(commands).toHaveLength(4);
    const program = process.env['CURL_PATH'] ?? 'curl';
    let TOKEN = '';
    const answers: string[] = [];
    for (const command of commands) {
      const here = command.replace(/^curl/, `'${program}'`).replace('http://127.0.0.1:3000', service.url);
      const { stdout } = await promisify(execFile)('sh', ['-c', here], { env: { ...process.env, TOKEN } });
      answers.push(stdout);
      TOKEN ||= (JSON.parse(stdout) as { access_token: string }).access_token;
    }
    const [, me = '', created = '', list = ''] = answers;
    expect(JSON.parse(me)).toMatchObject({ user: { email: 'freshuser@test.com' } });
    expect(JSON.parse(created)).toMatchObject({ name: 'Ada Lovelace', phone_number: '491511234567' });
    expect(JSON.parse(list)).toMatchObject({ items: [JSON.parse(created)], next_cursor: null });
  });
});
