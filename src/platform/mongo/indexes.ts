import type { Connection, Model } from 'mongoose';

/**
 * A pod takes traffic only after every index exists: the unique ones are the promises of the write path, not an
 * optimisation. Built on the maintenance connection, because a build may take longer than a request may.
 * Indexes beside ours are left alone.
 */
export async function ensureIndexes(
  maintenance: Connection,
  models: readonly Model<unknown>[],
): Promise<void> {
  for (const { modelName, schema, collection } of models) {
    const known: Model<unknown> | undefined = maintenance.models[modelName];
    const model = known ?? maintenance.model<unknown>(modelName, schema, collection.collectionName);
    await model.createCollection();
    await model.createIndexes();
    const existing: readonly { key: object }[] = await model.listIndexes();
    for (const [key] of schema.indexes()) {
      const wanted = JSON.stringify(key);
      if (!existing.some((index) => JSON.stringify(index.key) === wanted)) {
        throw new Error(`The index ${wanted} of ${collection.collectionName} could not be built.`);
      }
    }
  }
}
