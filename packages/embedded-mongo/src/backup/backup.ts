import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Collection, Db, Document } from 'mongodb';
import { databasesOf, withDriver } from './driver.js';
import {
  documentsFile,
  metadataFile,
  metadataText,
  preludeFile,
  type CopyResult,
  type Metadata,
} from './layout.js';

const writeSize = 1024 * 1024;

/**
 * Copies what a server holds into `folder` while it runs. Each document is consistent in itself; two documents
 * may be of different moments. The folder appears under its name only when it is complete and on disk.
 */
export async function backupTo(uri: string, folder: string): Promise<CopyResult> {
  await refuseFilled(folder);
  const partial = `${folder.replace(/[/\\]+$/, '')}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const result = { collections: 0, documents: 0 };
  await withDriver(uri, async (connection) => {
    for (const database of await databasesOf(connection)) {
      const target = join(partial, database.databaseName);
      await mkdir(target, { mode: 0o700 });
      for (const { collection, metadata } of await collectionsOf(database)) {
        await writeFile(join(target, metadataFile(metadata.collectionName)), metadataText(metadata), {
          flush: true,
        });
        result.documents += await copyDocuments(
          collection,
          join(target, documentsFile(metadata.collectionName)),
        );
        result.collections++;
      }
    }
    const { version } = await connection.client.db('admin').command({ buildInfo: 1 });
    const prelude = { ServerVersion: String(version), ToolVersion: 'embedded-mongo' };
    await writeFile(join(partial, preludeFile), JSON.stringify(prelude), { flush: true });
  });
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return result;
}

/** An older backup is never replaced: it may be the only one that is good. */
async function refuseFilled(folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  if (files.length > 0) throw new Error(`${folder} is not empty; give a new folder for each backup.`);
}

async function collectionsOf(database: Db): Promise<{ collection: Collection; metadata: Metadata }[]> {
  const found: { collection: Collection; metadata: Metadata }[] = [];
  for (const listed of await database.listCollections({}, { nameOnly: false }).toArray()) {
    if (listed.name.startsWith('system.')) continue;
    if (listed.type !== 'collection') {
      throw new Error(
        `${database.databaseName}.${listed.name} is a ${listed.type}; only collections are copied.`,
      );
    }
    const collection = database.collection(listed.name);
    // Raw, because an application's own types (int32 or double) must be in the copy as they are.
    const indexes = (await collection.listIndexes({ promoteValues: false }).toArray()) as Document[];
    const uuid = listed.info?.uuid?.toString('hex') ?? '';
    const options = listed.options ?? {};
    found.push({
      collection,
      metadata: { options, indexes, uuid, collectionName: listed.name, type: 'collection' },
    });
  }
  return found;
}

async function copyDocuments(collection: Collection, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  try {
    let count = 0;
    let waiting: Uint8Array[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      await file.writeFile(Buffer.concat(waiting));
      waiting = [];
      size = 0;
    };
    for await (const document of collection.find({}, { raw: true, sort: { $natural: 1 } })) {
      // With `raw` the driver hands over the bytes of each document, whatever its type says.
      if (!(document instanceof Uint8Array)) throw new Error('the driver answered no raw documents');
      // A copy: the bytes lie inside the reply that the driver goes on using.
      waiting.push(Buffer.from(document));
      size += document.length;
      count++;
      if (size >= writeSize) await flush();
    }
    await flush();
    await file.sync();
    return count;
  } finally {
    await file.close();
  }
}
