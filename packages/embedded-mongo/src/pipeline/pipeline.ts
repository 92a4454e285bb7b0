import { fail } from '../errors.js';
import { isDoc } from '../values/types.js';
import type { Value } from '../values/value.js';
import { bucket } from './bucket.js';
import { documentStage } from './fields.js';
import { count, limit, match, skip, sort } from './flow.js';
import { group, sortByCount } from './group.js';
import { facet, lookup, unionWith } from './join.js';
import type { ParseContext, Pipeline, Stage, StageParser } from './stage.js';
import { unwind } from './unwind.js';
import { otherStages } from '../update/pipeline-update.js';

export { leadingQuery, runPipeline } from './run.js';
export type { Pipeline, Run } from './stage.js';

const MOST_STAGES = 1000;

const parsers = new Map<string, StageParser>([
  ['$match', match],
  ...['$project', '$set', '$addFields', '$unset', '$replaceRoot', '$replaceWith'].map(
    (name) => [name, documentStage(name)] as const,
  ),
  ['$group', group],
  ['$sort', sort],
  ['$skip', skip],
  ['$limit', limit],
  ['$unwind', unwind],
  ['$lookup', lookup],
  ['$facet', facet],
  ['$count', count],
  ['$sortByCount', sortByCount],
  ['$bucket', bucket],
  ['$unionWith', unionWith],
]);

export function parsePipeline(stages: Value, context: Omit<ParseContext, 'parsePipeline'>): Pipeline {
  if (!Array.isArray(stages)) fail('TypeMismatch', "'pipeline' option must be specified as an array");
  if (stages.length > MOST_STAGES)
    fail(7749501, `Pipeline length must be no longer than ${MOST_STAGES} stages`);
  return stages.flatMap((stage) => {
    if (!isDoc(stage)) fail('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    const [entry] = stage;
    if (!entry || stage.size !== 1) {
      fail(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    return parseStage(entry[0], entry[1], { ...context, parsePipeline });
  });
}

function parseStage(name: string, specification: Value, context: ParseContext): Stage | Stage[] {
  if (context.insideFacet && name === '$facet') {
    fail(40600, '$facet is not allowed to be used within a $facet stage');
  }
  if (name === '$changeStream') fail(40573, 'The $changeStream stage is only supported on replica sets');
  const parse = parsers.get(name);
  if (parse) return parse(specification, context);
  if (otherStages.has(name)) fail(40324, `Pipeline stage '${name}' is not supported by this server`);
  return fail(40324, `Unrecognized pipeline stage name: '${name}'`);
}
