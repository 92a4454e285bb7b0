import { z } from 'zod';
import type { BusinessDocument, BusinessHistoryEntry } from './business.schema.js';

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** An origin as a browser sends it: scheme, host, port, nothing else, and no pattern. */
function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

export const businessName = z.string().trim().min(1).max(120);

export const businessSettings = z.strictObject({
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'Not a time zone of the IANA list, such as Europe/Berlin.'),
  locale: z.string().max(35).refine(isLocale, 'Not a language tag, such as en-US.'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'Not a currency code of three capitals, such as USD.'),
  allowed_origins: z
    .array(z.string().max(255).refine(isOrigin, 'Not an origin, such as https://shop.example.'))
    .max(50),
});

export const defaultSettings: z.infer<typeof businessSettings> = {
  time_zone: 'UTC',
  locale: 'en-US',
  currency: 'USD',
  allowed_origins: [],
};

export const createBusinessInput = z.strictObject({
  name: businessName,
  settings: businessSettings.partial().optional(),
});
export type CreateBusinessInput = z.infer<typeof createBusinessInput>;

/** Rename, change settings, or both at once; what is not named stays. */
export const changeBusinessInput = z
  .strictObject({ name: businessName, settings: businessSettings.partial() })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'Nothing to change.')
  .meta({
    id: 'ChangeBusinessInput',
    example: { name: 'Demo Desk', settings: { time_zone: 'Europe/Berlin' } },
  });
export type ChangeBusinessInput = z.infer<typeof changeBusinessInput>;

export const businessView = z
  .strictObject({
    id: z.string(),
    rev: z.int(),
    name: z.string(),
    state: z.enum(['active', 'suspended', 'deleting']),
    settings: businessSettings,
    created_at: z.string(),
    deletion_at: z.string().nullable().meta({ description: 'When a requested deletion becomes final.' }),
  })
  .meta({ id: 'Business' });

const shown = z.union([z.string(), z.array(z.string())]);

export const historyEntryView = z
  .strictObject({
    rev: z.int(),
    at: z.string(),
    actor: z.strictObject({ id: z.string(), role: z.string(), ip: z.string().nullable() }),
    changes: z.record(z.string(), z.strictObject({ old: shown, new: shown })),
  })
  .meta({ id: 'BusinessHistoryEntry' });

export function toBusinessView(business: BusinessDocument): z.infer<typeof businessView> {
  const { _id: id, rev, name, state, created_at, dueAt } = business;
  const { time_zone, locale, currency, allowed_origins } = business.settings;
  return {
    id,
    rev,
    name,
    // A deleted one is never shown: services answer not_found.
    state: state === 'deleted' ? 'deleting' : state,
    settings: { time_zone, locale, currency, allowed_origins: [...allowed_origins] },
    created_at: created_at.toISOString(),
    deletion_at: dueAt?.toISOString() ?? null,
  };
}

export function toHistoryView(entry: BusinessHistoryEntry): z.infer<typeof historyEntryView> {
  const { rev, at, actor, changes } = entry;
  return {
    rev,
    at: at.toISOString(),
    actor: { id: actor.id, role: actor.role, ip: actor.ip },
    changes: changes as z.infer<typeof historyEntryView>['changes'],
  };
}
