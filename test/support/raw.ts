import { connect } from 'node:net';

/**
 * Writes bytes to a service as no client library would, and answers everything that came back until the connection
 * ended or nothing came for `quietMs`.
 */
export function raw(url: string, bytes: string | Buffer, quietMs = 3_000): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.write(bytes);
  });
}

/** One request with a body, written out: `Connection: close`, so that the answer ends. */
export function rawRequest(
  url: string,
  line: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Promise<string> {
  const all = { Host: new URL(url).host, Connection: 'close', ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return raw(
    url,
    Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${head.join('')}\r\n`), Buffer.from(body)]),
  );
}
