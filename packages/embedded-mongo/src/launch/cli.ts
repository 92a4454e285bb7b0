import { parseArgs } from 'node:util';
import type { EmbeddedMongoOptions } from './options.js';
import { serve } from './serve.js';

const HELP = `Usage: embedded-mongo --dir <folder> [--socket <path> | --port <n>]

A small server that speaks MongoDB's wire protocol and keeps its data in one folder.
Its first line on standard output is the URI to connect to. It ends on SIGTERM and SIGINT.

  --dir <folder>    where the data is; made when it does not exist
  --socket <path>   the Unix socket to listen on, instead of one in the folder for temporary files
  --port <n>        listen on this port of the loopback instead; 0 takes a free one
  --help            this text
`;

const BAD_USAGE = 2;

function readOptions(args: string[]): EmbeddedMongoOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      dir: { type: 'string' },
      socket: { type: 'string' },
      port: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  if (!values.dir) throw new Error('--dir <folder> is missing.');
  if (values.port === undefined) {
    return { dir: values.dir, ...(values.socket !== undefined && { socket: values.socket }) };
  }
  if (values.socket !== undefined) throw new Error('--socket and --port exclude each other.');
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) throw new Error(`--port ${values.port} is no port.`);
  return { dir: values.dir, port };
}

function stop(error: unknown, exitCode: number): never {
  process.stderr.write(`embedded-mongo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitCode);
}

export async function main(args: string[]): Promise<void> {
  let options: EmbeddedMongoOptions | undefined;
  try {
    options = readOptions(args);
  } catch (error) {
    stop(error, BAD_USAGE);
  }
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  try {
    const server = await serve(options);
    void server.died.then((error) => stop(error, 1));
    let ending = false;
    const end = (): void => {
      // The second signal does not wait: everything that was answered is on the disk already.
      if (ending) process.exit(1);
      ending = true;
      server.close().catch((error: unknown) => stop(error, 1));
    };
    process.on('SIGTERM', end).on('SIGINT', end);
    process.stdout.write(`${server.uri}\n`);
  } catch (error) {
    stop(error, 1);
  }
}
