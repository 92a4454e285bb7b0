import { fail } from '../errors.js';
import { splitPath } from '../values/paths.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { arithmeticOperators } from './arithmetic.js';
import { arrayOperators } from './array.js';
import { convertOperators } from './convert.js';
import { dateOperators } from './date.js';
import { foldOperators } from './folds.js';
import { objectOperators } from './object.js';
import { stringOperators } from './string.js';
import type { Expression, Scope } from './expression.js';
import { logicOperators } from './logic.js';
import { combine, constantOf, type Maybe, type Operator, type Parser } from './operator.js';

const operators = new Map<string, Operator>(
  [
    logicOperators,
    arithmeticOperators,
    stringOperators,
    arrayOperators,
    objectOperators,
    convertOperators,
    dateOperators,
    foldOperators,
  ].flatMap((table) => Object.entries(table)),
);

const noVariables: ReadonlySet<string> = new Set();

/** Compiles an aggregation expression. `variables` are the user variables that the caller will put into the scope. */
export function parseExpression(value: Value, options: { variables?: ReadonlySet<string> } = {}): Expression {
  return new ExpressionParser(options.variables ?? noVariables).parse(value);
}

class ExpressionParser implements Parser {
  constructor(private readonly variables: ReadonlySet<string>) {}

  withVariables(names: Iterable<string>): Parser {
    return new ExpressionParser(new Set([...this.variables, ...names]));
  }

  parse(value: Value): Expression {
    if (typeof value === 'string') return value.startsWith('$') ? this.path(value) : constantOf(value);
    if (Array.isArray(value)) {
      const parts = value.map((part) => this.parse(part));
      return combine(parts, true, (values) => values.map((part) => part ?? null));
    }
    return isDoc(value) ? this.object(value) : constantOf(value);
  }

  private object(doc: Doc): Expression {
    for (const [name, argument] of doc) {
      if (!name.startsWith('$')) break;
      if (doc.size !== 1)
        fail(15983, `an object representing an expression must have exactly one field: ${name}`);
      const compile =
        operators.get(name) ?? fail('InvalidPipelineOperator', `Unrecognized expression '${name}'`);
      return compile(argument, this, name);
    }
    const names = [...doc.keys()];
    for (const name of names) checkFieldName(name);
    const parts = [...doc.values()].map((part) => this.parse(part));
    return combine(parts, true, (values) => {
      const result: Doc = new Map();
      values.forEach((value, index) => {
        if (value !== undefined) result.set(names[index] ?? '', value);
      });
      return result;
    });
  }

  private path(text: string): Expression {
    const isVariable = text.startsWith('$$');
    const parts = checkedPath(text.slice(isVariable ? 2 : 1), text);
    if (!isVariable) return pathExpression((scope) => scope.current, parts);
    const name = parts[0] ?? '';
    return pathExpression(this.variable(name), parts.slice(1));
  }

  private variable(name: string): (scope: Scope) => Maybe {
    if (this.variables.has(name) && name !== 'CURRENT') return (scope) => scope.variables.get(name);
    switch (name) {
      case 'ROOT':
        return (scope) => scope.root;
      case 'CURRENT':
        return (scope) => scope.current;
      case 'NOW':
        return (scope) => scope.environment.now;
      case 'REMOVE':
        return () => undefined;
      default:
        return fail(17276, `Use of undefined variable: ${name}`);
    }
  }
}

function checkedPath(path: string, text: string): readonly string[] {
  if (text === '$') fail(16872, `'$' by itself is not a valid FieldPath`);
  if (text === '$$') fail('FailedToParse', 'empty variable names are not allowed');
  if (path.endsWith('.')) fail(40353, `FieldPath must not end with a '.': ${text}`);
  const parts = splitPath(path);
  for (const part of parts) {
    if (part === '') fail(15998, `FieldPath field names may not be empty strings: ${text}`);
    checkFieldName(part);
  }
  return parts;
}

function checkFieldName(name: string): void {
  const advice = 'Consider using $getField or $setField.';
  if (name.startsWith('$'))
    fail(16410, `FieldPath field names may not start with '$'. ${advice} Found '${name}'.`);
  if (name.includes('\0')) fail(16411, 'FieldPath field names may not contain null bytes.');
  if (name.includes('.'))
    fail(16412, `FieldPath field names may not contain '.'. ${advice} Found '${name}'.`);
}

function pathExpression(start: (scope: Scope) => Maybe, parts: readonly string[]): Expression {
  const [first] = parts;
  if (first === undefined) return { evaluate: start };
  if (parts.length > 1) return { evaluate: (scope) => valueAt(start(scope), parts, 0) };
  return {
    evaluate: (scope) => {
      const value = start(scope);
      return isDoc(value) ? value.get(first) : valueAt(value, parts, 0);
    },
  };
}

/** Arrays on the way answer the array of what their documents hold there; arrays directly inside arrays are passed over. */
function valueAt(value: Maybe, parts: readonly string[], index: number): Maybe {
  for (let at = index; at < parts.length; at++) {
    if (Array.isArray(value)) {
      const found: Value[] = [];
      for (const element of value) {
        const inner = isDoc(element) ? valueAt(element, parts, at) : undefined;
        if (inner !== undefined) found.push(inner);
      }
      return found;
    }
    if (!isDoc(value)) return undefined;
    value = value.get(parts[at] ?? '');
  }
  return value;
}
