import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import { parseExpression } from '../expression/parse.js';
import type { Doc, Value } from '../values/value.js';

export type Variables = ReadonlyMap<string, Value | undefined>;

/** The `let` of a command: constants, or expressions over nothing but constants. */
export function parseLet(spec: Doc | undefined, environment: Environment): Variables {
  const variables = new Map<string, Value | undefined>();
  const root: Doc = new Map();
  for (const [name, value] of spec ?? []) {
    checkVariableName(name);
    const expression = parseExpression(value, { variables: new Set(variables.keys()) });
    variables.set(name, expression.evaluate({ root, current: root, variables, environment }));
  }
  return variables;
}

export function checkVariableName(name: string): void {
  if (!/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name)) {
    fail('FailedToParse', `'${name}' is not a valid name of a user variable`);
  }
}
