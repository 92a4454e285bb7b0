import type { mongo } from 'mongoose';
import type { SentCommand } from '../support/commands.js';

/** One way in which the service asks the database, whatever the values. */
export interface QueryShape {
  /** `items find { business: ?, first: { $gt: ? } } sort { first: 1 }` */
  readonly name: string;
  readonly collection: string;
  /** The command as `explain` takes it, with the values of the first time. */
  readonly explainable: mongo.Document;
}

/** The different questions among what was sent. Inserts ask nothing. */
export function shapesOf(sent: readonly SentCommand[]): QueryShape[] {
  const shapes = new Map<string, QueryShape>();
  for (const command of sent) {
    for (const shape of questions(command)) if (!shapes.has(shape.name)) shapes.set(shape.name, shape);
  }
  return [...shapes.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function questions({ name, collection, body: sent }: SentCommand): QueryShape[] {
  const shape = (filter: unknown, more: mongo.Document, explainable: mongo.Document): QueryShape => {
    const extra = Object.entries(more)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key} ${typeof value === 'string' ? value : directions(value)}`);
    return { name: `${collection} ${name} ${text(filter ?? {})}${extra.join('')}`, collection, explainable };
  };
  // mongoose sends a sort as a Map, which keeps its order.
  const { sort: order, ...rest } = sent;
  const sort: unknown = order instanceof Map ? Object.fromEntries(order) : order;
  const body: mongo.Document = { ...rest, sort };
  switch (name) {
    case 'find': {
      const { filter, limit } = body;
      return [shape(filter, { sort }, defined({ find: collection, filter, sort, limit }))];
    }
    case 'count':
      return [shape(body['query'], {}, defined({ count: collection, query: body['query'] }))];
    case 'distinct': {
      const { key, query } = body;
      return [shape(query, { key }, defined({ distinct: collection, key, query }))];
    }
    case 'findAndModify': {
      const { query, update, upsert, remove } = body;
      return [
        shape(query, { sort }, defined({ findAndModify: collection, query, sort, update, upsert, remove })),
      ];
    }
    case 'aggregate': {
      const { pipeline } = body;
      return [shape(pipeline, {}, { aggregate: collection, pipeline, cursor: {} })];
    }
    case 'update':
      return list(body['updates']).map((one) => shape(one['q'], {}, { update: collection, updates: [one] }));
    case 'delete':
      return list(body['deletes']).map((one) => shape(one['q'], {}, { delete: collection, deletes: [one] }));
    default:
      return [];
  }
}

const list = (value: unknown): mongo.Document[] => (Array.isArray(value) ? (value as mongo.Document[]) : []);

function defined(fields: mongo.Document): mongo.Document {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A filter without its values, but with those that decide which index can serve it. */
function text(value: unknown, key = ''): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || ['$type', '$exists'].includes(key)) return `${value as string | boolean}`;
  if (Array.isArray(value))
    return isListOfValues(key) ? '?' : `[${value.map((one) => text(one)).join(', ')}]`;
  if (typeof value !== 'object' || !isPlain(value)) return '?';
  const inner = Object.entries(value).map(
    ([name, one]) => `${name.replace(/^outbox\.\d\d$/, 'outbox.n')}: ${text(one, name)}`,
  );
  return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`;
}

function directions(sort: unknown): string {
  const fields = Object.entries(sort as Record<string, number>).map(
    ([name, direction]) => `${name}: ${direction}`,
  );
  return `{ ${fields.join(', ')} }`;
}

const isListOfValues = (key: string): boolean => ['$in', '$nin', '$all'].includes(key);

function isPlain(value: object): boolean {
  return !(value instanceof Date) && !(value instanceof RegExp) && !('_bsontype' in value);
}
