import { type Command } from './call.js';
import { LARGEST_DOCUMENT } from './cursors.js';
import { reply } from './reply.js';

/** The MongoDB whose behaviour this server follows: drivers and tools decide by it what they may ask. */
const version = [7, 0, 0, 0];

const nothing: Command = { fields: 'endSessions ping', run: () => reply({}) };

const buildInfo: Command = {
  fields: 'buildInfo',
  run: () =>
    reply({
      version: version.slice(0, 3).join('.'),
      versionArray: version,
      gitVersion: 'embedded-mongo',
      modules: [],
      storageEngines: ['lmdb'],
      bits: 64,
      debug: false,
      maxBsonObjectSize: LARGEST_DOCUMENT,
    }),
};

export const diagnosticCommands: Readonly<Record<string, Command>> = {
  ping: nothing,
  endSessions: nothing,
  buildInfo,
  buildinfo: buildInfo,
};
