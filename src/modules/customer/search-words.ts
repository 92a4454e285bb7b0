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
    // The top level domain would be found in half of all addresses.
    ...wordsOf((email ?? '').replace(/\.[^.@]*$/, '')),
  ];
  const kept = [...new Set(words)].slice(0, MOST_WORDS);
  return [...new Set(kept.flatMap(beginnings))];
}

/** What a query has to be found by, all of it, the most telling word first. */
export function searchedWords(query: string): string[] {
  const written = wordsOf(query.replace(/\.[a-z]{2,6}$/i, ''));
  // A number with spaces in it is one word for whoever types it.
  const phone = /^[\s()+\d./-]{5,}$/.test(query) ? [query.replace(/\D/g, '').replace(/^0+/, '')] : written;
  const words = [...new Set(phone)].filter(Boolean).sort((one, other) => other.length - one.length);
  return words.slice(0, MOST_SEARCHED);
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
