import type { Model, Schema } from 'mongoose';
import type { Database } from './connection.js';
import { ensureIndexes } from './indexes.js';

/** Every collection of the process, so that no pod takes traffic before each of their indexes exists. */
export class Collections {
  private readonly models: Model<unknown>[] = [];

  constructor(readonly database: Database) {}

  model<T>(name: string, schema: Schema<T>): Model<T> {
    const known = this.database.requests.models[name] as Model<T> | undefined;
    const model = known ?? this.database.requests.model<T>(name, schema);
    const registered = model as unknown as Model<unknown>;
    if (!this.models.includes(registered)) this.models.push(registered);
    return model;
  }

  /** The same collection without a request's time limit: for what reads or removes very much. */
  patient<T>(name: string, schema: Schema<T>): Model<T> {
    const known = this.database.maintenance.models[name] as Model<T> | undefined;
    return known ?? this.database.maintenance.model<T>(name, schema);
  }

  ensureIndexes(): Promise<void> {
    return ensureIndexes(this.database.maintenance, this.models);
  }

  all(): readonly Model<unknown>[] {
    return this.models;
  }
}
