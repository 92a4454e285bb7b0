import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where a server listens: a Unix socket, or a port of the loopback. Its text is kept in the data folder. */
export type Address = { readonly path: string } | { readonly port: number };

export const LOOPBACK = '127.0.0.1';
/** The kernel cuts a longer path silently: the server would listen where nobody looks. */
const MAX_PATH_BYTES = 99;

/** `dir` is the real path of the data folder, so that two spellings of it meet at one socket. */
export function defaultAddress(dir: string): Address {
  if (process.platform === 'win32') return { port: 0 };
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  return socketAddress(join(tmpdir(), `deskwire-${hash}.sock`));
}

export function socketAddress(path: string): Address {
  if (process.platform === 'win32') {
    throw new Error('Node has no Unix sockets on Windows: leave --socket out, or give a --port.');
  }
  const full = resolve(path);
  const bytes = Buffer.byteLength(full);
  if (bytes > MAX_PATH_BYTES) {
    throw new Error(
      `The socket path ${full} has ${bytes} bytes, and a Unix socket takes ${MAX_PATH_BYTES}: ` +
        'choose a shorter one with --socket (or the option `socket`).',
    );
  }
  return { path: full };
}

export function addressText(address: Address): string {
  return 'path' in address ? address.path : `${LOOPBACK}:${address.port}`;
}

export function parseAddress(text: string): Address {
  const port = new RegExp(`^${LOOPBACK.replaceAll('.', '\\.')}:(\\d+)$`).exec(text)?.[1];
  return port === undefined ? { path: text } : { port: Number(port) };
}

export function addressUri(address: Address): string {
  const host = 'path' in address ? encodeURIComponent(address.path) : addressText(address);
  return `mongodb://${host}/?directConnection=true&retryWrites=false`;
}

/** The same server, with the database that `mongoose.connect(uri)` and `client.db()` then take. */
export function withDatabase(uri: string, name: string): string {
  const parts = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri);
  if (parts === null) throw new Error(`${uri} is not the URI of a MongoDB.`);
  return `${parts[1]}/${encodeURIComponent(name)}${parts[2] ?? ''}`;
}
