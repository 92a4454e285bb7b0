import { DomainError } from '../../src/contracts/errors.js';
import { systemActor } from '../../src/platform/actor.js';
import type { Listener } from '../../src/platform/events/bus.js';
import { armFaults, isOn, switchOff } from '../../src/platform/faults.js';
import { startNewEpoch } from '../../src/platform/journal/epoch.js';
import { parseCursor } from '../../src/platform/journal/journal.reader.js';
import { defaultRetention, JournalRetention } from '../../src/platform/journal/journal.retention.js';
import { createLogger } from '../../src/platform/logging.js';
import { Loops } from '../../src/platform/loops.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { asRequest } from '../../src/platform/mongo/deadline.js';
import { buildPod, MovableClock } from './pod-in-process.js';
import type { PodAnswer, PodCommand, PodCommands, PodOptions, PodRequest } from './pod-process.protocol.js';

/** A pod as a process of its own: the write path with its loops, driven over the channel of its parent. */
const options = JSON.parse(process.argv[2] ?? '{}') as PodOptions;
switchOff(...options.mechanismsOff);
const clock = new MovableClock();
const database = await Database.connect(options.uri);
const pod = buildPod(database, options.name, clock);

let behaviour: PodCommands['extraListener']['behaviour'] = 'works';
const extra: Listener = {
  name: 'tellOthersWhenItemChanges',
  stage: 'reaction',
  resource: 'items',
  handle: async (event) => {
    if (behaviour === 'hangs') await new Promise(() => undefined);
    if (behaviour === 'fails') throw new Error('as the test wished');
    await pod.reactions.updateOne(
      { _id: `${event.id}/extra`, business: event.business },
      { $setOnInsert: { item: 'extra' } },
      { upsert: true },
    );
  },
};
if (!options.olderBuild) pod.bus.subscribe(['data.changed'], extra);

const loops = new Loops(createLogger('silent'));
if (isOn('sweep')) loops.every(1_000, 'sweep', () => pod.sweep.run());
loops.every(1_000, 'dead letters', () => pod.deadLetters.retryDue());

const commands: { [C in PodCommand]: (input: PodCommands[C]) => Promise<unknown> } = {
  create: ({ business, key, text }) => pod.items.create(systemActor(business), key, text),
  rewrite: ({ business, id, text }) => pod.items.rewrite(systemActor(business), id, text),
  dieAt: async ({ point }) => {
    armFaults((reached) => {
      if (reached === point) process.kill(process.pid, 'SIGKILL');
    });
  },
  advanceClock: async ({ milliseconds }) => clock.advance(milliseconds),
  trimJournal: (rules) =>
    new JournalRetention(
      pod.journalModel,
      pod.trims,
      clock,
      (before) => pod.sweep.businessesPendingSince(before),
      { ...defaultRetention, ...rules },
    ).run(),
  journal: ({ business, after }) => pod.reader.read(business, after),
  locate: async ({ business, cursor }) => {
    const parsed = parseCursor(cursor);
    return parsed === undefined ? 'garbage' : pod.reader.locate(business, parsed);
  },
  newEpoch: ({ business }) => startNewEpoch(pod.journalModel, business, clock),
  extraListener: async (input) => {
    behaviour = input.behaviour;
  },
  replayDeadLetters: async ({ business }) => {
    const actor = systemActor(business);
    let replayed = 0;
    for (const { _id } of await pod.deadLetters.list(actor, { limit: 1_000 })) {
      if (await pod.deadLetters.replay(actor, _id)) replayed += 1;
    }
    return replayed;
  },
  switchOff: async ({ mechanisms }) => switchOff(...mechanisms),
  idle: () => pod.relay.idle(),
};

async function answer({ id, command, input }: PodRequest): Promise<void> {
  const run = commands[command] as (input: unknown) => Promise<unknown>;
  let reply: PodAnswer;
  try {
    const patient = command === 'idle' || command === 'trimJournal' || command === 'replayDeadLetters';
    const result = patient ? await run(input) : await asRequest(() => run(input));
    reply = { id, ok: true, result: result ?? null };
  } catch (error) {
    const known = error instanceof DomainError;
    const code = known ? error.code : error instanceof Error ? error.message : 'unknown';
    reply = { id, ok: false, code, retryable: known && error.retryable };
  }
  process.send?.(reply);
}

process.on('message', (request) => void answer(request as PodRequest));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => {
  void loops
    .stop()
    .then(() => pod.relay.idle())
    .then(() => database.close())
    .then(() => process.exit(0));
});
process.send?.({ ready: true });
