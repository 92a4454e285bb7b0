import type { z } from 'zod';
import { DomainError } from '../../contracts/errors.js';
import type { Actor } from '../../platform/actor.js';
import type { BusinessDocument, BusinessService } from '../business/index.js';
import type { grantView, userView } from './identity.dto.js';
import type { UserDocument } from './user.schema.js';

export type UserView = z.infer<typeof userView>;
export type GrantView = z.infer<typeof grantView>;

/** A person of the staff as they act. */
export function staffActor(user: UserDocument, ip: string | null): Actor {
  return { business: user.business, id: user._id, role: user.role, ip };
}

export function toUserView(user: UserDocument): UserView {
  const { _id, email = null, name, role, state, rev, created_at } = user;
  return { id: _id, email, name, role, state, rev, created_at };
}

export function toBusinessView({ _id, name, state, settings }: BusinessDocument): GrantView['business'] {
  const { time_zone, locale, currency } = settings;
  return { id: _id, name, state, time_zone, locale, currency };
}

/** Routes for people are open to signed-in programs too; this is where a person is needed. */
export function requireUser(actor: Actor): string {
  if (actor.session === undefined)
    throw new DomainError('forbidden', 'This is for people, not for API keys.');
  return actor.id;
}

/** Null once it is deleted, or while its registration is only half done. */
export async function findBusiness(
  businesses: BusinessService,
  actor: Actor,
): Promise<BusinessDocument | null> {
  try {
    return await businesses.get(actor);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return null;
    throw error;
  }
}
