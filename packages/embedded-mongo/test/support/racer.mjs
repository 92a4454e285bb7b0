// One of several processes that race: `node racer.mjs <uri> <race> <number of this racer>`. Prints a JSON object.
import { MongoClient } from 'mongodb';

const [uri, race, racer] = process.argv.slice(2);
const TIMES = 1_000;
const PARALLEL = 8;
const client = new MongoClient(uri, { maxPoolSize: PARALLEL });
const db = client.db('races');

/** `TIMES` calls, several at a time. */
async function times(call) {
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < TIMES) await call(next++);
    }),
  );
}

const races = {
  /** Everybody inserts the same unique names. */
  async insert() {
    const won = [];
    await times(async (n) => {
      try {
        await db.collection('names').insertOne({ name: `name ${n}`, racer });
        won.push(n);
      } catch (error) {
        if (error.code !== 11_000 || error.keyValue?.name !== `name ${n}`) throw error;
      }
    });
    return { won };
  },

  /** Everybody counts up one document. */
  async increment() {
    const seen = [];
    await times(async () => {
      const after = await db
        .collection('counters')
        .findOneAndUpdate({ _id: 'one' }, { $inc: { n: 1 } }, { upsert: true, returnDocument: 'after' });
      seen.push(after.n);
    });
    return { seen };
  },

  /** Everybody appends to one document, guarded by its revision, and tries again when another was quicker. */
  async guarded() {
    const documents = db.collection('documents');
    let applied = 0;
    let refused = 0;
    while (applied < TIMES / 10) {
      const { rev } = await documents.findOne({ _id: 'one' });
      const change = { $inc: { rev: 1 }, $push: { entries: `${racer}-${applied}` } };
      const { modifiedCount } = await documents.updateOne({ _id: 'one', rev }, change);
      if (modifiedCount === 1) applied += 1;
      else refused += 1;
    }
    return { applied, refused };
  },
};

await client.connect();
const result = await races[race]();
await client.close();
process.stdout.write(JSON.stringify(result));
