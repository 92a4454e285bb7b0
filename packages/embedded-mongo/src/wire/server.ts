import { createServer, type ListenOptions, type Socket } from 'node:net';
import { once } from 'node:events';
import { Connection, type Answer, type Limits } from './connection.js';
import { PartialBytes } from './frames.js';

export interface WireServerOptions extends Partial<Limits> {
  readonly answer: Answer;
  readonly maxConnections?: number;
}

export interface WireServer {
  /** Of a TCP listener. */
  readonly port: number | undefined;
  /** Takes no more connections, lets the requests at hand be answered, and hangs up. */
  close(): Promise<void>;
}

const PARTIAL_BYTES = 512 * 1024 * 1024;
const CLOSE_GRACE_MS = 5_000;

export async function listen(at: ListenOptions, options: WireServerOptions): Promise<WireServer> {
  const limits = {
    partialMessageMs: options.partialMessageMs ?? 30_000,
    unreadReplyMs: options.unreadReplyMs ?? 60_000,
  };
  const budget = new PartialBytes(PARTIAL_BYTES);
  const connections = new Set<Connection>();

  const server = createServer({ noDelay: true }, (socket: Socket) => {
    const connection = new Connection(socket, options.answer, limits, budget);
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
  });
  server.maxConnections = options.maxConnections ?? 2_000;
  server.listen(at);
  await once(server, 'listening');
  const address = server.address();

  return {
    port: typeof address === 'object' ? address?.port : undefined,
    async close() {
      const stopped = new Promise((resolve) => server.close(resolve));
      const late = setTimeout(() => connections.forEach((each) => each.destroy()), CLOSE_GRACE_MS);
      connections.forEach((each) => each.end());
      await stopped;
      clearTimeout(late);
    },
  };
}
