import { z } from 'zod';
import { permissions } from '../../contracts/audience.js';
import { roles, staffRoles } from '../../contracts/roles.js';
import { businessName } from '../business/index.js';

/** One spelling for one address: what looks the same to a person is the same user. */
export const email = z
  .string()
  .max(254)
  .normalize('NFKC')
  .trim()
  .toLowerCase()
  .max(254)
  .regex(z.regexes.email, 'Not an e-mail address.')
  .meta({ example: 'owner@demo.test' });

/** A new password. Its length is all that is asked: rules on its letters make worse ones. */
export const newPassword = z
  .string()
  .min(8, 'A password has at least 8 characters.')
  .max(200, 'A password has at most 200 characters.')
  .meta({ example: 'deskwire-demo' });

/** A password to be compared: a short one is wrong, not malformed. */
const password = z.string().max(200).meta({ example: 'deskwire-demo' });

export const personName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^\P{Cc}*$/u, 'A name has no control characters.')
  .meta({ example: 'Olivia Owner' });

/** A moment, which JSON writes as text. */
export const instant = z.date().meta({ type: 'string', format: 'date-time' });

/** 32 random bytes, as links carry them. */
const linkToken = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'Not a token of ours.');

export const registerInput = z
  .strictObject({ business_name: businessName, email, password: newPassword, name: personName.optional() })
  .meta({ id: 'Register' });
export type RegisterInput = z.infer<typeof registerInput>;

export const loginInput = z.strictObject({ email, password }).meta({ id: 'Login' });
export type LoginInput = z.infer<typeof loginInput>;

/** Browsers send it as a cookie that their pages cannot read, programs in the body. */
export const refreshInput = z
  .strictObject({ refresh_token: z.string().min(1).max(256).optional() })
  .optional()
  .meta({ id: 'Refresh' });
export type RefreshInput = z.infer<typeof refreshInput>;

export const changePasswordInput = z
  .strictObject({ current_password: password, new_password: newPassword })
  .meta({ id: 'ChangePassword' });
export type ChangePasswordInput = z.infer<typeof changePasswordInput>;

export const requestResetInput = z.strictObject({ email }).meta({ id: 'RequestPasswordReset' });
export const confirmResetInput = z
  .strictObject({ token: linkToken, password: newPassword })
  .meta({ id: 'ConfirmPasswordReset' });
export type ConfirmResetInput = z.infer<typeof confirmResetInput>;

export const changeMeInput = z.strictObject({ name: personName }).meta({ id: 'ChangeMe' });

export const acceptInviteInput = z
  .strictObject({ token: linkToken, name: personName, password: newPassword })
  .meta({ id: 'AcceptInvite' });
export type AcceptInviteInput = z.infer<typeof acceptInviteInput>;

export const userView = z
  .strictObject({
    id: z.string(),
    email: z.string().nullable(),
    name: z.string(),
    role: z.enum(staffRoles),
    state: z.enum(['active', 'disabled', 'removed']),
    rev: z.int(),
    created_at: instant,
  })
  .meta({ id: 'User' });

const businessView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    state: z.string(),
    time_zone: z.string(),
    locale: z.string(),
    currency: z.string(),
  })
  .meta({ id: 'BusinessSummary' });

export const grantView = z
  .strictObject({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    /** Seconds. */
    expires_in: z.int().positive().meta({ example: 900 }),
    refresh_token: z.string(),
    user: userView,
    business: businessView,
  })
  .meta({ id: 'Grant' });

export const meView = z
  .strictObject({
    /** Null for an API key. */
    user: userView.nullable(),
    key: z.strictObject({ id: z.string(), scopes: z.array(z.string()) }).nullable(),
    role: z.enum(roles),
    permissions: z.array(z.enum(permissions)),
    business: businessView,
  })
  .meta({ id: 'Me' });
