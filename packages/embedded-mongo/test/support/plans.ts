import { toDoc, toPlain } from './plain.js';
import { explainQuery } from '../../src/plan/find.js';
import type { Query } from '../../src/plan/reader.js';
import { parseFilter } from '../../src/query/parse.js';
import { parseSort } from '../../src/query/sort.js';
import { parseCollation } from '../../src/values/collate.js';
import type { Doc } from '../../src/values/value.js';
import { fakeEnvironment, type FakeReader } from './fake-reader.js';

export type Asked = {
  filter?: object;
  sort?: object;
  hint?: string | object;
  limit?: number;
  collation?: object;
};

export function query({ filter = {}, sort, hint, limit, collation }: Asked): Query {
  const parsed = parseCollation(collation && toDoc(collation));
  return {
    filter: parseFilter(toDoc(filter)),
    environment: { ...fakeEnvironment, collation: parsed },
    sort: sort && parseSort(toDoc(sort), parsed),
    hint: typeof hint === 'object' ? toDoc(hint) : hint,
    limit,
  };
}

/** The stages from the outside to the inside, with index names and backward scans. */
export function stages(reader: FakeReader, asked: Asked): string {
  return planOf(reader, query(asked));
}

export function planOf(reader: FakeReader, asked: Query): string {
  const names: string[] = [];
  let plan = explainQuery(reader, 'test.c', asked).get('winningPlan');
  while (plan instanceof Map) {
    const { stage, indexName, direction } = toPlain(plan) as Record<string, string>;
    names.push([stage, indexName, direction === 'backward' ? direction : ''].filter(Boolean).join(' '));
    const inputs = plan.get('inputStages');
    if (Array.isArray(inputs)) {
      names.push(inputs.map((input) => (input as Doc).get('indexName') as string).join('|'));
    }
    plan = plan.get('inputStage');
  }
  return names.join(' < ');
}
