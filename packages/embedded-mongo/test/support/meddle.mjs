// What happens to a data folder behind the back of its server: `node meddle.mjs <what> <dir>`.
import { open } from 'lmdb';

const [what, dir] = process.argv.slice(2);
const db = open({ path: dir, noSubdir: false, keyEncoding: 'binary', encoding: 'binary', cache: false });
const [meta] = db.getKeys({ limit: 1 });

if (what === 'hold-lock') {
  db.transactionSync(() => {
    process.stdout.write('held\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}

const changed = Buffer.from(db.get(meta));
if (what === 'newer-format') changed.writeUInt32BE(1_000, 0);
const ending = changed.toString('utf8', 4).replace(/"boot":"[^"]*"/, '"boot":"thief"');
const bytes = what === 'steal' ? Buffer.concat([changed.subarray(0, 4), Buffer.from(ending)]) : changed;
db.transactionSync(() => db.putSync(meta, bytes));
await db.close();
