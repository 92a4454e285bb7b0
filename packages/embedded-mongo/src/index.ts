export { withDatabase } from './launch/address.js';
export { startEmbeddedMongo } from './launch/start.js';
export type { EmbeddedMongo, EmbeddedMongoOptions } from './launch/options.js';
