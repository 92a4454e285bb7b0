import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { createDispatcher, type Dispatcher } from '../commands/dispatch.js';
import { openStore } from '../storage/open.js';
import { newBootId } from '../storage/ownership.js';
import type { Store } from '../storage/store.js';
import { helloReply, type Identity } from '../wire/hello.js';
import { addressText, addressUri, defaultAddress, socketAddress, type Address } from './address.js';
import { deferred } from './deferred.js';
import { buildDoor } from './door.js';
import type { EmbeddedMongo, EmbeddedMongoOptions } from './options.js';
import { refuseLiveServers } from './predecessor.js';

export interface ServeHooks {
  /** Awaited after every commit, before anybody is answered. */
  readonly onCommitted?: () => Promise<void>;
  /** Writes that would make the data larger are refused, as on a full disk. */
  readonly maxBytes?: number;
}

/** How soon a server that was paused, and has lost its folder meanwhile, finds out without being written to. */
const FENCE_CHECK_MS = 2_000;
const LAST_ANSWERS_MS = 100;

/** The whole server, in the thread that calls. */
export async function serve(options: EmbeddedMongoOptions, hooks: ServeHooks = {}): Promise<EmbeddedMongo> {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const dir = realpathSync(options.dir);
  const wanted = wantedAddress(options, dir);
  await refuseLiveServers(dir, wanted);

  const opened = deferred<Dispatcher>();
  const died = deferred<Error>();
  const door = await buildDoor(wanted, async (request) => (await opened.promise).dispatch(request));
  const boot = newBootId();
  let store: Store;
  try {
    store = await openStore({
      dir,
      durable: options.durable,
      address: addressText(door.address),
      boot,
      // The answers that say so leave first.
      onFenced: (reason) => setTimeout(() => died.resolve(reason), LAST_ANSWERS_MS),
      ...hooks,
    });
  } catch (error) {
    await door.close();
    throw error;
  }
  const identity: Identity = { dir, bootId: boot, pid: process.pid, version: packageVersion() };
  const dispatcher = createDispatcher({
    store,
    hello: () => helloReply(identity),
    ...(options.ttlIntervalMs !== undefined && { ttlSweepMs: options.ttlIntervalMs }),
  });
  const fenceCheck = setInterval(() => {
    store.write(() => undefined).catch(() => undefined);
  }, FENCE_CHECK_MS).unref();
  const close = async (): Promise<void> => {
    clearInterval(fenceCheck);
    await door.close();
    await dispatcher.close();
    await store.close();
  };
  try {
    // Of two starters at once, the one that took the folder last opens last, or not at all.
    await store.write(() => door.open());
  } catch (error) {
    opened.resolve(dispatcher);
    await close();
    throw error;
  }
  opened.resolve(dispatcher);
  return { uri: addressUri(door.address), close, died: died.promise };
}

function wantedAddress({ socket, port }: EmbeddedMongoOptions, dir: string): Address {
  if (socket !== undefined && port !== undefined) throw new Error('`socket` and `port` exclude each other.');
  if (socket !== undefined) return socketAddress(socket);
  return port === undefined ? defaultAddress(dir) : { port };
}

function packageVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
