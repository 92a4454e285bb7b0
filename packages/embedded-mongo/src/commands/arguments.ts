import { decodeDoc } from '../bson/decode.js';
import { fail } from '../errors.js';
import { isIntegral, toNumber } from '../values/numbers.js';
import { isDoc, isNumber, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';

const everywhere =
  '$db $readPreference $clusterTime readConcern writeConcern comment maxTimeMS ' +
  'apiVersion apiStrict apiDeprecationErrors';

/** The names of a command's fields: its own name, what it knows, and what every command may carry. */
export function commandFields(name: string, fields: string): ReadonlySet<string> {
  return new Set(`${name} ${fields} ${everywhere}`.split(' '));
}

const transactional = new Set(['lsid', 'txnNumber', 'startTransaction', 'autocommit']);

/**
 * The fields of a command, or of one statement inside it. An unknown field is refused, because ignoring it
 * would do something else than the client asked for. As in MongoDB, null counts as absent.
 */
export class Arguments {
  constructor(
    private readonly owner: string,
    private readonly fields: Doc,
    known: ReadonlySet<string>,
  ) {
    for (const name of fields.keys()) {
      if (known.has(name)) continue;
      if (transactional.has(name)) {
        fail('IllegalOperation', `'${name}' is refused: this server has no sessions and no transactions`);
      }
      fail(40415, `BSON field '${owner}.${name}' is an unknown field.`);
    }
  }

  value(name: string): Value | undefined {
    return this.fields.get(name) ?? undefined;
  }

  document(name: string): Doc | undefined {
    return this.#typed(name, 'object', isDoc);
  }

  /** An empty document says as little as an absent one: projections, sorts, collations and hints. */
  filled(name: string): Doc | undefined {
    const found = this.document(name);
    return found?.size ? found : undefined;
  }

  text(name: string): string | undefined {
    return this.#typed(name, 'string', (value): value is string => typeof value === 'string');
  }

  list(name: string): Value[] | undefined {
    return this.#typed(name, 'array', (value): value is Value[] => Array.isArray(value));
  }

  documents(name: string): Doc[] | undefined {
    return this.list(name)?.map((value) => (isDoc(value) ? value : this.#wrongType(name, value, 'object')));
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (isNumber(value)) return toNumber(value) !== 0;
    return this.#typed(name, 'bool', (it): it is boolean => typeof it === 'boolean') ?? false;
  }

  whole(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (!isNumber(value)) return this.#wrongType(name, value, 'long');
    if (!isIntegral(value))
      fail('FailedToParse', `BSON field '${this.owner}.${name}' must be a whole number`);
    const number = toNumber(value);
    if (!Number.isSafeInteger(number)) fail('BadValue', `BSON field '${this.owner}.${name}' is out of range`);
    return number;
  }

  count(name: string): number | undefined {
    const number = this.whole(name);
    if (number !== undefined && number < 0) {
      fail(51024, `BSON field '${name}' value must be >= 0, actual value '${number}'`);
    }
    return number;
  }

  /** An index name or a key pattern. */
  hint(): string | Doc | undefined {
    const hint = this.value('hint');
    return typeof hint === 'string' ? hint : this.filled('hint');
  }

  required<T>(name: string, found: T | undefined): T {
    return found ?? fail(40414, `BSON field '${this.owner}.${name}' is missing but a required field`);
  }

  /** What this server does not do is refused by name, unless the client says that it does not want it. */
  refuse(names: readonly string[]): void {
    for (const name of names) {
      const value = this.value(name);
      if (value === undefined || value === false) continue;
      fail('InvalidOptions', `'${this.owner}.${name}' is not supported by this server`);
    }
  }

  #typed<T extends Value>(name: string, type: string, test: (value: Value) => value is T): T | undefined {
    const value = this.value(name);
    if (value === undefined || test(value)) return value;
    return this.#wrongType(name, value, type);
  }

  #wrongType(name: string, value: Value, expected: string): never {
    const field = `BSON field '${this.owner}.${name}'`;
    return fail(
      'TypeMismatch',
      `${field} is the wrong type '${typeName(value)}', expected type '${expected}'`,
    );
  }
}

/**
 * The statements of a write command; drivers send them beside it, as document sequences. A field that none of
 * them may have refuses the whole command before anything is written.
 */
export function statements(
  name: string,
  args: Arguments,
  sequences: ReadonlyMap<string, readonly Uint8Array[]>,
  known: ReadonlySet<string>,
): Arguments[] {
  const list = sequences.get(name)?.map((bytes) => decodeDoc(bytes)) ?? args.documents(name);
  return checkBatch(args.required(name, list)).map((statement) => new Arguments(name, statement, known));
}

export const MOST_WRITES = 100_000;

export function checkBatch<T>(list: T[]): T[] {
  if (list.length >= 1 && list.length <= MOST_WRITES) return list;
  const asked = `Got ${list.length} operations.`;
  return fail('InvalidLength', `Write batch sizes must be between 1 and ${MOST_WRITES}. ${asked}`);
}
