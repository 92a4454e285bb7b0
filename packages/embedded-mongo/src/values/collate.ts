import { fail } from '../errors.js';
import type { Collation } from './collation.js';
import { compareStrings } from './compare.js';
import { createFold, type Strength } from './fold.js';
import { isNumber, isIntegral, toNumber } from './numbers.js';
import { typeName } from './types.js';
import type { Doc, Value } from './value.js';

/** Languages for which the tests hold our folding against ICU's own comparison. */
const languages = new Set('ar cs da de el en en_US es fi fr he it ja nl pl pt ru sv uk zh'.split(' '));

/** Everything but `locale` and `strength`, with MongoDB's default: the only value that we serve. */
const fixed: Readonly<Record<string, string | boolean>> = {
  caseLevel: false,
  caseFirst: 'off',
  numericOrdering: false,
  alternate: 'non-ignorable',
  maxVariable: 'punct',
  normalization: false,
  backwards: false,
};

const sensitivities = { 1: 'base', 2: 'accent', 3: 'variant' } as const;

const known = new Map<string, Collation>();

/** `undefined` for no collation and for the locale `simple`: then strings are compared by their bytes. */
export function parseCollation(spec: Doc | undefined): Collation | undefined {
  if (spec === undefined || spec.size === 0) return undefined;
  const locale = spec.get('locale');
  if (locale === undefined) fail(40414, "BSON field 'collation.locale' is missing but a required field");
  if (typeof locale !== 'string') {
    return fail('TypeMismatch', `collation.locale must be a string, not ${typeName(locale)}`);
  }
  checkFixedOptions(spec);
  const strength = parseStrength(spec.get('strength'));
  if (locale === 'simple') return undefined;
  if (!languages.has(locale)) {
    fail(
      'NotImplemented',
      `the collation locale '${locale}' is not supported, only ${[...languages].join(', ')}`,
    );
  }
  const name = `${locale}/${strength}`;
  const collation = known.get(name) ?? createCollation(locale, strength);
  known.set(name, collation);
  return collation;
}

function checkFixedOptions(spec: Doc): void {
  for (const [option, value] of spec) {
    if (option === 'locale' || option === 'strength' || option === 'version') continue;
    const expected = fixed[option];
    if (expected === undefined) fail(40415, `BSON field 'collation.${option}' is an unknown field`);
    if (typeof value !== typeof expected) {
      fail('TypeMismatch', `collation.${option} must be a ${typeof expected}, not ${typeName(value)}`);
    }
    if (value !== expected) fail('NotImplemented', `the collation option '${option}' is not supported`);
  }
}

function parseStrength(value: Value | undefined): Strength {
  if (value === undefined) return 3;
  if (!isNumber(value))
    return fail('TypeMismatch', `collation.strength must be a number, not ${typeName(value)}`);
  const strength = toNumber(value);
  if (!isIntegral(value) || strength < 1 || strength > 5) {
    fail('BadValue', 'collation.strength must be a whole number from 1 to 5');
  }
  if (strength === 1 || strength === 2 || strength === 3) return strength;
  return fail('NotImplemented', `the collation strength ${strength} is not supported`);
}

/**
 * Equality is that of the folded text, so that an index and a comparison can never disagree; the order is
 * ICU's, and only where ICU sees no difference between two folded texts their bytes decide.
 */
function createCollation(locale: string, strength: Strength): Collation {
  const collator = new Intl.Collator(locale.replace('_', '-'), { sensitivity: sensitivities[strength] });
  const fold = createFold(collator, strength);
  return {
    locale,
    strength,
    fold,
    compare(left, right) {
      if (left === right) return 0;
      const a = fold(left);
      const b = fold(right);
      return a === b ? 0 : Math.sign(collator.compare(a, b)) || compareStrings(a, b);
    },
    specification: new Map<string, Value>([
      ['locale', locale],
      ['caseLevel', false],
      ['caseFirst', 'off'],
      ['strength', strength],
      ['numericOrdering', false],
      ['alternate', 'non-ignorable'],
      ['maxVariable', 'punct'],
      ['normalization', false],
      ['backwards', false],
      ['version', '57.1'],
    ]),
  };
}
