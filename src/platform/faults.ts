/**
 * Named points at which a test stops, delays or kills the process. In a running service nobody arms them, and a
 * point costs one comparison. Only code under test/ calls `armFaults`; an import rule keeps it so.
 */
export type FaultPoint =
  | 'write.before'
  | 'write.after'
  | 'relay.before-projections'
  | 'relay.after-projections'
  | 'journal.before-append'
  | 'journal.after-append'
  | 'relay.before-clear'
  | 'relay.after-clear'
  | 'delivery.after-call';

type FaultHandler = (point: FaultPoint, pod: string) => Promise<void> | void;
let handler: FaultHandler | undefined;

export function armFaults(next: FaultHandler | undefined): void {
  handler = next;
}

/** `pod` tells apart the pods that a test runs within one process. */
export function crashPoint(point: FaultPoint, pod: string): Promise<void> | void {
  return handler?.(point, pod);
}

/** Mechanisms that `npm run faults -- --mutate` switches off one at a time, to show that a fault row notices. */
export type Mechanism =
  | 'sweep'
  | 'in-flight ids'
  | 'trusted heads'
  | 'newest chunk kept'
  | 'revision guard'
  | 'precise pull'
  | 'dead letters'
  | 'unknown names wait';

let off: ReadonlySet<Mechanism> = new Set();

export function switchOff(...mechanisms: Mechanism[]): void {
  off = new Set(mechanisms);
}

export function isOn(mechanism: Mechanism): boolean {
  return !off.has(mechanism);
}
