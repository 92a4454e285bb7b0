import { findDocuments } from '../plan/find.js';
import type { Query } from '../plan/reader.js';
import type { Filter } from '../query/filter.js';
import type { Doc } from '../values/value.js';
import { sorted } from './flow.js';
import type { Pipeline, Run } from './stage.js';

/**
 * Reads from the collection as the first stages say, through the planner and its indexes, then runs the
 * others. `and` is one more filter before all of them.
 */
export function runPipeline(
  pipeline: Pipeline,
  namespace: string,
  run: Run,
  hint?: Query['hint'],
  and?: Filter,
): Iterable<Doc> {
  const { query, rest } = leadingQuery(pipeline, run, hint, and);
  return runStages(rest, documentsOf(run, namespace, query), run);
}

function* documentsOf(run: Run, namespace: string, query: Query): Generator<Doc> {
  for (const { document } of findDocuments(run.reader, namespace, query)) yield document;
}

/** What a collection is asked for: the leading filters and sort, and how many documents can be needed at most. */
export function leadingQuery(
  pipeline: Pipeline,
  { environment, variables }: Pick<Run, 'environment' | 'variables'>,
  hint?: Query['hint'],
  and?: Filter,
): { query: Query; rest: Pipeline } {
  const first = pipeline.findIndex(({ filter }) => !filter);
  const start = first < 0 ? pipeline.length : first;
  const parts = [and, ...pipeline.slice(0, start).map(({ filter }) => filter)].filter(
    (it) => it !== undefined,
  );
  const sort = pipeline[start]?.sorter;
  const rest = pipeline.slice(sort ? start + 1 : start);
  return {
    query: { filter: allOf(parts), environment, variables, sort, hint, limit: mostNeeded(rest) },
    rest,
  };
}

function allOf(parts: Filter[]): Filter {
  const [only] = parts;
  if (!only) return { kind: 'always' };
  return parts.length === 1 ? only : { kind: 'and', parts };
}

/** How many documents the $skip and $limit stages at the front let in. */
function mostNeeded(stages: Pipeline): number | undefined {
  let skipped = 0;
  for (const stage of stages) {
    if (stage.limit !== undefined) return skipped + stage.limit;
    if (stage.skip === undefined) return undefined;
    skipped += stage.skip;
  }
  return undefined;
}

export function runStages(pipeline: Pipeline, documents: Iterable<Doc>, run: Run): Iterable<Doc> {
  let stream = documents;
  pipeline.forEach((stage, index) => {
    const { sorter } = stage;
    stream = sorter ? sorted(stream, sorter, mostNeeded(pipeline.slice(index + 1))) : stage.run(stream, run);
  });
  return stream;
}
