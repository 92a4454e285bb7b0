import { z } from 'zod';
import { pageQuery } from '../../platform/http/pagination.js';
import type { CustomerDocument } from './customer.schema.js';
import { normalizePhone } from './phone.js';

/** Texts that people see in one line: no control characters, no halves of a character. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'Holds control characters.');

export const customerName = line(120);
export const customerEmail = z.email('Not an e-mail address.').max(254).toLowerCase();
/** Not trimmed: it is compared and signed as it is. */
export const externalId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'Holds control characters.');

export const phoneNumber = z
  .string()
  .max(40)
  .transform((text, context) => {
    const digits = normalizePhone(text);
    if (digits !== undefined) return digits;
    context.issues.push({
      code: 'custom',
      input: text,
      message: 'Not an international phone number, such as +49 1511 2345678.',
    });
    return z.NEVER;
  })
  .meta({ example: '+49 1511 2345678', description: 'International; kept as digits without plus.' });

const attributeKey = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'A key begins with a letter and has letters, digits, _ and -.');
const scalar = z.union([z.string().max(500), z.number(), z.boolean()]);
export const MOST_ATTRIBUTES = 50;
export const attributes = z
  .record(attributeKey, scalar)
  .refine((map) => Object.keys(map).length <= MOST_ATTRIBUTES, `At most ${MOST_ATTRIBUTES} attributes.`)
  .meta({ example: { plan: 'gold', seats: 3 } });
const attributeChanges = z
  .record(attributeKey, scalar.nullable())
  .refine((map) => Object.keys(map).length <= MOST_ATTRIBUTES, `At most ${MOST_ATTRIBUTES} attributes.`)
  .meta({ description: 'What is named is set, or removed by null; the rest stays.' });
export const MOST_LABELS = 20;
const labels = z
  .array(line(40))
  .max(MOST_LABELS)
  .transform((list) => [...new Set(list)]);

export const createCustomerInput = z
  .strictObject({
    name: customerName.optional(),
    email: customerEmail.optional(),
    phone_number: phoneNumber.optional(),
    external_id: externalId.optional(),
    attributes: attributes.optional(),
    labels: labels.optional(),
  })
  .refine(
    ({ name, email, phone_number, external_id }) =>
      [name, email, phone_number, external_id].some((value) => value !== undefined),
    'Name at least one of name, email, phone_number and external_id.',
  )
  .meta({
    id: 'CreateCustomerInput',
    example: { name: 'Ada Lovelace', email: 'ada@example.com', phone_number: '+44 20 7946 0958' },
  });
export type CreateCustomerInput = z.infer<typeof createCustomerInput>;

export const changeCustomerInput = z
  .strictObject({
    name: customerName.nullable(),
    email: customerEmail.nullable(),
    phone_number: phoneNumber.nullable(),
    external_id: externalId.nullable(),
    attributes: attributeChanges,
    labels,
  })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'Nothing to change.')
  .meta({
    id: 'ChangeCustomerInput',
    example: { labels: ['vip'], attributes: { plan: 'gold', trial: null } },
  });
export type ChangeCustomerInput = z.infer<typeof changeCustomerInput>;

export const mergeInput = z
  .strictObject({ into: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'Not an id.') })
  .meta({ id: 'MergeCustomerInput' });
export type MergeInput = z.infer<typeof mergeInput>;

export const customersQuery = pageQuery.extend({
  kind: z.enum(['customer', 'visitor']).optional(),
  q: z.string().min(1).max(120).optional().meta({
    description: 'Beginnings of words in name, e-mail, phone number and external id; all have to be found.',
  }),
});
export type CustomersQuery = z.infer<typeof customersQuery>;

export const customerView = z
  .strictObject({
    id: z.string(),
    rev: z.int(),
    kind: z.enum(['customer', 'visitor']),
    name: z.string().nullable(),
    email: z.string().nullable(),
    phone_number: z.string().nullable().meta({ description: 'International digits without plus.' }),
    external_id: z.string().nullable(),
    claimed_id: z.string().nullable().meta({ description: 'A user id that was named without a proof.' }),
    attributes: z.record(z.string(), scalar),
    labels: z.array(z.string()),
    unverified: z
      .array(z.string())
      .meta({ description: 'Fields that the person typed or the browser sent.' }),
    created_at: z.string(),
    last_seen_at: z.string().nullable(),
  })
  .meta({ id: 'Customer' });
export type CustomerView = z.infer<typeof customerView>;

export const erasureView = z
  .strictObject({
    id: z.string(),
    requested_at: z.string(),
    finished_at: z
      .string()
      .nullable()
      .meta({ description: 'When everything had been looked through; null while that is under way.' }),
  })
  .meta({ id: 'CustomerErasure' });

export function toCustomerView(customer: CustomerDocument): CustomerView {
  return {
    id: customer._id,
    rev: customer.rev,
    kind: customer.kind === 'visitor' ? 'visitor' : 'customer',
    name: customer.name,
    email: customer.email,
    phone_number: customer.phone_number,
    external_id: customer.external_id,
    claimed_id: customer.claimed_id,
    attributes: { ...customer.attributes },
    labels: [...customer.labels],
    unverified: [...customer.unverified],
    created_at: customer.created_at.toISOString(),
    last_seen_at: customer.last_seen_at?.toISOString() ?? null,
  };
}

export function toErasureView({ _id: id, erasure }: CustomerDocument): z.infer<typeof erasureView> {
  return {
    id,
    requested_at: erasure?.requested_at.toISOString() ?? '',
    finished_at: erasure?.finished_at?.toISOString() ?? null,
  };
}
