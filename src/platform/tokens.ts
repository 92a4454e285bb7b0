/** Nest's injection tokens for what has no class of its own. */
export const CLOCK = Symbol('clock');
export const LOGGER = Symbol('logger');
/** The name of this pod. */
export const POD = Symbol('pod');
/** Whether the pod runs its loops; tests of one part run them by hand. */
export const BACKGROUND = Symbol('background work');
/** The settings of the process (config/env.ts). */
export const SETTINGS = Symbol('settings');
/** Counts that end by themselves (platform/redis/counters.ts). */
export const COUNTERS = Symbol('counters');
