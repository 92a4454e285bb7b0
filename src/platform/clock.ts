/** The only place that asks what time it is, so that tests can say so. Order never depends on it. */
export interface Clock {
  now(): Date;
  /** Milliseconds that only rise, from an arbitrary start: for durations. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
};
