import { startEmbeddedMongo, type EmbeddedMongo } from 'embedded-mongo';
import mongoose, { type Connection, type Schema } from 'mongoose';
import { newFolder, removeFolders } from './folders.js';

/** Facts about the embedded server only: a real one sweeps once a minute, and may have a replica set. */
export const isRealMongoDB = process.env['MONGODB_URI'] !== undefined;

let server: EmbeddedMongo | undefined;
export let connection: Connection;

/** The embedded server, or the MongoDB that MONGODB_URI names, as mongoose sees it. */
export async function connectMongoose(): Promise<void> {
  if (!isRealMongoDB) {
    server = await startEmbeddedMongo({ dir: newFolder(), durable: false, ttlIntervalMs: 100 });
  }
  const uri = process.env['MONGODB_URI'] ?? server?.uri ?? '';
  const dbName = `mongoose_${process.pid}`;
  connection = await mongoose
    .createConnection(uri, { dbName, retryWrites: false, bufferCommands: false })
    .asPromise();
}

export async function disconnectMongoose(): Promise<void> {
  await connection.dropDatabase();
  await connection.close();
  await server?.close();
  removeFolders();
}

let names = 0;

export function freshName(): string {
  return `M${++names}`;
}

/** A model of its own for one test, with its indexes built. */
export async function modelOf<T extends Schema>(schema: T) {
  const model = connection.model(freshName(), schema);
  await model.init();
  return model;
}
