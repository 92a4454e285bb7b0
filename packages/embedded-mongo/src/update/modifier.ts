import type { Environment } from '../expression/expression.js';
import type { Doc, Value } from '../values/value.js';

/** One operator on one path, its operand checked. */
export interface Modifier {
  /** The field's new value, `current` itself when nothing changes, `undefined` when there is no field. */
  change(current: Value | undefined, root: Doc): Value | undefined;
  /** False when this document is left alone, so that nothing about its path matters. Absent means true. */
  concerns?(root: Doc, inserting: boolean): boolean;
  /** $unset alone is content with a path that leads through a scalar. */
  readonly toleratesBlockedPath?: boolean;
}

export type ModifierFactory = (operand: Value, path: string, environment: Environment) => Modifier;
