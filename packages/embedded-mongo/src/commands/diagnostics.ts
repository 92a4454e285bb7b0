import { hostname } from 'node:os';
import { targetOf, type Command } from './call.js';
import { LARGEST_DOCUMENT } from './cursors.js';
import { reply } from './reply.js';
import { validateCommand } from './validate.js';

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

const connectionStatus: Command = {
  fields: 'showPrivileges',
  run: () => reply({ authInfo: reply({ authenticatedUsers: [], authenticatedUserRoles: [] }) }),
};

const serverStatus: Command = {
  fields: 'serverStatus',
  run: ({ now }) =>
    reply({
      host: hostname(),
      version: version.slice(0, 3).join('.'),
      process: 'embedded-mongo',
      pid: BigInt(process.pid),
      uptime: Math.floor(process.uptime()),
      localTime: now,
      storageEngine: reply({ name: 'lmdb' }),
    }),
};

const dbStats: Command = {
  fields: 'scale freeStorage',
  run: ({ store, database }) => {
    const collections = store.collections(database);
    const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
    return reply({
      db: database,
      collections: collections.length,
      objects: sum(collections.map(({ count }) => count)),
      indexes: sum(collections.map(({ indexes }) => indexes.length)),
    });
  },
};

const collStats: Command = {
  fields: 'scale',
  run: (call) => {
    const ns = targetOf(call);
    const collection = call.store.collection(ns);
    return reply({
      ns,
      count: collection?.count ?? 0,
      nindexes: collection?.indexes.length ?? 0,
      capped: false,
    });
  },
};

export const diagnosticCommands: Readonly<Record<string, Command>> = {
  ping: nothing,
  endSessions: nothing,
  buildInfo,
  buildinfo: buildInfo,
  connectionStatus,
  serverStatus,
  dbStats,
  collStats,
  validate: validateCommand,
};
