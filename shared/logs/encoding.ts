import type { LogMember } from '../evidence/evidence.ts';

export type Encoding = LogMember['encoding'];

/** Encodings in which every byte below 0x80 at a character's start is ASCII and `\n` is never part of another. */
export type ByteEncoding = Exclude<Encoding, 'utf-16le' | 'utf-16be'>;

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });
const DECODERS: Record<Encoding, InstanceType<typeof TextDecoder>> = {
  'utf-8': new TextDecoder('utf-8', { ignoreBOM: true }),
  shift_jis: new TextDecoder('shift_jis'),
  'euc-jp': new TextDecoder('euc-jp'),
  'utf-16le': new TextDecoder('utf-16le', { ignoreBOM: true }),
  'utf-16be': new TextDecoder('utf-16be', { ignoreBOM: true }),
  latin1: new TextDecoder('latin1'),
};

/** Bytes as text; what is no character of the encoding becomes U+FFFD. */
export function decode(bytes: Uint8Array, encoding: Encoding): string {
  return DECODERS[encoding].decode(bytes);
}

/** Whether no byte of `[start, end)` is above 0x7f. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 0x7f) return false;
  return true;
}

/**
 * The encoding of text lines that are not all ASCII. UTF-8 when most of them are valid UTF-8 (one line broken by
 * a crash does not change that); else the one of Shift_JIS (CP932) and EUC-JP whose decoding has fewer faults,
 * and of equal ones the one that looks more like written Japanese: kana and common kanji rather than rows of
 * half-width kana or rare signs. Latin-1 when neither fits.
 */
export function encodingOf(lines: readonly Uint8Array[]): ByteEncoding {
  let utf8 = 0;
  for (const line of lines) if (isUtf8(line)) utf8++;
  if (utf8 * 2 >= lines.length) return 'utf-8';
  const shiftJis = strangeness(lines, 'shift_jis');
  const eucJp = strangeness(lines, 'euc-jp');
  const best = Math.min(shiftJis, eucJp);
  if (best > 0.5) return 'latin1';
  return shiftJis <= eucJp ? 'shift_jis' : 'euc-jp';
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    STRICT_UTF8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** 0 for fluent Japanese up to 1 for noise: the share of doubtful characters among those that are not ASCII. */
function strangeness(lines: readonly Uint8Array[], encoding: 'shift_jis' | 'euc-jp'): number {
  let all = 0;
  let doubtful = 0;
  for (const line of lines) {
    for (const character of decode(line, encoding)) {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x80) continue;
      all++;
      if (code === 0xfffd) doubtful += 4;
      else if (code >= 0xff61 && code <= 0xff9f) doubtful += 0.75;
      else if (!isCommonJapanese(code)) doubtful += 0.5;
    }
  }
  return all === 0 ? 1 : Math.min(1, doubtful / all);
}

function isCommonJapanese(code: number): boolean {
  return (
    (code >= 0x3000 && code <= 0x30ff) ||
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0xff01 && code <= 0xff60)
  );
}

/** What the first bytes of a member say it is. */
export type Sniffed = 'bytes' | 'utf-16le' | 'utf-16be' | 'binary';

const SNIFF_BYTES = 1_024;

/**
 * Tells text from binary by the first KiB. NUL bytes alone do not make a binary: a crash leaves holes of them in
 * logs, so a member that its name calls a log (`trusted`) is always text.
 */
export function sniff(head: Uint8Array, trusted: boolean): Sniffed {
  const bytes = head.subarray(0, SNIFF_BYTES);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  let nuls = 0;
  let evenNuls = 0;
  let controls = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === 0) {
      nuls++;
      if (at % 2 === 0) evenNuls++;
    } else if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27)
      controls++;
    else if (byte === 0x7f) controls++;
  }
  if (nuls === bytes.length) return 'bytes';
  if (nuls > bytes.length / 4 && controls * 20 < bytes.length) {
    if (evenNuls === 0) return 'utf-16le';
    if (evenNuls === nuls) return 'utf-16be';
  }
  if (trusted) return 'bytes';
  return nuls > 0 || controls * 20 > bytes.length ? 'binary' : 'bytes';
}
