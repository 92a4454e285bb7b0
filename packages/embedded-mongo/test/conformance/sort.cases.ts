import { Binary, Decimal128, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import type { ConformanceCase } from './case.js';
import { finds, over } from './query-case.js';

const types = [
  { a: new MaxKey() },
  { a: /x/ },
  { a: new Timestamp({ t: 1, i: 1 }) },
  { a: new Date(0) },
  { a: true },
  { a: false },
  { a: new ObjectId('0123456789abcdef01234567') },
  { a: new Binary(Buffer.from([1])) },
  { a: { b: 1 } },
  { a: 'text' },
  { a: 5 },
  { a: null },
  { a: new MinKey() },
];
const mixed = over([{ a: 2, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 3 }, { a: 1, b: 1 }, { b: 0 }]);
const arrays = over([{ a: [5, 1] }, { a: 3 }, { a: [2, 9] }, { a: [] }, { a: null }, {}, { a: [[0]] }]);
const elements = over([
  {
    items: [
      { x: 1, y: 9 },
      { x: 5, y: 0 },
    ],
  },
  {
    items: [
      { x: 1, y: 2 },
      { x: 9, y: 1 },
    ],
  },
  { items: { x: 0, y: 5 } },
  { items: [{ y: 1 }] },
]);
const numbers = over([
  { a: 10n },
  { a: 9.5 },
  { a: Decimal128.fromString('9.75') },
  { a: NaN },
  { a: -Infinity },
  { a: 10 },
]);

export const cases: ConformanceCase[] = [
  finds('types have an order', types, {}, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], { sort: { a: 1 } }),
  finds('and the other way round', types, {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], {
    sort: { a: -1 },
  }),
  numbers('numbers compare by value, NaN first', {}, [4, 5, 2, 3, 1, 6], { sort: { a: 1, _id: 1 } }),
  mixed('two keys', {}, [5, 4, 2, 1, 3], { sort: { a: 1, b: 1 } }),
  mixed('two directions', {}, [3, 1, 2, 4, 5], { sort: { a: -1, b: -1 } }),
  mixed('a missing field sorts as null', { a: { $ne: 2 } }, [5, 2, 4], { sort: { a: 1, _id: 1 } }),
  mixed('sort, skip and limit', {}, [2, 1], { sort: { a: 1, b: 1 }, skip: 2, limit: 2 }),
  mixed('a sort and a limit', {}, [3, 1], { sort: { a: -1, b: -1 }, limit: 2 }),
  mixed('a filter and a sort', { a: { $gte: 1 } }, [4, 2, 1, 3], { sort: { a: 1, b: 1 } }),
  mixed('a natural sort backwards', {}, [5, 4, 3, 2, 1], { sort: { $natural: -1 } }),
  arrays('an array counts by its least element', {}, [4, 5, 6, 1, 3, 2, 7], { sort: { a: 1, _id: 1 } }),
  arrays('and by its greatest downwards', {}, [7, 3, 1, 2, 5, 6, 4], { sort: { a: -1, _id: 1 } }),
  elements('a path takes the least of all elements', {}, [4, 3, 1, 2], { sort: { 'items.x': 1, _id: 1 } }),
  elements('and the greatest downwards', {}, [2, 1, 3, 4], { sort: { 'items.x': -1, _id: 1 } }),
  elements('two paths go element by element', {}, [4, 3, 2, 1], { sort: { 'items.x': 1, 'items.y': 1 } }),
  finds('a place on the path', [{ a: [2, 0] }, { a: [1, 5] }, { a: [3] }], {}, [2, 1, 3], {
    sort: { 'a.0': 1 },
  }),
  finds(
    'documents sort field by field',
    [{ a: { x: 2 } }, { a: { x: 1, y: 5 } }, { a: { x: 1 } }],
    {},
    [3, 2, 1],
    { sort: { a: 1 } },
  ),
  finds(
    'texts sort by bytes',
    [{ a: 'b' }, { a: 'A' }, { a: 'a' }, { a: 'B' }, { a: 'é' }],
    {},
    [2, 4, 3, 1, 5],
    { sort: { a: 1 } },
  ),
  finds('an index gives the same order', [{ a: 'b' }, { a: 2 }, {}, { a: 1 }], {}, [3, 4, 2, 1], {
    sort: { a: 1 },
    indexes: [{ key: { a: 1 } }],
  }),
  finds('an index gives the other order', [{ a: 'b' }, { a: 2 }, {}, { a: 1 }], {}, [1, 2, 4, 3], {
    sort: { a: -1 },
    indexes: [{ key: { a: 1 } }],
  }),
  finds(
    'a multikey index does not spoil the order',
    [{ a: [1, 9] }, { a: 5 }, { a: [0, 2] }],
    {},
    [1, 2, 3],
    {
      sort: { a: -1 },
      indexes: [{ key: { a: 1 } }],
    },
  ),
  finds(
    'long texts sort by all their characters',
    [{ a: `${'x'.repeat(900)}b` }, { a: `${'x'.repeat(900)}a` }],
    {},
    [2, 1],
    {
      sort: { a: 1 },
      indexes: [{ key: { a: 1 } }],
    },
  ),

  {
    name: 'a direction is 1 or -1',
    documents: [{ a: 1 }],
    run: { command: { find: '$collection', sort: { a: 2 } } },
    expect: { error: 15975 },
  },
  {
    name: 'parallel arrays have no order',
    documents: [
      { a: [1, 2], b: [3, 4] },
      { a: [5], b: [6] },
    ],
    run: { find: {}, sort: { a: 1, b: 1 } },
    expect: { error: 2 },
  },
];
