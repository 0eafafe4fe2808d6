/**
 * Characters that would change how the text around a name is shown: C0 and C1 controls, bidi marks, embeddings
 * and isolates, line and paragraph separators, zero-width and tag characters, lone surrogates.
 */
const UNSHOWABLE =
  /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

/** Longest name, in UTF-16 code units, that is quoted in a problem. */
const MAX_SHOWN = 300;

/** An untrusted name as it may stand in a sentence or on a terminal: controls as `\u…`, long names cut in the middle. */
export function shown(name: string): string {
  const cut =
    name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN / 2)}…${name.slice(-MAX_SHOWN / 2)}` : name;
  return cut.replace(
    UNSHOWABLE,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** True for a name that an extracting tool could be led astray by. This reader writes nothing, so it only reports it. */
export function isUnsafe(name: string): boolean {
  return (
    name === '' ||
    name.includes('\0') ||
    /^[/\\]/.test(name) ||
    /^[A-Za-z]:/.test(name) ||
    /(^|[/\\])\.\.([/\\]|$)/.test(name)
  );
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const CP932 = new TextDecoder('shift_jis', { fatal: true });

/** A stored name as text: UTF-8 if it is valid, else CP932 (zip and tar made on Japanese Windows), else Latin-1. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    try {
      return CP932.decode(bytes);
    } catch {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    }
  }
}
