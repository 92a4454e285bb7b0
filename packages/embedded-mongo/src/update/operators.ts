import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import { isDoc, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { applyToFields } from './apply.js';
import { compileArrayFilters } from './array-filters.js';
import { arrayModifiers } from './arrays.js';
import { fieldModifiers } from './fields.js';
import type { ModifierFactory } from './modifier.js';
import { compileRename, parseRename } from './rename.js';
import { maxDepth, refuseDollarName } from './storable.js';
import { elementName, fieldsNode, plant, sortTree } from './tree.js';

const factories = new Map<string, ModifierFactory>([...fieldModifiers, ...arrayModifiers]);

/** Checks an update path and answers the names of its `$[name]` parts. */
function checkPath(path: string): string[] {
  if (path === '') fail('EmptyFieldName', 'An empty update path is not valid.');
  const parts = path.split('.');
  if (parts.includes('')) {
    fail('EmptyFieldName', `The update path '${path}' contains an empty field name, which is not allowed.`);
  }
  if (parts.length > maxDepth) fail('Overflow', `The update path has more than ${maxDepth} parts`);
  if (parts.filter((part) => part === '$').length > 1) {
    fail('BadValue', `Too many positional (i.e. '$') elements found in path '${path}'`);
  }
  if (parts[0] === '$') {
    fail('BadValue', `Cannot have positional (i.e. '$') element in the first position in path '${path}'`);
  }
  if (elementName(parts[0] ?? '') !== undefined) {
    fail('BadValue', `Cannot have array filter identifier (i.e. '$[<id>]') first in path '${path}'`);
  }
  return parts.flatMap((part) => elementName(part) || []);
}

export type ApplyOperators = (doc: Doc, inserting: boolean, position: () => number | undefined) => Doc;

/** An update of operators, `{$set: {…}, $push: {…}}`. */
export function compileOperators(
  update: Doc,
  arrayFilters: readonly Doc[],
  environment: Environment,
): ApplyOperators {
  const tests = compileArrayFilters(arrayFilters, environment);
  const root = fieldsNode('');
  const unused = new Set(tests.keys());
  const endings: ((before: Doc, after: Doc) => Doc)[] = [];
  const dollarNames = new Set<string>();

  const addLeaf = (path: string, makeModifier: () => ReturnType<ModifierFactory>): void => {
    for (const name of checkPath(path)) {
      unused.delete(name);
      if (!tests.has(name))
        fail('BadValue', `No array filter found for identifier '${name}' in path '${path}'`);
    }
    if (path.startsWith('$')) dollarNames.add(path.split('.')[0] ?? '');
    plant(root, { kind: 'leaf', path, modifier: makeModifier() }, tests);
  };

  for (const [operator, fields] of update) {
    const factory = factories.get(operator);
    if (!factory && operator !== '$rename') {
      fail('FailedToParse', `Unknown modifier: ${operator}. Expected a valid update modifier or a pipeline`);
    }
    if (!isDoc(fields)) {
      const type = typeName(fields);
      fail('FailedToParse', `Modifiers operate on fields but we found type ${type} for ${operator}`);
    }
    for (const [path, operand] of fields) {
      if (factory) {
        addLeaf(path, () => factory(operand, path, environment));
        continue;
      }
      const rename = parseRename(path, operand);
      const { target, finish } = compileRename(rename);
      addLeaf(rename.from, () => ({ change: (current) => current, concerns: () => false }));
      addLeaf(rename.to, () => target);
      endings.push(finish);
    }
  }
  for (const name of unused) {
    fail('FailedToParse', `The array filter for identifier '${name}' was not used in the update`);
  }
  sortTree(root);

  return (doc, inserting, position) => {
    let result = applyToFields(root, doc, { root: doc, inserting, position });
    for (const finish of endings) result = finish(doc, result);
    // An inserted document may have such names, an update may not bring them in.
    if (!inserting) for (const name of dollarNames) refuseNewDollarName(name, doc, result);
    return result;
  };
}

function refuseNewDollarName(name: string, before: Doc, after: Doc): void {
  const value: Value | undefined = after.get(name);
  if (value === undefined || Object.is(value, before.get(name))) return;
  if (before.has(name) && (isDoc(value) || Array.isArray(value))) return;
  refuseDollarName(name);
}
