import { openFolder } from '../storage/folder.js';

/**
 * Takes the write lock of a folder and lets it go, in a process of its own: whoever waits for a lock that a
 * stopped process holds waits inside the kernel, and can only be killed.
 */
openFolder(process.argv[2] ?? '', true).transaction(() => undefined);
process.exit(0);
