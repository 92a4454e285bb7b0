import { BSONRegExp } from 'bson';
import { fail } from '../errors.js';
import type { Pattern } from './filter.js';

/** MongoDB's bound. A pattern below it can still be slow: JavaScript's engine backtracks, as PCRE does. */
const longestPattern = 32_764;

const asciiSpace = '\\t\\n\\v\\f\\r ';
const notAsciiSpace = '\\0-\\x08\\x0e-\\x1f!-\\u{10ffff}';

/**
 * MongoDB's patterns are PCRE. They run on JavaScript's engine in its unicode mode, which refuses what it does
 * not know; what both accept with another meaning is rewritten here, and what cannot be rewritten is refused.
 */
export function compilePattern({ pattern, options }: Pick<BSONRegExp, 'pattern' | 'options'>): Pattern {
  if (pattern.includes('\0')) fail('BadValue', 'Regular expression cannot contain an embedded null byte');
  if (Buffer.byteLength(pattern) > longestPattern) {
    fail('BadValue', 'Regular expression is too long');
  }
  for (const flag of options) {
    if (!'imsxu'.includes(flag)) fail(51108, `invalid flag in regex options: ${flag}`);
  }
  const leading = /^(?:\(\?[imsx]+\))+/.exec(pattern)?.[0] ?? '';
  const flags = new Set(options + leading.replace(/[(?)]/g, ''));
  const text = new Translation(pattern.slice(leading.length), flags).translate();
  try {
    return {
      regex: new RegExp(text, flags.has('i') ? 'iu' : 'u'),
      source: new BSONRegExp(pattern, options),
    };
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(reason: string): never {
  return fail(51091, `Regular expression is invalid: ${reason}`);
}

/** Never uses JavaScript's own `m` and `s`: its line ends are not PCRE's. */
class Translation {
  #at = 0;
  #out = '';

  constructor(
    private readonly pattern: string,
    private readonly flags: ReadonlySet<string>,
  ) {}

  translate(): string {
    while (this.#at < this.pattern.length) this.#out += this.#next();
    return this.#out;
  }

  #next(): string {
    const character = this.pattern.charAt(this.#at++);
    switch (character) {
      case '\\':
        return this.#escape(false);
      case '[':
        return this.#characterClass();
      case '(':
        return this.#group();
      case '.':
        return this.flags.has('s') ? '[^]' : '[^\\n]';
      case '^':
        return this.flags.has('m') ? '(?:^|(?<=\\n)(?=[^]))' : '^';
      case '$':
        return this.flags.has('m') ? '(?=\\n|$)' : '(?=\\n?$)';
      case '{':
        return /^\d+(?:,\d*)?\}/.test(this.pattern.slice(this.#at, this.#at + 24))
          ? this.#quantifier()
          : '\\{';
      case ']':
      case '}':
        return `\\${character}`;
    }
    if (!this.flags.has('x')) return character;
    if (character === '#') {
      const end = this.pattern.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.pattern.length : end + 1;
      return '';
    }
    return /[ \t\n\v\f\r]/.test(character) ? '' : character;
  }

  #quantifier(): string {
    const end = this.pattern.indexOf('}', this.#at) + 1;
    const text = `{${this.pattern.slice(this.#at, end)}`;
    this.#at = end;
    return text;
  }

  #group(): string {
    const rest = this.pattern.slice(this.#at, this.#at + 40);
    if (rest.startsWith('*')) return invalid('verbs such as (*UCP) are not supported');
    if (!rest.startsWith('?')) return '(';
    const opening = /^\?(?:[:=!]|<[=!]|<[A-Za-z_]\w*>)/.exec(rest)?.[0];
    if (opening === undefined) return invalid(`the group (${rest.slice(0, 3)} is not supported`);
    this.#at += opening.length;
    return `(${opening}`;
  }

  #characterClass(): string {
    let text = '[';
    if (this.pattern[this.#at] === '^') text += this.pattern.charAt(this.#at++);
    if (this.pattern[this.#at] === ']') {
      this.#at++;
      text += '\\]';
    }
    for (;;) {
      const character = this.pattern.charAt(this.#at++);
      if (character === '') return invalid('missing terminating ] for character class');
      if (character === ']') return `${text}]`;
      if (character === '[' && /[:.=]/.test(this.pattern.charAt(this.#at))) {
        return invalid('POSIX classes are not supported');
      }
      text += character === '\\' ? this.#escape(true) : character === '[' ? '\\[' : character;
    }
  }

  #escape(inClass: boolean): string {
    const character = this.pattern.charAt(this.#at++);
    if (character === '') return invalid('\\ at end of pattern');
    if (/[^\w\s]|_/.test(character) || /\s/.test(character)) return literal(character);
    if (character === 's') return inClass ? asciiSpace : `[${asciiSpace}]`;
    if (character === 'S') return inClass ? notAsciiSpace : `[${notAsciiSpace}]`;
    if (!inClass && character === 'A') return '^';
    if (!inClass && character === 'z') return '$';
    if (!inClass && character === 'Z') return '(?=\\n?$)';
    const rest = this.pattern.slice(this.#at, this.#at + 40);
    if (character === 'x') {
      const code = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(rest);
      if (!code) return invalid('\\x needs two hexadecimal digits');
      this.#at += code[0].length;
      return `\\u{${code[1] ?? code[2] ?? ''}}`;
    }
    if (character === 'p' || character === 'P') return `\\${character}${this.#property(rest)}`;
    if (/[dDwWtnrfb]/.test(character) || (character === 'B' && !inClass)) return `\\${character}`;
    if (/[1-9]/.test(character)) return invalid('back references are not supported');
    return invalid(`\\${character} is not supported`);
  }

  #property(rest: string): string {
    const name = /^(?:([A-Z])|\{([A-Z][a-z]?)\})/.exec(rest);
    if (!name) return invalid('only general categories such as \\p{Lu} are supported');
    this.#at += name[0].length;
    return `{${name[1] ?? name[2] ?? ''}}`;
  }
}

function literal(character: string): string {
  return character.charCodeAt(0) < 0x80
    ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
    : character;
}

/** The text that every matching string starts with; undefined when the pattern does not say one. */
export function literalPrefix({ pattern, options }: BSONRegExp): string | undefined {
  if (/[imx]/.test(options) || !/^(?:\^|\\A)/.test(pattern) || pattern.includes('|')) return undefined;
  let prefix = '';
  for (let at = pattern.startsWith('^') ? 1 : 2; at < pattern.length;) {
    const escaped = /^\\[^\w\s]/.test(pattern.slice(at, at + 2));
    const character = String.fromCodePoint(pattern.codePointAt(escaped ? at + 1 : at) ?? 0);
    if (!escaped && /[\\^$.[\](){}?*+]/.test(character)) break;
    const end = at + (escaped ? 1 : 0) + character.length;
    // Not this character: the quantifier may allow none of it.
    if (/[?*{]/.test(pattern.charAt(end))) break;
    prefix += character;
    at = end;
  }
  return prefix || undefined;
}
