import { Fault } from './fault.ts';

/** What the walk over the container asks for: bytes to look at, or a number of bytes to pass over. */
type Wish = { readonly take: number } | { readonly skip: number };

const STREAM_MAGIC = 'fd377a585a00';
const LZMA2 = 0x21n;
/** Bytes of the check at the end of a block, by check id (the .xz file format 1.2.1, §2.1.1.2). */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/**
 * Walks over the container of an xz stream, without decoding it, ahead of a decoder that has no memory limit.
 * LZMA2 writes the size of each chunk before it, so the walk costs next to nothing. It sees the dictionary each
 * block asks for, and whether the stream ended where it should. Source: the .xz file format, version 1.2.1.
 *
 * Where the container is damaged the walk ends: the decoder goes by the same bytes and fails there as well.
 */
export class XzGuard {
  readonly #maxDictionaryBytes: number;
  readonly #walk: Generator<Wish, void, Buffer>;
  #wish: Wish | null;
  #kept: Buffer = Buffer.alloc(0);
  #skip = 0;
  /** True between streams: an end here is an end where it should be. */
  #between = true;
  #lost = false;

  constructor(maxDictionaryBytes: number) {
    this.#maxDictionaryBytes = maxDictionaryBytes;
    this.#walk = this.#container();
    const first = this.#walk.next();
    this.#wish = first.done ? null : first.value;
  }

  /** Shows the next compressed bytes. @throws {Fault} when a block asks for a larger dictionary than is granted. */
  see(chunk: Buffer): void {
    let bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = Buffer.alloc(0);
    while (this.#wish !== null) {
      if ('skip' in this.#wish) {
        if (this.#skip === 0) this.#skip = this.#wish.skip;
        const passed = Math.min(this.#skip, bytes.length);
        bytes = bytes.subarray(passed);
        this.#skip -= passed;
        if (this.#skip > 0) return;
        this.#advance(bytes.subarray(0, 0));
      } else {
        if (bytes.length < this.#wish.take) {
          this.#kept = Buffer.from(bytes);
          return;
        }
        const taken = bytes.subarray(0, this.#wish.take);
        bytes = bytes.subarray(this.#wish.take);
        this.#advance(taken);
      }
    }
  }

  /** After the last byte: a fault if the container was not at an end. */
  unfinished(): Fault | null {
    if (this.#lost) return new Fault('corrupt', 'The xz data is damaged, or other bytes follow its end.');
    return this.#between && this.#kept.length === 0
      ? null
      : new Fault('truncated', 'The xz data ends before its end mark.');
  }

  #advance(bytes: Buffer): void {
    const { value, done } = this.#walk.next(bytes);
    this.#wish = done ? null : value;
  }

  *#container(): Generator<Wish, void, Buffer> {
    for (;;) {
      let start = yield { take: 4 };
      while (start.readUInt32LE(0) === 0) start = yield { take: 4 };
      this.#between = false;
      const header = Buffer.concat([start, yield { take: 8 }]);
      if (header.toString('hex', 0, 6) !== STREAM_MAGIC) {
        this.#lost = true;
        return;
      }
      const checkBytes = CHECK_BYTES[(header[7] ?? 0) & 0x0f] ?? 0;
      if (!(yield* this.#blocks(checkBytes))) {
        this.#lost = true;
        return;
      }
      this.#between = true;
    }
  }

  /** The blocks, the index and the footer of one stream; false where they are damaged. */
  *#blocks(checkBytes: number): Generator<Wish, boolean, Buffer> {
    let blocks = 0;
    for (;;) {
      const size = (yield { take: 1 })[0] ?? 0;
      if (size === 0) break;
      const header = yield { take: (size + 1) * 4 - 1 };
      if (!this.#allows(header)) return false;
      let length = 0;
      for (;;) {
        const control = (yield { take: 1 })[0] ?? 0;
        length += 1;
        if (control === 0) break;
        if (control < 0x80) {
          if (control > 2) return false;
          const stored = (yield { take: 2 }).readUInt16BE(0) + 1;
          yield { skip: stored };
          length += 2 + stored;
        } else {
          const packed = (yield { take: 4 }).readUInt16BE(2) + 1 + (control >= 0xc0 ? 1 : 0);
          yield { skip: packed };
          length += 4 + packed;
        }
      }
      const padding = (4 - (length % 4)) % 4;
      if (padding + checkBytes > 0) yield { skip: padding + checkBytes };
      blocks += 1;
    }
    let indexBytes = 1;
    const [records, recordBytes] = yield* variableLength();
    indexBytes += recordBytes;
    if (records !== blocks) return false;
    for (let record = 0; record < records * 2; record += 1) indexBytes += (yield* variableLength())[1];
    yield { skip: ((4 - (indexBytes % 4)) % 4) + 4 };
    const footer = yield { take: 12 };
    return footer.toString('latin1', 10, 12) === 'YZ';
  }

  /** Reads the filters of a block header (without its first byte). */
  #allows(header: Buffer): boolean {
    const flags = header[0] ?? 0;
    let at = 1;
    const next = (): bigint => {
      let value = 0n;
      for (let shift = 0n; shift < 63n; shift += 7n) {
        const byte = BigInt(header[at] ?? 0);
        at += 1;
        value |= (byte & 0x7fn) << shift;
        if (byte < 0x80n) break;
      }
      return value;
    };
    if (flags & 0x40) next();
    if (flags & 0x80) next();
    for (let filter = 0; filter <= (flags & 3); filter += 1) {
      const id = next();
      const properties = Number(next());
      if (id === LZMA2) {
        const bits = header[at] ?? 0;
        if (bits > 40) return false;
        const bytes = bits === 40 ? 2 ** 32 : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);
        if (bytes > this.#maxDictionaryBytes)
          throw new Fault(
            'unsupported_method',
            `The xz data needs a dictionary of ${bytes} bytes; granted are ${this.#maxDictionaryBytes}.`,
          );
      }
      at += properties;
    }
    return at <= header.length;
  }
}

/** A number in 7-bit groups, and how many bytes it took. */
function* variableLength(): Generator<Wish, [number, number], Buffer> {
  let value = 0;
  for (let bytes = 1; ; bytes += 1) {
    const byte = (yield { take: 1 })[0] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (bytes - 1));
    if (byte < 0x80 || bytes === 9) return [value, bytes];
  }
}
