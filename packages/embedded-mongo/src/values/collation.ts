import type { Doc } from './value.js';

/** A parsed collation: only strength 1 and 2 (and 3 without tailoring) are served, everything else is refused. */
export interface Collation {
  readonly locale: string;
  readonly strength: 1 | 2 | 3;
  compare(left: string, right: string): number;
  /** Equal strings under this collation fold to the same text: this is what an index stores. */
  fold(text: string): string;
  /** As the client wrote it, with the defaults filled in: what listIndexes shows. */
  readonly specification: Doc;
}
