import type { Environment, Scope } from '../expression/expression.js';
import type { Filter } from '../query/filter.js';
import type { Sorter } from '../query/sort.js';
import type { StoreReader } from '../storage/store.js';
import type { Doc, Value } from '../values/value.js';

/** What a pipeline runs in; a $lookup runs its own pipeline once per document, with other variables. */
export interface Run {
  readonly reader: StoreReader;
  /** The namespace of another collection of the same database; refuses names that cannot be. */
  readonly namespaceOf: (collection: string) => string;
  readonly environment: Environment;
  readonly variables: ReadonlyMap<string, Value | undefined>;
}

/** What a stage needs to know to be parsed. `variables` are the names that its expressions may use. */
export interface ParseContext {
  readonly environment: Environment;
  readonly variables: ReadonlySet<string>;
  /** How many pipelines this one lies in. */
  readonly depth?: number;
  readonly insideFacet?: boolean;
  /** Handed down, so that a stage with a pipeline inside need not know the table of all stages. */
  readonly parsePipeline: (stages: Value, context: ParseContext) => Pipeline;
}

export type Pipeline = readonly Stage[];

/**
 * A parsed stage: a transformation of a stream. The parts beside `run` say what else can do its work: the
 * planner for a leading filter or sort, a sort that keeps only as many as a following limit lets through.
 */
export interface Stage {
  readonly run: (documents: Iterable<Doc>, run: Run) => Iterable<Doc>;
  readonly filter?: Filter;
  readonly sorter?: Sorter;
  readonly skip?: number;
  readonly limit?: number;
}

export type StageParser = (specification: Value, context: ParseContext) => Stage | Stage[];

/** A scope whose document can be exchanged: one for a whole stage instead of one for every document. */
export class DocumentScope implements Scope {
  root: Doc = new Map();

  constructor(private readonly run: Run) {}

  get current(): Doc {
    return this.root;
  }

  get variables(): Run['variables'] {
    return this.run.variables;
  }

  get environment(): Environment {
    return this.run.environment;
  }

  on(document: Doc): this {
    this.root = document;
    return this;
  }
}
