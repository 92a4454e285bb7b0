export { backupTo } from './backup/backup.js';
export { restoreFrom, type RestoreOptions } from './backup/restore.js';
export { withDatabase } from './launch/address.js';
export { findEmbeddedMongo } from './launch/find.js';
export { startEmbeddedMongo } from './launch/start.js';
export type { EmbeddedMongo, EmbeddedMongoOptions } from './launch/options.js';
