import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The figures of this process. One object with every metric in it, so that a reader sees at once what is measured;
 * a process makes one, a test as many as it wants.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly journalled = this.counter(
    'deskwire_journal_events_total',
    'Events that this pod appended to the journal.',
  );
  readonly journalConflicts = this.counter(
    'deskwire_journal_conflicts_total',
    'Appends that met a newer head or an event that was there already.',
  );
  readonly ackToJournal = this.histogram(
    'deskwire_write_to_journal_seconds',
    'From the acknowledged write to the journal, by the pod that wrote.',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );
  readonly swept = this.counter(
    'deskwire_relay_swept_total',
    'Documents that this pod took over in its sweep.',
  );
  readonly relayFailures = this.counter(
    'deskwire_relay_failures_total',
    'Rounds of the relay that ended in an error.',
  );
  readonly deadLetters = this.counter(
    'deskwire_dead_letters_total',
    'Listeners that failed with an event and went to the dead letters.',
    ['listener'],
  );
  readonly deadLettersWaiting = this.gauge(
    'deskwire_dead_letters_waiting',
    'Dead letters that are not yet replayed.',
  );
  readonly deliveries = this.counter('deskwire_deliveries_total', 'Calls to the outside, by outcome.', [
    'kind',
    'outcome',
  ]);
  readonly databaseFailures = this.counter(
    'deskwire_database_failures_total',
    'Operations that the database did not answer in time.',
  );
  readonly unhandledRejections = this.counter(
    'deskwire_unhandled_rejections_total',
    'Rejections that nobody handled: mistakes of ours that did not end the process.',
  );

  /** Event loop, memory, garbage collection of the process: once per process. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }
}
