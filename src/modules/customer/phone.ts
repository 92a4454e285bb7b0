/**
 * A phone number as it is kept: international digits without plus, as WhatsApp names people. Undefined for what cannot
 * be one: a national number says nothing without its country, so it is refused rather than guessed.
 */
export function normalizePhone(text: string): string | undefined {
  const compact = text
    .normalize('NFKC')
    .replaceAll('(0)', '')
    .replace(/[\s().\-/\u2010-\u2015]/g, '');
  const [, digits] = /^(?:\+|00)?([1-9]\d{6,14})$/.exec(compact) ?? [];
  return digits;
}

/** Country calling codes of two digits, by E.164; 1 and 7 have one, all others three. */
const TWO_DIGITS = /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** The number as people write it at home, without the leading zero. */
export function nationalPart(digits: string): string {
  if (/^[17]/.test(digits)) return digits.slice(1);
  return digits.slice(TWO_DIGITS.test(digits) ? 2 : 3);
}
