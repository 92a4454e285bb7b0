import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EJSON, type Document } from 'bson';

/**
 * As mongodump lays a backup out, so that mongorestore reads it: `<database>/<collection>.bson` holds the
 * documents one behind the other, `<collection>.metadata.json` beside it the options and the indexes.
 */
export interface Metadata {
  readonly options: Document;
  readonly indexes: Document[];
  readonly uuid: string;
  readonly collectionName: string;
  readonly type: 'collection';
}

export interface SavedCollection {
  readonly database: string;
  readonly metadata: Metadata;
  readonly documents: string;
}

/** What a backup or a restore has done. */
export interface CopyResult {
  readonly collections: number;
  readonly documents: number;
}

/** Written last. mongodump writes it too, and mongorestore expects it here. */
export const preludeFile = 'prelude.json';
const documentsEnding = '.bson';
const metadataEnding = '.metadata.json';

export function documentsFile(collection: string): string {
  return encodeURIComponent(collection) + documentsEnding;
}

export function metadataFile(collection: string): string {
  return encodeURIComponent(collection) + metadataEnding;
}

export function metadataText(metadata: Metadata): string {
  return EJSON.stringify(metadata, { relaxed: false });
}

/** The collections of a backup; a folder that is none, or is incomplete, is refused before anything is written. */
export async function readBackup(folder: string): Promise<SavedCollection[]> {
  const found: SavedCollection[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new Error(`${folder} cannot be read, so nothing was restored`, { cause });
  });
  for (const entry of entries) {
    if (entry.isDirectory()) found.push(...(await readDatabase(join(folder, entry.name))));
    else if (entry.name !== preludeFile) throw notBackup(folder, `there is a file ${entry.name} in it`);
  }
  if (found.length === 0 && !entries.some(({ name }) => name === preludeFile)) {
    throw notBackup(folder, 'it holds no collection');
  }
  return found;
}

async function readDatabase(folder: string): Promise<SavedCollection[]> {
  const files = new Set(await readdir(folder));
  files.delete(preludeFile);
  const found: SavedCollection[] = [];
  for (const file of files) {
    const isDocuments = file.endsWith(documentsEnding);
    const stem = file.slice(0, -(isDocuments ? documentsEnding : metadataEnding).length);
    if (!isDocuments && !file.endsWith(metadataEnding))
      throw notBackup(folder, `there is a file ${file} in it`);
    const partner = stem + (isDocuments ? metadataEnding : documentsEnding);
    if (!files.has(partner)) throw notBackup(folder, `${partner} is missing`);
    if (!isDocuments) continue;
    const collection = decodeURIComponent(stem);
    const metadata = parseMetadata(await readFile(join(folder, partner), 'utf8'), collection);
    if (!metadata) throw notBackup(folder, `${partner} is not the description of a collection`);
    const documents = join(folder, file);
    if (!(await stat(documents)).isFile()) throw notBackup(folder, `${file} is not a file`);
    found.push({ database: basename(folder), metadata, documents });
  }
  return found;
}

function parseMetadata(text: string, collectionName: string): Metadata | undefined {
  let parsed: unknown;
  try {
    parsed = EJSON.parse(text, { relaxed: false });
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { options = {}, indexes, uuid = '', type = 'collection' } = parsed as Partial<Metadata>;
  if (!Array.isArray(indexes) || typeof options !== 'object' || type !== 'collection') return undefined;
  return { options, indexes, uuid, collectionName, type };
}

function notBackup(folder: string, reason: string): Error {
  return new Error(`${folder} is not a complete backup: ${reason}. Nothing was restored.`);
}
