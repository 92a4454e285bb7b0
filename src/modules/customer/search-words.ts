import { nationalPart } from './phone.js';

/**
 * What a customer is found by: every beginning of every word, so that a search while somebody types is an equality on
 * an index and nothing is scanned. Words longer than that are found by their beginnings up to here, and whole.
 */
const LONGEST_BEGINNING = 24;
const MOST_WORDS = 24;
/** More words make a search no more precise. */
export const MOST_SEARCHED = 6;

export interface Searchable {
  readonly name: string | null;
  readonly email: string | null;
  readonly phone_number: string | null;
  readonly external_id: string | null;
}

export function searchWords({ name, email, phone_number, external_id }: Searchable): string[] {
  const phones = phone_number === null ? [] : [phone_number, nationalPart(phone_number)];
  const words = [
    ...wordsOf(name ?? ''),
    ...phones,
    ...wordsOf(external_id ?? ''),
    ...numberIn(external_id ?? ''),
    ...wordsOf(withoutTopLevel(email ?? '')),
  ];
  const kept = [...new Set(words)].slice(0, MOST_WORDS);
  return [...new Set([...kept.flatMap(beginnings), ...topLevel(email ?? '')])];
}

/** What a query has to be found by, all of it, the most telling word first. */
export function searchedWords(query: string): string[] {
  const number = numberIn(query);
  const words = number.length > 0 ? number : wordsOf(withoutTopLevel(query));
  return [...new Set(words)].sort((one, other) => other.length - one.length).slice(0, MOST_SEARCHED);
}

/** Half of all addresses end in the same domain: its beginnings would be found everywhere, so it is found whole. */
function topLevel(email: string): string[] {
  return wordsOf(/\.([^.@]*)$/.exec(email)?.[1] ?? '');
}

function withoutTopLevel(text: string): string {
  return text.replace(/(@.*)\.[^.@\s]*$/, '$1');
}

/** Digits with signs between them are one word for whoever types them, and leading zeros are none. */
function numberIn(text: string): string[] {
  const digits = /^[\s()+\d./-]{5,}$/.test(text) ? text.replace(/\D/g, '').replace(/^0+/, '') : '';
  return digits === '' ? [] : [digits];
}

/** Lower case without accents, cut at everything that is neither letter nor digit. */
function wordsOf(text: string): string[] {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function beginnings(word: string): string[] {
  const letters = [...word];
  const ends = letters.slice(0, LONGEST_BEGINNING).map((_, at) => letters.slice(0, at + 1).join(''));
  return letters.length > LONGEST_BEGINNING ? [...ends, word] : ends;
}
