import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import { isDoc } from '../values/types.js';
import type { Value } from '../values/value.js';
import { compileDocumentStage } from './document-stages.js';
import type { DocumentStage, Variables } from './document-stages.js';

/** Stages that MongoDB has, but not for updates: another error than for a name that it does not know. */
export const otherStages: ReadonlySet<string> = new Set(
  (
    '$match $group $sort $limit $skip $unwind $lookup $facet $count $out $merge $unionWith $bucket $sample ' +
    '$bucketAuto $sortByCount $redact $graphLookup $geoNear $densify $fill $setWindowFields $documents ' +
    '$indexStats $collStats $planCacheStats $changeStream $changeStreamSplitLargeEvent $currentOp $listSessions ' +
    '$listLocalSessions $search $searchMeta $vectorSearch $rankFusion $querySettings $listSearchIndexes ' +
    '$shardedDataDistribution $listSampledQueries'
  ).split(' '),
);

/** `[{$set: …}, {$unset: …}]` as one function. */
export function compilePipelineUpdate(
  pipeline: readonly Value[],
  environment: Environment,
  variables?: Variables,
): DocumentStage {
  const stages = pipeline.map((stage) => {
    if (!isDoc(stage)) fail('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    const [entry, ...others] = stage;
    if (!entry || others.length > 0) {
      fail(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    const [name, specification] = entry;
    const compiled = compileDocumentStage(name, specification, environment, variables);
    if (compiled) return compiled;
    if (otherStages.has(name)) fail('InvalidOptions', `${name} is not allowed to be used within an update`);
    return fail(40324, `Unrecognized pipeline stage name: '${name}'`);
  });
  return (doc) => stages.reduce((value, stage) => stage(value), doc);
}
