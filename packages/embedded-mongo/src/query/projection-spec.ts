import { fail } from '../errors.js';
import type { Expression } from '../expression/expression.js';
import { parseExpression } from '../expression/parse.js';
import { toNumber } from '../values/numbers.js';
import { fieldPath, splitPath } from '../values/paths.js';
import { isDoc, isNumber, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { FieldTest } from './filter.js';
import { isTrue } from '../values/numbers.js';
import { parseFieldTests } from './parse.js';

/** What becomes of a field: its fields are projected, it is kept or left out as it is, or it is computed. */
export type ProjectionNode = ProjectionTree | 'flag' | Expression | ElementMatch;
export type ElementMatch = Extract<FieldTest, { op: 'elemMatchObject' | 'elemMatchValue' }>;

export interface ProjectionTree {
  readonly children: Map<string, ProjectionNode>;
  /** Some field below is computed: then even a scalar gives way to a document. */
  computes: boolean;
}

export interface Slice {
  readonly parts: readonly string[];
  readonly skip: number | undefined;
  /** Negative only without `skip`: so many from the end. */
  readonly count: number;
}

export interface Projection {
  readonly inclusion: boolean;
  readonly root: ProjectionTree;
  readonly slices: readonly Slice[];
  /** The path of `path.$`, without the `.$`. */
  readonly positional: readonly string[] | undefined;
}

export interface ProjectionOptions {
  /** A `find` knows `$slice`, `$elemMatch` and `path.$`; `$project` takes them for expressions. */
  readonly dialect: 'find' | 'stage';
  readonly variables?: ReadonlySet<string>;
}

export function parseProjection(specification: Doc, options: ProjectionOptions): Projection {
  return new ProjectionParser(options).parse(specification);
}

export function isTree(node: ProjectionNode): node is ProjectionTree {
  return typeof node === 'object' && 'children' in node;
}

class ProjectionParser {
  #inclusion: boolean | undefined;
  #id: boolean | undefined;
  #positional: readonly string[] | undefined;
  #hasElementMatch = false;
  readonly #slices: Slice[] = [];
  readonly #slicePaths: string[] = [];
  readonly #root: ProjectionTree = { children: new Map(), computes: false };

  constructor(private readonly options: ProjectionOptions) {}

  parse(specification: Doc): Projection {
    this.#fields(specification, '');
    const inclusion = this.#inclusion ?? (this.#hasElementMatch || this.#id === true);
    if (inclusion) for (const path of this.#slicePaths) this.#add(path, 'flag');
    const { children } = this.#root;
    if (this.#id !== undefined && this.#id === inclusion) this.#add('_id', 'flag');
    if (this.#id === undefined && inclusion && !children.has('_id')) children.set('_id', 'flag');
    return { inclusion, root: this.#root, slices: this.#slices, positional: this.#positional };
  }

  #fields(specification: Doc, prefix: string): void {
    for (const [name, value] of specification) this.#field(prefix + name, value);
  }

  #field(path: string, value: Value): void {
    if (path === '$' || path.endsWith('.$')) return this.#addPositional(path.slice(0, -2), value);
    checkPath(path, this.options.dialect);
    if (isDoc(value)) return this.#document(path, value);
    if (typeof value !== 'boolean' && !isNumber(value)) return this.#compute(path, value);
    const included = isTrue(value);
    if (path === '_id') {
      this.#id = included;
      return;
    }
    this.#settle(included, path);
    this.#add(path, 'flag');
  }

  #settle(inclusion: boolean, path: string): void {
    this.#inclusion ??= inclusion;
    if (this.#inclusion === inclusion) return;
    if (inclusion) fail(31253, `Cannot do inclusion on field ${path} in exclusion projection`);
    fail(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
  }

  #document(path: string, value: Doc): void {
    const [first] = value;
    if (!first)
      fail(51270, `An empty sub-projection is not a valid value. Found empty object at path ${path}`);
    const [operator, argument] = first;
    if (!operator.startsWith('$')) return this.#fields(value, `${path}.`);
    if (operator === '$meta') fail('NotImplemented', '$meta is not supported by this server');
    if (this.options.dialect === 'find' && value.size === 1) {
      if (operator === '$elemMatch') return this.#elementMatch(path, argument);
      const slice = operator === '$slice' ? parseSlice(path, argument) : undefined;
      if (slice) {
        this.#slices.push(slice);
        this.#slicePaths.push(path);
        // Reserves the path, so that a collision is found whatever the kind of projection will be.
        return;
      }
    }
    this.#compute(path, value);
  }

  #compute(path: string, value: Value): void {
    if (this.#inclusion === false) {
      fail(31252, `Cannot use expression other than $meta in exclusion projection (field ${path})`);
    }
    this.#inclusion = true;
    const { variables } = this.options;
    this.#add(path, parseExpression(value, variables ? { variables } : {}));
    if (path === '_id') this.#id = undefined;
  }

  #elementMatch(path: string, argument: Value): void {
    if (!isDoc(argument))
      return fail(31274, `elemMatch: Invalid argument, object required, but got ${typeName(argument)}`);
    if (this.#positional) fail(31255, 'Cannot specify both positional operator and $elemMatch');
    if (path.includes('.')) fail(31275, 'Cannot use $elemMatch projection on a nested field.');
    const [test] = parseFieldTests(new Map([['$elemMatch', argument]]));
    if (test?.op !== 'elemMatchObject' && test?.op !== 'elemMatchValue') return;
    this.#hasElementMatch = true;
    this.#add(path, test);
  }

  #addPositional(path: string, value: Value): void {
    if (this.options.dialect === 'stage')
      fail(31324, 'Cannot use positional projection in aggregation projection');
    checkPath(path, 'find');
    if (typeof value !== 'boolean' && !isNumber(value)) {
      fail(31271, 'positional projection cannot be used with an expression or sub object');
    }
    if (!isTrue(value)) fail(31395, 'positional projection cannot be used with exclusion');
    if (this.#positional) fail(31276, 'Cannot specify more than one positional projection per query.');
    if (this.#hasElementMatch) fail(31256, 'Cannot specify positional operator and $elemMatch.');
    this.#settle(true, path);
    this.#positional = splitPath(path);
    this.#add(path, 'flag');
  }

  #add(path: string, node: ProjectionNode): void {
    const parts = splitPath(path);
    const computes = node !== 'flag';
    let tree = this.#root;
    for (const [place, part] of parts.entries()) {
      tree.computes ||= computes;
      const child = tree.children.get(part);
      if (place === parts.length - 1) {
        if (child !== undefined) fail(31250, `Path collision at ${path}`);
        tree.children.set(part, node);
      } else if (child === undefined) {
        const next: ProjectionTree = { children: new Map(), computes };
        tree.children.set(part, next);
        tree = next;
      } else if (isTree(child)) {
        tree = child;
      } else {
        const remaining = parts.slice(place + 1).join('.');
        fail(31249, `Path collision at ${path} remaining portion ${remaining}`);
      }
    }
  }
}

function checkPath(path: string, dialect: 'find' | 'stage'): void {
  if (dialect === 'find' && splitPath(path).includes('$')) {
    fail(31394, `As of 4.4, it's illegal to specify positional operator in the middle of a path: ${path}`);
  }
  fieldPath(path);
}

/** `$slice` with numbers is find's own; with anything else it is the aggregation expression. */
function parseSlice(path: string, argument: Value): Slice | undefined {
  const parts = splitPath(path);
  if (isNumber(argument)) return { parts, skip: undefined, count: toWhole(argument) };
  if (!Array.isArray(argument) || argument.length !== 2) return undefined;
  const [skip, count] = argument;
  if (!isNumber(skip)) return undefined;
  if (!isNumber(count) || toNumber(count) <= 0) {
    return fail(28724, `$slice limit must be positive at path ${path}`);
  }
  return { parts, skip: toWhole(skip), count: toWhole(count) };
}

function toWhole(value: Value): number {
  return isNumber(value) ? Math.trunc(toNumber(value)) || 0 : 0;
}
