export type Strength = 1 | 2 | 3;

const plainAscii = /^[\x20-\x7e]*$/;
/** A character with the marks that follow it. */
const unit = /\P{M}\p{M}*|\p{M}+/gu;

/** What a unit may be equal to, the simplest first. Letters with a stroke have no decomposition to find them by. */
const simplest = [
  '',
  ...'0123456789abcdefghijklmnopqrstuvwxyz',
  'ae',
  'oe',
  'ss',
  'ij',
  'dz',
  'lj',
  'nj',
  'hv',
];

const mostUnits = 20_000;
const mostTexts = 5_000;
const longestText = 100;

/**
 * Maps texts that the collator calls equal to one text, unit by unit. Unicode's tables only propose: a
 * proposal is taken when the collator itself sees no difference.
 */
export function createFold(collator: Intl.Collator, strength: Strength): (text: string) => string {
  const units = new Map<string, string>();
  const texts = new Map<string, string>();

  function foldUnit(text: string): string {
    const cached = units.get(text);
    if (cached !== undefined) return cached;
    const folded = proposals(text, strength).find((each) => collator.compare(each, text) === 0) ?? text;
    return remember(units, mostUnits, text, folded);
  }

  return (text) => {
    if (plainAscii.test(text)) return strength === 3 ? text : text.toLowerCase();
    const cached = texts.get(text);
    if (cached !== undefined) return cached;
    const folded = text.normalize('NFD').replace(unit, foldUnit).normalize('NFD');
    return text.length > longestText ? folded : remember(texts, mostTexts, text, folded);
  };
}

function proposals(text: string, strength: Strength): string[] {
  if (strength === 3) return [''];
  const compatible = text.normalize('NFKD');
  const lower = foldCase(compatible);
  const bare = lower.replace(/\p{M}+/gu, '');
  return [...simplest, hiragana(bare), bare, hiragana(lower), lower, foldCase(text)];
}

/** Through the capitals, where ς and σ or ſ and s are one letter. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}

function hiragana(text: string): string {
  return text.replace(/[\u30a1-\u30f6]/g, (katakana) => String.fromCharCode(katakana.charCodeAt(0) - 0x60));
}

function remember(cache: Map<string, string>, most: number, key: string, value: string): string {
  if (cache.size >= most) cache.clear();
  cache.set(key, value);
  return value;
}
