import type { AddressInfo } from 'node:net';
import type { Settings } from '../../config/env.js';
import type { DemoLogin } from '../demo-seeds.js';

/** What somebody who typed `npm start` wants to know. */
export function summary(
  settings: Settings,
  { port }: Pick<AddressInfo, 'port'>,
  logins: readonly DemoLogin[],
): string {
  const host = ['0.0.0.0', '::'].includes(settings.host) ? 'localhost' : settings.host;
  const url = settings.publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const rows = [
    ['Swagger', `${url}/docs`],
    ['Health', `${url}/health/ready`],
    ...logins.map(({ email, password }, at) => [at === 0 ? 'Demo logins' : '', `${email}  ${password}`]),
  ];
  const lines = rows.map(([name = '', value = '']) => `  ${name.padEnd(12)} ${value}`);
  return ['', 'Deskwire is ready. Stop it with Ctrl+C.', '', ...lines, ''].join('\n');
}
