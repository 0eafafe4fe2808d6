import type { ByteReader } from './byte_reader.ts';
import { Fault } from './fault.ts';
import { decodeName } from './names.ts';

const BLOCK = 512;
/** A long name or a PAX header longer than this is passed over. GNU tar and libarchive draw the line at 1 MiB. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** One entry of a tar, before its bytes. */
export interface TarEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'special';
  readonly size: number;
  readonly mtime: Date | null;
  readonly linkTarget: string | null;
  /** The holes of a sparse file: pieces `[offset, length]` that are stored, in order; null when all of it is. */
  readonly pieces: readonly (readonly [number, number])[] | null;
  /** Bytes stored in the archive. */
  readonly stored: number;
}

/** What {@link readTarEntry} came upon. */
export type TarStep =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  | { readonly kind: 'problem'; readonly fault: Fault }
  | { readonly kind: 'end' };

type Extended = Map<string, string>;

/** Reads tar headers of one stream. Between two calls of {@link TarReader.step} the entry's stored bytes and padding must be taken. */
export class TarReader {
  readonly #input: ByteReader;
  #globals: Extended = new Map();
  #sawEnd = false;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  /** The next entry. After `problem` it may be called again: damaged stretches are passed over. */
  async step(): Promise<TarStep> {
    let longName: string | null = null;
    let longLink: string | null = null;
    let extended: Extended | null = null;
    for (;;) {
      const block = this.#input.takeNow(BLOCK) ?? (await this.#input.take(BLOCK));
      if (block.length < BLOCK) return this.#atEnd(block);
      const sum = storedSum(block);
      if (sum !== checksum(block)) {
        if (isZero(block)) {
          this.#sawEnd = true;
          continue;
        }
        return { kind: 'problem', fault: await this.#resync() };
      }
      this.#sawEnd = false;
      const type = String.fromCharCode(block[156] ?? 0);
      const size = number(block, 124, 12);
      if (!Number.isSafeInteger(size) || size < 0)
        return { kind: 'problem', fault: new Fault('corrupt', `A tar entry states the size ${size}.`) };
      if (type === 'L' || type === 'K' || type === 'x' || type === 'g' || type === 'X') {
        if (size > MAX_HEADER_BYTES) {
          await this.#input.skip(padded(size));
          return {
            kind: 'problem',
            fault: new Fault(
              'limit_name_length',
              `A tar header of ${size} bytes was passed over; the limit is ${MAX_HEADER_BYTES}.`,
            ),
          };
        }
        const data = await this.#input.take(padded(size));
        if (data.length < size) return this.#atEnd(data);
        const body = data.subarray(0, size);
        if (type === 'L') longName = text(body, 0, size);
        else if (type === 'K') longLink = text(body, 0, size);
        else if (type === 'g') this.#globals = new Map([...this.#globals, ...records(body)]);
        else extended = records(body);
        continue;
      }
      return { kind: 'entry', entry: this.#entry(block, type, size, longName, longLink, extended) };
    }
  }

  #entry(
    block: Buffer,
    flag: string,
    headerSize: number,
    longName: string | null,
    longLink: string | null,
    extended: Extended | null,
  ): TarEntry {
    const pax = (key: string) => extended?.get(key) ?? this.#globals.get(key) ?? null;
    const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
    const prefix = isUstar && block[345] !== 0 ? `${text(block, 345, 155)}/` : '';
    const name = pax('path') ?? longName ?? prefix + text(block, 0, 100);
    const paxSize = pax('size');
    const stored = paxSize !== null && /^\d{1,15}$/.test(paxSize) ? Number(paxSize) : headerSize;
    const seconds = Number(pax('mtime') ?? number(block, 136, 12));
    const mtime = Number.isFinite(seconds) && seconds > 0 && seconds < 8e12 ? new Date(seconds * 1000) : null;
    const type = typeOf(flag, name);
    return {
      name,
      type,
      size: stored,
      stored: type === 'file' ? stored : stored,
      mtime,
      linkTarget:
        type === 'symlink' || type === 'hardlink'
          ? (pax('linkpath') ?? longLink ?? text(block, 157, 100))
          : null,
      pieces: null,
    };
  }

  #atEnd(rest: Buffer): TarStep {
    if (this.#input.fault !== null) return { kind: 'problem', fault: this.#input.fault };
    if (rest.length > 0 && !isZero(rest))
      return { kind: 'problem', fault: new Fault('truncated', 'The tar ends inside an entry header.') };
    if (!this.#sawEnd) {
      this.#sawEnd = true;
      return { kind: 'problem', fault: new Fault('truncated', 'The tar ends without its end mark.') };
    }
    return { kind: 'end' };
  }

  async #resync(): Promise<Fault> {
    const from = this.#input.position - BLOCK;
    for (;;) {
      const block = await this.#input.peek(BLOCK);
      if (block.length < BLOCK || (storedSum(block) === checksum(block) && hasMagic(block))) break;
      await this.#input.skip(BLOCK);
    }
    return new Fault(
      'corrupt',
      `${this.#input.position - from} bytes of the tar at ${from} hold no valid entry header and were passed over.`,
    );
  }
}

/** Size with the padding to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function typeOf(flag: string, name: string): TarEntry['type'] {
  switch (flag) {
    case '\0':
    case '0':
      return name.endsWith('/') ? 'directory' : 'file';
    case '7':
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

function hasMagic(block: Buffer): boolean {
  return block.toString('latin1', 257, 262) === 'ustar';
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function text(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return decodeName(block.subarray(start, end === -1 || end > start + length ? start + length : end));
}

/** An octal field, or GNU's base-256 for what does not fit. NaN when it is neither. */
function number(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first & 0x80) {
    if (first & 0x40) return Number.NaN;
    let value = first & 0x3f;
    for (let index = start + 1; index < start + length; index += 1) value = value * 256 + (block[index] ?? 0);
    return value;
  }
  const digits = block
    .toString('latin1', start, start + length)
    .replace(/\0.*$/s, '')
    .trim();
  return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function storedSum(block: Buffer): number {
  return number(block, 148, 8);
}

function checksum(block: Buffer): number {
  let sum = 8 * 32;
  for (let index = 0; index < 148; index += 1) sum += block[index] ?? 0;
  for (let index = 156; index < BLOCK; index += 1) sum += block[index] ?? 0;
  return sum;
}

/** PAX records `length key=value\n` (POSIX.1-2001 pax, "Extended Header"). */
function records(body: Buffer): Extended {
  const found: Extended = new Map();
  let start = 0;
  while (start < body.length) {
    const space = body.indexOf(0x20, start);
    const length = space === -1 ? Number.NaN : Number(body.toString('latin1', start, space));
    if (!Number.isInteger(length) || length < space - start + 3 || start + length > body.length) break;
    const equals = body.indexOf(0x3d, space);
    if (equals === -1 || equals >= start + length) break;
    found.set(
      body.toString('latin1', space + 1, equals),
      decodeName(body.subarray(equals + 1, start + length - 1)),
    );
    start += length;
  }
  return found;
}
