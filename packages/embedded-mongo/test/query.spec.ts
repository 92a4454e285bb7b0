import { describe, expect, it } from '@jest/globals';
import { BSONRegExp } from 'bson';
import * as fc from 'fast-check';
import { toDoc, toPlain } from './support/plain.js';
import { compileMatcher, matchedPosition } from '../src/query/match.js';
import { isOperatorDocument, parseFilter } from '../src/query/parse.js';
import { compileProjection, projectStage } from '../src/query/project.js';
import { compilePattern, literalPrefix } from '../src/query/regex.js';
import { parseSort, sortItems } from '../src/query/sort.js';
import type { Doc } from '../src/values/value.js';
import { fakeEnvironment } from './support/fake-reader.js';

function matches(filter: object, document: object): boolean {
  return compileMatcher(parseFilter(toDoc(filter)), fakeEnvironment)(toDoc(document));
}

function coded(code: number): object {
  return expect.objectContaining({ code });
}

describe('regular expressions', () => {
  const found = (pattern: string, options: string, text: string): boolean =>
    compilePattern({ pattern, options }).regex.test(text);

  it.each<[string, string, string, boolean]>([
    ['a.c', '', 'a\u2028c', true],
    ['a.c', '', 'a\nc', false],
    ['a.c', 's', 'a\nc', true],
    ['a.c', '', 'a😀c', true],
    ['^b', 'm', 'a\rb', false],
    ['^b', 'm', 'a\nb', true],
    ['^$', 'm', 'a\n', false],
    ['a$', 'm', 'a\rb', false],
    ['a$', '', 'a\n', true],
    ['a$', '', 'a\n\n', false],
    ['a\\Z', 'm', 'a\nb', false],
    ['a b # c', 'x', 'ab', true],
    ['a [ ] b \\# ', 'x', 'a b#', true],
    ['a #b\nc', 'x', 'ac', true],
    ['a +', 'x', 'aaa', true],
    ['(?i)A(?:b)', '', 'aB', true],
    ['(?im)^A', '', 'x\na', true],
    ['[]a]+', '', ']a', true],
    ['[^]a]', '', ']', false],
    ['[[]', '', '[', true],
    ['a{,2}', '', 'a{,2}', true],
    ['a{2}', '', 'aa', true],
    ['}', '', '}', true],
    ['x]', '', 'x]', true],
    ['\\x41\\x{1F600}', '', 'A😀', true],
    ['[\\x41-\\x43]', '', 'B', true],
    ['\\/\\-\\_\\"', '', '/-_"', true],
    ['[\\w.-]+@', '', 'a.b-c@', true],
    ['\\S', '', '\u00a0', true],
    ['[^\\S]', '', ' ', true],
    ['\\bé', '', ' é', false],
    ['\\p{Lu}\\pL', '', 'Éa', true],
    ['(?<year>\\d+)-(?<!x)(?=1)', '', '20-1', true],
    ['É', 'i', 'é', true],
  ])('/%s/%s on %j: %s', (pattern, options, text, expected) => {
    expect(found(pattern, options, text)).toBe(expected);
  });

  it.each([
    ...['(?P<n>a)', '(?>a)', '(?|a)', '(?#c)', '(?R)', '(?1)', '(?i:a)', 'a(?i)b', '(*UCP)a', 'a++', 'a*+'],
    ...['\\Qa\\E', '\\K', '\\G', '\\R', '\\h', '\\N', '\\u00e9', '(a)\\1', '\\k<n>', '\\012', '[[:alpha:]]'],
    ...['[a', 'a)', '(a', '*a', 'a\\', '[z-a]', '[a-\\d]', '\\p{Greek}', '\\xZ'],
  ])('refuses %s rather than mean something else', (pattern) => {
    expect(() => compilePattern({ pattern, options: '' })).toThrow(coded(51091));
  });

  it('matches a literal text with all its characters escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (text) => {
        const escaped = text.replace(/[^\p{L}\p{M}\p{N}]/gu, (character) => `\\${character}`);
        fc.pre(!text.includes('\0'));
        expect(found(`\\A${escaped}\\z`, '', text)).toBe(true);
      }),
    );
  });

  it.each<[string, string, string | undefined]>([
    ['^abc', '', 'abc'],
    ['^abc.*', 's', 'abc'],
    ['\\Aabc', '', 'abc'],
    ['^ab?', '', 'a'],
    ['^ab{0,1}', '', 'a'],
    ['^ab+', '', 'ab'],
    ['^a\\.b', '', 'a.b'],
    ['^a\\d', '', 'a'],
    ['^a|b', '', undefined],
    ['^a', 'i', undefined],
    ['^a', 'm', undefined],
    ['^a', 'x', undefined],
    ['(?i)^a', '', undefined],
    ['abc', '', undefined],
    ['^.', '', undefined],
  ])('/%s/%s starts with %j', (pattern, options, expected) => {
    expect(literalPrefix(new BSONRegExp(pattern, options))).toBe(expected);
  });
});

describe('filters', () => {
  it('takes a document for operators by its first field', () => {
    expect(isOperatorDocument(toDoc({ $gt: 1 }))).toBe(true);
    expect(isOperatorDocument(toDoc({ a: 1, $gt: 1 }))).toBe(false);
    expect(isOperatorDocument(toDoc({ $ref: 'c', $id: 1 }))).toBe(false);
    expect(isOperatorDocument(toDoc({}))).toBe(false);
    expect(matches({ a: { b: 1, $gt: 1 } }, { a: { b: 1, $gt: 1 } })).toBe(true);
  });

  it('keeps the order of a document that is a value', () => {
    const filter = parseFilter(
      new Map([
        [
          'a',
          new Map([
            ['2', 1],
            ['1', 2],
          ]),
        ],
      ]),
    );
    const matcher = compileMatcher(filter, fakeEnvironment);
    expect(
      matcher(
        new Map([
          [
            'a',
            new Map([
              ['2', 1],
              ['1', 2],
            ]),
          ],
        ]),
      ),
    ).toBe(true);
    expect(
      matcher(
        new Map([
          [
            'a',
            new Map([
              ['1', 2],
              ['2', 1],
            ]),
          ],
        ]),
      ),
    ).toBe(false);
  });

  it('gives $expr the variables of the caller', () => {
    const filter = parseFilter(toDoc({ $expr: { $eq: ['$a', '$$wanted'] } }), {
      variables: new Set(['wanted']),
    });
    const matcher = compileMatcher(filter, fakeEnvironment, new Map([['wanted', 2]]));
    expect([matcher(toDoc({ a: 2 })), matcher(toDoc({ a: 1 }))]).toEqual([true, false]);
  });

  it('refuses by name what it does not do', () => {
    for (const name of ['$where', '$text', '$jsonSchema', '$sampleRate']) {
      expect(() => parseFilter(toDoc({ [name]: 'x' }))).toThrow(coded(238));
    }
    for (const name of ['$near', '$geoWithin', '$geoIntersects']) {
      expect(() => parseFilter(toDoc({ a: { [name]: {} } }))).toThrow(name);
    }
    expect(() => parseFilter(toDoc({ $expr: true }), { expressions: false })).toThrow(coded(2));
  });

  it.each<[object, object, number | undefined]>([
    [{ a: 2 }, { a: [1, 2, 2] }, 1],
    [{ a: { $gt: 1 } }, { a: [1, 2, 3] }, 1],
    [{ 'a.b': 2 }, { a: [{ b: 1 }, { b: [2] }] }, 1],
    [{ a: { $elemMatch: { b: 1, c: 2 } } }, { a: [{ b: 1 }, { b: 1, c: 2 }] }, 1],
    [{ a: { $elemMatch: { $gt: 2 } } }, { a: [1, 2, 3] }, 2],
    [{ 'a.b': { $elemMatch: { $gt: 2 } } }, { a: [{ b: [1] }, { b: [9] }] }, 1],
    [{ a: { $in: [3, 1] } }, { a: [2, 3, 1] }, 1],
    [{ a: { $all: [1, 3] } }, { a: [1, 2, 3] }, 2],
    [{ $and: [{ x: 1 }, { a: 2 }] }, { x: 1, a: [1, 2] }, 1],
    [{ $or: [{ a: 9 }, { a: 2 }] }, { a: [1, 2] }, 1],
    [{ a: { $ne: 9 } }, { a: [1, 2] }, undefined],
    [{ a: 2 }, { a: 2 }, undefined],
    [{ 'a.1': 2 }, { a: [1, 2] }, 1],
    [{}, { a: [1] }, undefined],
  ])('%j finds in %j the place %s', (filter, document, place) => {
    expect(matchedPosition(parseFilter(toDoc(filter)), toDoc(document), fakeEnvironment)).toBe(place);
  });
});

describe('projections', () => {
  const project = (specification: object, document: object): object =>
    toPlain(projectStage(toDoc(specification), fakeEnvironment)(toDoc(document)));

  it('takes $slice for the expression in a stage', () => {
    expect(project({ a: { $slice: ['$a', 1] } }, { a: [1, 2] })).toEqual({ a: [1] });
  });

  it('refuses in a stage what only find knows', () => {
    expect(() => project({ 'a.$': 1 }, {})).toThrow(coded(31324));
    expect(() => project({ a: { $elemMatch: { b: 1 } } }, {})).toThrow('$elemMatch');
    expect(() => project({}, {})).toThrow(coded(51272));
  });

  it('leaves out what $$REMOVE stands for', () => {
    expect(project({ a: { $cond: ['$a', '$a', '$$REMOVE'] }, b: 1 }, { a: 0, b: 2 })).toEqual({ b: 2 });
  });

  it('gives expressions the variables of the caller', () => {
    const variables = new Map([['v', 7]]);
    const apply = projectStage(toDoc({ a: '$$v' }), fakeEnvironment, variables);
    expect(toPlain(apply(new Map()))).toEqual({ a: 7 });
  });

  it('never changes the document', () => {
    const document = toDoc({ a: [{ b: 1, c: 2 }], d: [1, 2] });
    const before = JSON.stringify(toPlain(document));
    for (const specification of [{ 'a.b': 0 }, { 'a.b': 1 }, { d: { $slice: 1 } }, { 'a.k': '$d' }]) {
      compileProjection(toDoc(specification), undefined, fakeEnvironment)(document);
    }
    expect(JSON.stringify(toPlain(document))).toBe(before);
  });

  it('keeps a field named __proto__', () => {
    const document: Doc = new Map([['__proto__', 1]]);
    const apply = compileProjection(new Map([['__proto__', 1]]), undefined, fakeEnvironment);
    expect([...apply(document)]).toEqual([['__proto__', 1]]);
  });
});

describe('sorts', () => {
  it('keeps few documents when a limit allows it, and the same ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 400 }),
        fc.integer({ min: 1, max: 5 }),
        (numbers, limit) => {
          const documents = numbers.map((n, place) => toDoc({ n, place }));
          const sorter = parseSort(toDoc({ n: -1 }));
          const all = [...documents].sort((a, b) => sorter.compare(a, b));
          const kept = sortItems(documents, sorter, { documentOf: (doc) => doc, limit });
          expect(kept).toEqual(all.slice(0, limit));
        },
      ),
    );
  });

  it('refuses what is no sort', () => {
    expect(() => parseSort(toDoc({ a: 'x' }))).toThrow(coded(15974));
    expect(() => parseSort(toDoc({ a: 0 }))).toThrow(coded(15975));
    expect(() => parseSort(toDoc({ '': 1 }))).toThrow(coded(40352));
    expect(() => parseSort(toDoc({ 'a.': 1 }))).toThrow(coded(40353));
    expect(() => parseSort(toDoc({ a: { $meta: 'textScore' } }))).toThrow('$meta');
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`f${n}`, 1]));
    expect(() => parseSort(toDoc(many))).toThrow(coded(2));
  });
});
