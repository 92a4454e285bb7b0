import { mongo } from 'mongoose';

/** A new opaque id: 24 hexadecimal digits, made without asking anybody. */
export function newId(): string {
  return new mongo.ObjectId().toHexString();
}
