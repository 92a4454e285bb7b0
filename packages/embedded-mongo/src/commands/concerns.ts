import { fail } from '../errors.js';
import { toNumber } from '../values/numbers.js';
import { isDoc, isNumber } from '../values/types.js';
import type { Doc } from '../values/value.js';

const served = new Set(['local', 'available', 'majority']);

/**
 * One server, every reply after its flush: local, majority and journalled are all the same here. What a
 * single server cannot promise is refused.
 */
export function checkConcerns(body: Doc): void {
  const read = body.get('readConcern');
  if (isDoc(read)) {
    const level = read.get('level') ?? 'local';
    if (typeof level !== 'string') fail('TypeMismatch', "readConcern 'level' must be a string");
    if (!served.has(level)) {
      fail(123, `readConcern level '${level}' is not served: this is not a replica set member`);
    }
    for (const name of read.keys()) {
      if (name === 'level' || name === 'provenance') continue;
      fail(123, `readConcern field '${name}' is not served: this is not a replica set member`);
    }
  }
  const write = body.get('writeConcern');
  const w = isDoc(write) ? write.get('w') : undefined;
  if (isNumber(w) && toNumber(w) > 1) fail('BadValue', "cannot use 'w' > 1 when a host is not replicated");
  if (typeof w === 'string' && w !== 'majority') {
    fail('UnknownReplWriteConcern', `No write concern mode named '${w}' found`);
  }
}
