import { Decimal128 } from 'bson';
import type { ConformanceCase } from './case.js';
import { computes, refuses } from './expression-case.js';

export const cases: ConformanceCase[] = [
  computes('$concat', { $concat: ['$a', ' - ', '$b'] }, 'x - y', { a: 'x', b: 'y' }),
  computes('$concat with a missing field is null', { $concat: ['$a', '$b'] }, null, { a: 'x' }),
  refuses('$concat of a number is refused', { $concat: ['$a', 'x'] }, 16702, { a: 1 }),
  computes('$substrBytes', { $substrBytes: ['$a', 1, 2] }, 'bc', { a: 'abcd' }),
  computes('$substrBytes with a negative length takes the rest', { $substrBytes: ['$a', 1, -1] }, 'bcd', {
    a: 'abcd',
  }),
  computes('$substr of a number takes its text', { $substr: ['$a', 0, 2] }, '12', { a: 123 }),
  computes('$substr beyond the end is empty', { $substr: ['$a', 9, 2] }, '', { a: 'abc' }),
  refuses('$substrBytes inside a character is refused', { $substrBytes: ['$a', 1, 2] }, 28656, { a: 'éa' }),
  refuses('$substrBytes that ends inside a character is refused', { $substrBytes: ['$a', 0, 1] }, 28657, {
    a: 'éa',
  }),
  computes('$substrCP counts code points', { $substrCP: ['$a', 1, 2] }, '😀b', { a: 'é😀bc' }),
  computes('$substrCP of null is empty', { $substrCP: ['$a', 0, 2] }, '', { a: null }),
  refuses('$substrCP refuses a negative start', { $substrCP: ['$a', -1, 2] }, 34455, { a: 'abc' }),
  computes('$strLenBytes', { $strLenBytes: '$a' }, 6, { a: 'é😀' }),
  computes('$strLenCP', { $strLenCP: '$a' }, 2, { a: 'é😀' }),
  refuses('$strLenCP of a missing field is refused', { $strLenCP: '$a' }, 34471),
  refuses('$strLenBytes of null is refused', { $strLenBytes: '$a' }, 34473, { a: null }),
  computes('$toUpper of a missing field is empty', { $toUpper: '$a' }, ''),
  computes('$toLower', { $toLower: '$a' }, 'abc', { a: 'ABC' }),
  computes('$trim removes whitespace', { $trim: { input: '$a' } }, 'a b', { a: ' \n a b\t ' }),
  computes('$trim removes the given characters', { $trim: { input: '$a', chars: 'ge' } }, ' ggreat', {
    a: 'gge ggreatgeeg',
  }),
  computes('$ltrim', { $ltrim: { input: '$a' } }, 'a ', { a: ' a ' }),
  computes('$rtrim', { $rtrim: { input: '$a' } }, ' a', { a: ' a ' }),
  refuses('$trim of a number is refused', { $trim: { input: '$a' } }, 50699, { a: 1 }),
  computes('$split', { $split: ['$a', '-'] }, ['June', '15', ''], { a: 'June-15-' }),
  refuses('$split by an empty separator is refused', { $split: ['$a', ''] }, 40087, { a: 'x' }),
  refuses('$split of a number is refused', { $split: ['$a', ','] }, 40085, { a: 1 }),
  computes('$regexMatch', { $regexMatch: { input: '$a', regex: /line/ } }, true, { a: 'Single LINE line' }),
  computes('$regexMatch with options', { $regexMatch: { input: '$a', regex: 'LINE', options: 'i' } }, true, {
    a: 'a line',
  }),
  computes('$regexMatch of null is false', { $regexMatch: { input: '$a', regex: 'x' } }, false, { a: null }),
  refuses(
    '$regexMatch refuses options twice',
    { $regexMatch: { input: '$a', regex: /x/i, options: 'i' } },
    51107,
    {
      a: 'x',
    },
  ),
  refuses('$regexMatch refuses a bad pattern', { $regexMatch: { input: '$a', regex: '(' } }, 51111, {
    a: 'x',
  }),
  computes('$toString of a decimal', { $toString: '$a' }, '1.50', { a: Decimal128.fromString('1.50') }),
  computes('$toString of a date', { $toString: '$a' }, '2018-03-27T16:58:51.538Z', {
    a: new Date('2018-03-27T16:58:51.538Z'),
  }),
];
