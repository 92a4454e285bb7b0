import type { Document } from 'bson';
import type { ConformanceCase } from './case.js';

interface Options {
  sort?: Document;
  skip?: number;
  limit?: number;
  collation?: Document;
  hint?: Document | string;
  indexes?: { key: Document; [option: string]: unknown }[];
}

/** Gives each document without an `_id` its place, from 1, as its first field. */
function numbered(documents: Document[]): Document[] {
  return documents.map((document, place) => ({ _id: place + 1, ...document }));
}

/** The filter finds the documents with these `_id`, in this order. Without a sort that is the natural one. */
export function finds(
  name: string,
  documents: Document[],
  find: Document,
  ids: unknown[],
  { indexes, ...options }: Options = {},
): ConformanceCase {
  const all = numbered(documents);
  return {
    name,
    documents: all,
    ...(indexes && { indexes }),
    run: { find, ...options },
    expect: {
      documents: ids.map((id) => all.find(({ _id }) => _id === id) ?? { missing: id }),
      anyOrder: indexes !== undefined && options.sort === undefined,
    },
  };
}

/** Cases over the same documents. */
export function over(
  documents: Document[],
): (...args: [string, Document, unknown[], Options?]) => ConformanceCase {
  return (name, find, ids, options) => finds(name, documents, find, ids, options);
}

/** The filter is refused with this code, whatever the collection holds. */
export function refused(name: string, find: Document, error: number, options: Options = {}): ConformanceCase {
  return { name, documents: [{ _id: 1, a: 1 }], run: { find, ...options }, expect: { error } };
}

/** One document with `_id` 1, and what a projection leaves of it. */
export function projects(
  name: string,
  document: Document,
  projection: Document,
  result: Document,
  find: Document = {},
): ConformanceCase {
  return {
    name,
    documents: [{ _id: 1, ...document }],
    run: { find, projection },
    expect: { documents: [result] },
  };
}

export function refusedProjection(
  name: string,
  projection: Document,
  error: number,
  find: Document = {},
  document: Document = { a: [1] },
): ConformanceCase {
  return { name, documents: [{ _id: 1, ...document }], run: { find, projection }, expect: { error } };
}
