import { Agent, request as httpRequest } from 'node:http';

/** What came back: `status` 0 when the connection ended without an answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly ms: number;
}

export interface WireRequest {
  readonly method: string;
  /** As it goes onto the wire: nothing is escaped or put in order. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends the body in chunks, without its length. */
  readonly chunked?: boolean;
}

/** A client that sends what it is told, also what no well-behaved one would: fetch tidies paths and headers. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });
  private readonly host: string;
  private readonly port: number;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.host = hostname;
    this.port = Number(port);
  }

  close(): void {
    this.agent.destroy();
  }

  send({ method, path, headers = {}, body, chunked = false }: WireRequest): Promise<WireAnswer> {
    const started = performance.now();
    // Told, since Node frames no body of a GET or a DELETE by itself.
    const framing = chunked ? { 'transfer-encoding': 'chunked' } : lengthOf(body);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          host: this.host,
          port: this.port,
          method,
          path,
          headers: { ...framing, ...headers },
          agent: this.agent,
        },
        (answer) => {
          const pieces: Buffer[] = [];
          const end = (): void =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              text: Buffer.concat(pieces).toString('utf8'),
              ms: performance.now() - started,
            });
          answer
            .on('data', (piece: Buffer) => pieces.push(piece))
            .on('end', end)
            .on('error', end);
        },
      );
      // A server that refuses early may close before all is sent; without any answer that is a failure.
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function lengthOf(body: WireRequest['body']): Readonly<Record<string, string>> {
  return body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
}
