import { BSONRegExp } from 'bson';
import { CommandError, fail } from '../errors.js';
import { compilePattern } from '../query/regex.js';
import { typeName } from '../values/types.js';

import { isNullish, named, type NamedValues, type Operator, type OperatorTable } from './operator.js';

const compiled = new Map<string, RegExp>();
const mostKept = 1_000;

function compiledRegex(source: BSONRegExp, name: string): RegExp {
  const key = `${source.options}/${source.pattern}`;
  let regex = compiled.get(key);
  if (!regex) {
    try {
      regex = compilePattern(source).regex;
    } catch (error) {
      if (error instanceof CommandError && error.code === 51091)
        fail(51111, `Invalid Regex in ${name}: ${error.message}`);
      throw error;
    }
    if (compiled.size >= mostKept) compiled.clear();
    compiled.set(key, regex);
  }
  return regex;
}

/** The pattern that `regex` and `options` make together; undefined when one of them is null. */
function sourceOf({ regex, options }: NamedValues, name: string): BSONRegExp | undefined {
  if (!isNullish(regex) && typeof regex !== 'string' && !(regex instanceof BSONRegExp)) {
    fail(51105, `${name} needs 'regex' to be of type string or regex, found ${typeName(regex)}`);
  }
  if (!isNullish(options) && typeof options !== 'string') {
    fail(51106, `${name} needs 'options' to be of type string, found ${typeName(options)}`);
  }
  if (isNullish(regex)) return undefined;
  if (typeof regex === 'string') return new BSONRegExp(regex, sorted(options ?? '', name));
  if (regex.options !== '' && !isNullish(options)) {
    fail(51107, `${name}: found regex option(s) specified in both 'regex' and 'option' fields`);
  }
  return isNullish(options) ? regex : new BSONRegExp(regex.pattern, sorted(options, name));
}

function sorted(options: string, name: string): string {
  const flags = [...new Set(options)].sort().join('');
  return /^[imsx]*$/.test(flags) ? flags : fail(51108, `${name}: invalid flag in regex options: ${options}`);
}

const fields = {
  notObject: 51103,
  unknown: 31024,
  required: { input: 31022, regex: 31023 },
  optional: ['options'],
};

const regexMatch: Operator = named(fields, (given, name) => {
  const { input } = given;
  if (!isNullish(input) && typeof input !== 'string') {
    fail(51104, `${name} needs 'input' to be of type string, found ${typeName(input)}`);
  }
  const source = sourceOf(given, name);
  return !isNullish(input) && source !== undefined && compiledRegex(source, name).test(input);
});

export const regexOperators: OperatorTable = { $regexMatch: regexMatch };
