import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { demoSecret } from './demo-secret.js';
import { readSettings, SettingsProblem, withSecret } from './env.js';

const SECRET = 'a'.repeat(32);

function sentences(variables: Record<string, string>): readonly string[] {
  try {
    readSettings(variables);
    return [];
  } catch (error) {
    if (error instanceof SettingsProblem) return error.sentences;
    throw error;
  }
}

describe('the settings', () => {
  it('of a demo need nothing', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({
      production: false,
      port: 3000,
      host: '127.0.0.1',
      mongodbUri: undefined,
      demo: true,
      allowedOrigins: [],
      accessTokenSeconds: 900,
      maxBodyBytes: 1_048_576,
    });
    expect(isAbsolute(settings.dataDir)).toBe(true);
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('take an empty variable for an absent one, and leave other variables alone', () => {
    expect(readSettings({ PORT: '', REDIS_URL: '', PATH: '/bin' })).toEqual(readSettings({}));
  });

  it('say one sentence per problem, all at once', () => {
    expect(
      sentences({
        NODE_ENV: 'production',
        PORT: '70000',
        MONGODB_URI: 'postgres://x',
        REDIS_URL: 'localhost:6379',
        ALLOWED_ORIGINS: 'https://shop.example, shop.example/path',
        DEMO: 'yes',
        LOG_LEVEL: 'loud',
        TRUSTED_PROXIES: '10.0.0.0/33',
        PUBLIC_URL: 'https://desk.example/',
      }),
    ).toEqual([
      'PORT must be a whole number from 0 to 65535.',
      'MONGODB_URI must begin with mongodb:// or mongodb+srv:// and name a host.',
      'REDIS_URL must be an address such as redis://localhost:6379.',
      'PUBLIC_URL must not end with a slash.',
      'ALLOWED_ORIGINS must be origins such as https://shop.example, separated by commas.',
      'DEMO must be 0 or 1.',
      'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent.',
      'TRUSTED_PROXIES must be IP addresses or networks such as 10.0.0.0/8, separated by commas.',
      'JWT_SECRET must be set in production and with MONGODB_URI, with 32 bytes or more.',
    ]);
  });

  it.each([['-1'], ['1e3'], ['0x10'], ['3000 '], ['9999999999']])('refuse the port %s', (PORT) => {
    expect(sentences({ PORT })).toHaveLength(1);
  });

  it.each([[{ NODE_ENV: 'production' }], [{ MONGODB_URI: 'mongodb://db/deskwire' }]])(
    'for real (%j) want a secret, seed nothing unless told, and listen everywhere',
    (real) => {
      expect(sentences(real)).toHaveLength(1);
      expect(sentences({ ...real, JWT_SECRET: 'a'.repeat(31) })).toEqual([
        'JWT_SECRET must have 32 bytes or more.',
      ]);
      expect(readSettings({ ...real, JWT_SECRET: SECRET })).toMatchObject({ demo: false, host: '0.0.0.0' });
      expect(readSettings({ ...real, JWT_SECRET: SECRET, DEMO: '1' })).toMatchObject({ demo: true });
    },
  );

  it('count the secret in bytes', () => {
    expect(sentences({ JWT_SECRET: 'ä'.repeat(16) })).toEqual([]);
  });
});

describe("the demo's secret", () => {
  it('is made once, random, for its owner only, and never in the place of a given one', () => {
    const dir = mkdtempSync(join(tmpdir(), 'deskwire-secret-'));
    try {
      const made = withSecret(readSettings({ DATA_DIR: dir }), demoSecret).jwtSecret;
      expect(Buffer.from(made, 'base64url')).toHaveLength(32);
      expect(statSync(join(dir, 'jwt-secret')).mode & 0o777).toBe(0o600);
      expect(demoSecret(dir)).toBe(made);
      expect(withSecret(readSettings({ DATA_DIR: dir, JWT_SECRET: SECRET }), demoSecret).jwtSecret).toBe(
        SECRET,
      );
      writeFileSync(join(dir, 'jwt-secret'), 'short');
      expect(() => demoSecret(dir)).toThrow('does not hold a secret of 32 characters');
      expect(readFileSync(join(dir, 'jwt-secret'), 'utf8')).toBe('short');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
