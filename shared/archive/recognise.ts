/** What the first bytes of a file say it is. `other`: none of the kinds known here. */
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
  | 'other';

export type Compression = Extract<Format, 'gzip' | 'xz' | 'bzip2' | 'zstd'>;

/** Bytes {@link recognise} wants to see, if the file has as many. */
export const HEAD_BYTES = 4096;

/** First bytes in hexadecimal. */
const MAGIC: readonly [Format, string][] = [
  ['gzip', '1f8b08'],
  ['xz', 'fd377a585a00'],
  ['zstd', '28b52ffd'],
  ['zip', '504b0304'],
  ['zip', '504b0506'],
  ['zip', '504b0708'],
  ['bzip2', '425a68'],
  ['7z', '377abcaf271c'],
  ['rar', '526172211a07'],
  ['cab', '4d53434600000000'],
  ['lz4', '04224d18'],
  ['lzip', '4c5a495001'],
  ['compress', '1f9d90'],
  ['lzma', '5d00008000ff'],
];

const BY_FIRST_BYTE = new Map(
  [...Map.groupBy(MAGIC, ([, magic]) => Number.parseInt(magic.slice(0, 2), 16))].map(([byte, rows]) => [
    byte,
    rows,
  ]),
);

/**
 * Recognises a file by its first {@link HEAD_BYTES} bytes, never by its name: customers rename, mailers cut.
 * Sources: RFC 1952, the .xz, bzip2, zstd (RFC 8878) and zip (APPNOTE) formats, POSIX ustar, RFC 9580 §4.
 */
export function recognise(head: Buffer): Format {
  const first = head[0];
  if (first === undefined) return 'empty';
  const rows = BY_FIRST_BYTE.get(first);
  if (rows !== undefined) {
    const start = head.toString('hex', 0, 10);
    for (const [format, magic] of rows) {
      if (start.startsWith(magic) && (format !== 'bzip2' || isBzip2(start))) return format;
    }
  }
  if (isTarHeader(head)) return 'tar';
  if (first === 0x53 && head.toString('latin1', 0, 8) === 'Salted__') return 'openssl';
  if (isZstdSkippable(head)) return 'zstd';
  return isPgp(head) ? 'pgp' : 'other';
}

/** True when a format is the compression of one stream. */
export function isCompression(format: Format): format is Compression {
  return format === 'gzip' || format === 'xz' || format === 'bzip2' || format === 'zstd';
}

/**
 * Whether a file is a text log in any of the encodings met: few control characters, and no NUL bytes but in the
 * pattern of UTF-16.
 */
export function isText(head: Buffer): boolean {
  const mark = head.toString('hex', 0, 2);
  if (mark === 'fffe' || mark === 'feff') return true;
  const zeros = [0, 0];
  let controls = 0;
  for (let index = 0; index < head.length; index += 1) {
    const byte = head[index] ?? 0;
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
    else if (byte < 0x20 && (byte < 9 || byte > 13) && byte !== 0x1b) controls += 1;
  }
  const [even = 0, odd = 0] = zeros;
  const many = head.length / 4;
  const few = head.length / 40;
  if (even + odd > 0) return (odd > many && even < few) || (even > many && odd < few);
  return controls <= few;
}

function isBzip2(start: string): boolean {
  const level = Number.parseInt(start.slice(6, 8), 16);
  const block = start.slice(8);
  return level >= 0x31 && level <= 0x39 && (block === '314159265359' || block === '177245385090');
}

/** Whether another frame of a zstd stream starts here, a skippable one included. */
export function isZstdFrame(start: Buffer): boolean {
  return start.toString('hex') === '28b52ffd' || /^5.2a4d18$/.test(start.toString('hex'));
}

/** pzstd and others write a skippable frame first; the real one follows it. */
function isZstdSkippable(head: Buffer): boolean {
  if (head.length < 8 || head[1] !== 0x2a || head[2] !== 0x4d || head[3] !== 0x18) return false;
  const next = 8 + head.readUInt32LE(4);
  return ((head[0] ?? 0) & 0xf0) === 0x50 && head.toString('hex', next, next + 4) === '28b52ffd';
}

/** A 512-byte block whose checksum field fits: ustar, GNU, and the v7 tar that has no magic. */
function isTarHeader(block: Buffer): boolean {
  if (block.length < 512 || block[0] === 0) return false;
  let stored = 0;
  let digits = 0;
  for (let index = 148; index < 156; index += 1) {
    const byte = block[index] ?? 0;
    if (byte >= 0x30 && byte <= 0x37) {
      stored = stored * 8 + byte - 0x30;
      digits += 1;
    } else if (byte !== 0x20 && byte !== 0) {
      return false;
    }
  }
  if (digits === 0) return false;
  let sum = 8 * 0x20;
  for (let index = 0; index < 512; index += 1) if (index < 148 || index >= 156) sum += block[index] ?? 0;
  return sum === stored;
}

/**
 * What `gpg -c` and `gpg -e` write: an encrypted session key packet of a known version first (symmetric: tag 3,
 * public key: tag 1; old and new packet headers), or ASCII armour.
 */
function isPgp(head: Buffer): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0] = head;
  if (first === 0x2d) return head.toString('latin1', 0, 27) === '-----BEGIN PGP MESSAGE-----';
  if (first === 0x8c || first === 0xc3) return second < 0x40 && third >= 4 && third <= 6;
  if (first === 0x84) return third === 3;
  if (first === 0x85) return fourth === 3 && second < 8;
  return first === 0xc1 && (third === 3 || third === 6 || fourth === 3);
}
