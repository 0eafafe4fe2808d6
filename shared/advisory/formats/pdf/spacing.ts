/** What a character is to its neighbours; everything else is `other`. */
const Class = { other: 0, latin: 1, letter: 2, opening: 3, closing: 4 } as const;

const OPENING = '（〔［｛〈《「『【｟〘〖〝';
const CLOSING = '）〕］｝〉》」』】｠〙〗〟、。，．';

/**
 * Between Japanese and Latin letters or digits (JLREQ 3.2.6). Readers take a gap of a tenth of an em for a blank when
 * they search (pdf.js, Poppler), so it stays below that.
 */
export const AUTOSPACE = 0.08;
/** Full-width punctuation fills one half of its square; two in a row share the empty halves (JLREQ 3.1.4). */
const SQUEEZE = -0.5;

const classes = new Uint8Array(0x10000);
for (let code = 0x30; code <= 0x7a; code++)
  if (/[0-9A-Za-z]/.test(String.fromCharCode(code))) classes[code] = Class.latin;
for (let code = 0x3041; code <= 0x30ff; code++)
  if (code !== 0x30fb && code !== 0x30a0) classes[code] = Class.letter;
for (let code = 0x3400; code <= 0x9fff; code++) classes[code] = Class.letter;
for (const character of '々〆〇') classes[character.charCodeAt(0)] = Class.letter;
for (const character of OPENING) classes[character.charCodeAt(0)] = Class.opening;
for (const character of CLOSING) classes[character.charCodeAt(0)] = Class.closing;

function classOf(code: number): number {
  return classes[code] ?? Class.other;
}

/** What Japanese typesetting adds between two characters, in em: mostly nothing. */
export function spaceBetween(left: number, right: number): number {
  const a = classOf(left);
  const b = classOf(right);
  if ((a === Class.latin && b === Class.letter) || (a === Class.letter && b === Class.latin))
    return AUTOSPACE;
  if (a === Class.closing && (b === Class.closing || b === Class.opening)) return SQUEEZE;
  if (a === Class.opening && b === Class.opening) return SQUEEZE;
  return 0;
}

/**
 * Whether the font's own kerning is asked for between two characters: where it shows, after a capital letter and
 * before a stop or comma. To ask for every pair of letters would take longer than to set the lines.
 */
export function isKerned(left: number, right: number): boolean {
  if (left >= 0x41 && left <= 0x5a) return isLetter(right);
  return (right === 0x2c || right === 0x2e) && isLetter(left);
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
