import { describe, expect, it } from '@jest/globals';
import { Double } from 'bson';
import { executionStats, findDocuments } from '../src/plan/find.js';
import { FakeReader, type FakeIndex } from './support/fake-reader.js';
import { toDoc, toPlain } from './support/plain.js';
import { query, stages, type Asked } from './support/plans.js';

function ids(reader: FakeReader, asked: Asked): unknown[] {
  return Array.from(findDocuments(reader, 'test.c', query(asked)), ({ document }) => document.get('_id'));
}

describe('the short way to one document', () => {
  const odd = [0, 1, 2n, 2.5, NaN, '', 'a', 'x'.repeat(300), true, new Date(5), null, { k: 1 }, [7, 8], []];
  const documents = odd.map((value, _id) => toDoc({ _id, value }));
  const wanted = [
    ...odd.slice(0, -2),
    'A',
    -0,
    2,
    new Double(1),
    7,
    'X'.repeat(300),
    'none',
    { k: 1n },
    [7, 8],
    8,
    9,
  ];

  it.each<[string, FakeIndex[]]>([
    ['unique', [{ key: { value: 1 }, unique: true }]],
    ['unique and sparse, downwards', [{ key: { value: -1 }, unique: true, sparse: true }]],
    [
      'unique, with a collation',
      [{ key: { value: 1 }, unique: true, collation: { locale: 'en', strength: 2 } }],
    ],
  ])('finds what a scan of everything finds: %s', (_, indexes) => {
    const plain = new FakeReader(documents);
    const indexed = new FakeReader(documents, indexes);
    for (const collation of [undefined, { locale: 'en', strength: 2 }]) {
      for (const value of wanted) {
        const asked = { filter: { value: { $eq: value } }, ...(collation && { collation }) };
        expect([value, ids(indexed, asked)]).toEqual([value, ids(plain, asked)]);
      }
    }
  });

  it('reads one key and one document, and no chunk of an index', () => {
    const reader = new FakeReader(documents, [{ key: { value: 1 }, unique: true }]);
    const asked = query({ filter: { value: 2.5 } });
    expect(toPlain(executionStats(reader, 'test.c', asked))).toMatchObject({
      nReturned: 1,
      totalKeysExamined: 1,
      totalDocsExamined: 1,
    });
    expect(reader.chunks).toBe(0);
    expect(stages(reader, { filter: { value: 2.5 } })).toBe('FETCH < IXSCAN value_1');
    expect(stages(reader, { filter: { _id: 3 }, sort: { value: 1 } })).toBe('IDHACK');
    expect(stages(reader, { filter: { _id: 3 }, hint: { $natural: 1 } })).toBe('COLLSCAN');
  });
});
