/**
 * Characters that change how the text around them is shown or what a terminal does: controls (ANSI escapes
 * begin with one), format characters (bidi marks, embeddings and isolates of UAX #9, zero-width characters, tag
 * characters), line and paragraph separators, lone surrogates, and the letters that are drawn as nothing.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/**
 * Text from a bundle with every character of {@link HIDDEN} written as `\uXXXX` (`\u{XXXXX}` beyond the BMP), so
 * that it can neither act on a terminal nor reorder or hide the words around it. The result has no line breaks.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, asCode);
}

/** A character as its code: `\u202e`, `\u{1f600}`. */
export function asCode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).padStart(4, '0');
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`;
}
