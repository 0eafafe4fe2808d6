import type { ByteReader } from './byte_reader.ts';
import { Fault } from './fault.ts';
import { decodeName } from './names.ts';

const BLOCK = 512;
/** A long name or a PAX header longer than this is passed over. GNU tar and libarchive draw the line at 1 MiB. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** Stored pieces of a sparse file; more are no file of a support bundle. */
const MAX_PIECES = 100_000;

/** A stored stretch of a sparse file: its place in the file and its length. */
export type Piece = readonly [offset: number, length: number];

/** One entry of a tar, before its bytes. */
export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'special';
  readonly mtime: Date | null;
  readonly linkTarget: string | null;
  /** Bytes of the file, holes of a sparse file included. */
  readonly size: number;
  /** Bytes that follow in the archive, without padding. */
  readonly stored: number;
  /** What is stored of a sparse file, in order; null when all of it is. */
  readonly pieces: readonly Piece[] | null;
}

export type TarStep =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  /** A stretch that could not be read was passed over; the next step goes on behind it. */
  | { readonly kind: 'damage'; readonly fault: Fault }
  /** Nothing follows; `fault` when the end is not where it should be. */
  | { readonly kind: 'end'; readonly fault: Fault | null };

/** PAX records in their order; GNU's sparse maps repeat their keys. */
type Extended = [key: string, value: Buffer][];

/**
 * Reads the headers of a tar: v7, ustar, GNU (long names, base-256 numbers, sparse) and PAX (POSIX.1-2001, with
 * GNU's sparse formats 0.0, 0.1 and 1.0). Between two steps the caller takes the stored bytes and the padding.
 *
 * Why not tar-stream: it neither knows sparse files (it loses its place behind an old GNU one with a long map) nor
 * goes on behind a damaged header, and takes names for UTF-8. Reading 50,000 small members it also takes longer.
 */
export class TarReader {
  readonly #input: ByteReader;
  #globals: Extended = [];
  #sawEnd = false;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  async step(): Promise<TarStep> {
    let longName: Buffer | null = null;
    let longLink: Buffer | null = null;
    let extended: Extended | null = null;
    for (;;) {
      // Copies of what is held while more is read: a chunk is only good until then.
      const block = Buffer.from(this.#input.takeNow(BLOCK) ?? (await this.#input.take(BLOCK)));
      if (block.length < BLOCK) return this.#end(block);
      if (octal(block, 148, 8) !== checksum(block)) {
        if (isZero(block)) {
          this.#sawEnd = true;
          continue;
        }
        return { kind: 'damage', fault: await this.#resync() };
      }
      this.#sawEnd = false;
      const flag = String.fromCharCode(block[156] ?? 0);
      const size = numeric(block, 124, 12);
      if (!Number.isSafeInteger(size)) return damage('A tar entry states a size that is no number.');
      if (flag !== 'L' && flag !== 'K' && flag !== 'x' && flag !== 'X' && flag !== 'g')
        return this.#entry(block, flag, size, longName, longLink, extended);
      const body = await this.#headerBody(size);
      if (body instanceof Fault)
        return body.code === 'truncated' ? this.#end(block) : { kind: 'damage', fault: body };
      if (flag === 'L') longName = untilNul(body, 0, size);
      else if (flag === 'K') longLink = untilNul(body, 0, size);
      else {
        const found = records(body);
        if (found === null)
          return damage('A PAX header of the tar is damaged; the entry it belongs to is read without it.');
        if (flag === 'g') this.#globals = [...this.#globals, ...found];
        else extended = found;
      }
    }
  }

  async #headerBody(size: number): Promise<Buffer | Fault> {
    if (size > MAX_HEADER_BYTES) {
      await this.#input.skip(padded(size));
      return new Fault(
        'limit_name_length',
        `A tar header of ${size} bytes was passed over; the limit is ${MAX_HEADER_BYTES}.`,
      );
    }
    const data = this.#input.takeNow(padded(size)) ?? (await this.#input.take(padded(size)));
    return data.length < size ? new Fault('truncated', '') : Buffer.from(data.subarray(0, size));
  }

  async #entry(
    block: Buffer,
    flag: string,
    headerSize: number,
    longName: Buffer | null,
    longLink: Buffer | null,
    extended: Extended | null,
  ): Promise<TarStep> {
    const pax = extended === null ? this.#globals : [...this.#globals, ...extended];
    const last = (key: string): Buffer | undefined => pax.findLast((record) => record[0] === key)?.[1];
    const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
    const short = untilNul(block, 0, 100);
    const prefixed =
      isUstar && block[345] !== 0
        ? Buffer.concat([untilNul(block, 345, 155), Buffer.from('/'), short])
        : short;
    let name = decodeName(last('GNU.sparse.name') ?? last('path') ?? longName ?? prefixed);
    if (name === '' && short.length > 0) name = decodeName(prefixed);
    const paxSize = last('size')?.toString('latin1');
    if (paxSize !== undefined && !/^\d{1,15}$/.test(paxSize))
      return damage('A PAX header of the tar states a size that is no number.');
    const kind = kindOf(flag, name);
    const stated = paxSize === undefined ? headerSize : Number(paxSize);
    const stored =
      kind === 'file' || (kind === 'special' && !'346'.includes(flag)) || flag === 'D'
        ? stated
        : await this.#linked(kind, stated);
    const entry = {
      name,
      kind,
      mtime: modified(last('mtime')?.toString('latin1'), numeric(block, 136, 12)),
      linkTarget:
        kind === 'symlink' || kind === 'hardlink'
          ? decodeName(last('linkpath') ?? longLink ?? untilNul(block, 157, 100))
          : null,
    };
    const sparse = await this.#sparse(block, flag, pax, stored);
    if (sparse instanceof Fault) return { kind: 'damage', fault: sparse };
    return { kind: 'entry', entry: { ...entry, ...(sparse ?? { size: stored, stored, pieces: null }) } };
  }

  /** Links and folders have no bytes, whatever size they state; only PAX lets a hard link bring some. */
  async #linked(kind: TarEntry['kind'], stated: number): Promise<number> {
    if (kind !== 'hardlink' || stated === 0) return 0;
    const block = await this.#input.peek(BLOCK);
    return block.length === BLOCK && (isZero(block) || octal(block, 148, 8) === checksum(block)) ? 0 : stated;
  }

  /** The map of a sparse file, wherever the format puts it; null for any other file. */
  async #sparse(
    block: Buffer,
    flag: string,
    pax: Extended,
    stored: number,
  ): Promise<Pick<TarEntry, 'size' | 'stored' | 'pieces'> | Fault | null> {
    const last = (key: string) => pax.findLast((record) => record[0] === key)?.[1].toString('latin1');
    let left = stored;
    let size: number;
    let numbers: number[];
    if (flag === 'S') {
      size = numeric(block, 483, 12);
      numbers = oldMap(block, 386, 4);
      let more = block[482] === 1;
      while (more && numbers.length <= MAX_PIECES * 2) {
        const next = await this.#input.take(BLOCK);
        if (next.length < BLOCK)
          return new Fault('truncated', 'The tar ends inside the map of a sparse file.');
        numbers.push(...oldMap(next, 0, 21));
        more = next[504] === 1;
      }
    } else if (last('GNU.sparse.major') === '1') {
      size = Number(last('GNU.sparse.realsize'));
      const line = async (): Promise<number> => {
        let digits = '';
        for (;;) {
          const byte = await this.#input.take(1);
          left -= 1;
          if (byte.length === 0 || left < 0 || digits.length > 20) return Number.NaN;
          if (byte[0] === 0x0a) return /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
          digits += byte.toString('latin1');
        }
      };
      const count = await line();
      numbers = [];
      if (!(count <= MAX_PIECES)) numbers.push(Number.NaN);
      else
        for (let index = 0; index < count * 2 && !Number.isNaN(numbers.at(-1)); index += 1)
          numbers.push(await line());
      const padding = (BLOCK - ((stored - left) % BLOCK)) % BLOCK;
      await this.#input.skip(padding);
      left -= padding;
    } else if (last('GNU.sparse.size') !== undefined) {
      size = Number(last('GNU.sparse.size'));
      const map = last('GNU.sparse.map');
      numbers =
        map !== undefined
          ? map.split(',').map(Number)
          : pax
              .filter(([key]) => key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
              .map(([, value]) => Number(value.toString('latin1')));
    } else {
      return null;
    }
    const pieces = piecesOf(numbers, size, left);
    if (pieces !== null) return { size, stored: left, pieces };
    await this.#input.skip(padded(Math.max(0, left)));
    return new Fault('corrupt', 'The map of a sparse file in the tar is damaged; the file was passed over.');
  }

  #end(rest: Buffer): TarStep {
    const { fault } = this.#input;
    if (fault !== null) return { kind: 'end', fault };
    if (rest.length > 0 && !isZero(rest))
      return { kind: 'end', fault: new Fault('truncated', 'The tar ends inside an entry header.') };
    return {
      kind: 'end',
      fault: this.#sawEnd ? null : new Fault('truncated', 'The tar ends without its end mark.'),
    };
  }

  /** Goes on to the next block that is a header, over whatever stands there. */
  async #resync(): Promise<Fault> {
    const from = this.#input.position - BLOCK;
    for (;;) {
      const block = await this.#input.peek(BLOCK);
      if (block.length < BLOCK) break;
      if (block.toString('latin1', 257, 262) === 'ustar' && octal(block, 148, 8) === checksum(block)) break;
      await this.#input.skip(BLOCK);
    }
    const bytes = this.#input.position - from;
    return new Fault(
      'corrupt',
      `${bytes} bytes of the tar, from byte ${from} on, hold no valid entry header and were passed over.`,
    );
  }
}

/** A size with its padding to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function damage(detail: string): TarStep {
  return { kind: 'damage', fault: new Fault('corrupt', detail) };
}

function kindOf(flag: string, name: string): TarEntry['kind'] {
  switch (flag) {
    case '\0':
    case '0':
      return name.endsWith('/') ? 'directory' : 'file';
    case '7':
    case 'S':
      return 'file';
    case '1':
      return 'hardlink';
    case '2':
      return 'symlink';
    case '5':
    case 'D':
      return 'directory';
    default:
      return 'special';
  }
}

function modified(pax: string | undefined, header: number): Date | null {
  const seconds = pax === undefined ? header : Number(pax);
  return seconds > 0 && seconds < 8e12 ? new Date(seconds * 1000) : null;
}

function oldMap(block: Buffer, start: number, slots: number): number[] {
  const numbers: number[] = [];
  for (let at = start; at < start + slots * 24 && block[at] !== 0; at += 24)
    numbers.push(numeric(block, at, 12), numeric(block, at + 12, 12));
  return numbers;
}

/** Pairs of numbers as pieces, if they are in order, inside the file, and add up to what is stored. */
function piecesOf(numbers: readonly number[], size: number, stored: number): Piece[] | null {
  if (!Number.isSafeInteger(size) || size < 0 || numbers.length % 2 !== 0 || numbers.length > MAX_PIECES * 2)
    return null;
  const pieces: Piece[] = [];
  let end = 0;
  let sum = 0;
  for (let index = 0; index < numbers.length; index += 2) {
    const offset = numbers[index] ?? Number.NaN;
    const length = numbers[index + 1] ?? Number.NaN;
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || length < 0 || offset < end)
      return null;
    end = offset + length;
    sum += length;
    pieces.push([offset, length]);
  }
  return end <= size && sum === stored ? pieces : null;
}

function isZero(bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index += 1) if (bytes[index] !== 0) return false;
  return true;
}

function untilNul(block: Buffer, start: number, length: number): Buffer {
  const end = block.indexOf(0, start);
  return block.subarray(start, end === -1 || end > start + length ? start + length : end);
}

/** A number in octal digits, or in GNU's base-256 where it does not fit. NaN when it is neither, or negative. */
function numeric(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if ((first & 0x80) === 0) return octal(block, start, length);
  if (first & 0x40) return Number.NaN;
  let value = first & 0x3f;
  for (let index = start + 1; index < start + length; index += 1) value = value * 256 + (block[index] ?? 0);
  return value;
}

/** Octal digits between blanks or NULs; 0 when there are none, NaN when there is anything else. */
function octal(block: Buffer, start: number, length: number): number {
  let index = start;
  const end = start + length;
  while (index < end && (block[index] === 0x20 || block[index] === 0)) index += 1;
  let value = 0;
  for (; index < end; index += 1) {
    const byte = block[index] ?? 0;
    if (byte === 0x20 || byte === 0) break;
    if (byte < 0x30 || byte > 0x37) return Number.NaN;
    value = value * 8 + byte - 0x30;
  }
  return value;
}

function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < 148; index += 1) sum += block[index] ?? 0;
  for (let index = 156; index < BLOCK; index += 1) sum += block[index] ?? 0;
  return sum;
}

/** PAX records `length key=value\n`; null when they do not add up. */
function records(body: Buffer): Extended | null {
  const found: Extended = [];
  let start = 0;
  while (start < body.length && body[start] !== 0) {
    let length = 0;
    let at = start;
    for (; at < body.length && body[at] !== 0x20; at += 1) {
      const digit = (body[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9 || at - start > 7) return null;
      length = length * 10 + digit;
    }
    const end = start + length;
    const equals = body.indexOf(0x3d, at);
    if (end > body.length || equals === -1 || equals >= end || body[end - 1] !== 0x0a) return null;
    found.push([body.toString('latin1', at + 1, equals), body.subarray(equals + 1, end - 1)]);
    start = end;
  }
  return found;
}
