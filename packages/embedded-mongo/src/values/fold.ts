export type Strength = 1 | 2 | 3;

const plainAscii = /^[\x20-\x7e]*$/;
/** A character with the marks that follow it. */
const unit = /\P{M}\p{M}*|\p{M}+/gu;

const mostRemembered = 10_000;
const longestRemembered = 100;

/**
 * Maps texts that the collator calls equal to one text. JavaScript has no ICU sort keys, so the collator
 * itself is the table: all characters are sorted by it once (some 10 ms, when the first text that is not
 * plain ASCII comes), and each unit of a text is looked up there.
 */
export function createFold(collator: Intl.Collator, strength: Strength): (text: string) => string {
  const units = new Map<string, string>();
  const texts = new Map<string, string>();
  let sorted: string[] | undefined;

  const equal = (a: string, b: string) => collator.compare(a, b) === 0;

  function foldUnit(text: string): string {
    const representative = findClass(text);
    if (representative !== undefined) return representative;
    const spelled = text.normalize('NFKD');
    if (spelled !== text && equal(spelled, text)) return foldUnits(spelled);
    const characters = [...text];
    return characters.length === 1 ? text : characters.map(foldUnit).join('');
  }

  /** The characters equal to this one lie side by side, the simplest first; one may be written as several. */
  function findClass(text: string): string | undefined {
    const first = lowerBound((sorted ??= repertoire().sort(collator.compare)), text, collator);
    const simplest = sorted[first];
    if (simplest === undefined || !equal(simplest, text)) return undefined;
    if (plainAscii.test(simplest)) return simplest;
    for (let i = first, each = sorted[i]; each !== undefined && equal(each, text); each = sorted[++i]) {
      const spelled = each.normalize('NFKD');
      if ([...spelled.matchAll(unit)].length < 2) continue;
      const folded = foldUnits(spelled);
      // Together some letters are more than each by itself: Thai's SARA AM is not SARA AA.
      if (equal(folded, text)) return folded;
    }
    return simplest.normalize('NFD');
  }

  function foldUnits(text: string): string {
    return text.replace(unit, (each) => remember(units, each, foldUnit));
  }

  return (text) => {
    if (plainAscii.test(text)) return strength === 3 ? text : text.toLowerCase();
    return remember(texts, text.normalize('NFD'), foldUnits);
  };
}

function remember(cache: Map<string, string>, text: string, fold: (text: string) => string): string {
  const cached = cache.get(text);
  if (cached !== undefined) return cached;
  const folded = fold(text);
  if (cache.size >= mostRemembered) cache.clear();
  if (text.length <= longestRemembered) cache.set(text, folded);
  return folded;
}

/** Where the first entry lies that is not below `text`. */
function lowerBound(sorted: readonly string[], text: string, collator: Intl.Collator): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (collator.compare(sorted[middle] ?? '', text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The simplest first, which is what others fold to: nothing at all, letters, pairs of them (æ is ae),
 * numbers (circled ones), then all characters but ideographs and Hangul syllables, which equal no other.
 */
function repertoire(): string[] {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const pairs = letters.flatMap((a) => letters.map((b) => a + b));
  const numbers = Array.from({ length: 51 }, (_, n) => String(n));
  const characters: string[] = [];
  for (let code = 0; code < 0x20000; code++) {
    if ((code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xf900)) continue;
    const character = String.fromCodePoint(code);
    if (!/\p{Cn}/u.test(character)) characters.push(character);
  }
  return ['', ...letters, ...pairs, ...numbers, ...characters];
}
