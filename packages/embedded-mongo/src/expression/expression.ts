import type { Doc, Value } from '../values/value.js';
import type { Collation } from '../values/collation.js';

/** What an expression can see while it runs. `variables` holds user variables without the leading `$$`. */
export interface Scope {
  readonly root: Doc;
  /** `$$CURRENT`, what a bare `$field` starts from; the root unless a stage says otherwise. */
  readonly current: Value;
  readonly variables: ReadonlyMap<string, Value | undefined>;
  readonly environment: Environment;
}

/** What stays the same for a whole command. */
export interface Environment {
  /** `$$NOW`, read once per command. */
  readonly now: Date;
  readonly collation: Collation | undefined;
  /** Called every few documents; throws MaxTimeMSExpired (50) when the command has run out of its time. */
  readonly checkDeadline: () => void;
}

/** A compiled aggregation expression; answers `undefined` for a missing value. */
export interface Expression {
  evaluate(scope: Scope): Value | undefined;
  /** Set when the expression is a constant, so that callers can fold it. */
  readonly constant?: { readonly value: Value | undefined };
}
