import { fail } from '../errors.js';
import { MemoryBudget } from '../expression/memory.js';
import { parseExpression } from '../expression/parse.js';
import type { Filter } from '../query/filter.js';
import { splitPath } from '../values/paths.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { held } from './flow.js';
import { runPipeline, runStages } from './run.js';
import { DocumentScope, type ParseContext, type StageParser } from './stage.js';
import { checkVariableName } from './variables.js';
import { visitPath, withPath } from './visit.js';

const lookupFields = new Set(['from', 'localField', 'foreignField', 'let', 'pipeline', 'as']);

export const lookup: StageParser = (specification, context) => {
  if (!isDoc(specification)) fail('FailedToParse', 'the $lookup stage specification must be an object');
  for (const name of specification.keys()) {
    if (!lookupFields.has(name)) fail('FailedToParse', `unknown argument to $lookup: ${name}`);
  }
  const from = text(specification, 'from');
  const as = text(specification, 'as');
  const localField = text(specification, 'localField');
  const foreignField = text(specification, 'foreignField');
  const stages = specification.get('pipeline');
  if (from === undefined) fail('FailedToParse', "missing 'from' option to $lookup stage specification");
  if (as === undefined) fail('FailedToParse', "must specify 'as' field for a $lookup");
  if ((localField === undefined) !== (foreignField === undefined)) {
    fail(
      'FailedToParse',
      "$lookup requires both or neither of 'localField' and 'foreignField' to be specified",
    );
  }
  if (localField === undefined && stages === undefined) {
    fail(
      'FailedToParse',
      "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified",
    );
  }
  if (stages === undefined && specification.has('let')) {
    fail('FailedToParse', '$lookup with a let argument must also specify a pipeline');
  }
  const bindings = parseBindings(specification.get('let'), context);
  const pipeline = context.parsePipeline(stages ?? [], {
    ...within(context, '$lookup'),
    variables: new Set([...context.variables, ...bindings.keys()]),
  });
  return {
    *run(documents, run) {
      const namespace = run.namespaceOf(from);
      const scope = new DocumentScope(run);
      for (const document of documents) {
        const variables = new Map(run.variables);
        for (const [name, expression] of bindings)
          variables.set(name, expression.evaluate(scope.on(document)));
        const joins =
          localField === undefined ? undefined : joinFilter(document, localField, foreignField ?? '');
        const budget = new MemoryBudget('$lookup');
        const found: Doc[] = [];
        for (const other of runPipeline(pipeline, namespace, { ...run, variables }, undefined, joins)) {
          budget.charge(other);
          found.push(other);
        }
        yield withPath(document, splitPath(as), found);
      }
    },
  };
};

/** A filter of its own, not `{ foreignField: value }` parsed: values that look like operators stay values. */
function joinFilter(document: Doc, localField: string, foreignField: string): Filter {
  const values: Value[] = [];
  visitPath(document, splitPath(localField), (value) => values.push(value));
  if (values.length === 0) values.push(null);
  return { kind: 'field', path: foreignField, test: { op: 'in', values } };
}

function parseBindings(specification: Value | undefined, { variables }: ParseContext) {
  if (specification !== undefined && !isDoc(specification)) {
    fail('FailedToParse', "$lookup argument 'let' must be an object");
  }
  return new Map(
    [...(specification ?? [])].map(([name, value]) => {
      checkVariableName(name);
      return [name, parseExpression(value, { variables })];
    }),
  );
}

function text(specification: Doc, name: string): string | undefined {
  const value = specification.get(name);
  if (value === undefined || typeof value === 'string') return value;
  return fail('FailedToParse', `$lookup argument '${name}' must be a string`);
}

export const unionWith: StageParser = (specification, context) => {
  const fields = isDoc(specification) ? specification : new Map([['coll', specification]]);
  for (const name of fields.keys()) {
    if (name !== 'coll' && name !== 'pipeline')
      fail(40415, `BSON field '$unionWith.${name}' is an unknown field.`);
  }
  const collection = fields.get('coll');
  if (typeof collection !== 'string')
    fail('FailedToParse', "$unionWith needs the name of a collection in 'coll'");
  const pipeline = context.parsePipeline(fields.get('pipeline') ?? [], within(context, '$unionWith'));
  return {
    *run(documents, run) {
      yield* documents;
      yield* runPipeline(pipeline, run.namespaceOf(collection), run);
    },
  };
};

export const facet: StageParser = (specification, context) => {
  if (!isDoc(specification) || specification.size === 0) {
    fail(40169, 'the $facet specification must be a non-empty object');
  }
  const facets = [...specification].map(([name, stages]) => {
    if (name === '' || name.startsWith('$') || name.includes('.')) {
      fail(40170, `a facet's name must be a plain field name, but it is '${name}'`);
    }
    return [
      name,
      context.parsePipeline(stages, { ...within(context, '$facet'), insideFacet: true }),
    ] as const;
  });
  return {
    *run(documents, run) {
      const input = held(documents, '$facet');
      const result: Doc = new Map();
      for (const [name, pipeline] of facets)
        result.set(name, held(runStages(pipeline, input, run), '$facet'));
      yield result;
    },
  };
};

const DEEPEST = 20;

function within(context: ParseContext, stage: string): ParseContext {
  const depth = (context.depth ?? 0) + 1;
  if (depth > DEEPEST) fail(232, `Maximum number of nested sub-pipelines exceeded at ${stage}: ${DEEPEST}`);
  return { ...context, depth };
}
