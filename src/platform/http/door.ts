import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { DomainError } from '../../contracts/errors.js';
import { httpStatus, toBody } from './errors.js';

/**
 * The listening server of a pod. It opens before there is anything to serve, so that a pod which waits for its
 * database answers "alive, not ready" in place of nothing, and it closes in an orderly way.
 */
export class Door {
  readonly server = createServer((request, response) => this.handle(request, response));
  private listener: RequestListener = starting;
  private readonly underWay = new Set<ServerResponse>();
  private closing = false;
  private onIdle: (() => void) | undefined;

  constructor() {
    // A client that sends its request byte by byte holds a connection for so long, not for ever.
    this.server.headersTimeout = 10_000;
    this.server.requestTimeout = 60_000;
    this.server.keepAliveTimeout = 65_000;
  }

  open(port: number, host: string): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(port, host, () => {
        this.server.off('error', reject);
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  serve(listener: RequestListener): void {
    this.listener = listener;
  }

  /** Takes nobody in any more, lets the requests at hand finish for so long, then cuts what is left. */
  async close(patienceMs: number): Promise<void> {
    this.closing = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    if (this.underWay.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        this.onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.server.closeAllConnections();
    await closed;
  }

  private readonly handle: RequestListener = (request, response) => {
    this.underWay.add(response);
    response.once('close', () => {
      this.underWay.delete(response);
      if (this.underWay.size === 0) this.onIdle?.();
    });
    if (this.closing) response.shouldKeepAlive = false;
    this.listener(request, response);
  };
}

/** Before the application stands: alive, and nothing else. */
const starting: RequestListener = (request, response) => {
  const isLive = request.url?.split('?', 1)[0] === '/health/live';
  const error = new DomainError('unavailable', 'The service is starting. Try again.');
  const body = isLive ? { status: 'ok' } : toBody(error, 'starting');
  response.writeHead(isLive ? 200 : httpStatus(error), {
    'Content-Type': 'application/json; charset=utf-8',
    'Retry-After': '1',
    Connection: 'close',
  });
  response.end(JSON.stringify(body));
};

/** Lets Nest use a server that is open already, and leaves closing it to the door. */
export class DoorAdapter extends ExpressAdapter {
  constructor(private readonly door: Door) {
    super();
  }

  override initHttpServer(): void {
    this.httpServer = this.door.server;
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}
