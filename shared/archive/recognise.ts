/** What the first bytes of a file say it is. `binary`: none of the known kinds, and no text either. */
export type Format =
  | 'empty'
  | 'tar'
  | 'gzip'
  | 'xz'
  | 'bzip2'
  | 'zstd'
  | 'zip'
  | 'pgp'
  | 'openssl'
  | '7z'
  | 'rar'
  | 'cab'
  | 'lz4'
  | 'lzip'
  | 'lzma'
  | 'compress'
  | 'text'
  | 'binary';

export type Compression = Extract<Format, 'gzip' | 'xz' | 'bzip2' | 'zstd'>;

/** Bytes {@link recognise} wants to see, if the file has as many. */
export const HEAD_BYTES = 4096;

const MAGIC: readonly [Format, number[]][] = [
  ['gzip', [0x1f, 0x8b, 0x08]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['rar', [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07]],
  ['cab', [0x4d, 0x53, 0x43, 0x46, 0, 0, 0, 0]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['lzip', [0x4c, 0x5a, 0x49, 0x50, 0x01]],
  ['compress', [0x1f, 0x9d, 0x90]],
  ['lzma', [0x5d, 0x00, 0x00, 0x80, 0x00, 0xff]],
];

/**
 * Recognises a file by its first {@link HEAD_BYTES} bytes, never by its name: customers rename, mailers cut.
 * Sources: RFC 1952, the xz, bzip2, zstd and zip specifications, POSIX pax (ustar magic at 257), RFC 9580 §4.
 */
export function recognise(head: Buffer): Format {
  if (head.length === 0) return 'empty';
  for (const [format, magic] of MAGIC) {
    if (head.length >= magic.length && magic.every((byte, index) => head[index] === byte)) return format;
  }
  if (isBzip2(head)) return 'bzip2';
  if (isTarHeader(head)) return 'tar';
  if (head.toString('latin1', 0, 8) === 'Salted__') return 'openssl';
  if (isPgp(head)) return 'pgp';
  return isText(head) ? 'text' : 'binary';
}

/** True when a format is a compression of one stream. */
export function isCompression(format: Format): format is Compression {
  return format === 'gzip' || format === 'xz' || format === 'bzip2' || format === 'zstd';
}

function isBzip2(head: Buffer): boolean {
  return (
    head.length >= 10 &&
    /^BZh[1-9]$/.test(head.toString('latin1', 0, 4)) &&
    ['314159265359', '177245385090'].includes(head.toString('hex', 4, 10))
  );
}

/** A 512-byte block whose checksum field fits: ustar, GNU and the v7 tar that has no magic. */
function isTarHeader(block: Buffer): boolean {
  if (block.length < 512) return false;
  const stored = /^[ \0]*([0-7]{1,7})[ \0]/.exec(block.toString('latin1', 148, 157))?.[1];
  if (stored === undefined) return false;
  let sum = 8 * 32;
  for (let index = 0; index < 512; index += 1) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  return sum === Number.parseInt(stored, 8);
}

/**
 * What `gpg -c` and `gpg -e` write: a symmetric- or public-key encrypted session key packet of a known version
 * first, or ASCII armour.
 */
function isPgp(head: Buffer): boolean {
  if (head.toString('latin1', 0, 27) === '-----BEGIN PGP MESSAGE-----') return true;
  const [first = 0, second = 0, third = 0, fourth = 0] = head;
  if (first === 0x8c) return (third === 4 || third === 5) && second < 64;
  if (first === 0xc3) return (third === 4 || third === 5 || third === 6) && second < 64;
  if (first === 0x84) return third === 3;
  if (first === 0x85) return fourth === 3;
  return first === 0xc1 && (third === 3 || third === 6 || fourth === 3);
}

/** No NUL byte except in the pattern of UTF-16, and few other controls. */
function isText(head: Buffer): boolean {
  const bom = head.toString('hex', 0, 2);
  if (bom === 'fffe' || bom === 'feff') return true;
  let odd = 0;
  let even = 0;
  let controls = 0;
  for (let index = 0; index < head.length; index += 1) {
    const byte = head[index] ?? 0;
    if (byte === 0) {
      if (index % 2 === 0) even += 1;
      else odd += 1;
    } else if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 27 && byte !== 12) {
      controls += 1;
    }
  }
  if (odd + even > 0) {
    const half = head.length / 2;
    return (odd > half * 0.5 && even < half * 0.05) || (even > half * 0.5 && odd < half * 0.05);
  }
  return controls <= head.length / 50;
}
