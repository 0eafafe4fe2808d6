import { createHash } from 'node:crypto';
import type { Problem } from '../evidence/problem.ts';
import { ByteReader } from './byte_reader.ts';
import { decompress } from './decompress.ts';
import { Fault, ProblemLog } from './fault.ts';
import { DEFAULT_LIMITS, type Limits, RATIO_FLOOR_BYTES } from './limits.ts';
import type { BundleVisitor, FileMember, Member } from './member.ts';
import { isUnsafe, shown } from './names.ts';
import { type Format, HEAD_BYTES, isCompression, recognise } from './recognise.ts';
import type { ByteSource } from './source.ts';
import { padded, TarReader } from './tar.ts';
import { readDirectory, readEntry } from './zip.ts';

export interface ReadOptions {
  readonly limits?: Partial<Limits>;
  /** Ends the reading: with problem `limit_time` if its reason is a `TimeoutError`, else by throwing the reason. */
  readonly signal?: AbortSignal;
  /** Told from time to time how much of the source was read. */
  onProgress?(readBytes: number, totalBytes: number): void;
  /** Milliseconds of a monotonic clock, for {@link Limits.maxMilliseconds}. */
  now?(): number;
}

/** What came of reading one bundle. */
export interface ArchiveReport {
  /** As recognised by content: `tar`, `tar+gzip`, `zip`, `gzip`, `text`, …; `unknown` when nothing fits. */
  readonly format: string;
  /** Lower-case hex; null when the bundle was read by ranges and its digest is not known. */
  readonly sha256: string | null;
  readonly problems: Problem[];
  /** True when nothing of the bundle could be used; then one problem is fatal. */
  readonly rejected: boolean;
  /** Files only: those handed to the visitor and those not. Archives that were opened are not counted, their files are. */
  readonly members: { readonly seen: number; readonly read: number; readonly skipped: number };
  /** Bytes handed to the visitor. */
  readonly expandedBytes: number;
}

/**
 * Reads a bundle once, as a stream or (zip) by ranges, and hands its members to a visitor in archive order.
 * Archives and compressed files inside are opened, to a depth. Formats are recognised by content. Nothing is
 * written to disk, links are never followed, and all of {@link Limits} holds.
 *
 * What cannot be read is in `problems`, never thrown. Thrown are only what the visitor throws and the reason of
 * an aborted signal.
 */
export async function readBundle(
  source: ByteSource,
  visitor: BundleVisitor,
  options: ReadOptions = {},
): Promise<ArchiveReport> {
  return new BundleReading(source, visitor, options).run();
}

class BundleReading {
  readonly #source: ByteSource;
  readonly #visitor: BundleVisitor;
  readonly #options: ReadOptions;
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #deadline: number;
  readonly #log = new ProblemLog();
  readonly #files = { seen: 0, read: 0, skipped: 0 };
  #entries = 0;
  #sourceBytes = 0;
  #producedBytes = 0;
  #handedBytes = 0;
  /** Set when the whole reading has to end: a limit of the bundle. */
  #stop: Fault | null = null;

  constructor(source: ByteSource, visitor: BundleVisitor, options: ReadOptions) {
    this.#source = source;
    this.#visitor = visitor;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#now = options.now ?? (() => performance.now());
    this.#deadline = this.#now() + this.#limits.maxMilliseconds;
  }

  async run(): Promise<ArchiveReport> {
    const hash = createHash('sha256');
    const reader = new ByteReader(this.#whole(hash));
    const head = await reader.peek(HEAD_BYTES);
    const outer = recognise(head);
    let format: string = outer;
    let sha256 = this.#source.sha256 ?? null;
    if (outer === 'zip') {
      await reader.close();
      await this.#zip(this.#source, '', 0);
    } else {
      const top: Member = {
        path: this.#source.name,
        kind: 'file',
        mtime: null,
        size: this.#source.size,
        linkTarget: null,
      };
      format = await this.#content(reader, top, 0, true);
      await reader.drain();
      if (reader.fault === null) sha256 ??= hash.digest('hex');
      else this.#log.fault(reader.fault);
    }
    if (this.#stop !== null) this.#log.fault(this.#stop);
    const problems = this.#log.problems;
    const rejected = this.#files.seen === 0 && problems.length > 0 && this.#entries === 0;
    const [first] = problems;
    if (rejected && first !== undefined && !problems.some((problem) => problem.fatal)) first.fatal = true;
    return {
      format: ['binary', 'empty', 'pgp', 'openssl'].includes(format) ? 'unknown' : format,
      sha256,
      problems,
      rejected,
      members: { ...this.#files },
      expandedBytes: this.#handedBytes,
    };
  }

  async *#whole(hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
    for await (const chunk of available(this.#source.stream())) {
      this.#check();
      hash.update(chunk);
      this.#sourceBytes += chunk.length;
      this.#options.onProgress?.(this.#sourceBytes, this.#source.size);
      yield chunk;
    }
    if (this.#sourceBytes < this.#source.size)
      throw new Fault(
        'source_unavailable',
        `Only ${this.#sourceBytes} of ${this.#source.size} bytes could be read.`,
      );
  }

  /** Throws when the bundle as a whole has to end here. */
  #check(): void {
    if (this.#stop !== null) throw this.#stop;
    const { signal } = this.#options;
    if (signal?.aborted && !(signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'))
      throw signal.reason;
    if (signal?.aborted || this.#now() > this.#deadline)
      throw this.#end(new Fault('limit_time', 'The time for one bundle was up; the rest was not read.'));
  }

  #end(fault: Fault): Fault {
    this.#stop ??= fault;
    return fault;
  }

  /** Decompressed bytes of a stream, counted against the limits of the bundle. */
  async *#decompressed(format: Parameters<typeof decompress>[0], input: ByteReader): AsyncGenerator<Buffer> {
    for await (const chunk of decompress(format, input)) {
      this.#produced(chunk.length);
      yield chunk;
    }
  }

  #produced(bytes: number): void {
    this.#check();
    this.#producedBytes += bytes;
    const { maxTotalBytes, maxRatio } = this.#limits;
    if (this.#producedBytes > maxTotalBytes)
      throw this.#end(
        new Fault(
          'limit_total_bytes',
          `More than ${maxTotalBytes} bytes came out of the bundle; the rest was not read.`,
        ),
      );
    if (this.#producedBytes > RATIO_FLOOR_BYTES && this.#producedBytes > maxRatio * this.#sourceBytes)
      throw this.#end(
        new Fault(
          'limit_ratio',
          `More than ${maxRatio} bytes came out of each byte of the bundle; the rest was not read.`,
        ),
      );
  }

  /** Reads one file's content, whatever it turns out to be. Returns its format in words. */
  async #content(reader: ByteReader, member: Member, depth: number, top = false): Promise<string> {
    const format = recognise(await reader.peek(HEAD_BYTES));
    if (format === 'tar' || format === 'zip' || isCompression(format)) {
      if (depth > this.#limits.maxNesting) {
        this.#log.add(
          'limit_nesting',
          `Archives are nested deeper than ${this.#limits.maxNesting}; this one was not opened.`,
          member.path,
        );
        this.#files.seen += 1;
        this.#files.skipped += 1;
        return format;
      }
    }
    const prefix = top ? '' : `${member.path}!/`;
    if (format === 'tar') {
      await this.#tar(reader, prefix, depth);
      return format;
    }
    if (format === 'zip') {
      await this.#nestedZip(reader, member, prefix, depth);
      return format;
    }
    if (isCompression(format)) {
      const inner = new ByteReader(this.#decompressed(format, reader));
      try {
        const kind = await this.#content(inner, { ...member, size: null }, depth + 1, top);
        return kind === 'tar' ? `tar+${format}` : format;
      } finally {
        await inner.close();
      }
    }
    await this.#leaf(reader, member, format, top);
    return format;
  }

  async #leaf(reader: ByteReader, member: Member, format: Format, top: boolean): Promise<void> {
    if (top) {
      const refusal = refusalOf(format);
      if (refusal !== null) {
        this.#log.add(...refusal, undefined, true);
        return;
      }
    } else if (format === 'pgp' || format === 'openssl') {
      this.#log.add('encrypted', ENCRYPTED, member.path);
    }
    this.#files.seen += 1;
    if (this.#visitor.interest(member) === 'skip') {
      this.#files.skipped += 1;
      this.#visitor.other?.(member);
      return;
    }
    await this.#hand(reader, member);
  }

  async #hand(reader: ByteReader, member: Member): Promise<void> {
    this.#files.read += 1;
    let cut: Problem | null = null;
    const log = this.#log;
    const limit = this.#limits.maxMemberBytes;
    const hand = (bytes: number) => {
      this.#handedBytes += bytes;
    };
    const check = () => this.#check();
    const content = async function* () {
      let left = limit;
      for (;;) {
        const piece = await reader.next();
        if (piece === null) break;
        try {
          check();
        } catch (fault) {
          if (!(fault instanceof Fault)) throw fault;
          cut = log.fault(fault, member.path);
          return;
        }
        if (piece.length > left) {
          hand(left);
          yield piece.subarray(0, left);
          cut = log.add('limit_member_bytes', `Only the first ${limit} bytes were read.`, member.path);
          return;
        }
        left -= piece.length;
        hand(piece.length);
        yield piece;
      }
      if (reader.fault !== null) cut = log.fault(reader.fault, member.path);
    };
    const file: FileMember = { ...member, kind: 'file', bytes: content, cut: () => cut };
    await this.#visitor.file(file);
  }

  /** Registers an entry; false when it is not to be looked at. */
  #enter(member: Member): boolean {
    this.#check();
    this.#entries += 1;
    if (this.#entries > this.#limits.maxMembers) {
      throw this.#end(
        new Fault(
          'limit_members',
          `The bundle has more than ${this.#limits.maxMembers} members; the rest was not read.`,
        ),
      );
    }
    if (member.path.length > this.#limits.maxNameLength) {
      this.#log.add(
        'limit_name_length',
        `A name of ${member.path.length} characters was passed over; the limit is ${this.#limits.maxNameLength}.`,
        member.path,
      );
      if (member.kind === 'file') {
        this.#files.seen += 1;
        this.#files.skipped += 1;
      }
      return false;
    }
    return true;
  }

  async #tar(input: ByteReader, prefix: string, depth: number): Promise<void> {
    const tar = new TarReader(input);
    try {
      for (;;) {
        const step = await tar.step();
        if (step.kind === 'end') return;
        if (step.kind === 'problem') {
          this.#log.fault(step.fault, prefix === '' ? undefined : prefix.slice(0, -2));
          if (step.fault === input.fault || step.fault.code === 'truncated') return;
          continue;
        }
        const { entry } = step;
        const member: Member = {
          path: prefix + entry.name,
          kind: entry.type,
          mtime: entry.mtime,
          size: entry.type === 'file' ? entry.size : null,
          linkTarget: entry.linkTarget,
        };
        const end = input.position + padded(entry.stored);
        if (this.#enter(member)) {
          if (isUnsafe(entry.name))
            this.#log.add(
              'unsafe_name',
              `The name ${shown(entry.name)} leads outside the bundle. It was read as data; nothing is written.`,
              member.path,
            );
          if (entry.type === 'file') {
            const body = new ByteReader(stretch(input, entry.stored));
            await this.#content(body, member, depth + 1);
          } else {
            if (entry.type === 'special')
              this.#log.add(
                'special_member',
                `${shown(entry.name)} is no file, folder or link (a device, a pipe); it was not opened.`,
                member.path,
              );
            this.#visitor.other?.(member);
          }
        }
        await input.skip(end - input.position);
      }
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.#log.fault(fault, prefix === '' ? undefined : prefix.slice(0, -2));
    }
  }

  async #nestedZip(reader: ByteReader, member: Member, prefix: string, depth: number): Promise<void> {
    const limit = this.#limits.maxBufferBytes;
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const piece = await reader.next();
      if (piece === null) break;
      size += piece.length;
      if (size > limit) {
        this.#log.add(
          'nested_unreadable',
          `A zip inside another archive is read up to ${limit} bytes, and this one is larger. Upload it on its own.`,
          member.path,
        );
        return;
      }
      parts.push(Buffer.from(piece));
    }
    if (reader.fault !== null) this.#log.fault(reader.fault, member.path);
    const bytes = Buffer.concat(parts, size);
    await this.#zip(
      {
        name: member.path,
        size,
        async *stream({ start, end } = { start: 0, end: size }) {
          yield bytes.subarray(start, end);
        },
      },
      prefix,
      depth,
    );
  }

  async #zip(source: ByteSource, prefix: string, depth: number): Promise<void> {
    try {
      const directory = await readDirectory(source);
      for (const entry of directory) {
        const member: Member = {
          path: prefix + entry.name,
          kind: entry.kind,
          mtime: entry.mtime,
          size: entry.size,
          linkTarget: null,
        };
        if (!this.#enter(member)) continue;
        if (isUnsafe(entry.name))
          this.#log.add(
            'unsafe_name',
            `The name ${shown(entry.name)} leads outside the bundle. It was read as data; nothing is written.`,
            member.path,
          );
        if (entry.kind !== 'file') {
          this.#visitor.other?.(member);
          continue;
        }
        if (entry.encrypted) {
          this.#log.add('encrypted', ENCRYPTED, member.path);
          this.#files.seen += 1;
          this.#files.skipped += 1;
          continue;
        }
        if (
          this.#visitor.interest(member) === 'skip' &&
          !/\.(tar|tgz|tbz2?|txz|tzst|zip|gz|bz2|xz|zst)$/i.test(entry.name)
        ) {
          this.#files.seen += 1;
          this.#files.skipped += 1;
          this.#visitor.other?.(member);
          continue;
        }
        const body = new ByteReader(this.#counted(readEntry(source, entry)));
        await this.#content(body, member, depth + 1);
        await body.close();
      }
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.#log.fault(fault, prefix === '' ? undefined : prefix.slice(0, -2));
    }
  }

  async *#counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#produced(chunk.length);
      yield chunk;
    }
  }
}

const ENCRYPTED =
  'This is encrypted and could not be read. Decrypt it (gpg, or the password of the zip) and upload the result.';

function refusalOf(format: Format): [Problem['code'], string] | null {
  switch (format) {
    case 'empty':
      return ['empty_file', 'The file is empty.'];
    case 'pgp':
    case 'openssl':
      return ['encrypted', ENCRYPTED];
    case 'binary':
      return ['not_a_bundle', 'This is no archive, no compressed file and no text log.'];
    case '7z':
    case 'rar':
    case 'cab':
    case 'lz4':
    case 'lzip':
    case 'lzma':
    case 'compress':
      return [
        'unsupported_method',
        `Files of the kind ${format} are not read. Pack the bundle as tar.gz, tar.xz or zip and upload that.`,
      ];
    default:
      return null;
  }
}

/** The next `size` bytes of a reader as a stream of their own. */
async function* stretch(input: ByteReader, size: number): AsyncGenerator<Buffer> {
  let left = size;
  while (left > 0) {
    const piece = await input.next(left);
    if (piece === null)
      throw (
        input.fault ?? new Fault('truncated', `The archive ends ${left} bytes before the end of this member.`)
      );
    left -= piece.length;
    yield piece;
  }
}

/** The bytes of a source; its errors become the fault `source_unavailable`. */
async function* available(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    throw cause instanceof Fault
      ? cause
      : new Fault('source_unavailable', 'The bundle could not be read to its end.', { cause });
  }
}
