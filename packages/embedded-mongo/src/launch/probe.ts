import { connect } from 'node:net';
import { decodeDoc } from '../bson/decode.js';
import { HEADER_BYTES, FrameReader, PartialBytes } from '../wire/frames.js';
import { encodeMessage } from '../wire/message.js';
import { LOOPBACK, type Address } from './address.js';

/** What answers at an address. `silent`: it accepts and says nothing, as a stopped process does. */
export type Found =
  | { readonly kind: 'nobody' | 'silent' | 'stranger' }
  | { readonly kind: 'server'; readonly dir: string; readonly pid: number };

const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR']);

export function probe(address: Address, patienceMs = 2_000): Promise<Found> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      'path' in address ? { path: address.path } : { host: LOOPBACK, port: address.port },
    );
    const reader = new FrameReader(new PartialBytes(1024 * 1024));
    let connected = false;
    const settle = (found: Found): void => {
      clearTimeout(patience);
      socket.destroy();
      resolve(found);
    };
    const patience = setTimeout(() => settle({ kind: 'silent' }), patienceMs);
    socket.on('connect', () => {
      connected = true;
      const hello = new Map<string, string | number>([
        ['hello', 1],
        ['$db', 'admin'],
      ]);
      socket.write(encodeMessage(hello, 0));
    });
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk);
        const frame = reader.next();
        if (frame !== undefined) settle(identify(frame));
      } catch {
        settle({ kind: 'stranger' });
      }
    });
    socket.on('end', () => settle({ kind: 'stranger' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A full queue of waiting connections is that of a process that no longer accepts them.
      if (error.code === 'EAGAIN') settle({ kind: 'silent' });
      else if (connected) settle({ kind: 'stranger' });
      else if (NOBODY.has(error.code ?? '')) settle({ kind: 'nobody' });
      else {
        clearTimeout(patience);
        reject(error);
      }
    });
  });
}

function identify(frame: Buffer): Found {
  const reply = decodeDoc(frame.subarray(HEADER_BYTES + 5));
  const own = reply.get('embeddedMongo');
  if (!(own instanceof Map)) return { kind: 'stranger' };
  const dir = own.get('dir');
  const pid = own.get('pid');
  if (typeof dir !== 'string' || typeof pid !== 'number') return { kind: 'stranger' };
  return { kind: 'server', dir, pid };
}
