import type { Document } from 'bson';
import type { ConformanceCase } from './case.js';

/** What an expression comes to over one document; `undefined` for a missing value. */
export function computes(
  name: string,
  expression: unknown,
  result: unknown,
  document: Document = {},
): ConformanceCase {
  return {
    name,
    documents: [{ _id: 1, ...document }],
    run: { aggregate: [{ $replaceWith: { r: expression } }] },
    expect: { documents: [result === undefined ? {} : { r: result }] },
  };
}

/** The code with which MongoDB refuses an expression. */
export function refuses(
  name: string,
  expression: unknown,
  code: number,
  document: Document = {},
): ConformanceCase {
  return {
    name,
    documents: [{ _id: 1, ...document }],
    run: { aggregate: [{ $replaceWith: { r: expression } }] },
    expect: { error: code },
  };
}
