import { crc32 } from 'node:zlib';
import type { ByteReader } from './byte_reader.ts';
import { decompress } from './decompress.ts';
import { Fault } from './fault.ts';
import { decodeName } from './names.ts';
import { contentOf, HEADER_BYTES, HEADER_SIGNATURE, modified, storedBytes, type ZipEntry } from './zip.ts';

const DESCRIPTOR_SIGNATURE = 0x08074b50;
const DESCRIPTOR_FLAG = 8;
const ENCRYPTED_FLAG = 1;
/** What stands behind the data of an empty file or a folder. */
const EMPTY_DESCRIPTOR = Buffer.concat([Buffer.from('PK\x07\x08'), Buffer.alloc(12)]);
const STORED = 0;
const DEFLATED = 8;
const IN_ZIP64 = 0xffffffff;

/** An entry as its local header states it; what only the central directory knows (links, permissions) is lost. */
export interface LocalEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly mtime: Date | null;
  readonly method: number;
  readonly encrypted: boolean;
  /** Null when sizes and checksum stand behind the data. */
  readonly sizes: { readonly size: number; readonly compressedSize: number; readonly crc32: number } | null;
}

/**
 * The next entry of a zip that is read from its beginning, for want of its central directory (APPNOTE 4.3.7);
 * afterwards the reader stands at its data. Null at the end of what is there and before anything that is no entry.
 */
export async function nextLocalEntry(reader: ByteReader): Promise<LocalEntry | null> {
  if ((await reader.peek(HEADER_BYTES)).length < HEADER_BYTES) return null;
  const header = Buffer.from(await reader.peek(HEADER_BYTES));
  if (header.readUInt32LE(0) !== HEADER_SIGNATURE) return null;
  await reader.skip(HEADER_BYTES);
  const [nameLength, extraLength] = [header.readUInt16LE(26), header.readUInt16LE(28)];
  const rest = Buffer.from(await reader.take(nameLength + extraLength));
  if (rest.length < nameLength + extraLength) return null;
  const extra = rest.subarray(nameLength);
  const decoded = decodeName(rest.subarray(0, nameLength));
  const name = decoded.includes('/') ? decoded : decoded.replaceAll('\\', '/');
  const flags = header.readUInt16LE(6);
  const stated = {
    crc32: header.readUInt32LE(14),
    compressedSize: header.readUInt32LE(18),
    size: header.readUInt32LE(22),
  };
  const method = header.readUInt16LE(8);
  // Deflated data tells its end itself, and then what stands behind it is read whatever the header says.
  const isDescribed = (flags & DESCRIPTOR_FLAG) !== 0 && (method === DEFLATED || stated.crc32 === 0);
  return {
    name,
    kind: name.endsWith('/') ? 'directory' : 'file',
    mtime: modified(extra),
    method,
    encrypted: (flags & ENCRYPTED_FLAG) !== 0,
    sizes: isDescribed ? null : { ...stated, ...sizesIn64(extra, stated) },
  };
}

/** The sizes in the zip64 extra field (0x0001), of those that the header leaves to it. */
function sizesIn64(
  extra: Buffer,
  stated: { readonly size: number; readonly compressedSize: number },
): { size?: number; compressedSize?: number } {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const body = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    if (body.length < 16 || stated.size !== IN_ZIP64 || stated.compressedSize !== IN_ZIP64) return {};
    return { size: Number(body.readBigUInt64LE(0)), compressedSize: Number(body.readBigUInt64LE(8)) };
  }
  return {};
}

/**
 * The content of an entry, checked against what its header, or what stands behind its data, says of it.
 *
 * @throws {Fault} after the last byte that could be had; `unsupported_method` when nothing tells where the data ends.
 */
export function localContent(
  reader: ByteReader,
  entry: LocalEntry,
  maxDictionaryBytes: number,
): AsyncIterable<Buffer> {
  const { sizes, method } = entry;
  if (sizes === null) return describedContent(reader, method, maxDictionaryBytes);
  const known: Pick<ZipEntry, 'size' | 'compressedSize' | 'crc32' | 'method'> = { ...sizes, method };
  return contentOf(storedBytes(reader, known), known, maxDictionaryBytes);
}

async function* describedContent(
  reader: ByteReader,
  method: number,
  maxDictionaryBytes: number,
): AsyncGenerator<Buffer> {
  const next = await reader.peek(EMPTY_DESCRIPTOR.length);
  if (method === STORED && EMPTY_DESCRIPTOR.subarray(0, next.length).equals(next)) {
    await passDescriptor(reader, 0, 0);
    return;
  }
  if (method !== DEFLATED)
    throw new Fault(
      'unsupported_method',
      'Only the directory of the zip, which is missing, told where this entry ends.',
    );
  let crc = 0;
  let length = 0;
  for await (const chunk of decompress('deflate', reader, maxDictionaryBytes)) {
    crc = crc32(chunk, crc);
    length += chunk.length;
    yield chunk;
  }
  await passDescriptor(reader, crc, length);
}

/** Checksum and sizes behind the data: with or without a signature, with sizes of 4 or 8 bytes (APPNOTE 4.3.9). */
async function passDescriptor(reader: ByteReader, crc: number, length: number): Promise<void> {
  const bytes = Buffer.from(await reader.peek(24));
  const start = bytes.length >= 4 && bytes.readUInt32LE(0) === DESCRIPTOR_SIGNATURE ? 4 : 0;
  if (bytes.length < start + 12)
    throw reader.fault ?? new Fault('truncated', 'The zip ends behind the data of this entry.');
  if (bytes.readUInt32LE(start) !== crc)
    throw new Fault('checksum_mismatch', 'The content does not fit its checksum in the zip.');
  if (bytes.readUInt32LE(start + 8) === length % 2 ** 32 && !isWide(bytes, start, length))
    await reader.skip(start + 12);
  else if (isWide(bytes, start, length)) await reader.skip(start + 20);
  else throw new Fault('size_mismatch', `${length} bytes came out, and the zip states another size.`);
}

function isWide(bytes: Buffer, start: number, length: number): boolean {
  return bytes.length >= start + 20 && bytes.readBigUInt64LE(start + 12) === BigInt(length);
}
