import { fail } from '../errors.js';

const forbiddenInDatabase = /[/\\. "$*<>:|?\0]/;

export function checkDatabase(database: string): void {
  if (database.length === 0 || Buffer.byteLength(database) > 63 || forbiddenInDatabase.test(database)) {
    fail('InvalidNamespace', `Invalid database name: '${database}'`);
  }
}

/** Names that MongoDB refuses are refused here too: the data must be able to move there. */
export function namespaceOf(database: string, collection: string): string {
  const namespace = `${database}.${collection}`;
  const bad = collection === '' || collection.startsWith('.') || /[$\0]/.test(collection);
  if (bad || collection.startsWith('system.') || Buffer.byteLength(namespace) > 255) {
    fail('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
  }
  return namespace;
}
