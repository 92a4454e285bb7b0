import { describe, expect, it } from '@jest/globals';
import { mongo } from 'mongoose';
import { createLogger, maskPhone } from './logging.js';

function written(log: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  log(createLogger('info', { write: (line: string) => (text += line) }));
  return text;
}

describe('a log line', () => {
  it('of an error has its message, stack and causes, and no value that was refused', () => {
    const cause = new mongo.MongoServerError({
      code: 11000,
      message: 'E11000 duplicate key error collection: x index: phone_1 dup key: { phone: "4915112345678" }',
      keyValue: { phone: '4915112345678' },
    });
    const text = written((logger) => logger.error({ err: new Error('outer', { cause }) }, 'Failed'));
    expect(JSON.parse(text)).toMatchObject({
      msg: 'Failed',
      err: {
        type: 'Error',
        message: 'outer',
        stack: expect.stringContaining('logging.spec'),
        cause: { code: 11000, message: expect.stringContaining('index: phone_1 dup key: {…}') },
      },
    });
    expect(text).not.toContain('4915112345678');
  });

  it('of an error that causes itself ends', () => {
    const error = new Error('round');
    error.cause = error;
    expect(written((logger) => logger.error({ err: error })).length).toBeLessThan(20_000);
  });

  it('of a thrown value that is no error does not show it', () => {
    expect(written((logger) => logger.error({ err: 'hunter2' }))).not.toContain('hunter2');
  });

  it('hides what is called like a secret', () => {
    const text = written((logger) => logger.info({ password: 'hunter2', a: { token: 'hunter2' } }));
    expect(text).not.toContain('hunter2');
  });
});

describe('maskPhone', () => {
  it.each([
    ['4915112345678', '49*******5678'],
    ['1234567', '*******'],
  ])('%s is %s', (digits, masked) => {
    expect(maskPhone(digits)).toBe(masked);
  });
});
