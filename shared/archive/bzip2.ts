/// <reference path="./seek_bzip.d.ts" />
import type { ByteReader } from './byte_reader.ts';
import { Fault } from './fault.ts';

/**
 * Compressed bytes that one block can take at most: 900,000 symbols of 20 bits and its tables. The decoder reads
 * without waiting, so this much is at hand before each block.
 */
const MAX_BLOCK_BYTES = 2_400_000;

const CHUNK_BYTES = 128 * 1024;

/**
 * bzip2, block by block, concatenated streams included, with block and stream checksums.
 * Slow (about 15 MB/s out): fit for a few old logs, and bounded by the time limit for more.
 */
export async function* decompressBzip2(input: ByteReader): AsyncGenerator<Buffer> {
  const { default: Bunzip } = await import('seek-bzip');
  const source = new BlockSource(input);
  const sink = new ChunkSink();
  try {
    await source.fill();
    const bunzip = new Bunzip(source, sink);
    for (;;) {
      await source.fill();
      if (bunzip._init_block()) {
        try {
          bunzip._read_bunzip();
        } finally {
          yield* sink.take();
        }
        continue;
      }
      if (bunzip.reader.read(32) >>> 0 !== bunzip.streamCRC)
        throw new Fault('checksum_mismatch', 'The bzip2 data does not fit its checksum.');
      await source.fill();
      if (source.isZerosOnly()) break;
      bunzip._start_bunzip(source, sink);
    }
    await input.drain();
  } catch (cause) {
    if (cause instanceof Fault) throw input.fault ?? cause;
    if (!(cause instanceof Error) || !('errorCode' in cause || cause instanceof RangeError)) throw cause;
    if (/CRC/.test(cause.message))
      throw new Fault('checksum_mismatch', 'The bzip2 data does not fit its checksum.', { cause });
    throw new Fault('corrupt', `The bzip2 data is damaged (${cause.message}).`, { cause });
  }
  if (input.fault !== null) throw input.fault;
}

class BlockSource {
  readonly #input: ByteReader;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  async fill(): Promise<void> {
    if (this.#bytes.length - this.#at >= MAX_BLOCK_BYTES) return;
    const parts = [this.#bytes.subarray(this.#at)];
    let length = this.#bytes.length - this.#at;
    while (length < 2 * MAX_BLOCK_BYTES) {
      const piece = await this.#input.next();
      if (piece === null) break;
      parts.push(Buffer.from(piece));
      length += piece.length;
    }
    this.#bytes = Buffer.concat(parts, length);
    this.#at = 0;
  }

  isZerosOnly(): boolean {
    return this.#bytes.subarray(this.#at).every((byte) => byte === 0);
  }

  readByte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Fault('truncated', 'The bzip2 data ends before its end mark.');
    this.#at += 1;
    return byte;
  }

  read(buffer: Uint8Array, offset: number, length: number): number {
    for (let index = 0; index < length; index += 1) buffer[offset + index] = this.readByte();
    return length;
  }
}

class ChunkSink {
  #full: Buffer[] = [];
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #length = 0;

  writeByte(byte: number): void {
    if (this.#length === CHUNK_BYTES) {
      this.#full.push(this.#chunk);
      this.#chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      this.#length = 0;
    }
    this.#chunk[this.#length] = byte;
    this.#length += 1;
  }

  *take(): Generator<Buffer> {
    const full = this.#full;
    this.#full = [];
    yield* full;
    if (this.#length > 0) yield Buffer.from(this.#chunk.subarray(0, this.#length));
    this.#length = 0;
  }
}
