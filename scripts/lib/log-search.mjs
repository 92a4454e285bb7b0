import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a secret of ours looks like, wherever it came from. */
const SHAPES = {
  'a signed token': /eyJ[\w-]{8,}\.[\w-]{8,}/,
  'an API key': /\bdw_[0-9a-f]{24}_[\w-]{20}/,
  "a visitor's token": /\bvt_[\w-]{20}/,
  'a refresh token': /(?<![\w-])[\w-]{86}(?![\w-])/,
  'the token of a link': /#[\w-]{43}(?![\w-])/,
  'a password hash': /\$argon2/,
  'an Authorization header': /Bearer\s+[\w.-]{8}/,
  'a phone number': /(?<![\w:.-])\+\d[\d ()/-]{7,}\d/,
};

/**
 * What stands in log lines and must not, in sentences that do not repeat it: anything that looks like a secret, and
 * each secret that is named here, such as the passwords that the tests used.
 * @param {readonly string[]} lines
 * @param {Iterable<string>} secrets
 * @returns {string[]}
 */
export function secretsIn(lines, secrets) {
  const known = [...secrets];
  // Most secrets are one word, and there are thousands of them: a set finds those in one pass.
  const words = new Set(known.filter((secret) => /^[\w.-]+$/.test(secret)));
  const others = known.filter((secret) => !words.has(secret));
  return lines.flatMap((line) => {
    const shapes = Object.entries(SHAPES).filter(([, shape]) => shape.test(line));
    const named = line
      .split(/[^\w.-]+/)
      .some((word) => words.has(word) || words.has(word.replace(/\.$/, '')));
    const found = [
      ...shapes.map(([name]) => name),
      ...(named || others.some((secret) => line.includes(secret)) ? ['a secret that a test used'] : []),
    ];
    return found.length === 0 ? [] : [`${found.join(' and ')}: ${hidden(line, known)}`];
  });
}

/**
 * @param {string} line
 * @param {readonly string[]} secrets
 */
function hidden(line, secrets) {
  let text = line;
  for (const secret of secrets) text = text.replaceAll(secret, '[secret]');
  for (const shape of Object.values(SHAPES)) text = text.replace(new RegExp(shape, 'g'), '[secret]');
  return text.slice(0, 400);
}

/**
 * Searches what the services of a test run wrote (test/support/kept-logs.ts) for what the run knows to be secret.
 * @param {string} folder
 */
export function searchLogs(folder) {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  /** @param {string} end */
  const linesOf = (end) =>
    files
      .filter((file) => file.endsWith(end))
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
      .filter((line) => line !== '');
  const lines = linesOf('.log');
  const secrets = new Set(linesOf('.secrets').map((line) => String(JSON.parse(line))));
  return { lines: lines.length, secrets: secrets.size, found: secretsIn(lines, secrets) };
}
