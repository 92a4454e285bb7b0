import { fail } from '../errors.js';
import { getPath } from '../values/paths.js';
import { isDoc, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { StageParser } from './stage.js';
import { withPath } from './visit.js';

interface Options {
  readonly path: readonly string[];
  readonly index: readonly string[] | undefined;
  readonly keepsEmpty: boolean;
}

export const unwind: StageParser = (specification) => {
  const options = parseOptions(specification);
  return {
    *run(documents) {
      for (const document of documents) yield* unwound(document, options);
    },
  };
};

function* unwound(document: Doc, { path, index, keepsEmpty }: Options): Generator<Doc> {
  const value = plainPath(document, path);
  const numbered = (from: Doc, position: bigint | null): Doc =>
    index ? withPath(from, index, position) : from;
  if (Array.isArray(value) && value.length > 0) {
    let position = 0n;
    for (const element of value) yield numbered(withPath(document, path, element), position++);
  } else if (Array.isArray(value)) {
    if (keepsEmpty) yield numbered(withPath(document, path, undefined), null);
  } else if (value !== undefined && value !== null) {
    yield numbered(document, null);
  } else if (keepsEmpty) {
    yield numbered(document, null);
  }
}

/** $unwind looks through documents only, never by number into an array. */
function plainPath(document: Doc, path: readonly string[]): Value | undefined {
  const parent = path.length > 1 ? getPath(document, path.slice(0, -1)) : document;
  return isDoc(parent) ? parent.get(path.at(-1) ?? '') : undefined;
}

function parseOptions(specification: Value): Options {
  const fields = isDoc(specification) ? specification : new Map([['path', specification]]);
  if (!isDoc(specification) && typeof specification !== 'string') {
    const found = typeName(specification);
    fail(15981, `expected either a string or an object as specification for $unwind stage, got ${found}`);
  }
  for (const name of fields.keys()) {
    if (name !== 'path' && name !== 'includeArrayIndex' && name !== 'preserveNullAndEmptyArrays') {
      fail(28811, `unrecognized option to $unwind stage: ${name}`);
    }
  }
  const path = fields.get('path');
  if (path === undefined) fail(28812, 'no path specified to $unwind stage');
  if (typeof path !== 'string') fail(28808, `expected a string as the path for $unwind stage`);
  if (!path.startsWith('$'))
    fail(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  const index = fields.get('includeArrayIndex');
  if (index !== undefined && (typeof index !== 'string' || index === '')) {
    fail(28810, 'expected a non-empty string for the includeArrayIndex option to $unwind stage');
  }
  if (typeof index === 'string' && index.startsWith('$')) {
    fail(28822, `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${index}`);
  }
  const keepsEmpty = fields.get('preserveNullAndEmptyArrays') ?? false;
  if (typeof keepsEmpty !== 'boolean') {
    fail(28809, 'expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage');
  }
  return {
    path: path.slice(1).split('.'),
    index: index === undefined ? undefined : index.split('.'),
    keepsEmpty,
  };
}
