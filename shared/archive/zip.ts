import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { Open } from 'unzipper';
import { ByteReader } from './byte_reader.ts';
import { Fault } from './fault.ts';
import { decodeName } from './names.ts';
import type { ByteSource } from './source.ts';

const EOCD_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;

/** One entry of a zip's central directory. */
export interface ZipEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'special';
  readonly mtime: Date | null;
  readonly size: number;
  readonly compressedSize: number;
  readonly crc32: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly headerOffset: number;
}

/** The central directory of a zip, read from its end. */
export async function readDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const tailStart = Math.max(0, source.size - EOCD_BYTES - MAX_COMMENT_BYTES);
  const tail = await new ByteReader(source.stream({ start: tailStart, end: source.size })).take(
    source.size - tailStart,
  );
  let at = tail.length - EOCD_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== 0x06054b50) at -= 1;
  if (at < 0) throw new Fault('truncated', 'The zip has no central directory at its end.');
  const size = tailStart + at + EOCD_BYTES + tail.readUInt16LE(at + 20);
  const custom = Open.custom as unknown as (
    source: { size(): Promise<number>; stream(offset: number, length?: number): Readable },
    options: { tailSize: number },
  ) => ReturnType<typeof Open.custom>;
  const directory = await custom(
    {
      size: async () => size,
      stream: (offset, length) =>
        Readable.from(
          source.stream({
            start: offset,
            end: Math.min(size, length === undefined ? size : offset + length),
          }),
          { objectMode: false },
        ),
    },
    { tailSize: size - tailStart - at },
  ).catch((cause: unknown) => {
    throw new Fault('corrupt', 'The central directory of the zip is damaged.', { cause });
  });
  const files = await directory.files;
  return files.map((file) => {
    const raw = decodeName(file.pathBuffer);
    const name = raw.includes('/') ? raw : raw.replaceAll('\\', '/');
    return {
      name,
      kind: name.endsWith('/') ? 'directory' : 'file',
      mtime: file.lastModifiedDateTime,
      size: file.uncompressedSize,
      compressedSize: file.compressedSize,
      crc32: file.crc32,
      method: file.compressionMethod,
      encrypted: (file.flags & 1) !== 0,
      headerOffset: file.offsetToLocalFileHeader,
    };
  });
}

/** The decompressed bytes of an entry; a {@link Fault} where they do not fit what the directory says. */
export async function* readEntry(source: ByteSource, entry: ZipEntry): AsyncGenerator<Buffer> {
  const header = await new ByteReader(
    source.stream({ start: entry.headerOffset, end: entry.headerOffset + 30 }),
  ).take(30);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50)
    throw new Fault('corrupt', 'The zip has no entry where its directory says.');
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const stored = source.stream({ start, end: start + entry.compressedSize });
  let crc = 0;
  let length = 0;
  const chunks: AsyncIterable<Uint8Array> =
    entry.method === 0
      ? stored
      : Readable.from(stored, { objectMode: false }).pipe(createInflateRaw({ chunkSize: 256 * 1024 }));
  try {
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > entry.size)
        throw new Fault('size_mismatch', `More than the stated ${entry.size} bytes came out.`);
      crc = crc32(chunk, crc);
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (cause) {
    throw cause instanceof Fault
      ? cause
      : new Fault('corrupt', 'The compressed data of the entry is damaged.', { cause });
  }
  if (length !== entry.size)
    throw new Fault('size_mismatch', `${length} bytes came out, the zip states ${entry.size}.`);
  if (crc !== entry.crc32) throw new Fault('checksum_mismatch', 'The content does not fit its checksum.');
}
