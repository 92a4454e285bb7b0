import type { Document } from 'bson';
import type { ConformanceCase } from './case.js';

interface Options {
  filter?: Document;
  arrayFilters?: Document[];
  collation?: Document;
}

/** One document with `_id` 1, an update, and what becomes of it. */
export function becomes(
  name: string,
  before: Document,
  update: Document | Document[],
  after: Document,
  { filter = {}, ...options }: Options = {},
): ConformanceCase {
  return {
    name,
    documents: [{ _id: 1, ...before }],
    run: { update, filter, ...options },
    expect: { documents: [{ _id: 1, ...after }], matched: 1, modified: 1 },
  };
}

/** Matched, not modified. */
export function stays(
  name: string,
  document: Document,
  update: Document | Document[],
  { filter = {}, ...options }: Options = {},
): ConformanceCase {
  return {
    name,
    documents: [{ _id: 1, ...document }],
    run: { update, filter, ...options },
    expect: { documents: [{ _id: 1, ...document }], matched: 1, modified: 0 },
  };
}

/** The update is refused with this code. */
export function refused(
  name: string,
  document: Document,
  update: Document | Document[],
  error: number,
  { filter = {}, ...options }: Options = {},
): ConformanceCase {
  return {
    name,
    documents: [{ _id: 1, ...document }],
    run: { update, filter, ...options },
    expect: { error },
  };
}

/** Nothing matches in an empty collection, so that this is inserted. */
export function inserts(
  name: string,
  filter: Document,
  update: Document | Document[],
  inserted: Document,
  options: Options = {},
): ConformanceCase {
  return {
    name,
    run: { update, ...options, filter, upsert: true },
    expect: { documents: [inserted], matched: 0, modified: 0, upsertedId: inserted['_id'] as unknown },
  };
}

export function refusedUpsert(
  name: string,
  filter: Document,
  update: Document | Document[],
  error: number,
): ConformanceCase {
  return { name, run: { update, filter, upsert: true }, expect: { error } };
}
