import { z } from 'zod';

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

/** An origin as a browser sends it: scheme, host, port, nothing else. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
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
  .refine((input) => Object.keys(input).length > 0, 'Nothing to change.');
export type ChangeBusinessInput = z.infer<typeof changeBusinessInput>;
