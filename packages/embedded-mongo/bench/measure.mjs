import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Operations per second of `operation(n)`, `parallel` at a time, for about `milliseconds`. */
export async function rate(operation, { milliseconds = 1_500, parallel = 1 } = {}) {
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

/** The median of several runs: one of them meets a neighbour on the machine. */
export async function median(times, measure) {
  const found = [];
  for (let n = 0; n < times; n += 1) found.push(await measure(n));
  return found.sort((a, b) => a - b)[Math.floor(times / 2)];
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
