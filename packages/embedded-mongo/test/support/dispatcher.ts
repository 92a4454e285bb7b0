import { deserialize, serialize, type Document } from 'bson';
import { decodeDoc } from '../../src/bson/decode.js';
import { encodeDoc } from '../../src/bson/encode.js';
import { createDispatcher, type DispatcherOptions } from '../../src/commands/dispatch.js';
import { openStore } from '../../src/storage/open.js';
import { newFolder } from './folders.js';

export type RunCommand = (command: Document, sequences?: Record<string, Document[]>) => Promise<Document>;

export interface Harness {
  readonly run: RunCommand;
  close(): Promise<void>;
}

/** Commands without a wire, on a store of their own; bigint is int64 both ways. */
export async function openHarness(options: Partial<DispatcherOptions> = {}): Promise<Harness> {
  const store = await openStore({ dir: newFolder(), durable: false });
  const dispatcher = createDispatcher({
    store,
    hello: () => new Map([['isWritablePrimary', true]]),
    ...options,
  });
  return {
    async run(command, sequences = {}) {
      const reply = await dispatcher.dispatch({
        database: 'test',
        body: decodeDoc(serialize(command)),
        sequences: new Map(
          Object.entries(sequences).map(([name, documents]) => [
            name,
            documents.map((each) => serialize(each)),
          ]),
        ),
      });
      return deserialize(encodeDoc(reply), { useBigInt64: true });
    },
    async close() {
      await dispatcher.close();
      await store.close();
    },
  };
}

let collections = 0;

/** A new collection of so many documents; answers its name. */
export async function filled(
  run: RunCommand,
  count: number,
  make: (n: number) => Document = (n) => ({ _id: n, n }),
): Promise<string> {
  const name = `c${++collections}`;
  const documents = Array.from({ length: count }, (_, n) => make(n));
  const reply = await run({ insert: name }, { documents });
  if (reply['n'] !== count) throw new Error(`could not fill ${name}: ${JSON.stringify(reply)}`);
  return name;
}
