import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/**
 * Operations per second of `operation(n)`, `parallel` at a time, for about `milliseconds`: short turns, so that
 * most of them fall between the turns of what else the machine does.
 */
export async function rate(operation, { milliseconds = 50, parallel = 1 } = {}) {
  let done = 0;
  const from = performance.now();
  const until = from + milliseconds;
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (performance.now() < until) await operation(done++);
    }),
  );
  return done / ((performance.now() - from) / 1_000);
}

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/**
 * Measures one and the other in turns, so that a neighbour on the machine disturbs both, and answers the median of
 * each and of their ratio.
 */
export async function inTurns(rounds, one, other) {
  const pairs = [];
  for (let n = 0; n < rounds; n += 1) pairs.push([await one(), await other()]);
  return {
    one: median(pairs.map(([a]) => a)),
    other: median(pairs.map(([, b]) => b)),
    ratio: median(pairs.map(([a, b]) => a / b)),
  };
}

export async function milliseconds(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** The 99th percentile, in milliseconds, of the time between two ticks of a 1 ms timer while `work` runs. */
export async function loopDelay(work) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}
