import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, whatever the current folder is. */
export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
