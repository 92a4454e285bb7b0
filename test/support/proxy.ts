import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * - `pass`: everything goes through
 * - `reset`: open connections are cut by RST, new ones too
 * - `blackhole`: connections are accepted, bytes go nowhere, nothing is answered
 * - `drop replies`: requests arrive, answers do not: the write happened and nobody hears of it
 */
export type ProxyMode = 'pass' | 'reset' | 'blackhole' | 'drop replies';

/** A small TCP proxy on the loopback that a test can make misbehave. */
export class Proxy {
  private mode: ProxyMode = 'pass';
  private delayMs = 0;
  private stoppedAt = 0;
  private readonly server: Server;
  private readonly pairs = new Set<readonly [Socket, Socket]>();

  private constructor(private readonly upstream: string | { host: string; port: number }) {
    this.server = createServer((client) => this.join(client));
  }

  static async start(upstream: string | { host: string; port: number }): Promise<Proxy> {
    const proxy = new Proxy(upstream);
    await new Promise<void>((resolve, reject) => {
      proxy.server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  set(mode: ProxyMode): void {
    this.mode = mode;
    if (mode === 'reset') this.cut();
  }

  /** Holds back every piece, in both directions, for so long. */
  delay(milliseconds: number): void {
    this.delayMs = milliseconds;
  }

  /** Ends what is open by RST; the mode stays. */
  cut(): void {
    for (const [client, server] of [...this.pairs]) {
      client.resetAndDestroy();
      // A Unix socket knows no RST: closing it says as much.
      server.destroy();
    }
  }

  /** Nobody listens on the port any more: connections are refused, open ones are cut. */
  async stop(): Promise<void> {
    this.stoppedAt = this.port;
    await this.close();
  }

  /** Listens again, on the same port. */
  async resume(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(this.stoppedAt, '127.0.0.1', resolve);
    });
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    if (this.mode === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const server = typeof this.upstream === 'string' ? connect(this.upstream) : connect(this.upstream);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const end = (): void => {
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end);
    client.on('data', (piece: Buffer) => {
      if (this.mode !== 'blackhole') this.forward(server, piece);
    });
    server.on('data', (piece: Buffer) => {
      if (this.mode === 'pass') this.forward(client, piece);
    });
  }

  private forward(to: Socket, piece: Buffer): void {
    if (this.delayMs === 0) to.write(piece);
    else setTimeout(() => to.write(piece), this.delayMs);
  }
}

/** Where a MongoDB URI leads: a socket path or a host and port. */
export function upstreamOf(uri: string): string | { host: string; port: number } {
  const [, authority = ''] = /^mongodb:\/\/(?:[^@/]*@)?([^/?]+)/.exec(uri) ?? [];
  const address = decodeURIComponent(authority.split(',')[0] ?? '');
  if (address.startsWith('/')) return address;
  const [host = '127.0.0.1', port = '27017'] = address.split(':');
  return { host, port: Number(port) };
}

/** The same URI by way of a proxy. */
export function uriThrough(uri: string, { port }: Proxy): string {
  return uri.replace(/^(mongodb:\/\/(?:[^@/]*@)?)[^/?]+/, `$1127.0.0.1:${port}`);
}
