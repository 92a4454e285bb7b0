import { fail } from '../errors.js';
import type { Environment, Expression, Scope } from '../expression/expression.js';
import { MemoryBudget } from '../expression/memory.js';
import { parseExpression } from '../expression/parse.js';
import { projectStage } from '../query/project.js';
import { fieldPath } from '../values/paths.js';
import { isDoc, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { maxDepth } from './storable.js';

/** A stage that makes one document out of one: what pipelines and pipeline updates have in common. */
export type DocumentStage = (doc: Doc) => Doc;

/** The user variables (`let`) that the expressions of a stage may name, and what they hold. */
export type Variables = ReadonlyMap<string, Value | undefined>;

interface Surroundings {
  readonly environment: Environment;
  readonly variables: Variables;
}

const parse = (value: Value, variables: Variables): Expression =>
  parseExpression(value, { variables: new Set(variables.keys()) });

interface Assignments {
  readonly fields: Map<string, Assignments | Expression>;
}

function isAssignments(node: Assignments | Expression): node is Assignments {
  return 'fields' in node;
}

function pathParts(path: string): string[] {
  const parts = fieldPath(path);
  if (parts.length > maxDepth) fail('Overflow', `FieldPath has more than ${maxDepth} parts`);
  return parts;
}

function assign(root: Assignments, parts: readonly string[], value: Value, variables: Variables): void {
  if (isDoc(value) && value.size > 0) {
    const names = [...value.keys()];
    if (!names.some((name) => name.startsWith('$'))) {
      for (const [name, inner] of value) {
        if (name.includes('.')) fail(40183, `cannot use dotted field name '${name}' in a sub object`);
        assign(root, [...parts, ...pathParts(name)], inner, variables);
      }
      return;
    }
    if (names.length !== 1) {
      fail(40181, `an expression specification must contain exactly one field. Found ${names.length} fields`);
    }
  }
  let node = root;
  parts.forEach((part, depth) => {
    const known = node.fields.get(part);
    const isLast = depth === parts.length - 1;
    if (known && (isLast || !isAssignments(known))) {
      const path = parts.slice(0, depth + 1).join('.');
      fail(40176, `specification contains two conflicting paths: '${parts.join('.')}' and '${path}'`);
    }
    if (isLast) node.fields.set(part, parse(value, variables));
    else if (known && isAssignments(known)) node = known;
    else {
      const inner: Assignments = { fields: new Map() };
      node.fields.set(part, inner);
      node = inner;
    }
  });
}

function assignIn(node: Assignments, doc: Doc, scope: Scope): Doc {
  const result: Doc = new Map(doc);
  for (const [name, child] of node.fields) {
    const value = isAssignments(child) ? assignUnder(child, doc.get(name), scope) : child.evaluate(scope);
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return result;
}

/** Every element of an array gets the fields; a scalar gives way to a document of them. */
function assignUnder(node: Assignments, value: Value | undefined, scope: Scope): Value {
  if (Array.isArray(value)) return value.map((item) => assignUnder(node, item, scope));
  return assignIn(node, isDoc(value) ? value : new Map<string, Value>(), scope);
}

function scopeOf(doc: Doc, surroundings: Surroundings): Scope {
  return { root: doc, current: doc, ...surroundings };
}

function setStage(name: string, specification: Value, surroundings: Surroundings): DocumentStage {
  if (!isDoc(specification)) {
    fail(40272, `${name} specification stage must be an object, got ${typeName(specification)}`);
  }
  const root: Assignments = { fields: new Map() };
  for (const [path, value] of specification) assign(root, pathParts(path), value, surroundings.variables);
  return (doc) => assignIn(root, doc, scopeOf(doc, surroundings));
}

/** The names to leave out; an empty map leaves out the whole field. */
type Removals = Map<string, Removals>;

function removeIn(removals: Removals, value: Value): Value {
  if (Array.isArray(value)) return value.map((item) => removeIn(removals, item));
  return isDoc(value) ? removeFields(removals, value) : value;
}

function removeFields(removals: Removals, doc: Doc): Doc {
  const result: Doc = new Map();
  for (const [name, value] of doc) {
    const inner = removals.get(name);
    if (!inner) result.set(name, value);
    else if (inner.size > 0) result.set(name, removeIn(inner, value));
  }
  return result;
}

function unsetStage(specification: Value): DocumentStage {
  const paths = Array.isArray(specification) ? specification : [specification];
  if (!Array.isArray(specification) && typeof specification !== 'string') {
    fail(31002, '$unset specification must be a string or an array');
  }
  if (paths.length === 0) {
    fail(31119, '$unset specification must be a string or an array with at least one field');
  }
  const root: Removals = new Map();
  for (const path of paths) {
    if (typeof path !== 'string') {
      fail(31120, '$unset specification must be a string or an array containing only string values');
    }
    let node = root;
    const parts = pathParts(path);
    for (const [depth, part] of parts.entries()) {
      const known = node.get(part);
      const isLast = depth === parts.length - 1;
      if (known && (isLast || known.size === 0)) {
        fail(isLast ? 31250 : 31249, `Invalid $unset :: caused by :: Path collision at ${path}`);
      }
      const inner = known ?? new Map<string, Removals>();
      node.set(part, inner);
      node = inner;
    }
  }
  return (doc) => removeFields(root, doc);
}

function replaceStage(newRoot: Value, surroundings: Surroundings): DocumentStage {
  const expression = parse(newRoot, surroundings.variables);
  return (doc) => {
    const value = expression.evaluate(scopeOf(doc, surroundings));
    if (!isDoc(value)) {
      fail(40228, `'newRoot' expression must evaluate to an object, but it was of type ${typeName(value)}`);
    }
    return value;
  };
}

function replaceRootStage(specification: Value, surroundings: Surroundings): DocumentStage {
  if (!isDoc(specification)) {
    fail(40229, `expected an object as specification for $replaceRoot stage, got ${typeName(specification)}`);
  }
  for (const name of specification.keys()) {
    if (name !== 'newRoot') fail(40415, `unrecognized option to $replaceRoot stage: ${name}`);
  }
  const newRoot = specification.get('newRoot');
  if (newRoot === undefined) fail(40414, 'no newRoot specified for the $replaceRoot stage');
  return replaceStage(newRoot, surroundings);
}

const stages = new Map<string, (specification: Value, surroundings: Surroundings) => DocumentStage>([
  ['$set', (specification, surroundings) => setStage('$set', specification, surroundings)],
  ['$addFields', (specification, surroundings) => setStage('$addFields', specification, surroundings)],
  ['$unset', unsetStage],
  [
    '$project',
    (specification, { environment, variables }) => {
      if (!isDoc(specification)) fail(15969, '$project specification must be an object');
      return projectStage(specification, environment, variables);
    },
  ],
  ['$replaceWith', replaceStage],
  ['$replaceRoot', replaceRootStage],
]);

/** The stage of this name, or undefined when it is not one that works on single documents. */
export function compileDocumentStage(
  name: string,
  specification: Value,
  environment: Environment,
  variables: Variables = new Map(),
): DocumentStage | undefined {
  const stage = stages.get(name)?.(specification, { environment, variables });
  return stage && ((doc) => bounded(stage(doc), name));
}

/**
 * Values are shared, not copied: a stage that writes `[$a, $a]` into `a` doubles what a document says without
 * taking memory, and sixty of them would keep every later comparison busy for ever.
 */
function bounded(doc: Doc, name: string): Doc {
  MemoryBudget.check(doc, name);
  return doc;
}
