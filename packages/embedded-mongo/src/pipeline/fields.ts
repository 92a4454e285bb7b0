import { fail } from '../errors.js';
import { compileDocumentStage, type DocumentStage } from '../update/document-stages.js';
import type { Value } from '../values/value.js';
import type { ParseContext, Run, StageParser } from './stage.js';

/** A stage that makes one document out of one, as updates have it too. */
export function documentStage(name: string): StageParser {
  return (specification, context) => {
    const compile = ({ environment, variables }: Pick<Run, 'environment' | 'variables'>): DocumentStage =>
      compileDocumentStage(name, specification, environment, variables) ??
      fail('InternalError', `${name} is no stage of single documents`);
    // Only to refuse what is wrong before anything runs: the variables have no values yet.
    compile({ environment: context.environment, variables: withoutValues(context) });
    return {
      *run(documents, run) {
        const change = compile(run);
        for (const document of documents) yield change(document);
      },
    };
  };
}

function withoutValues({ variables }: ParseContext): Map<string, Value | undefined> {
  return new Map([...variables].map((name) => [name, undefined]));
}
