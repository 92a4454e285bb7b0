import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import { parsePipeline, type Pipeline } from '../pipeline/pipeline.js';
import { parseLet, type Variables } from '../pipeline/variables.js';
import { isDoc } from '../values/types.js';
import { environmentOf, type Call } from './call.js';

export const aggregateFields =
  'pipeline cursor explain hint collation let allowDiskUse bypassDocumentValidation';

export interface Aggregation {
  readonly pipeline: Pipeline;
  readonly environment: Environment;
  readonly variables: Variables;
}

export function parseAggregate(call: Call): Aggregation {
  const { args } = call;
  const environment = environmentOf(call, args.filled('collation'));
  const variables = parseLet(args.document('let'), environment);
  const stages = args.required('pipeline', args.list('pipeline'));
  const pipeline = parsePipeline(stages, { environment, variables: new Set(variables.keys()) });
  if (typeof args.value('aggregate') !== 'string') {
    const [first] = stages;
    const [name = ''] = isDoc(first) ? first.keys() : [];
    fail('InvalidNamespace', `{aggregate: 1} is not valid for '${name}'; a collection is required.`);
  }
  return { pipeline, environment, variables };
}
