import { Binary, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import type { ConformanceCase } from './case.js';
import { finds, over, refused } from './query-case.js';

const one = Decimal128.fromString('1.0');
const numbers = over([
  { a: 1 },
  { a: new Double(1) },
  { a: 1n },
  { a: one },
  { a: 2 },
  { a: '1' },
  { a: true },
]);
const bracket = over([
  { a: 5 },
  { a: 'x' },
  { a: null },
  {},
  { a: new Date(5) },
  { a: [5, 'x'] },
  { a: { b: 5 } },
  { a: false },
  { a: NaN },
]);
const objects = over([
  { a: { x: 1, y: 2 } },
  { a: { y: 2, x: 1 } },
  { a: { x: 1 } },
  { a: { x: 1, y: 2, z: 3 } },
  { a: { x: new Double(1), y: 2n } },
]);
const id = new ObjectId('0123456789abcdef01234567');
const laterId = new ObjectId('0123456789abcdef01234568');

export const cases: ConformanceCase[] = [
  numbers('equality crosses the number types', { a: 1 }, [1, 2, 3, 4]),
  numbers('a double asks for all number types too', { a: new Double(1) }, [1, 2, 3, 4]),
  numbers('a decimal asks for all number types too', { a: one }, [1, 2, 3, 4]),
  numbers('$eq is equality', { a: { $eq: 1n } }, [1, 2, 3, 4]),
  numbers('a string is no number', { a: '1' }, [6]),
  numbers('a boolean is no number', { a: true }, [7]),
  numbers('$ne finds every other type', { a: { $ne: 1 } }, [5, 6, 7]),
  numbers('$in crosses the number types', { a: { $in: [1n, true] } }, [1, 2, 3, 4, 7]),
  numbers('$nin is the rest', { a: { $nin: [1, '1'] } }, [5, 7]),

  bracket('$gt keeps to its type', { a: { $gt: 4 } }, [1, 6]),
  bracket('$lt keeps to its type', { a: { $lt: 6 } }, [1, 6]),
  bracket('$gte of a text', { a: { $gte: '' } }, [2, 6]),
  bracket('$lt of a date', { a: { $lt: new Date(6) } }, [5]),
  bracket('$gte of a document', { a: { $gte: {} } }, [7]),
  bracket('$lte of a boolean', { a: { $lte: true } }, [8]),
  bracket('null is null or missing', { a: null }, [3, 4]),
  bracket('$ne null', { a: { $ne: null } }, [1, 2, 5, 6, 7, 8, 9]),
  bracket('$gte null is null or missing', { a: { $gte: null } }, [3, 4]),
  bracket('$lte null is null or missing', { a: { $lte: null } }, [3, 4]),
  bracket('nothing is greater than null', { a: { $gt: null } }, []),
  bracket('$in with null finds a missing field', { a: { $in: [null, 'x'] } }, [2, 3, 4, 6]),
  bracket('$nin with null asks for a value', { a: { $nin: [null, 5] } }, [2, 5, 7, 8, 9]),
  bracket('NaN equals itself', { a: NaN }, [9]),
  bracket('$gte NaN is NaN', { a: { $gte: NaN } }, [9]),
  bracket('nothing is less than NaN', { a: { $lt: NaN } }, []),
  bracket('$in of nothing finds nothing', { a: { $in: [] } }, []),
  bracket('$nin of nothing finds all', { a: { $nin: [] } }, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
  bracket('two bounds', { a: { $gte: 5, $lt: 6 } }, [1, 6]),

  objects('documents are equal field by field in their order', { a: { x: 1, y: 2 } }, [1, 5]),
  objects('another order is another document', { a: { y: 2, x: 1 } }, [2]),
  objects('a document is less than one with more fields', { a: { $lt: { x: 1, y: 2 } } }, [3]),
  objects(
    'documents are compared by the names of their fields',
    { a: { $gt: { x: 1, y: 2, z: 2 } } },
    [2, 4],
  ),
  objects('a dotted path looks at one field', { 'a.y': 2 }, [1, 2, 4, 5]),

  finds(
    'decimals compare by value',
    [{ a: Decimal128.fromString('1.10') }, { a: 1.2 }],
    { a: { $lt: 1.15 } },
    [1],
  ),
  finds(
    'a double is not the decimal of the same digits',
    [{ a: 0.1 }],
    { a: Decimal128.fromString('0.1') },
    [],
  ),
  finds('large longs are exact', [{ a: 9007199254740993n }, { a: 9007199254740992n }], { a: 2 ** 53 }, [2]),
  finds('negative zero is zero', [{ a: -0 }, { a: 0 }], { a: 0 }, [1, 2]),
  finds('infinities', [{ a: Infinity }, { a: -Infinity }, { a: 1 }], { a: { $gt: 1e300 } }, [1]),
  finds('object ids compare by bytes', [{ a: id }, { a: laterId }], { a: { $gt: id } }, [2]),
  finds('an object id is not its text', [{ a: id }, { a: id.toHexString() }], { a: id }, [1]),
  finds(
    'timestamps compare by time, then increment',
    [{ a: new Timestamp({ t: 1, i: 9 }) }, { a: new Timestamp({ t: 2, i: 1 }) }],
    { a: { $gt: new Timestamp({ t: 1, i: 10 }) } },
    [2],
  ),
  finds(
    'binaries compare by length first',
    [{ a: new Binary(Buffer.from([9])) }, { a: new Binary(Buffer.from([1, 1])) }],
    { a: { $gt: new Binary(Buffer.from([200])) } },
    [2],
  ),
  finds('texts compare by bytes', [{ a: 'B' }, { a: 'a' }, { a: 'é' }], { a: { $gt: 'Z' } }, [2, 3]),
  finds(
    'a text beyond the surrogates is the greater',
    [{ a: '\uffff' }, { a: '😀' }],
    { a: { $gt: '\uffff' } },
    [2],
  ),
  finds('MinKey equals itself only', [{ a: new MinKey() }, { a: null }, {}], { a: new MinKey() }, [1]),
  finds(
    'everything is less than MaxKey',
    [{ a: 1 }, { a: 'x' }, { a: new Date(0) }],
    { a: { $lt: new MaxKey() } },
    [1, 2, 3],
  ),
  finds('dates before 1970', [{ a: new Date(-1) }, { a: new Date(1) }], { a: { $lt: new Date(0) } }, [1]),

  refused('$in needs an array', { a: { $in: 1 } }, 2),
  refused('$nin needs an array', { a: { $nin: 1 } }, 2),
  refused('$in holds no operators', { a: { $in: [{ $gt: 1 }] } }, 2),
  refused('no regular expression in a comparison', { a: { $gt: /x/ } }, 2),
  refused('no regular expression in $ne', { a: { $ne: /x/ } }, 2),
  refused('an unknown operator', { a: { $foo: 1 } }, 2),
  refused('a field beside operators', { a: { $gt: 1, b: 2 } }, 2),
];
