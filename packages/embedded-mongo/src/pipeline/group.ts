import { fail } from '../errors.js';
import { parseAccumulator, type Accumulator, type AccumulatorFactory } from '../expression/accumulators.js';
import type { Expression } from '../expression/expression.js';
import { MemoryBudget } from '../expression/memory.js';
import { parseExpression } from '../expression/parse.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { sort } from './flow.js';
import { DocumentScope, type ParseContext, type Stage, type StageParser } from './stage.js';
import { ValueMap } from '../values/value-map.js';

/** What a group costs beside its key: the map's entry and the accumulators' state. */
const BYTES_PER_FIELD = 100;

export type NamedAccumulators = readonly (readonly [name: string, factory: AccumulatorFactory])[];

export const group: StageParser = (specification, context) => {
  if (!isDoc(specification)) fail(15947, "a group's fields must be specified in an object");
  const id = specification.get('_id');
  if (id === undefined) fail(15955, 'a group specification must include an _id');
  const fields: Doc = new Map([...specification].filter(([name]) => name !== '_id'));
  const key = parseExpression(id, { variables: context.variables });
  return groupBy(key, parseFields(fields, '$group', context));
};

export function parseFields(
  fields: Doc,
  stage: '$group' | '$bucket',
  { variables }: ParseContext,
): NamedAccumulators {
  return [...fields].map(([name, specification]) => {
    if (name.includes('.')) fail(40235, `The field name '${name}' cannot contain '.'`);
    if (name.startsWith('$')) fail(40236, `The field name '${name}' cannot be an operator name`);
    return [name, parseAccumulator(specification, stage, { variables })];
  });
}

/** The key of a missing value is null. */
export function groupBy(key: Expression, fields: NamedAccumulators): Stage {
  return {
    *run(documents, run) {
      const { environment } = run;
      const groups = new ValueMap<Accumulator[]>(environment.collation);
      const budget = new MemoryBudget('$group');
      const scope = new DocumentScope(run);
      for (const document of documents) {
        environment.checkDeadline();
        const id = key.evaluate(scope.on(document)) ?? null;
        let accumulators = groups.get(id);
        if (!accumulators) {
          budget.charge(id);
          budget.chargeBytes(BYTES_PER_FIELD * (1 + fields.length));
          accumulators = fields.map(([, factory]) => factory.create());
          groups.add(id, accumulators);
        }
        for (const accumulator of accumulators) accumulator.add(scope);
      }
      for (const { key: id, value } of groups.entries()) yield groupDocument(id, fields, value);
    },
  };
}

function groupDocument(id: Value, fields: NamedAccumulators, accumulators: Accumulator[]): Doc {
  const result: Doc = new Map([['_id', id]]);
  fields.forEach(([name], index) => result.set(name, accumulators[index]?.result() ?? null));
  return result;
}

const one: Doc = new Map([['$sum', 1]]);

/** Groups by an expression and counts, the largest first. */
export const sortByCount: StageParser = (specification, context) => {
  const name = isDoc(specification) ? [...specification.keys()][0] : specification;
  if (typeof name !== 'string' || !name.startsWith('$')) {
    const code = isDoc(specification) ? 40147 : typeof specification === 'string' ? 40148 : 40149;
    fail(code, 'the sortByCount field must be a $-prefixed path or an expression inside an object');
  }
  const key = parseExpression(specification, { variables: context.variables });
  const counted = groupBy(key, parseFields(new Map([['count', one]]), '$group', context));
  return [counted, sort(new Map([['count', -1]]), context)].flat();
};
