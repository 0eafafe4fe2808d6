import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ByteReader } from './byte_reader.ts';
import { Fault } from './fault.ts';
import { XzGuard } from './xz_guard.ts';

/** The part of node-liblzma that codes one buffer into another; its streams above it know no backpressure. */
interface Engine {
  code(
    action: number,
    input: Buffer | null,
    inputOffset: number,
    inputLength: number,
    output: Buffer,
    outputOffset: number,
    done: (status: number, inputLeft: number, outputLeft: number) => boolean,
  ): void;
  close(): void;
}

// Return codes of liblzma (lzma/base.h); stable parts of its ABI.
const LZMA_OK = 0;
const LZMA_STREAM_END = 1;
const LZMA_FORMAT_ERROR = 7;
const LZMA_OPTIONS_ERROR = 8;
const LZMA_BUF_ERROR = 10;
const LZMA_RUN = 0;
const LZMA_FINISH = 3;

type EngineMaker = () => Engine;
type Library = typeof import('xz-decompress');

let nativeEngine: Promise<EngineMaker | null> | undefined;

/**
 * xz, concatenated streams included, with checksums. Decodes in a thread of libuv with liblzma where its prebuilt
 * addon loads (x64 Linux, macOS on ARM, x64 Windows), else with the same format in WebAssembly, at half the speed.
 *
 * @param maxDictionaryBytes a block that needs more ends the stream with `unsupported_method`.
 * @param native false to use WebAssembly even where the addon loads.
 */
export async function* decompressXz(
  input: ByteReader,
  maxDictionaryBytes: number,
  chunkBytes: number,
  native = true,
): AsyncGenerator<Buffer> {
  const guard = new XzGuard(maxDictionaryBytes);
  nativeEngine ??= loadNative();
  const makeEngine = native ? await nativeEngine : null;
  if (makeEngine === null) yield* throughWasm(input, guard);
  else yield* throughNative(input, guard, makeEngine(), chunkBytes);
}

async function loadNative(): Promise<EngineMaker | null> {
  const before = process.env[PREBUILT_ONLY];
  try {
    if (isPrebuilt()) process.env[PREBUILT_ONLY] = '1';
    const { createUnxz } = await import('node-liblzma');
    const maker = () => (createUnxz() as unknown as { lzma: Engine }).lzma;
    maker().close();
    return maker;
  } catch {
    return null;
  } finally {
    if (before === undefined) delete process.env[PREBUILT_ONLY];
    else process.env[PREBUILT_ONLY] = before;
  }
}

/**
 * Has node-gyp-build, by which node-liblzma finds its addon, pass over one that npm compiled on this machine. That one
 * is linked with the liblzma of the system: 5.4 of Debian 12 takes a third longer than the 5.8 of the prebuilt addon.
 */
const PREBUILT_ONLY = 'PREBUILDS_ONLY';

function isPrebuilt(): boolean {
  try {
    const library = dirname(createRequire(import.meta.url).resolve('node-liblzma'));
    return existsSync(join(library, '../prebuilds', `${process.platform}-${process.arch}`));
  } catch {
    return false;
  }
}

async function* throughNative(
  input: ByteReader,
  guard: XzGuard,
  engine: Engine,
  chunkBytes: number,
): AsyncGenerator<Buffer> {
  let chunk: Buffer | null = Buffer.alloc(0);
  let at = 0;
  const step = async (output: Buffer): Promise<{ status: number; bytes: Buffer }> => {
    let length = 0;
    for (;;) {
      if (chunk !== null && at === chunk.length) {
        chunk = await input.next();
        at = 0;
        if (chunk !== null) guard.see(chunk);
      }
      const given = chunk === null ? 0 : chunk.length - at;
      const [status, inputLeft, outputLeft] = await new Promise<[number, number, number]>((resolve) => {
        engine.code(
          chunk === null ? LZMA_FINISH : LZMA_RUN,
          chunk,
          at,
          given,
          output,
          length,
          (...result) => {
            resolve(result);
            return false;
          },
        );
      });
      at += given - inputLeft;
      length = chunkBytes - outputLeft;
      if (status !== LZMA_OK || outputLeft === 0) return { status, bytes: output.subarray(0, length) };
    }
  };
  // One is being filled while the reader looks at the other.
  let [next, read] = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)];
  let ahead = step(next);
  ahead.catch(() => undefined);
  try {
    for (;;) {
      const { status, bytes } = await ahead;
      if (status === LZMA_OK) {
        [next, read] = [read, next];
        ahead = step(next);
        ahead.catch(() => undefined);
      }
      if (bytes.length > 0) yield bytes;
      if (status === LZMA_STREAM_END) break;
      if (status !== LZMA_OK) throw input.fault ?? faultOf(status);
    }
  } finally {
    await ahead.catch(() => undefined);
    engine.close();
  }
  if (input.fault !== null) throw input.fault;
}

function faultOf(status: number): Fault {
  if (status === LZMA_BUF_ERROR) return new Fault('truncated', 'The xz data ends before its end mark.');
  if (status === LZMA_FORMAT_ERROR)
    return new Fault('corrupt', 'After the end of the xz data stand other bytes; they were not read.');
  if (status === LZMA_OPTIONS_ERROR)
    return new Fault('unsupported_method', 'The xz data uses a filter or a check that is not known here.');
  return new Fault('corrupt', `The xz data is damaged (liblzma code ${status}).`);
}

/** The library names the return code of XZ Embedded (xz.h) in its message. */
function wasmFaultOf(cause: unknown): Fault {
  const code = /error code (\d+)/.exec(String(cause))?.[1];
  if (code === undefined) throw cause;
  if (code === '8') return new Fault('truncated', 'The xz data ends before its end mark.', { cause });
  if (code === '4' || code === '6' || code === '2')
    return new Fault('unsupported_method', 'The xz data uses a filter or a check that is not known here.', {
      cause,
    });
  return new Fault('corrupt', `The xz data is damaged (XZ Embedded code ${code}).`, { cause });
}

async function* throughWasm(input: ByteReader, guard: XzGuard): AsyncGenerator<Buffer> {
  const { ReadableStream } = await import('node:stream/web');
  const library: Library & { default?: Library } = await import('xz-decompress');
  const { XzReadableStream } = library.default ?? library;
  const seen = async function* () {
    for await (const chunk of input.rest()) {
      guard.see(chunk);
      yield Buffer.from(chunk);
    }
  };
  const reader = new XzReadableStream(
    ReadableStream.from(seen()) as ConstructorParameters<typeof XzReadableStream>[0],
  ).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw input.fault ?? wasmFaultOf(cause);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  const left = guard.unfinished();
  if (left !== null) throw input.fault ?? left;
}
