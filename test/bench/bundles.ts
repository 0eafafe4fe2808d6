import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ByteSource } from '../../shared/archive/source.ts';
import { DEFAULT_MTIME, tar, tarHeader, type ZipEntryOptions, zip } from '../fixtures/archive.ts';
import { generateLog, type Truth } from './logs.ts';

const MB = 1_000_000;

/** Where message 104009 stands in a bundle, by member. */
export type Truths = Record<string, readonly Truth[]>;

export interface BenchBundle {
  readonly path: string;
  readonly truths: Truths;
  readonly logBytes: number;
}

interface File {
  readonly name: string;
  readonly content: Buffer;
  readonly truths?: readonly Truth[];
  /** Bytes of log, if the content is compressed. */
  readonly unpacked?: number;
}

/** Writes a tar through a compressor of the system, one file at a time. */
async function packed(
  path: string,
  compressor: readonly [string, ...string[]],
  files: Iterable<File>,
): Promise<BenchBundle> {
  const [command, ...args] = compressor;
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const finished = once(child.stdout.pipe(createWriteStream(path)), 'finish');
  const truths: Truths = {};
  let logBytes = 0;
  const write = async (bytes: Buffer) => {
    if (!child.stdin.write(bytes)) await once(child.stdin, 'drain');
  };
  for (const file of files) {
    await write(tar([{ name: file.name, content: file.content }], { format: 'pax', endBlocks: 0 }));
    if (file.truths !== undefined) truths[file.name] = file.truths;
    logBytes += file.unpacked ?? file.content.length;
  }
  await write(Buffer.alloc(1024));
  child.stdin.end();
  await finished;
  return { path, truths, logBytes };
}

function* logs(total: number, files: number): Generator<File> {
  for (let index = 0; index < files; index += 1) {
    const { bytes, truths } = generateLog(total / files, index + 11);
    const suffix = index === 0 ? '' : `.${index}`;
    yield { name: `var/log/lifekeeper.log${suffix}`, content: bytes, truths };
  }
}

function* small(count: number): Generator<File> {
  for (let index = 0; index < count; index += 1) {
    const content = Buffer.from(
      `interface eth${index}\n${`    rx_packets: ${index * 977}\n`.repeat(index % 60)}`,
    );
    yield {
      name: `sosreport-node1/sos_commands/networking/d${Math.floor(index / 100)}/ip_-s_link_${index}`,
      content,
    };
  }
}

/** `plain`: logs in one tar.gz. */
export function plain(folder: string, scale: number): Promise<BenchBundle> {
  return packed(join(folder, 'plain.tar.gz'), ['gzip', '-6'], logs(600 * MB * scale, 4));
}

/** `b200`: 200 MB of logs, a third of them in an inner gzip. */
export function b200(folder: string, scale: number): Promise<BenchBundle> {
  function* files() {
    for (const [index, file] of [...logs(200 * MB * scale, 3)].entries())
      yield index === 2
        ? { ...file, name: `${file.name}.gz`, content: gzipSync(file.content), unpacked: file.content.length }
        : file;
  }
  return packed(join(folder, 'b200.tar.gz'), ['gzip', '-6'], files());
}

/** `sos-xz`: a sosreport of 2,000 command outputs and logs, as `xz -3` packs it. */
export function sosXz(folder: string, scale: number): Promise<BenchBundle> {
  function* files() {
    yield* small(2_000);
    for (const file of logs(200 * MB * scale, 4)) yield { ...file, name: `sosreport-node1/${file.name}` };
  }
  return packed(join(folder, 'sos.tar.xz'), ['xz', '-3', '-c'], files());
}

/** `wide`: 50,000 members and one log. */
export function wide(folder: string, scale: number): Promise<BenchBundle> {
  function* files() {
    yield* small(Math.round(50_000 * scale));
    for (const file of logs(20 * MB * scale, 1)) yield { ...file, name: `sosreport-node1/${file.name}` };
  }
  return packed(join(folder, 'wide.tar.gz'), ['gzip', '-6'], files());
}

/** `huge`: one log of 5 GB in a tar.gz that never exists as a whole: the same gzip member over and over. */
export function huge(scale: number): { source: ByteSource; logBytes: number; truths: number } {
  const { bytes, truths } = generateLog(5 * MB, 5);
  const times = Math.max(1, Math.round(1000 * scale));
  const size = bytes.length * times;
  const header = tarHeader({
    name: Buffer.from('var/log/lifekeeper.log'),
    link: Buffer.alloc(0),
    size: Buffer.concat([Buffer.from([0x80, 0, 0, 0]), bigEndian(size)]),
    mtime: DEFAULT_MTIME,
    flag: '0',
    gnu: true,
  });
  const parts = [
    gzipSync(header),
    gzipSync(bytes),
    gzipSync(Buffer.alloc(((512 - (size % 512)) % 512) + 1024)),
  ] as const;
  const total = parts[0].length + parts[1].length * times + parts[2].length;
  const source: ByteSource = {
    name: 'huge.tar.gz',
    size: total,
    async *stream() {
      yield* chunked(parts[0]);
      for (let time = 0; time < times; time += 1) yield* chunked(parts[1]);
      yield* chunked(parts[2]);
    },
  };
  return { source, logBytes: size, truths: truths.length * times };
}

/** A zip of 1 GB of which 2 % are logs and the rest is cores that nobody wants; their bytes are made when asked for. */
export function zipOfCores(scale: number): { source: ByteSource; read: () => number; truths: number } {
  const cores = 49;
  const coreBytes = Math.round(20 * MB * scale);
  const log = generateLog(120 * MB * scale, 9);
  const core = Buffer.alloc(MB, 'core');
  const entries: ZipEntryOptions[] = Array.from({ length: cores }, (_, index) => ({
    name: `var/crash/vmcore.${index}`,
    content: '',
    method: 'store',
  }));
  entries.splice(20, 0, { name: 'var/log/lifekeeper.log', content: log.bytes });
  const small = zip(entries);
  // The small zip with the cores' bytes put in: every offset and size behind a core moves.
  return grown(small, entries.length, coreBytes, core, log.truths.length);
}

function grown(small: Buffer, count: number, coreBytes: number, core: Buffer, truths: number) {
  const pieces: { start: number; bytes: Buffer | null; length: number }[] = [];
  const end = small.length - 22;
  const directory = small.readUInt32LE(end + 16);
  const records: Buffer[] = [];
  let position = 0;
  const put = (bytes: Buffer | null, length: number) => {
    pieces.push({ start: position, bytes, length });
    position += length;
  };
  let at = directory;
  for (let index = 0; index < count; index += 1) {
    const length = 46 + small.readUInt16LE(at + 28) + small.readUInt16LE(at + 30);
    const record = Buffer.from(small.subarray(at, at + length));
    const offset = record.readUInt32LE(42);
    const next = index + 1 < count ? small.readUInt32LE(at + length + 42) : directory;
    const isCore = record.readUInt32LE(24) === 0;
    record.writeUInt32LE(position, 42);
    put(small.subarray(offset, next), next - offset);
    if (isCore) {
      record.writeUInt32LE(coreBytes, 20);
      record.writeUInt32LE(coreBytes, 24);
      put(null, coreBytes);
    }
    records.push(record);
    at += length;
  }
  const last = Buffer.from(small.subarray(end));
  const start = position;
  for (const record of records) put(record, record.length);
  last.writeUInt32LE(position - start, 12);
  last.writeUInt32LE(start, 16);
  put(last, last.length);
  let read = 0;
  const source: ByteSource = {
    name: 'cores.zip',
    size: position,
    async *stream(range = { start: 0, end: position }) {
      for (const piece of pieces) {
        const from = Math.max(range.start, piece.start);
        const to = Math.min(range.end, piece.start + piece.length);
        for (let offset = from; offset < to; ) {
          const length = Math.min(128 * 1024, to - offset);
          read += length;
          yield piece.bytes === null
            ? core.subarray(0, length)
            : piece.bytes.subarray(offset - piece.start, offset - piece.start + length);
          offset += length;
        }
      }
    },
  };
  return { source, read: () => read, truths };
}

function* chunked(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 128 * 1024) yield bytes.subarray(at, at + 128 * 1024);
}

function bigEndian(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
}
