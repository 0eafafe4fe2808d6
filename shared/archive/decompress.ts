import type { Transform } from 'node:stream';
import { constants, createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { ByteReader } from './byte_reader.ts';
import { decompressBzip2 } from './bzip2.ts';
import { Fault } from './fault.ts';
import type { Compression } from './recognise.ts';
import { decompressXz } from './xz.ts';

/**
 * Output chunks of the decompressors. At 16 KiB (the default) the hand-over between threads costs more than the
 * inflating; beyond 128 KiB nothing gets faster, and the garbage of 256 KiB chunks raises the peak RSS by 25 MB.
 */
const CHUNK_BYTES = 128 * 1024;

/** Bytes a decompressor may be ahead of its reader, so that it goes on in its thread while the reader looks. */
const AHEAD_BYTES = 8 * CHUNK_BYTES;

const OPTIONS = { chunkSize: CHUNK_BYTES, readableHighWaterMark: AHEAD_BYTES };

/**
 * The decompressed bytes of a stream, of all its members, frames or concatenated streams.
 * Throws a {@link Fault} (`truncated`, `corrupt`, `checksum_mismatch`, …) after the last byte that could be had.
 *
 * @param maxDictionaryBytes largest window (zstd) or dictionary (xz) that is granted memory.
 */
export function decompress(
  format: Compression | 'deflate',
  input: ByteReader,
  maxDictionaryBytes: number,
): AsyncGenerator<Buffer> {
  switch (format) {
    case 'deflate':
      return throughEngine(format, input, createInflateRaw(OPTIONS));
    case 'gzip':
      return throughEngine(format, input, createGunzip(OPTIONS));
    case 'zstd':
      return throughEngine(
        format,
        input,
        createZstdDecompress({
          ...OPTIONS,
          params: {
            [constants.ZSTD_d_windowLogMax]: Math.max(10, Math.floor(Math.log2(maxDictionaryBytes))),
          },
        }),
      );
    case 'xz':
      return decompressXz(input, maxDictionaryBytes, CHUNK_BYTES);
    case 'bzip2':
      return decompressBzip2(input);
  }
}

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
      const chunk = await input.next();
      if (chunk === null) break;
      fed += chunk.length;
      last = chunk;
      await Promise.race([new Promise<void>((resolve) => engine.write(chunk, () => resolve())), over]);
      if (engine.destroyed || engine.readableEnded) return;
    }
    engine.end();
  };
  const feeding = feed();
  feeding.catch((error: unknown) =>
    engine.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    for await (const chunk of engine) yield chunk;
  } catch (error) {
    if (input.fault !== null) throw input.fault;
    if (error instanceof Error && 'code' in error && typeof error.code === 'string')
      throw faultOf(format, error);
    throw error;
  } finally {
    engine.destroy();
    await feeding;
  }
  if (format !== 'deflate') await expectZeros(format, input, tailOf(last, fed - engine.bytesWritten));
  if (input.fault !== null) throw input.fault;
}

function tailOf(chunk: Buffer | null, length: number): Buffer {
  return chunk === null ? Buffer.alloc(0) : chunk.subarray(Math.max(0, chunk.length - length));
}

/** After compressed data only padding of zeros may stand: tapes and some uploaders write it. */
async function expectZeros(format: string, input: ByteReader, first: Buffer): Promise<void> {
  for (let piece: Buffer | null = first; piece !== null; piece = await input.next()) {
    if (!isZero(piece)) {
      await input.drain();
      throw new Fault(
        'corrupt',
        `After the end of the ${format} data stand other bytes; they were not read.`,
      );
    }
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const piece = bytes.subarray(at, at + ZEROS.length);
    if (ZEROS.compare(piece, 0, piece.length, 0, piece.length) !== 0) return false;
  }
  return true;
}

function faultOf(format: string, cause: Error): Fault {
  const code = 'code' in cause ? String(cause.code) : '';
  if (code === 'Z_BUF_ERROR')
    return new Fault('truncated', `The ${format} data ends before its end mark.`, { cause });
  if (/incorrect (data|length) check/.test(cause.message) || code === 'ZSTD_error_checksum_wrong')
    return new Fault('checksum_mismatch', `The ${format} data does not fit its checksum.`, { cause });
  if (code === 'ZSTD_error_frameParameter_windowTooLarge')
    return new Fault('unsupported_method', 'The zstd data needs more memory than is granted.', { cause });
  return new Fault('corrupt', `The ${format} data is damaged (${cause.message}).`, { cause });
}
