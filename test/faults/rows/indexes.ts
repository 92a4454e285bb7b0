import type { IndexName } from '../figures.js';
import type { Rig } from '../rig.js';

/** Takes a promise out of the database: what a row does without its unique key shows what the key is worth. */
export async function removeIndexes(rig: Rig, names: readonly IndexName[]): Promise<void> {
  for (const name of names) {
    const { collection } = name === 'events.id' ? rig.looker.journalModel : rig.looker.items.repository.model;
    await collection.dropIndex(`business_1_${name}_1`);
  }
}
