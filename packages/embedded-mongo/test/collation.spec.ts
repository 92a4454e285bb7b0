import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { toDoc } from './support/plain.js';
import { parseCollation } from '../src/values/collate.js';
import { compareValues } from '../src/values/compare.js';
import { encodeKeyPart } from '../src/values/keys.js';
import { codeOf } from './support/values.js';

describe('collation', () => {
  const collation = (options: object) => {
    const parsed = parseCollation(toDoc(options));
    if (!parsed) throw new Error('expected a collation');
    return parsed;
  };
  const sensitivities = ['base', 'accent', 'variant'] as const;
  const icuOf = (locale: string, strength: 1 | 2 | 3) =>
    new Intl.Collator(locale.replace('_', '-'), { sensitivity: sensitivities[strength - 1] ?? 'variant' });

  /** All pairs that ICU calls equal and folding does not, or the other way round. */
  function differences(locale: string, strength: 1 | 2 | 3, texts: string[]): string[] {
    const { fold } = collation({ locale, strength });
    const icu = icuOf(locale, strength);
    const ordered = texts.slice().sort(icu.compare);
    return ordered.flatMap((b, i) => {
      const a = ordered[i - 1];
      if (a === undefined || (icu.compare(a, b) === 0) === (fold(a) === fold(b))) return [];
      return [`${locale} ${strength}: ${a} ${b}`];
    });
  }

  const characters = (last: number) =>
    Array.from({ length: last }, (_, code) => String.fromCharCode(code)).filter(
      (each) => !/[\p{Cn}\p{Cs}\p{Co}]/u.test(each),
    );

  it('folds each character exactly as ICU compares it', () => {
    const all = characters(0x10000).filter((each) => !/[\u3400-\u9fff\uac00-\ud7ff]/.test(each));
    expect(([1, 2, 3] as const).flatMap((strength) => differences('en', strength, all))).toEqual([]);
  });

  it.each('ar cs da de el en_US es fi fr he it ja nl pl pt ru sv uk zh'.split(' '))(
    'folds as ICU compares in %s',
    (locale) => {
      const words = [
        'aa',
        'ae',
        'oe',
        'ue',
        'ss',
        'ch',
        'dž',
        'ij',
        'll',
        'ny',
        'cs',
        'dzs',
        'AA',
        'Ch',
        'SS',
        'Ij',
      ];
      const all = [...characters(0x250), ...characters(0x530).slice(0x350), ...words];
      expect(([1, 2] as const).flatMap((strength) => differences(locale, strength, all))).toEqual([]);
    },
  );

  it('folds texts exactly as it compares them, in a total order that is ICU’s', () => {
    const part = fc.constantFrom(
      'a',
      'A',
      'á',
      'a\u0301',
      'Å',
      'ß',
      'ss',
      'æ',
      'ae',
      'é',
      'E',
      'ø',
      'o',
      ' ',
      '\0',
      'ﬁ',
      'fi',
      'й',
      'и',
      'か',
      'ガ',
      '1',
      '①',
      '-',
    );
    const words = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
    for (const strength of [1, 2, 3] as const) {
      const { fold, compare } = collation({ locale: 'en', strength });
      const icu = icuOf('en', strength);
      fc.assert(
        fc.property(words, words, words, (a, b, c) => {
          expect(compare(a, b) === 0).toBe(fold(a) === fold(b));
          expect(compare(a, b)).toBe(Math.sign(icu.compare(a, b)));
          expect(compare(a, b)).toBe(0 - compare(b, a));
          if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
          const keyOf = (text: string) => encodeKeyPart([text], 1, collation({ locale: 'en', strength }));
          expect(keyOf(a).equals(keyOf(b))).toBe(
            compareValues([a], [b], collation({ locale: 'en', strength })) === 0,
          );
        }),
        { numRuns: 500 },
      );
    }
  });

  it('orders strings and leaves names alone', () => {
    const ignoringCase = collation({ locale: 'en', strength: 2 });
    expect(compareValues('ADA', 'ada', ignoringCase)).toBe(0);
    expect(compareValues('Ädä', 'ada', ignoringCase)).toBe(1);
    expect(compareValues('b', 'C', ignoringCase)).toBe(-1);
    expect(compareValues(toDoc({ A: 'x' }), toDoc({ a: 'X' }), ignoringCase)).toBe(-1);
    expect(compareValues('ada', 'Äda', collation({ locale: 'en', strength: 1 }))).toBe(0);
    expect(compareValues('ada', 'Ada', collation({ locale: 'en' }))).toBe(-1);
  });

  it('shows what it is as listIndexes does', () => {
    expect(Object.fromEntries(collation({ locale: 'en', strength: 2 }).specification)).toEqual({
      locale: 'en',
      caseLevel: false,
      caseFirst: 'off',
      strength: 2,
      numericOrdering: false,
      alternate: 'non-ignorable',
      maxVariable: 'punct',
      normalization: false,
      backwards: false,
      version: '57.1',
    });
    expect(parseCollation(undefined)).toBeUndefined();
    expect(parseCollation(toDoc({ locale: 'simple' }))).toBeUndefined();
    expect(parseCollation(toDoc({ locale: 'en', caseLevel: false, numericOrdering: false }))).toBeDefined();
  });

  it.each<[object, unknown]>([
    [{ strength: 2 }, 40414],
    [{ locale: 5 }, 14],
    [{ locale: 'xx' }, 238],
    [{ locale: 'tr', strength: 2 }, 238],
    [{ locale: 'en', strength: 4 }, 238],
    [{ locale: 'en', strength: 6 }, 2],
    [{ locale: 'en', strength: '2' }, 14],
    [{ locale: 'en', numericOrdering: true }, 238],
    [{ locale: 'en', caseLevel: true }, 238],
    [{ locale: 'en', caseFirst: 'upper' }, 238],
    [{ locale: 'en', caseLevel: 'x' }, 14],
    [{ locale: 'en', foo: 1 }, 40415],
  ])('refuses %j', (options, expected) => {
    expect(codeOf(() => parseCollation(toDoc(options)))).toBe(expected);
  });
});
