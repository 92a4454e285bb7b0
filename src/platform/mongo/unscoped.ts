import type { Model } from 'mongoose';

/**
 * The short list of look-ups that cross businesses. Everything else goes through TenantRepository, which names the
 * business in every filter. To add a line here is to explain why no business can be known at that point.
 */
export type UnscopedReason =
  /** Entries that a crashed pod left behind belong to any business. */
  | 'relay sweep'
  /** What falls due, falls due for everybody. */
  | 'due documents'
  /** Trims the journal of every business. */
  | 'journal retention'
  /** A delivery is claimed by whichever pod is free. */
  | 'delivery claim'
  /** Whoever signs in is known by an e-mail alone; the business is that of the user found. */
  | 'sign-in by e-mail'
  /** What a person holds names no business: a refresh token, an invitation, a reset link. */
  | 'secret in hand'
  /** An API key carries its own id, and its secret is checked against what is found. */
  | 'API key'
  /** A widget on a host page says which business it belongs to by that business's public key, and nothing else. */
  | 'widget key'
  /** A preflight names no business: all that can be asked is whether any allows the page. */
  | 'origin check';

export function unscoped<T>(model: Model<T>, _reason: UnscopedReason): Model<T> {
  return model;
}
