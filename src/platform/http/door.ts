import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
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
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.refuse(error, socket));
  }

  open(port: number, host: string): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      const refused = (error: NodeJS.ErrnoException): void => {
        const taken = error.code === 'EADDRINUSE';
        const reason = taken ? 'something else listens there' : error.message;
        reject(new Error(`${host}:${port} cannot be opened: ${reason}. Set PORT or HOST.`, { cause: error }));
      };
      this.server.once('error', refused).listen(port, host, () => {
        this.server.off('error', refused);
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

  /** What is no request, such as a head that is too long, is answered in our shape as well. */
  private refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const answered = [...this.underWay].some(
      (response) => response.socket === socket && response.headersSent,
    );
    if (!socket.writable || answered || error.code === 'ECONNRESET') socket.destroy();
    else socket.end(refusalOf(error.code), () => socket.destroy());
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

function refusalOf(cause: string | undefined): string {
  const tooLong = cause === 'HPE_HEADER_OVERFLOW';
  const late = cause === 'ERR_HTTP_REQUEST_TIMEOUT';
  const [status, error] = tooLong
    ? ['431 Request Header Fields Too Large', new DomainError('too_large')]
    : [late ? '408 Request Timeout' : '400 Bad Request', new DomainError('invalid_input')];
  const body = JSON.stringify(toBody(error, 'none'));
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
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
