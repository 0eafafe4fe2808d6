import type { Transform } from 'node:stream';
import {
  constants,
  crc32,
  createInflateRaw,
  createZstdDecompress,
  type ZlibOptions,
  type ZstdOptions,
} from 'node:zlib';
import type { ByteReader } from './byte_reader.ts';
import { decompressBzip2 } from './bzip2.ts';
import { CHUNK_BYTES, giveBack } from './chunk.ts';
import { Fault } from './fault.ts';
import { InflateError, InflatingThread, type Totals } from './inflate/thread.ts';
import { type Compression, isZstdFrame } from './recognise.ts';
import { decompressXz } from './xz.ts';

/** Chunks a decompressor may be ahead of its reader, so that it goes on in its thread while the reader looks. */
const CHUNKS_AHEAD = 2;

/** How {@link decompress} goes about it. */
export interface Manner {
  /** Bytes of most chunks. */
  readonly chunkBytes: number;
  /** Inflates gzip in a thread of its own: worth its start for large data. */
  readonly inThread: boolean;
}

const FOR_MEMBERS: Manner = { chunkBytes: CHUNK_BYTES, inThread: false };

/** Compressed bytes given at a time: what came out of the piece in which a damage lies is lost. */
const PIECE_BYTES = 64 * 1024;

function optionsOf(chunkBytes: number): ZlibOptions & ZstdOptions & { readableHighWaterMark: number } {
  return { chunkSize: chunkBytes, readableHighWaterMark: CHUNKS_AHEAD * chunkBytes };
}

/**
 * The decompressed bytes of a stream, of all its members, frames or concatenated streams. A chunk is only good
 * until the next one is asked for.
 * Throws a {@link Fault} (`truncated`, `corrupt`, `checksum_mismatch`, …) after the last byte that could be had.
 *
 * @param format a compression, or the bare DEFLATE data of a zip entry.
 * @param maxDictionaryBytes largest window (zstd) or dictionary (xz) that is granted memory.
 */
export function decompress(
  format: Compression | 'deflate',
  input: ByteReader,
  maxDictionaryBytes: number,
  { chunkBytes, inThread }: Manner = FOR_MEMBERS,
): AsyncGenerator<Buffer> {
  switch (format) {
    case 'deflate':
      return throughEngine(format, input, createInflateRaw(optionsOf(chunkBytes)));
    case 'gzip':
      return inThread && InflatingThread.isAvailable()
        ? decompressGzipInThread(input)
        : decompressGzip(input, (input) => inflateMember(input, chunkBytes));
    case 'zstd':
      return decompressZstd(input, maxDictionaryBytes, chunkBytes);
    case 'xz':
      return decompressXz(input, maxDictionaryBytes, chunkBytes);
    case 'bzip2':
      return decompressBzip2(input);
  }
}

/**
 * gzip, RFC 1952. The framing is read here, not by zlib's gunzip: that one loses the last bytes of a file whose
 * checksum is wrong or that other bytes follow, and takes a second member for padding if its first byte is damaged.
 */
async function* decompressGzip(
  input: ByteReader,
  inflate: (input: ByteReader) => AsyncGenerator<Buffer, Totals>,
): AsyncGenerator<Buffer> {
  do {
    await passGzipHeader(input);
    const { crc, length } = yield* inflate(input);
    const trailer = await input.take(8);
    if (trailer.length < 8) throw input.fault ?? truncated('gzip');
    if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== length % 2 ** 32)
      throw new Fault('checksum_mismatch', 'The gzip data does not fit its checksum.');
  } while ((await input.peek(3)).toString('hex') === '1f8b08');
  await expectPadding('gzip', input);
}

async function* decompressGzipInThread(input: ByteReader): AsyncGenerator<Buffer> {
  const thread = new InflatingThread();
  try {
    yield* decompressGzip(input, (input) => thread.inflate(input));
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    throw input.fault ?? faultOf('gzip', error);
  } finally {
    await thread.close();
  }
}

async function* inflateMember(input: ByteReader, chunkBytes: number): AsyncGenerator<Buffer, Totals> {
  let crc = 0;
  let length = 0;
  for await (const chunk of throughEngine('gzip', input, createInflateRaw(optionsOf(chunkBytes)))) {
    crc = crc32(chunk, crc);
    length += chunk.length;
    yield chunk;
  }
  return { crc, length };
}

async function passGzipHeader(input: ByteReader): Promise<void> {
  const header = await input.take(10);
  const flags = header[3] ?? 0;
  if (header.length === 10 && flags & 0xe0)
    throw new Fault('corrupt', 'The gzip header has flags that are not known.');
  if (flags & 4) {
    const length = await input.take(2);
    if (length.length === 2) await input.skip(length.readUInt16LE(0));
  }
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    for (let byte = await input.take(1); byte.length === 1 && byte[0] !== 0; byte = await input.take(1));
  }
  if (flags & 2) await input.skip(2);
  if ((await input.peek(1)).length === 0) throw input.fault ?? truncated('gzip');
}

async function* decompressZstd(
  input: ByteReader,
  maxDictionaryBytes: number,
  chunkBytes: number,
): AsyncGenerator<Buffer> {
  const windowLog = Math.max(10, Math.floor(Math.log2(maxDictionaryBytes)));
  do {
    const engine = createZstdDecompress({
      ...optionsOf(chunkBytes),
      params: { [constants.ZSTD_d_windowLogMax]: windowLog },
    });
    yield* throughEngine('zstd', input, engine);
  } while (isZstdFrame(await input.peek(4)));
  await expectPadding('zstd', input);
}

/** What an engine of zlib makes of its input. Afterwards the input stands behind the last byte that it took. */
async function* throughEngine(
  format: Compression | 'deflate',
  input: ByteReader,
  engine: Transform & { bytesWritten: number },
): AsyncGenerator<Buffer> {
  const over = new Promise<void>((resolve) => {
    for (const event of ['end', 'error', 'close']) engine.once(event, () => resolve());
  });
  let fed = 0;
  let last: Buffer | null = null;
  const feed = async () => {
    for (;;) {
      const given = await input.next(PIECE_BYTES);
      if (given === null) break;
      // A copy: the engine may still read it in its thread when the reader has left and the input has moved on.
      const piece = Buffer.from(given);
      fed += piece.length;
      last = piece;
      await Promise.race([new Promise<void>((resolve) => engine.write(piece, () => resolve())), over]);
      if (engine.destroyed || engine.bytesWritten < fed) return;
    }
    engine.end();
  };
  const output = outputOf(engine);
  const feeding = feed();
  feeding.catch((error: Error) => engine.destroy(error));
  try {
    yield* output;
  } catch (error) {
    if (input.fault !== null) throw input.fault;
    throw error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? faultOf(format, error)
      : error;
  } finally {
    engine.destroy();
    await feeding;
  }
  input.unread(last, fed - engine.bytesWritten);
}

/**
 * The chunks of an engine as it made them; its own iterator would copy those that wait into one. The memory of a
 * chunk is given back as soon as the engine and the reader are both past it: left to the garbage collector, which
 * sees small objects and large memory, it costs a fifth of the time and 40 MB.
 */
async function* outputOf(engine: Transform): AsyncGenerator<Buffer> {
  const waiting: Buffer[] = [];
  let failure: Error | null = null;
  let ended = false;
  let wake = () => {};
  engine.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    if (waiting.length >= CHUNKS_AHEAD) engine.pause();
    wake();
  });
  engine.once('error', (error: Error) => {
    failure = error;
    wake();
  });
  for (const event of ['end', 'close'])
    engine.once(event, () => {
      ended = true;
      wake();
    });
  let before: Buffer | null = null;
  for (;;) {
    const chunk = waiting.shift();
    if (chunk !== undefined) {
      if (engine.isPaused()) engine.resume();
      if (before !== null && before.buffer !== chunk.buffer) giveBack(before);
      before = chunk;
      yield chunk;
    } else if (failure !== null) throw failure;
    else if (ended) {
      if (before !== null) giveBack(before);
      return;
    } else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

/** Behind compressed data only zeros may stand: tapes and some uploaders write them. */
async function expectPadding(format: string, input: ByteReader): Promise<void> {
  for (let piece = await input.next(); piece !== null; piece = await input.next()) {
    if (piece.every((byte) => byte === 0)) continue;
    await input.drain();
    throw new Fault('corrupt', `After the end of the ${format} data stand other bytes; they were not read.`);
  }
  if (input.fault !== null) throw input.fault;
}

function truncated(format: string): Fault {
  return new Fault('truncated', `The ${format} data ends before its end mark.`);
}

function faultOf(format: string, cause: Error & { code: unknown }): Fault {
  switch (cause.code) {
    case 'Z_BUF_ERROR':
      return truncated(format);
    case 'ZSTD_error_checksum_wrong':
      return new Fault('checksum_mismatch', 'The zstd data does not fit its checksum.', { cause });
    case 'ZSTD_error_frameParameter_windowTooLarge':
      return new Fault('unsupported_method', 'The zstd data needs more memory than is granted.', { cause });
    default:
      return new Fault('corrupt', `The ${format} data is damaged (${cause.message}).`, { cause });
  }
}
