import { expect, it } from '@jest/globals';
import { line, rowHolds } from './figures.js';
import { rows } from './rows/index.js';

// The short form of each row of the fault table; `npm run faults` plays them at full length.
it.each(rows.map((row) => [row.name, row] as const))(
  '%s holds',
  async (_name, row) => {
    const figures = await row.run({ quick: true, seed: 1, mechanismsOff: [], indexesOff: [] });
    console.log(`${row.name} ${line(figures)}`);
    expect({ line: line(figures), holds: rowHolds(figures) }).toEqual({ line: line(figures), holds: true });
  },
  60_000,
);
