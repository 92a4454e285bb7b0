import { z } from 'zod';
import { scopes, staffRoles } from '../../contracts/roles.js';
import { email, instant } from './identity.dto.js';

const role = z.enum(staffRoles).meta({ example: 'agent' });

export const changeRoleInput = z.strictObject({ role }).meta({ id: 'ChangeRole' });
export type ChangeRoleInput = z.infer<typeof changeRoleInput>;

export const inviteInput = z.strictObject({ email, role }).meta({ id: 'CreateInvite' });
export type InviteInput = z.infer<typeof inviteInput>;

export const inviteView = z
  .strictObject({
    id: z.string(),
    email: z.string(),
    role,
    state: z.enum(['open', 'accepted', 'revoked', 'expired']),
    rev: z.int(),
    created_at: instant,
    expires_at: instant,
  })
  .meta({ id: 'Invite' });
export type InviteView = z.infer<typeof inviteView>;

/** The link is in the first answer only. */
export const createdInviteView = inviteView
  .extend({ link: z.string().optional().meta({ example: 'https://desk.example/invite#8fJq...' }) })
  .meta({ id: 'CreatedInvite' });

const scope = z.enum(scopes);

export const createKeyInput = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(120)
      .regex(/^\P{Cc}*$/u, 'A name has no control characters.')
      .meta({ example: 'Booking site' }),
    scopes: z
      .array(scope)
      .min(1)
      .max(scopes.length)
      .refine((all) => new Set(all).size === all.length, 'A scope is named twice.')
      .meta({ example: ['events:write'] }),
  })
  .meta({ id: 'CreateApiKey' });
export type CreateKeyInput = z.infer<typeof createKeyInput>;

export const keyView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    scopes: z.array(scope),
    rev: z.int(),
    created_by: z.string(),
    created_at: instant,
    last_used_at: instant.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type KeyView = z.infer<typeof keyView>;

/** The key is in the first answer only: nobody can read it again. */
export const createdKeyView = keyView
  .extend({ key: z.string().optional().meta({ example: 'dw_65f0c1d2e3a4b5c6d7e8f901_k3...' }) })
  .meta({ id: 'CreatedApiKey' });
