import { fail } from '../errors.js';
import { parseSort, type SortKey } from '../query/sort.js';
import type { Collation } from '../values/collation.js';
import { compareValues } from '../values/compare.js';
import { isIntegral, toNumber } from '../values/numbers.js';
import { isDoc, isNumber, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { Expression, Scope } from './expression.js';
import { MemoryBudget } from './memory.js';
import { fieldsOf, isNullish, type Maybe } from './operator.js';

interface Entry {
  readonly value: Value;
  readonly key: SortKey;
}

/** How entries are ordered: made for one collation. */
interface Order {
  keyOf(value: Value, root: Doc): SortKey;
  compareKeys(a: SortKey, b: SortKey): number;
}

/** Keeps the first or the last `n` in the order of `compare`; equal ones stay in the order in which they came. */
class Ranked {
  readonly #kept: Entry[] = [];
  readonly #budget: MemoryBudget;

  constructor(
    name: string,
    private readonly n: number,
    private readonly keepsFirst: boolean,
    private readonly order: Order,
  ) {
    this.#budget = new MemoryBudget(name);
  }

  take(value: Value, root: Doc): void {
    const entry = { value, key: this.order.keyOf(value, root) };
    const at = this.#position(entry.key);
    const isFull = this.#kept.length >= this.n;
    if (isFull && at === (this.keepsFirst ? this.#kept.length : 0)) return;
    this.#budget.charge(value);
    this.#kept.splice(at, 0, entry);
    if (!isFull) return;
    const dropped = this.keepsFirst ? this.#kept.pop() : this.#kept.shift();
    if (dropped) this.#budget.release(dropped.value);
  }

  #position(key: SortKey): number {
    let low = 0;
    let high = this.#kept.length;
    const last = this.#kept.at(-1);
    if (!last || this.order.compareKeys(last.key, key) <= 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.order.compareKeys(this.#kept[middle]?.key ?? key, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  values(): Value[] {
    return this.#kept.map((entry) => entry.value);
  }
}

interface Kind {
  readonly keepsFirst: boolean;
  /** Which order: that of the values themselves (1, -1), that of `sortBy`, or that of arrival. */
  readonly order: 1 | -1 | 'sortBy' | 'arrival';
  readonly single?: true;
}

const kinds: Readonly<Record<string, Kind>> = {
  $firstN: { keepsFirst: true, order: 'arrival' },
  $lastN: { keepsFirst: false, order: 'arrival' },
  $minN: { keepsFirst: true, order: 1 },
  $maxN: { keepsFirst: true, order: -1 },
  $top: { keepsFirst: true, order: 'sortBy', single: true },
  $bottom: { keepsFirst: false, order: 'sortBy', single: true },
  $topN: { keepsFirst: true, order: 'sortBy' },
  $bottomN: { keepsFirst: false, order: 'sortBy' },
};

/** $firstN, $minN, $topN and their like; undefined when `name` is none of them. */
export function parseRanked(name: string, argument: Value, parse: (value: Value) => Expression) {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) return undefined;
  const sorted = kind.order === 'sortBy';
  const given = fieldsOf(argument, name, {
    notObject: sorted ? 5788001 : 5787900,
    unknown: sorted ? 5788002 : 5787901,
    required: {
      ...(sorted ? { sortBy: 5788005, output: 5788004 } : { input: 5787907 }),
      ...(kind.single ? {} : { n: sorted ? 5788003 : 5787906 }),
    },
  });
  const n = kind.single ? 1 : countOf(parse(given.get('n') ?? null), name);
  const input = parse(given.get(sorted ? 'output' : 'input') ?? null);
  const orderFor = ordering(kind, given.get('sortBy'), name);
  const skipsNull = typeof kind.order === 'number';
  return {
    create() {
      let ranked: Ranked | undefined;
      return {
        add: (scope: Scope) => {
          const value = input.evaluate(scope);
          if (skipsNull && isNullish(value)) return;
          ranked ??= new Ranked(name, n, kind.keepsFirst, orderFor(scope.environment.collation));
          ranked.take(value ?? null, scope.root);
        },
        result: (): Value => {
          const values = ranked?.values() ?? [];
          return kind.single ? (values[0] ?? null) : values;
        },
      };
    },
  };
}

function ordering({ order }: Kind, sortBy: Maybe, name: string): (collation: Collation | undefined) => Order {
  if (order === 'arrival') return () => ({ keyOf: () => [], compareKeys: () => 0 });
  if (order !== 'sortBy') {
    return (collation) => ({
      keyOf: (value) => [value],
      compareKeys: ([a], [b]) => compareValues(a, b, collation) * order,
    });
  }
  if (!isDoc(sortBy)) fail(10065, `invalid parameter: expected an object (sortBy) in ${name}`);
  parseSort(sortBy);
  return (collation) => {
    const sorter = parseSort(sortBy, collation);
    return { keyOf: (_value, root) => sorter.keyOf(root), compareKeys: (a, b) => sorter.compareKeys(a, b) };
  };
}

function countOf(expression: Expression, name: string): number {
  if (!expression.constant) fail('NotImplemented', `${name} is served with a constant 'n' only`);
  return positiveCount(expression.constant.value, name);
}

/** `n` of $firstN, $minN, ... */
export function positiveCount(value: Maybe, name: string): number {
  if (isNullish(value) || !isNumber(value)) {
    fail(5787902, `Value for 'n' must be of integral type, but found ${typeName(value)} in ${name}`);
  }
  if (!isIntegral(value)) fail(5787903, `Value for 'n' must be of integral type in ${name}`);
  const n = toNumber(value);
  return n > 0 ? n : fail(5787908, `'n' must be greater than 0, found ${n} in ${name}`);
}
