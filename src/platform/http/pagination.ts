import { z } from 'zod';
import { DomainError } from '../../contracts/errors.js';

export const MOST_ITEMS = 100;

/** `cursor` and `limit` of every list; a route adds its own filters with `.extend({ ... })`. */
export const pageQuery = z.strictObject({
  cursor: z.string().min(1).max(512).optional().meta({ description: 'next_cursor of the page before.' }),
  limit: z.coerce.number().int().min(1).max(MOST_ITEMS).default(25),
});
export type PageQuery = z.infer<typeof pageQuery>;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Null on the last page. */
  readonly next_cursor: string | null;
}

/** The schema of a list's answer. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() });
}

type Position = readonly (string | number | null)[];

/** An opaque cursor from the sort key of the last item, for example [created_at, id]. */
export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Reads a cursor of ours; whatever else arrives under that name is the client's mistake. */
export function decodeCursor<Shape extends z.ZodType>(
  cursor: string | undefined,
  shape: Shape,
): z.infer<Shape> | undefined {
  if (cursor === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new DomainError('invalid_input', 'This cursor is not one of this list.', {
      issues: [{ field: 'query.cursor', message: 'Not a cursor of this list.' }],
    });
  }
}

/** Makes a page of `limit + 1` rows: the one too many says that there is more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  parts: { readonly position: (row: Row) => Position; readonly view: (row: Row) => Item },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? encodeCursor(parts.position(last)) : null;
  return { items: shown.map(parts.view), next_cursor: next };
}

/** An id in a path: opaque, so only its alphabet and length are checked. */
export const idParam = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'Not an id.');
/** The parameters of a route with one `:id`. */
export const byId = z.strictObject({ id: idParam });
export type ById = z.infer<typeof byId>;
