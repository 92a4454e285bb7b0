import { parseArgs } from 'node:util';
import { backupTo } from './backup.js';
import { restoreFrom } from './restore.js';

const usage = 'usage: backup <mongodb uri> <folder> | restore <mongodb uri> <folder> [--drop]';

/** Returns the exit code. */
export async function runBackupCli(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { drop: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [command, uri, folder, ...more] = positionals;
    if (uri === undefined || folder === undefined || more.length > 0) throw new Error(usage);
    if (command === 'backup' && values.drop === undefined) {
      const { collections, documents } = await backupTo(uri, folder);
      console.log(`${documents} documents of ${collections} collections are in ${folder}`);
    } else if (command === 'restore') {
      const { collections, documents } = await restoreFrom(uri, folder, { drop: values.drop ?? false });
      console.log(`${documents} documents of ${collections} collections are restored from ${folder}`);
    } else throw new Error(usage);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  process.exitCode = await runBackupCli(process.argv.slice(2));
}
