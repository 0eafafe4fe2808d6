/// <reference path="./unzipper.d.ts" />
import { Readable } from 'node:stream';
import { crc32, inflateRawSync } from 'node:zlib';
import type { Directory as UnzipperDirectory } from 'unzipper';
import { ByteReader } from './byte_reader.ts';
import { decompress } from './decompress.ts';
import { Fault } from './fault.ts';
import { decodeName } from './names.ts';
import type { ByteSource } from './source.ts';

const END_BYTES = 22;
const END_SIGNATURE = 0x06054b50;
const LOCATOR_BYTES = 20;
const LOCATOR_SIGNATURE = 0x07064b50;
const END64_BYTES = 56;
const END64_SIGNATURE = 0x06064b50;
const RECORD_BYTES = 46;
const RECORD_SIGNATURE = 0x02014b50;
/** The fixed part of a local header. */
export const HEADER_BYTES = 30;
export const HEADER_SIGNATURE = 0x04034b50;

/** Records of the central directory that are parsed at a time: unzipper keeps about 2 KiB a record. */
const BATCH_RECORDS = 2_000;

/** Two wanted entries with no more between them are read in one go: a request costs more than these bytes. */
const GAP_BYTES = 64 * 1024;

/** Longest target of a link; PATH_MAX of Linux. */
export const MAX_LINK_BYTES = 4096;

/** One entry of a zip, as its central directory states it. */
export interface ZipEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'special';
  readonly mtime: Date | null;
  readonly size: number;
  readonly compressedSize: number;
  readonly crc32: number;
  readonly method: number;
  readonly encrypted: boolean;
  /** Where its local header starts in the source. */
  readonly start: number;
  /** Where its data ends at least, by the lengths in the directory. */
  readonly end: number;
  /** True when its bytes reach into the next entry: a bomb, never a mistake. */
  readonly overlapping: boolean;
}

interface End {
  readonly records: number;
  readonly directoryStart: number;
  readonly directoryEnd: number;
  /** Bytes before the first entry that the stated offsets do not count (self-extracting zips). */
  readonly shift: number;
}

/**
 * The entries of a zip in the order of their bytes, read from the central directory at its end.
 *
 * @throws {Fault} when there is no usable directory (`truncated`, `corrupt`, `unsupported_method`) or it has more
 *   than `maxEntries` entries (`limit_members`).
 */
export async function readDirectory(source: ByteSource, maxEntries: number): Promise<ZipEntry[]> {
  const end = await findEnd(source);
  if (end.records > maxEntries)
    throw new Fault(
      'limit_members',
      `The zip has ${end.records} entries; the limit is ${maxEntries}. None was read.`,
    );
  const reader = new ByteReader(source.stream({ start: end.directoryStart, end: end.directoryEnd }));
  const entries: Omit<ZipEntry, 'overlapping'>[] = [];
  const length = end.directoryEnd - end.directoryStart;
  while (reader.position < length && entries.length < maxEntries) {
    const records = await nextRecords(reader);
    for (const entry of await parse(records)) entries.push(entryOf(entry.file, entry.extra, end.shift));
  }
  if (reader.fault !== null) throw reader.fault;
  if (entries.length !== end.records)
    throw new Fault(
      'corrupt',
      `The zip states ${end.records} entries, its directory holds ${entries.length}.`,
    );
  entries.sort((one, other) => one.start - other.start);
  return entries.map((entry, index) => ({
    ...entry,
    overlapping: entry.end > (entries[index + 1]?.start ?? end.directoryStart),
  }));
}

async function bytesOf(source: ByteSource, start: number, end: number): Promise<Buffer> {
  const reader = new ByteReader(source.stream({ start, end }));
  const bytes = await reader.take(end - start);
  await reader.close();
  if (reader.fault !== null) throw reader.fault;
  return bytes;
}

/** Whether a file that does not start as a zip ends as one: self-extracting zips do. */
export async function endsAsZip(source: ByteSource): Promise<boolean> {
  try {
    return (await findEnd(source)).records > 0;
  } catch (fault) {
    if (fault instanceof Fault) return false;
    throw fault;
  }
}

/** Finds the end record: the last one whose comment reaches just to the end of the file, else the last one. */
async function findEnd(source: ByteSource): Promise<End> {
  const near = await endIn(source, Math.max(0, source.size - 1024));
  const end = near ?? (await endIn(source, Math.max(0, source.size - END_BYTES - 0xffff)));
  if (end === null)
    throw new Fault(
      'truncated',
      'The zip ends before its central directory: its end is missing. Ask for the whole file.',
    );
  return end;
}

async function endIn(source: ByteSource, from: number): Promise<End | null> {
  const tail = await bytesOf(source, from, source.size);
  let found: number | null = null;
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE) continue;
    if (at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) return readEnd(source, tail, at, from);
    found ??= at;
  }
  return found === null ||
    from + tail.length - source.size !== 0 ||
    from > Math.max(0, source.size - END_BYTES - 0xffff)
    ? null
    : readEnd(source, tail, found, from);
}

async function readEnd(source: ByteSource, tail: Buffer, at: number, from: number): Promise<End> {
  let records = tail.readUInt16LE(at + 10);
  let size = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  let disk = tail.readUInt16LE(at + 4);
  let directoryEnd = from + at;
  // Info-ZIP writes zip64 records even where the plain one says it all, as when it packs its standard input.
  const record = await end64Before(source, directoryEnd);
  if (record !== null) {
    disk = record.bytes.readUInt32LE(16);
    records = Number(record.bytes.readBigUInt64LE(32));
    size = Number(record.bytes.readBigUInt64LE(40));
    offset = Number(record.bytes.readBigUInt64LE(48));
    directoryEnd = record.at;
  } else if (offset === 0xffffffff) {
    throw new Fault('corrupt', 'The zip64 end record is not where it should be.');
  }
  if (disk !== 0)
    throw new Fault(
      'unsupported_method',
      'This is the last part of a split zip. Join the parts (zip -s 0) and upload the result.',
    );
  const directoryStart = directoryEnd - size;
  const shift = directoryStart - offset;
  if (directoryStart < 0 || shift < 0 || records * RECORD_BYTES > size)
    throw new Fault('corrupt', 'The end record of the zip does not fit the file.');
  return { records, directoryStart, directoryEnd, shift };
}

/** The zip64 end record whose locator stands right before the end record; null when there is none. */
async function end64Before(source: ByteSource, end: number): Promise<{ at: number; bytes: Buffer } | null> {
  const locator = end - LOCATOR_BYTES;
  if (locator < END64_BYTES) return null;
  const pointer = await bytesOf(source, locator, end);
  if (pointer.length < LOCATOR_BYTES || pointer.readUInt32LE(0) !== LOCATOR_SIGNATURE) return null;
  for (const at of [Number(pointer.readBigUInt64LE(8)), locator - END64_BYTES]) {
    if (at > locator - END64_BYTES) continue;
    const bytes = await bytesOf(source, at, at + END64_BYTES);
    if (bytes.length === END64_BYTES && bytes.readUInt32LE(0) === END64_SIGNATURE) return { at, bytes };
  }
  return null;
}

interface Records {
  readonly bytes: Buffer;
  /** The extra field of each record. */
  readonly extras: readonly Buffer[];
}

/** The next records of the directory, cut at their boundaries. */
async function nextRecords(reader: ByteReader): Promise<Records> {
  const parts: Buffer[] = [];
  const extras: Buffer[] = [];
  while (extras.length < BATCH_RECORDS) {
    const fixed = Buffer.from(await reader.take(RECORD_BYTES));
    if (fixed.length === 0 && extras.length > 0) break;
    if (fixed.length < RECORD_BYTES || fixed.readUInt32LE(0) !== RECORD_SIGNATURE)
      throw reader.fault ?? new Fault('corrupt', 'The central directory of the zip is damaged.');
    const [name, extra, comment] = [fixed.readUInt16LE(28), fixed.readUInt16LE(30), fixed.readUInt16LE(32)];
    const rest = Buffer.from(await reader.take(name + extra + comment));
    if (rest.length < name + extra + comment)
      throw reader.fault ?? new Fault('corrupt', 'The central directory of the zip is damaged.');
    parts.push(fixed, rest);
    extras.push(rest.subarray(name, name + extra));
  }
  return { bytes: Buffer.concat(parts), extras };
}

type UnzipperFile = Awaited<UnzipperDirectory['files']>[number];

/** Has unzipper parse some records, put before an end record of their own. */
async function parse({ bytes, extras }: Records): Promise<{ file: UnzipperFile; extra: Buffer }[]> {
  const { default: unzipper } = await import('unzipper');
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END_SIGNATURE, 0);
  end.writeUInt16LE(extras.length, 8);
  end.writeUInt16LE(extras.length, 10);
  end.writeUInt32LE(bytes.length, 12);
  const zip = Buffer.concat([bytes, end]);
  const directory = await unzipper.Open.custom(
    {
      size: async () => zip.length,
      stream: (offset, length) =>
        Readable.from([zip.subarray(offset, length === undefined ? zip.length : offset + length)], {
          objectMode: false,
        }),
    },
    { tailSize: END_BYTES },
  ).catch((cause: unknown) => {
    throw new Fault('corrupt', 'The central directory of the zip is damaged.', { cause });
  });
  const files = await directory.files;
  return files.map((file, index) => ({ file, extra: extras[index] ?? Buffer.alloc(0) }));
}

function entryOf(file: UnzipperFile, extra: Buffer, shift: number): Omit<ZipEntry, 'overlapping'> {
  const decoded = decodeName(file.pathBuffer);
  // APPNOTE 4.4.17 asks for slashes; archivers on Windows have written backslashes all the same.
  const name = decoded.includes('/') ? decoded : decoded.replaceAll('\\', '/');
  const start = file.offsetToLocalFileHeader + shift;
  const { compressedSize, uncompressedSize } = file;
  if (![start, compressedSize, uncompressedSize].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new Fault('corrupt', 'The central directory of the zip states a size that is no number.');
  return {
    name,
    kind: kindOf(name, uncompressedSize, file.versionMadeBy >>> 8, file.externalFileAttributes >>> 16),
    mtime: modified(extra) ?? validDate(file.lastModifiedDateTime),
    size: uncompressedSize,
    compressedSize,
    crc32: file.crc32,
    method: file.compressionMethod,
    encrypted: (file.flags & 1) !== 0,
    start,
    end: start + HEADER_BYTES + file.fileNameLength + compressedSize,
  };
}

/** What has bytes is a file, whatever else its mode says: `zip -` calls its standard input a pipe. */
function kindOf(name: string, size: number, system: number, mode: number): ZipEntry['kind'] {
  const type = system === 3 || system === 19 ? mode & 0o170000 : 0;
  if (type === 0o120000 && size <= MAX_LINK_BYTES) return 'symlink';
  if (size > 0) return 'file';
  if (name.endsWith('/') || type === 0o040000) return 'directory';
  return type === 0 || type === 0o100000 ? 'file' : 'special';
}

/** The time in UTC of Info-ZIP's extra field (0x5455) or NTFS's (0x000a); the DOS time has no zone. */
export function modified(extra: Buffer): Date | null {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const body = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    const id = extra.readUInt16LE(at);
    if (id === 0x5455 && body.length >= 5 && ((body[0] ?? 0) & 1) === 1)
      return new Date(body.readInt32LE(1) * 1000);
    if (id === 0x000a && body.length >= 16 && body.readUInt16LE(4) === 1)
      return validDate(new Date(Number(body.readBigUInt64LE(8) / 10_000n) - 11_644_473_600_000));
  }
  return null;
}

function validDate(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Entries that are read in one go. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly entries: readonly ZipEntry[];
}

/** Groups entries, given in the order of their bytes, so that near neighbours are read by one range. */
export function runsOf(entries: readonly ZipEntry[], alone: (entry: ZipEntry) => boolean): Run[] {
  const runs: { start: number; end: number; entries: ZipEntry[]; closed: boolean }[] = [];
  for (const entry of entries) {
    const last = runs.at(-1);
    // Local headers often have a longer extra field than the directory says.
    const end = entry.end + 64;
    if (last !== undefined && !last.closed && !alone(entry) && entry.start - last.end <= GAP_BYTES) {
      last.entries.push(entry);
      last.end = Math.max(last.end, end);
    } else {
      runs.push({ start: entry.start, end, entries: [entry], closed: alone(entry) });
    }
  }
  return runs;
}

/** The bytes of a run, and on from there for as long as they are asked for. */
export async function* bytesOfRun(source: ByteSource, run: Run): AsyncGenerator<Uint8Array> {
  const end = Math.min(run.end, source.size);
  yield* source.stream({ start: run.start, end });
  if (end < source.size)
    yield* source.stream({ start: end, end: Math.min(end + GAP_BYTES * 4, source.size) });
}

/** Moves a reader of the source to the data of an entry. @throws {Fault} when its local header is not there. */
export async function seekData(reader: ByteReader, entry: ZipEntry): Promise<void> {
  const header = await reader.take(HEADER_BYTES);
  if (header.length < HEADER_BYTES)
    throw reader.fault ?? new Fault('truncated', 'The zip ends before this entry.');
  if (header.readUInt32LE(0) !== HEADER_SIGNATURE || header.readUInt16LE(8) !== entry.method)
    throw new Fault('corrupt', 'The zip has no entry of that kind where its directory says.');
  await reader.skip(header.readUInt16LE(26) + header.readUInt16LE(28));
}

/** Entries up to this size are inflated at once: setting up a stream costs more than the inflating. */
const SMALL_ENTRY_BYTES = 64 * 1024;

/**
 * The content of a small deflated entry whose compressed bytes are given, if it is sound; null leaves it to
 * {@link contentOf} to find out what can be had of it.
 */
export function smallContent(stored: Buffer, entry: ZipEntry): Buffer | null {
  if (stored.length < entry.compressedSize) return null;
  try {
    const content = inflateRawSync(stored, { maxOutputLength: Math.max(1, entry.size) });
    return content.length === entry.size && crc32(content) === entry.crc32 ? content : null;
  } catch {
    return null;
  }
}

/** Whether {@link smallContent} is for this entry. */
export function isSmall(entry: ZipEntry): boolean {
  return (
    entry.method === 8 && entry.compressedSize <= SMALL_ENTRY_BYTES && entry.size <= 16 * SMALL_ENTRY_BYTES
  );
}

/** The compressed bytes of an entry as they stand in a reader that is at its data. */
export async function* storedBytes(
  reader: ByteReader,
  entry: Pick<ZipEntry, 'compressedSize'>,
): AsyncGenerator<Buffer> {
  let left = entry.compressedSize;
  while (left > 0) {
    const piece = await reader.next(left);
    if (piece === null)
      throw (
        reader.fault ?? new Fault('truncated', `The zip ends ${left} bytes before the end of this entry.`)
      );
    left -= piece.length;
    yield piece;
  }
}

/** Decompressed bytes checked against the size and CRC-32 that the directory states. */
export async function* contentOf(
  stored: AsyncIterable<Buffer>,
  entry: Pick<ZipEntry, 'size' | 'crc32' | 'method'>,
  maxDictionaryBytes: number,
): AsyncGenerator<Buffer> {
  let crc = 0;
  let length = 0;
  for await (const chunk of unpacked(stored, entry.method, maxDictionaryBytes)) {
    length += chunk.length;
    if (length > entry.size)
      throw new Fault('size_mismatch', `More than the ${entry.size} bytes came out that the zip states.`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (length !== entry.size)
    throw new Fault('size_mismatch', `${length} bytes came out; the zip states ${entry.size}.`);
  if (crc !== entry.crc32)
    throw new Fault('checksum_mismatch', 'The content does not fit its checksum in the zip.');
}

/** Compression methods by number: APPNOTE 4.4.5. */
function unpacked(
  stored: AsyncIterable<Buffer>,
  method: number,
  maxDictionaryBytes: number,
): AsyncIterable<Buffer> {
  switch (method) {
    case 0:
      return stored;
    case 8:
      return decompress('deflate', new ByteReader(stored), maxDictionaryBytes);
    case 12:
      return decompress('bzip2', new ByteReader(stored), maxDictionaryBytes);
    case 93:
      return decompress('zstd', new ByteReader(stored), maxDictionaryBytes);
    case 95:
      return decompress('xz', new ByteReader(stored), maxDictionaryBytes);
    default:
      throw new Fault(
        'unsupported_method',
        `The entry is compressed by zip method ${method}, which is not read.`,
      );
  }
}
