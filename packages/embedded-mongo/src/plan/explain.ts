import type { IndexInfo } from '../storage/store.js';
import type { Doc, Value } from '../values/value.js';
import type { IndexScan } from './index-bounds.js';
import type { Source } from './scan.js';

/** Innermost last, with the stage names that MongoDB has. */
export function describePlan(source: Source, blockingSort: Doc | undefined): Doc {
  const plan = describeSource(source);
  return blockingSort
    ? stage('SORT', [
        ['sortPattern', blockingSort],
        ['inputStage', plan],
      ])
    : plan;
}

export function stage(name: string, fields: [string, Value][]): Doc {
  return new Map<string, Value>([['stage', name], ...fields]);
}

function describeSource(source: Source): Doc {
  switch (source.kind) {
    case 'nothing':
      return stage('EOF', []);
    case 'collection':
      return stage('COLLSCAN', [['direction', direction(source.reverse)]]);
    case 'key': {
      const { index } = source.lookup;
      return index.name === '_id_' ? stage('IDHACK', []) : fetch(describeScan({ index, reverse: false }));
    }
    case 'index':
      return fetch(describeScan(source.scan));
    case 'union':
      return fetch(stage('OR', [['inputStages', source.scans.map(describeScan)]]));
  }
}

function fetch(input: Doc): Doc {
  return stage('FETCH', [['inputStage', input]]);
}

function describeScan({ index, reverse }: Pick<IndexScan, 'index' | 'reverse'>): Doc {
  return stage('IXSCAN', [
    ['keyPattern', keyPattern(index)],
    ['indexName', index.name],
    ['isMultiKey', index.multikey],
    ['isUnique', index.unique],
    ['isSparse', index.sparse],
    ['isPartial', index.partial !== undefined],
    ['direction', direction(reverse)],
  ]);
}

function keyPattern({ keys }: IndexInfo): Doc {
  return new Map(keys);
}

function direction(reverse: boolean): string {
  return reverse ? 'backward' : 'forward';
}
