import { existsSync, realpathSync } from 'node:fs';
import { addressText, addressUri, defaultAddress, parseAddress } from './address.js';
import { recordedOwner } from './predecessor.js';
import { probe } from './probe.js';

/** The URI of the server that serves this folder now, or undefined when none answers. */
export async function findEmbeddedMongo(folder: string): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined;
  const dir = realpathSync(folder);
  const recorded = await recordedOwner(dir);
  // Where its last server said that it listens, which need not be the folder's default socket.
  const address = recorded?.address === undefined ? defaultAddress(dir) : parseAddress(recorded.address);
  if (addressText(address).endsWith(':0')) return undefined;
  const found = await probe(address);
  return found.kind === 'server' && found.dir === dir ? addressUri(address) : undefined;
}
