import { describe, expect, it } from '@jest/globals';
import { Double } from 'bson';
import { toDoc, toValue } from './support/plain.js';
import { CommandError } from '../src/errors.js';
import { parseAccumulator } from '../src/expression/accumulators.js';
import { fieldsAt, localTime } from '../src/expression/calendar.js';
import type { Environment, Scope } from '../src/expression/expression.js';
import { parseExpression } from '../src/expression/parse.js';
import { Summation } from '../src/expression/summation.js';
import { parseTimeZone } from '../src/expression/timezone.js';
import type { Value } from '../src/values/value.js';

const environment: Environment = {
  now: new Date('2024-05-01T00:00:00Z'),
  collation: undefined,
  checkDeadline: () => undefined,
};

function scopeOf(document: object, changes: Partial<Environment> = {}): Scope {
  const root = toDoc(document);
  return { root, current: root, variables: new Map(), environment: { ...environment, ...changes } };
}

function evaluate(expression: unknown, document: object = {}): Value | undefined {
  return parseExpression(toValue(expression)).evaluate(scopeOf(document));
}

function codeOf(run: () => unknown): number | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error.code;
    throw error;
  }
}

/** A sequence that looks random and is the same every time. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Written down as simply as possible: what a wall clock shows, asked for each instant anew. */
function naiveOffset(zone: string, instant: number): number {
  const text = new Date(instant).toLocaleString('sv-SE', { timeZone: zone });
  return Date.parse(`${text.replace(' ', 'T')}Z`) - Math.floor(instant / 1000) * 1000;
}

describe('time zones', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
  ];

  it.each(zones)('has the offset of %s at any instant, changes of the clocks included', (name) => {
    const zone = parseTimeZone(name);
    const numbers = random(7);
    for (let i = 0; i < 300; i++) {
      const instant = Math.floor(numbers.next().value * 60 * 365 * 86_400_000);
      expect([instant, zone.offsetAt(instant)]).toEqual([instant, naiveOffset(name, instant)]);
    }
    // Every quarter of an hour around both changes of a year.
    for (const start of [Date.UTC(2024, 2, 8), Date.UTC(2024, 9, 4)]) {
      for (let instant = start; instant < start + 30 * 86_400_000; instant += 900_000 * 7) {
        expect(zone.offsetAt(instant)).toBe(naiveOffset(name, instant));
      }
    }
  });

  it.each(zones)('finds in %s the instant of every local time that there is', (name) => {
    const zone = parseTimeZone(name);
    const numbers = random(11);
    for (let i = 0; i < 300; i++) {
      const instant = Math.floor(Date.UTC(2024, 0, 1) + numbers.next().value * 366 * 86_400_000);
      const local = instant + zone.offsetAt(instant);
      const found = zone.toInstant(local);
      expect(found + zone.offsetAt(found)).toBe(local);
      expect(found).toBeLessThanOrEqual(instant);
    }
  });

  it('knows the exact millisecond at which clocks change', () => {
    const zone = parseTimeZone('Europe/Berlin');
    const spring = Date.UTC(2024, 2, 31, 1);
    const autumn = Date.UTC(2024, 9, 27, 1);
    expect([spring - 1, spring, autumn - 1, autumn].map((at) => zone.offsetAt(at) / 3_600_000)).toEqual([
      1, 2, 2, 1,
    ]);
    // 02:30 is skipped in spring and comes twice in autumn.
    expect(zone.toInstant(Date.UTC(2024, 2, 31, 2, 30))).toBe(Date.UTC(2024, 2, 31, 1, 30));
    expect(zone.toInstant(Date.UTC(2024, 9, 27, 2, 30))).toBe(Date.UTC(2024, 9, 27, 0, 30));
  });

  it('reads offsets, and refuses what is neither an offset nor a zone', () => {
    expect(
      ['+05:30', '-0330', '+02', 'UTC', 'GMT'].map((name) => parseTimeZone(name).offsetAt(0) / 60_000),
    ).toEqual([330, -210, 120, 0, 0]);
    for (const name of ['', 'Nowhere/At_All', '+5', '05:30', '../etc']) {
      expect(codeOf(() => parseTimeZone(name))).toBe(40485);
    }
  });
});

describe('the calendar', () => {
  it('puts together what it took apart', () => {
    const numbers = random(3);
    for (let i = 0; i < 500; i++) {
      const local = Math.floor((numbers.next().value - 0.3) * 200 * 365 * 86_400_000);
      expect(localTime(fieldsAt(local))).toBe(local);
    }
  });

  it('truncates so that no bin is left and the result stays where it is', () => {
    const numbers = random(5);
    for (const unit of ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute']) {
      for (let i = 0; i < 40; i++) {
        const d = new Date(Math.floor(numbers.next().value * 60 * 365 * 86_400_000));
        const binSize = 1 + Math.floor(numbers.next().value * 5);
        const arguments_ = { unit, binSize, timezone: 'America/New_York' };
        const start = evaluate({ $dateTrunc: { date: d, ...arguments_ } }) as Date;
        const next = evaluate({
          $dateAdd: { startDate: start, unit, amount: binSize, timezone: 'America/New_York' },
        }) as Date;
        expect(start.getTime()).toBeLessThanOrEqual(d.getTime());
        expect(next.getTime()).toBeGreaterThan(d.getTime());
        expect(evaluate({ $dateTrunc: { date: start, ...arguments_ } })).toEqual(start);
      }
    }
  });
});

describe('numbers', () => {
  it('sums the same in every order', () => {
    const values = [1e16, 1, -1e16, 3.25, 9_007_199_254_740_993n, -9_007_199_254_740_992n];
    for (let shift = 0; shift < values.length; shift++) {
      const sum = new Summation();
      for (const value of [...values.slice(shift), ...values.slice(0, shift)]) sum.add(value);
      expect(sum.result()).toBe(5.25);
    }
  });

  it('writes doubles as the server does', () => {
    const texts = [1e16, 1e-5, 0.1, 123456789.5, Infinity, -2].map((n) =>
      evaluate({ $toString: '$n' }, { n }),
    );
    expect(texts).toEqual(['1e+16', '1e-05', '0.1', '123456789.5', 'Infinity', '-2']);
  });
});

describe('compilation', () => {
  it('folds what is constant, but not what fails or depends on the command', () => {
    const constantOf = (expression: unknown) => parseExpression(toValue(expression)).constant?.value;
    expect(constantOf({ $add: [1, { $multiply: [2, 3] }] })).toBe(7);
    expect(constantOf({ a: [1, { $toUpper: 'x' }] })).toEqual(toDoc({ a: [1, 'X'] }));
    expect(constantOf({ $divide: [1, 0] })).toBeUndefined();
    expect(constantOf({ $eq: ['a', 'A'] })).toBeUndefined();
    expect(evaluate({ $cond: [true, 1, { $divide: [1, 0] }] })).toBe(1);
    expect(evaluate('$$NOW')).toBe(environment.now);
  });

  it('knows the variables of its caller', () => {
    const expression = parseExpression('$$order.total', { variables: new Set(['order']) });
    const variables = new Map<string, Value>([['order', toDoc({ total: 5 })]]);
    expect(expression.evaluate({ ...scopeOf({}), variables })).toBe(5);
    expect(codeOf(() => parseExpression('$$order'))).toBe(17276);
  });

  it('starts a path at $$CURRENT, and leaves the variables of the outside alone', () => {
    expect(evaluate({ $let: { vars: { CURRENT: '$a' }, in: '$b' } }, { a: { b: 3 }, b: 4 })).toBe(3);
    const nested = {
      $map: { input: [1, 2], as: 'x', in: { $map: { input: [10], as: 'y', in: { $add: ['$$x', '$$y'] } } } },
    };
    expect(evaluate(nested)).toEqual([[11], [12]]);
  });

  it('asks for the deadline in long loops', () => {
    const input = { $range: [0, '$n'] };
    const stopped = new Error('out of time');
    const scope = scopeOf(
      { n: 1000 },
      {
        checkDeadline: () => {
          throw stopped;
        },
      },
    );
    for (const loop of [
      { $map: { input, in: '$$this' } },
      { $filter: { input, cond: true } },
      { $reduce: { input, initialValue: 0, in: '$$this' } },
    ]) {
      expect(() => parseExpression(toValue(loop)).evaluate(scope)).toThrow(stopped);
    }
  });

  it('compares with the collation of the command', () => {
    const fold = (text: string) => text.toLowerCase();
    const collation = {
      locale: 'en',
      strength: 2 as const,
      fold,
      compare: (a: string, b: string) => (fold(a) < fold(b) ? -1 : fold(a) > fold(b) ? 1 : 0),
      specification: new Map<string, Value>(),
    };
    const scope = scopeOf({ a: 'X' }, { collation });
    for (const expression of [{ $eq: ['$a', 'x'] }, { $in: ['$a', ['x']] }]) {
      expect(parseExpression(toValue(expression)).evaluate(scope)).toBe(true);
    }
  });
});

describe('bounds', () => {
  it.each(['$push', '$addToSet'])('%s holds 100 MiB at most', (name) => {
    const accumulator = parseAccumulator(toDoc({ [name]: '$t' }), '$group').create();
    const text = 'x'.repeat(9 * 1024 * 1024);
    const codes = Array.from({ length: 13 }, (_value, i) =>
      codeOf(() => accumulator.add(scopeOf({ t: `${text}${i}` }))),
    );
    expect(codes.slice(0, 11)).toEqual(Array.from({ length: 11 }, () => undefined));
    expect(codes[12]).toBe(146);
  });

  it('bounds texts and arrays that double', () => {
    const grow = (initialValue: unknown, body: unknown) => () =>
      evaluate({ $reduce: { input: { $range: [0, 60] }, initialValue, in: body } });
    expect(codeOf(grow('x', { $concat: ['$$value', '$$value'] }))).toBe(146);
    expect(codeOf(grow('x'.repeat(1_000_000), { a: '$$value', b: '$$value' }))).toBe(146);
    const wide = { $map: { input: { $range: [0, 100_000] }, in: { $range: [0, 3_000_000] } } };
    expect(codeOf(() => evaluate(wide))).toBe(146);
    expect(codeOf(grow([1], { $concatArrays: ['$$value', '$$value'] }))).toBe(146);
  });

  it('takes no inherited name for an argument or an operator', () => {
    expect(codeOf(() => evaluate({ $filter: { input: [], cond: true, toString: 1 } }))).toBe(28647);
    expect(codeOf(() => parseAccumulator(toDoc({ constructor: '$v' }), '$group'))).toBe(15952);
    expect(codeOf(() => evaluate({ $dateToString: { date: '$d', format: '%c' } }, { d: new Date() }))).toBe(
      18536,
    );
  });

  it('keeps the type of an average', () => {
    const average = parseAccumulator(toDoc({ $avg: '$n' }), '$group').create();
    for (const n of [1, 3]) average.add(scopeOf({ n }));
    expect(average.result()).toEqual(new Double(2));
  });
});
