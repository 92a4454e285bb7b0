/**
 * Every question that the service asks its database, and the index that answers it. `?` stands for a value, `*` for any
 * collection. A query that is not here fails test/platform/indexes.spec.ts, which prints the line to add: look at the
 * index that it names first.
 */
export const queryTable: Readonly<Record<string, string>> = {
  // Of every collection whose documents cause events: look-ups, guarded updates, sweep, clearing, what falls due.
  '* find { _id: ? }': '_id_',
  '* find { _id: ?, business: ? }': '_id_',
  '* find { idempotencyKey: { $eq: ?, $type: string }, business: ? }': 'business_1_idempotencyKey_1',
  '* findAndModify { _id: ?, business: ?, rev: ? }': '_id_',
  '* findAndModify { _id: ?, business: ?, rev: ?, outbox.n: { $exists: false } }': '_id_',
  '* find { outbox.at: { $gt: ? }, outbox.0: { $exists: true }, outbox.0.name: { $in: ? } }': 'outbox.at_1',
  '* distinct { outbox.at: { $lt: ? }, outbox.0: { $exists: true } } key business': 'outbox.at_1',
  '* update { _id: { $in: ? }, rev: ? }': '_id_',
  '* update { _id: ? }': '_id_',
  '* find { dueAt: { $gt: ?, $lte: ?, $type: date } } sort { dueAt: 1 }': 'dueAt_1',
  // The shapes of a listener's writes, on a collection of the test.
  'walk_views findAndModify { _id: ?, business: ?, rev: { $exists: false } }': '_id_',
  'walk_views update { $or: [{ source: { $lt: ? } }, { source: { $exists: false } }], _id: ?, business: ? }':
    '_id_',

  'journal find { business: ? } sort { first: -1 }': 'business_1_first_1',
  'journal find { business: ? } sort { first: 1 }': 'business_1_first_1',
  'journal find { business: ?, first: { $gt: ? } } sort { first: 1 }': 'business_1_first_1',
  'journal find { business: ?, first: { $lte: ? } } sort { first: -1 }': 'business_1_first_1',
  'journal find { business: ?, events.id: { $in: ? } }': 'business_1_events.id_1',
  'journal find { business: { $gt: ? } } sort { business: 1, first: 1 }': 'business_1_first_1',
  'journal delete { _id: ? }': '_id_',
  'journal delete { business: ?, first: { $lte: ? } }': 'business_1_first_1',
  'dead_letters find { business: ? } sort { _id: 1 }': 'business_1__id_1',
  'dead_letters find { business: ?, _id: { $gt: ? } } sort { _id: 1 }': 'business_1__id_1',
  'dead_letters find { dueAt: { $lte: ?, $type: date }, listener: { $in: ? } } sort { dueAt: 1 }': 'dueAt_1',
  'dead_letters count {}': '',
  'dead_letters update { _id: ?, business: ? }': '_id_',
  'dead_letters update { _id: ?, business: ?, dueAt: ? }': '_id_',
  'dead_letters delete { _id: ?, business: ? }': '_id_',
  'deliveries findAndModify { state: ?, nextAt: { $lte: ? }, kind: { $in: ? } } sort { nextAt: 1 }':
    'state_1_nextAt_1',
  'deliveries update { _id: ?, business: ? }': '_id_',
  'deliveries update { _id: ?, business: ?, lease: ? }': '_id_',
  'files.files find { _id: ?, metadata.business: ? }': '_id_',
  'files.files delete { _id: ? }': '_id_',
  'files.chunks find { files_id: ?, n: ? }': 'files_id_1_n_1',
  'files.chunks delete { files_id: ? }': 'files_id_1_n_1',
  'pods update { _id: ?, pod: ? }': '_id_',
  'pods update { _id: ?, pod: ?, beat: ? }': '_id_',
  'pods delete { _id: ?, pod: ? }': '_id_',

  // What is kept of a person, for exports and erasures: the share of one business is looked through.
  'journal find { business: ?, events: { $elemMatch: { name: { $nin: ? }, $or: [{ audience: { $in: ? } }, { persons: { $in: ? } }] } } } sort { first: 1 }':
    'business_1_first_1',
  'journal update { business: ?, events: { $elemMatch: { name: { $nin: ? }, $or: [{ audience: { $in: ? } }, { persons: { $in: ? } }] } } }':
    'business_1_first_1',
  'dead_letters find { $or: [{ event.audience: { $in: ? } }, { event.subjects: { $elemMatch: { kind: ?, id: { $in: ? } } } }, { event.actor.id: { $in: ? } }], business: ? } sort { _id: 1 }':
    'business_1__id_1',
  'dead_letters update { $or: [{ event.audience: { $in: ? } }, { event.subjects: { $elemMatch: { kind: ?, id: { $in: ? } } } }, { event.actor.id: { $in: ? } }], business: ? }':
    'business_1__id_1',
  'dead_letters delete { $or: [{ event.audience: { $in: ? } }, { event.subjects: { $elemMatch: { kind: ?, id: { $in: ? } } } }, { event.actor.id: { $in: ? } }], business: ?, event.name: { $nin: ? } }':
    'business_1__id_1',
  'deliveries find { business: ?, persons: { $in: ?, $exists: true } } sort { _id: 1 }':
    'business_1_persons_1',
  'deliveries update { business: ?, persons: { $in: ?, $exists: true } }': 'business_1_persons_1',
  'deliveries update { business: ?, persons: { $in: ?, $exists: true }, state: ? }': 'business_1_persons_1',

  'businesses find { widget.key: { $eq: ?, $type: string } }': 'widget.key_1',
  'businesses find { settings.allowed_origins: ? }': 'settings.allowed_origins_1',
  'business_history find { business: ?, rev: { $lt: ? } } sort { rev: -1 }': 'business_1_rev_-1',

  'users find { email: ? }': 'email_1',
  'users find { reset_hash: ? }': 'reset_hash_1',
  'users find { state: { $ne: ? }, business: ? } sort { _id: 1 }': 'business_1__id_1',
  'users find { state: { $ne: ? }, _id: { $gt: ? }, business: ? } sort { _id: 1 }': 'business_1__id_1',
  'sessions find { family_hash: ? }': 'family_hash_1',
  'invites find { token_hash: ? }': 'token_hash_1',
  'invites find { state: ?, business: ? } sort { _id: 1 }': 'business_1_state_1__id_1',
  'invites find { state: ?, _id: { $gt: ? }, business: ? } sort { _id: 1 }': 'business_1_state_1__id_1',
  'invites delete { business: ? }': 'business_1_state_1__id_1',
  'api_keys find { revoked_at: null, business: ? } sort { _id: 1 }': 'business_1_revoked_at_1__id_1',
  'api_keys find { revoked_at: null, _id: { $gt: ? }, business: ? } sort { _id: 1 }':
    'business_1_revoked_at_1__id_1',
  'api_keys update { _id: ?, business: ? }': '_id_',

  'customers find { kind: { $nin: ? }, business: ? } sort { created_at: -1, _id: -1 }':
    'business_1_created_at_-1__id_-1',
  'customers find { $or: [{ created_at: { $lt: ? } }, { _id: { $lt: ? } }], kind: { $nin: ? }, created_at: { $lte: ? }, business: ? } sort { created_at: -1, _id: -1 }':
    'business_1_created_at_-1__id_-1',
  'customers find { kind: ?, business: ? } sort { created_at: -1, _id: -1 }':
    'business_1_kind_1_created_at_-1__id_-1',
  'customers find { $or: [{ created_at: { $lt: ? } }, { _id: { $lt: ? } }], kind: ?, created_at: { $lte: ? }, business: ? } sort { created_at: -1, _id: -1 }':
    'business_1_kind_1_created_at_-1__id_-1',
  'customers find { kind: { $nin: ? }, words: { $all: ? }, business: ? } sort { created_at: -1, _id: -1 }':
    'business_1_words_1_created_at_-1__id_-1',
  'customers find { external_id: { $eq: ?, $type: string }, business: ? }': 'business_1_external_id_1',
  'customers find { visitor_token: { $eq: ?, $type: string }, business: ? }': 'business_1_visitor_token_1',
  'customers find { merged_into: { $eq: ?, $type: string }, _id: { $gt: ? }, business: ? } sort { _id: 1 }':
    'business_1_merged_into_1__id_1',
};

/** Those that may read a whole collection or sort what they found, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'dead_letters count {}': "It asks for the collection's own number and reads no document.",
  'customers find { kind: { $nin: ? }, words: { $all: ? }, business: ? } sort { created_at: -1, _id: -1 }':
    'The embedded database takes no order from an index with an array in it: it sorts those that have the word.',
  'deliveries find { business: ?, persons: { $in: ?, $exists: true } } sort { _id: 1 }':
    'The calls that told of one person are few.',
};
