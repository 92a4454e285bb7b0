import { describe, expect, it } from '@jest/globals';
import { createLogger, maskPhone } from '../../src/platform/logging.js';

const MARK = 'must-not-be-seen';
const NAMES = [
  'password',
  'token',
  'access_token',
  'refresh_token',
  'stream_token',
  'authorization',
  'cookie',
  'secret',
  'client_secret',
  'key',
  'hmac',
  'jwt',
  'content',
  'text',
  'phone',
  'phone_number',
];
/** As headers, chat fields and libraries write them. */
const SPELLINGS = [
  'Authorization',
  'Cookie',
  'set-cookie',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'phoneNumber',
  'apiKey',
  'api_key',
  'x-api-key',
  'PASSWORD',
  'password_hash',
  'current_password',
  'new_password',
];

/** What a line says, as it is written. */
function written(write: (log: ReturnType<typeof createLogger>) => void, level = 'info'): string[] {
  const lines: string[] = [];
  write(createLogger(level, { write: (line: string) => void lines.push(line) }));
  return lines;
}
const logged = (fields: object): string => written((log) => log.info(fields, 'A line'))[0] ?? '';

function atDepth(depth: number, inner: object): object {
  return depth === 0 ? inner : { [`level${depth}`]: atDepth(depth - 1, inner) };
}

describe('a line of the log', () => {
  it.each([...NAMES, ...SPELLINGS])('never holds what is called %s, however deep', (name) => {
    for (let depth = 0; depth <= 6; depth += 1) {
      for (const value of [MARK, { inner: MARK }, [MARK]]) {
        const line = logged(atDepth(depth, { [name]: value, kept: 'kept' }));
        expect([depth, line.includes(MARK), line.includes('kept')]).toEqual([depth, false, true]);
      }
    }
    expect(logged({ list: [{ [name]: MARK }, { deeper: [{ [name]: MARK }] }] })).not.toContain(MARK);
  });

  it('hides it in errors too, with their causes and what libraries hang on them', () => {
    const cause = Object.assign(new Error('the cause'), { response: { headers: { authorization: MARK } } });
    const error = Object.assign(new Error('the error', { cause }), {
      config: { password: MARK, url: 'kept' },
      token: MARK,
    });
    const line = logged({ err: error });
    expect(line).not.toContain(MARK);
    expect(JSON.parse(line)).toMatchObject({
      err: { message: 'the error', cause: { message: 'the cause' } },
    });
    expect(logged({ error })).not.toContain(MARK);
    expect(written((log) => log.error(error))[0]).not.toContain(MARK);
  });

  it('hides it in what a child logger carries', () => {
    const [line] = written((log) => log.child({ token: MARK, request: 'r1' }).info('A line'));
    expect(line).not.toContain(MARK);
    expect(line).toContain('r1');
  });

  it('is JSON with a level, a time and ids as fields, and stays silent below its level', () => {
    const lines = written((log) => {
      log.debug({ business: 'b1' }, 'not this one');
      log.warn({ business: 'b1', event: 'e1' }, 'this one');
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      time: expect.any(Number),
      business: 'b1',
      event: 'e1',
      msg: 'this one',
    });
  });

  it('survives what cannot be written', () => {
    const round: Record<string, unknown> = { kept: 'kept' };
    round['self'] = round;
    const odd = {
      round,
      big: 1n,
      when: new Date(0),
      nothing: null,
      map: new Map([['token', MARK]]),
      date: {
        toJSON: () => {
          throw new Error('no');
        },
      },
      deep: { toJSON: () => ({ token: MARK }) },
      thrower: {
        get x() {
          throw new Error('no');
        },
      },
    };
    const line = logged({ odd });
    expect([line.includes('kept'), line.includes(MARK)]).toEqual([true, false]);
  });
});

describe('a phone number', () => {
  it('is masked: enough to recognise, too little to call', () => {
    expect(maskPhone('4915112345678')).toBe('49*******5678');
    expect(maskPhone('12345678')).toBe('12**5678');
    expect(maskPhone('1234567')).toBe('*******');
    expect(maskPhone('')).toBe('');
    for (const digits of ['4915112345678', '12345678', '123'])
      expect(maskPhone(digits)).toHaveLength(digits.length);
  });
});
