import { fail } from '../errors.js';
import { compareValues } from '../values/compare.js';
import { add, multiply } from '../values/numbers.js';
import type { NumberValue } from '../values/numbers.js';
import { isDoc, isNumber, typeName } from '../values/types.js';
import type { Value } from '../values/value.js';
import { keepIdentical } from './identical.js';
import type { Modifier, ModifierFactory } from './modifier.js';
import { nextTimestamp } from './storable.js';

function set(value: Value): Modifier {
  return { change: (current) => keepIdentical(current, value) };
}

function arithmetic(
  name: string,
  verb: string,
  compute: typeof add,
  whenMissing: (operand: NumberValue) => NumberValue,
): ModifierFactory {
  return (operand, path) => {
    if (!isNumber(operand)) {
      fail('TypeMismatch', `Cannot ${verb} with non-numeric argument: {${path}: ${typeName(operand)}}`);
    }
    return {
      change(current) {
        if (current === undefined) return whenMissing(operand);
        if (!isNumber(current)) {
          const type = typeName(current);
          fail('TypeMismatch', `Cannot apply ${name} to '${path}' of non-numeric type ${type}`);
        }
        return keepIdentical(current, compute(current, operand, 'error'));
      },
    };
  };
}

function extreme(sign: 1 | -1): ModifierFactory {
  return (operand, _path, environment) => ({
    change: (current) =>
      current === undefined || compareValues(operand, current, environment.collation) * sign > 0
        ? operand
        : current,
  });
}

const bitOperations = new Map<string, (left: bigint, right: bigint) => bigint>([
  ['and', (left, right) => left & right],
  ['or', (left, right) => left | right],
  ['xor', (left, right) => left ^ right],
]);

type Integer = number | bigint;

function isInteger(value: Value): value is Integer {
  const type = typeName(value);
  return type === 'int' || type === 'long';
}

function bit(operand: Value, path: string): Modifier {
  if (!isDoc(operand)) {
    fail('BadValue', `The $bit modifier is not compatible with a ${typeName(operand)}: it wants and/or/xor`);
  }
  const steps = [...operand].map(([name, mask]) => {
    const operation = bitOperations.get(name);
    if (!operation) {
      fail('BadValue', `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`);
    }
    if (!isInteger(mask)) {
      fail('BadValue', `The $bit modifier field must be an Integer(32/64 bit), not a '${typeName(mask)}'`);
    }
    return { operation, mask };
  });
  if (steps.length === 0) fail('BadValue', 'You must pass in at least one bitwise operation to $bit');
  return {
    change(current = 0) {
      if (!isInteger(current)) {
        fail('BadValue', `Cannot apply $bit to '${path}' of non-integral type ${typeName(current)}`);
      }
      const asInteger = (left: Integer, step: (typeof steps)[number]): Integer => {
        const result = step.operation(BigInt(left), BigInt(step.mask));
        return typeof left === 'bigint' || typeof step.mask === 'bigint' ? result : Number(result);
      };
      return steps.reduce(asInteger, current);
    },
  };
}

const currentDate: ModifierFactory = (operand, _path, environment) => {
  if (typeof operand === 'boolean') return { change: () => environment.now };
  if (!isDoc(operand)) {
    fail('BadValue', `${typeName(operand)} is not valid type for $currentDate. Use true or {$type: 'date'}`);
  }
  for (const name of operand.keys()) {
    if (name !== '$type') fail('BadValue', `Unrecognized $currentDate option: ${name}`);
  }
  const type = operand.get('$type');
  if (type === 'date') return { change: () => environment.now };
  if (type !== 'timestamp') {
    fail('BadValue', "The '$type' string field of $currentDate is required to be 'date' or 'timestamp'");
  }
  return { change: () => nextTimestamp(environment.now) };
};

/** The operators that look at one field and nothing else. */
export const fieldModifiers: readonly (readonly [string, ModifierFactory])[] = [
  ['$set', set],
  ['$setOnInsert', (operand) => ({ ...set(operand), concerns: (_root, inserting) => inserting })],
  ['$unset', () => ({ change: () => undefined, toleratesBlockedPath: true })],
  ['$inc', arithmetic('$inc', 'increment', add, (operand) => operand)],
  // A missing field becomes a zero of the operand's type.
  ['$mul', arithmetic('$mul', 'multiply', multiply, (operand) => multiply(operand, 0, 'error'))],
  ['$min', extreme(-1)],
  ['$max', extreme(1)],
  ['$bit', bit],
  ['$currentDate', currentDate],
];
