import { z } from 'zod';
import { attributes, customerEmail, customerName } from './customer.dto.js';
import type { CustomerDocument } from './customer.schema.js';
import { identityInput } from './identity-proof.js';

export const sessionInput = z
  .strictObject({
    widget_key: z
      .string()
      .regex(/^wk_[A-Za-z0-9_-]{10,60}$/, 'Not a widget key.')
      .meta({ description: 'The public key of the business, from its widget settings.' }),
    visitor_token: z
      .string()
      .regex(/^vt_[A-Za-z0-9_-]{43}$/, 'Not a visitor token.')
      .optional()
      .meta({ description: 'What an earlier answer gave: the browser stays the same visitor.' }),
    identity: identityInput.optional(),
    attributes: attributes.optional(),
  })
  .meta({ id: 'WidgetSessionInput' });
export type SessionInput = z.infer<typeof sessionInput>;

/** What a customer sees of themselves; labels and the staff's attributes are not for them. */
export const selfView = z
  .strictObject({
    id: z.string(),
    rev: z.int(),
    kind: z.enum(['customer', 'visitor']),
    name: z.string().nullable(),
    email: z.string().nullable(),
    unverified: z.array(z.string()),
  })
  .meta({ id: 'WidgetCustomer' });

export const sessionView = z
  .strictObject({
    token: z.string(),
    expires_at: z.string(),
    visitor_token: z.string().nullable().meta({
      description: 'To be kept by the browser; null for a proven customer, who is proven again each time.',
    }),
    customer: selfView,
  })
  .meta({ id: 'WidgetSession' });

export const changeSelfInput = z
  .strictObject({ name: customerName.nullable(), email: customerEmail.nullable() })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'Nothing to change.')
  .meta({ id: 'ChangeSelfInput' });
export type ChangeSelfInput = z.infer<typeof changeSelfInput>;

export function toSelfView(customer: CustomerDocument): z.infer<typeof selfView> {
  const { _id: id, rev, kind, name, email, unverified } = customer;
  return {
    id,
    rev,
    kind: kind === 'visitor' ? 'visitor' : 'customer',
    name,
    email,
    unverified: unverified.filter((field) => field === 'name' || field === 'email'),
  };
}
