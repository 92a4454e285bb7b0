/** Every refusal carries the code that MongoDB gives it: drivers decide by the code, people read the sentence. */
export const codes = {
  BadValue: 2,
  NoSuchKey: 4,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  IllegalOperation: 20,
  InvalidBSON: 22,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  CannotBackfillArray: 34,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  DottedFieldName: 57,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  UnknownReplWriteConcern: 79,
  NotExactValueField: 111,
  ExceededMemoryLimit: 146,
  InvalidPipelineOperator: 168,
  QueryFeatureNotAllowed: 224,
  ConversionFailure: 241,
  QueryExceededMemoryLimit: 292,
  InternalError: 1,
  DuplicateKey: 11000,
  InterruptedAtShutdown: 11600,
  BSONObjectTooLarge: 10334,
  OutOfDiskSpace: 14031,
  NotImplemented: 238,
} as const;

export type CodeName = keyof typeof codes;

/** What a command answers instead of a result. `extra` is merged into the reply (keyPattern, keyValue, ...). */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly extra: Record<string, unknown>;

  constructor(code: CodeName | number, message: string, extra: Record<string, unknown> = {}) {
    super(message);
    this.code = typeof code === 'number' ? code : codes[code];
    this.codeName = typeof code === 'number' ? `Location${code}` : code;
    this.extra = extra;
  }
}

/** Shorthand for `throw`, usable in expression position. A number is a server location such as 40324. */
export function fail(code: CodeName | number, message: string, extra?: Record<string, unknown>): never {
  throw new CommandError(code, message, extra);
}
