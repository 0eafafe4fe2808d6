import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import unbzip2 from 'unbzip2-stream';
import xz from 'xz-decompress';
import type { ByteReader } from './byte_reader.ts';
import { Fault } from './fault.ts';
import type { Compression } from './recognise.ts';

/** Output chunks of the decompressors: at 256 KiB gunzip is bound by the inflating, at the default by the hand-over. */
const CHUNK_BYTES = 256 * 1024;

/**
 * The decompressed bytes of a stream, of all its members, frames or concatenated streams.
 * Throws a {@link Fault} (`truncated`, `corrupt`, `checksum_mismatch`, …) after the last byte that could be had.
 */
export async function* decompress(format: Compression, input: ByteReader): AsyncGenerator<Buffer> {
  switch (format) {
    case 'gzip':
      yield* throughEngine(format, input, createGunzip({ chunkSize: CHUNK_BYTES }));
      break;
    case 'zstd':
      yield* throughEngine(format, input, createZstdDecompress({ chunkSize: CHUNK_BYTES }));
      break;
    case 'xz':
      yield* throughXz(input);
      break;
    case 'bzip2':
      yield* throughEngine(format, input, unbzip2() as unknown as Transform);
      break;
  }
}

async function* throughEngine(
  format: Compression,
  input: ByteReader,
  engine: Transform,
): AsyncGenerator<Buffer> {
  const ended = new Promise<void>((resolve) => {
    engine
      .once('end', resolve)
      .once('error', () => resolve())
      .once('close', resolve);
  });
  const feed = async () => {
    for (;;) {
      const chunk = await input.next();
      if (chunk === null) break;
      await Promise.race([new Promise<void>((resolve) => engine.write(chunk, () => resolve())), ended]);
      if (engine.destroyed || engine.readableEnded) return;
    }
    engine.end();
  };
  const feeding = feed();
  try {
    for await (const chunk of engine) yield chunk as Buffer;
  } catch (error) {
    if (input.fault !== null) throw input.fault;
    throw faultOf(format, error);
  } finally {
    engine.destroy();
    await feeding;
  }
  if (input.fault !== null) throw input.fault;
}

function faultOf(format: Compression, cause: unknown): Fault {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/unexpected end|truncated/i.test(message))
    return new Fault('truncated', `The ${format} data ends before its end mark.`, { cause });
  if (/check|crc/i.test(message) && !/header check/.test(message))
    return new Fault('checksum_mismatch', `The ${format} data does not fit its checksum.`, { cause });
  return new Fault('corrupt', `The ${format} data is damaged (${message}).`, { cause });
}

async function* throughXz(input: ByteReader): AsyncGenerator<Buffer> {
  const stream = new xz.XzReadableStream(ReadableStream.from(input.rest()));
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } catch (error) {
    throw input.fault ?? faultOf('xz', error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
