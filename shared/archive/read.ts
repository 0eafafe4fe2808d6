import { createHash, type Hash } from 'node:crypto';
import type { Problem } from '../evidence/problem.ts';
import { ByteReader } from './byte_reader.ts';
import { CHUNK_BYTES, LARGE_CHUNK_BYTES } from './chunk.ts';
import { decompress } from './decompress.ts';
import { Fault, ProblemLog } from './fault.ts';
import { DEFAULT_LIMITS, type Limits, RATIO_FLOOR_BYTES } from './limits.ts';
import type { BundleVisitor, FileMember, Interest, Member } from './member.ts';
import { decodeName, isUnsafe, shown } from './names.ts';
import { type Compression, type Format, HEAD_BYTES, isCompression, isText, recognise } from './recognise.ts';
import type { ByteSource } from './source.ts';
import { type Piece, padded, type TarEntry, TarReader } from './tar.ts';
import {
  bytesOfRun,
  contentOf,
  endsAsZip,
  isSmall,
  MAX_LINK_BYTES,
  type Run,
  readDirectory,
  runsOf,
  seekData,
  smallContent,
  storedBytes,
  type ZipEntry,
} from './zip.ts';
import { localContent, nextLocalEntry } from './zip_local.ts';

export interface ReadOptions {
  readonly limits?: Partial<Limits>;
  /**
   * Ends the reading: with the problem `limit_time` if its reason is a `TimeoutError` (`AbortSignal.timeout`),
   * else by throwing the reason.
   */
  readonly signal?: AbortSignal;
  /** Told from time to time how many bytes of the source were read. */
  onProgress?(readBytes: number, totalBytes: number): void;
  /** Milliseconds of a monotonic clock, for {@link Limits.maxMilliseconds}. */
  now?(): number;
}

/** What came of reading one bundle. */
export interface ArchiveReport {
  /** As recognised by content: `tar`, `tar+gzip`, `zip`, `gzip`, `text`, …; `unknown` when it is none of those. */
  readonly format: string;
  /** Lower-case hex; null when the bundle was read by ranges, or not to its end, and nobody gave its digest. */
  readonly sha256: string | null;
  readonly problems: Problem[];
  /** True when nothing of the bundle could be used; then one problem is fatal. */
  readonly rejected: boolean;
  /** Files only: those handed to the visitor and those not. Of an archive inside that was opened, its files count. */
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
  return new Reading(source, visitor, options).run();
}

/** Where the bytes of a file stand in a source that can be read by ranges; lets a zip inside be read by ranges too. */
interface Region {
  readonly source: ByteSource;
  readonly start: number;
  readonly size: number;
}

/** How {@link Reading} came to a file. */
interface Context {
  readonly depth: number;
  /** The bundle itself, not a member of it. */
  readonly top?: boolean;
  readonly region?: Region | null;
  /** What the visitor said, if it was asked already. */
  readonly interest?: Interest;
}

/** Names under which archives travel: of a zip, only these are worth a ranged read to look inside. */
const ARCHIVE_NAME = /\.(tar|tgz|tbz2?|txz|tzst|zip|gz|bz2|xz|zst)$/i;

/** A gzip file from this size on is inflated in a thread of its own; one starts in some 50 milliseconds. */
const THREAD_FROM_BYTES = 4 * 1024 * 1024;

/** A zip up to this size is read as a whole in a few requests, so that every member of it is cheap. */
const SMALL_ZIP_BYTES = 8 * 1024 * 1024;

class Reading {
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
    let outer = recognise(head);
    if (outer === 'other' && !isText(head) && (await endsAsZip(this.#ranged()))) outer = 'zip';
    let sha256 = this.#source.sha256 ?? null;
    let format: string = outer;
    try {
      if (outer === 'zip') {
        await reader.close();
        this.#sourceBytes = 0;
        await this.#zip(this.#ranged(), '', 0);
      } else {
        const { name, size } = this.#source;
        const top: Member = { path: name, kind: 'file', mtime: null, size, linkTarget: null };
        const region = outer === 'tar' ? { source: this.#source, start: 0, size } : null;
        format = await this.#content(reader, top, { depth: 0, top: true, region });
        await reader.drain();
        if (reader.fault !== null) this.#log.fault(reader.fault);
        else sha256 ??= hash.digest('hex');
      }
    } finally {
      await reader.close();
    }
    if (this.#stop !== null) this.#log.fault(this.#stop);
    return this.#report(format, sha256);
  }

  #report(format: string, sha256: string | null): ArchiveReport {
    const { problems } = this.#log;
    const rejected = this.#files.seen === 0 && this.#entries === 0 && problems.length > 0;
    const [first] = problems;
    if (rejected && first !== undefined) first.fatal = true;
    return {
      format: KNOWN_FORMATS.has(format) || format.startsWith('tar+') ? format : 'unknown',
      sha256,
      problems,
      rejected,
      members: { ...this.#files },
      expandedBytes: this.#handedBytes,
    };
  }

  /** The whole source as a stream, hashed on the way. */
  async *#whole(hash: Hash): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#counted(this.#source.stream())) {
      hash.update(chunk);
      yield chunk;
    }
    if (this.#sourceBytes < this.#source.size)
      throw new Fault(
        'source_unavailable',
        `Only ${this.#sourceBytes} of the ${this.#source.size} bytes of the bundle could be had.`,
      );
  }

  /** The source with its reads by range counted. */
  #ranged(): ByteSource {
    return { ...this.#source, stream: (range) => this.#counted(this.#source.stream(range)) };
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = chunks[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.#check();
        const { value, done } = await iterator.next().catch((cause: unknown) => {
          throw new Fault('source_unavailable', 'The bundle could not be read to its end.', { cause });
        });
        if (done) return;
        this.#sourceBytes += value.length;
        this.#options.onProgress?.(Math.min(this.#sourceBytes, this.#source.size), this.#source.size);
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Throws when the bundle as a whole has to end here. */
  #check(): void {
    if (this.#stop !== null) throw this.#stop;
    const { signal } = this.#options;
    if (signal?.aborted && !(signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'))
      throw signal.reason;
    if (signal?.aborted || this.#now() > this.#deadline)
      throw this.#end('limit_time', 'The time for one bundle was up; the rest was not read.');
  }

  #end(code: Problem['code'], detail: string): Fault {
    this.#stop ??= new Fault(code, detail);
    return this.#stop;
  }

  /** What a decompressor makes, held against the limits of the bundle. */
  async *#produced(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#count(chunk.length);
      yield chunk;
    }
  }

  #count(bytes: number): void {
    const { maxTotalBytes, maxRatio } = this.#limits;
    this.#check();
    this.#producedBytes += bytes;
    if (this.#producedBytes > maxTotalBytes)
      throw this.#end(
        'limit_total_bytes',
        `More than ${maxTotalBytes} bytes came out of the bundle; the rest was not read.`,
      );
    if (this.#producedBytes > RATIO_FLOOR_BYTES && this.#producedBytes > maxRatio * this.#sourceBytes)
      throw this.#end(
        'limit_ratio',
        `More than ${maxRatio} bytes came out of each byte of the bundle; the rest was not read.`,
      );
  }

  /** Reads one file, whatever its content turns out to be, and returns its format in words. */
  async #content(reader: ByteReader, member: Member, context: Context): Promise<string> {
    const format = recognise(await reader.peek(HEAD_BYTES));
    const isArchive = format === 'tar' || format === 'zip';
    if (!isArchive && !isCompression(format)) {
      return this.#leaf(reader, member, format, context);
    }
    if (context.depth > this.#limits.maxNesting) {
      const { maxNesting } = this.#limits;
      this.#log.add(
        'limit_nesting',
        `Nested deeper than ${maxNesting} archives; this one was not opened.`,
        member.path,
      );
      this.#passOver(member);
      return format;
    }
    const prefix = context.top ? '' : `${member.path}!/`;
    if (format === 'tar') {
      await this.#tar(reader, prefix, context.depth, context.region ?? null);
      return format;
    }
    if (format === 'zip') {
      await this.#nestedZip(reader, member, prefix, context);
      return format;
    }
    return this.#compressed(reader, member, format as Compression, context);
  }

  async #compressed(
    reader: ByteReader,
    member: Member,
    format: Compression,
    context: Context,
  ): Promise<string> {
    const unpacked = this.#produced(
      decompress(format, reader, this.#limits.maxBufferBytes, {
        chunkBytes: (member.size ?? 0) >= LARGE_CHUNK_BYTES ? LARGE_CHUNK_BYTES : CHUNK_BYTES,
        inThread: context.top === true && this.#source.size >= THREAD_FROM_BYTES,
      }),
    );
    const inner = new ByteReader(unpacked);
    try {
      const { region: _, ...rest } = context;
      const kind = await this.#content(
        inner,
        { ...member, size: null },
        { ...rest, depth: context.depth + 1 },
      );
      if (inner.fault === null && context.top) await inner.drain();
      if (inner.fault !== null && (context.top || inner.position > 0 || (await inner.peek(512)).length < 512))
        this.#log.fault(inner.fault, context.top ? undefined : member.path);
      return kind === 'tar' ? `tar+${format}` : format;
    } finally {
      await inner.close();
    }
  }

  /** A file that is no archive. */
  async #leaf(reader: ByteReader, member: Member, format: Format, context: Context): Promise<string> {
    if (context.top) {
      const refusal = refusalOf(format, format === 'other' && !isText(await reader.peek(HEAD_BYTES)));
      if (refusal !== null) {
        if (reader.fault !== null) this.#log.fault(reader.fault);
        else this.#log.add(...refusal, undefined, true);
        return format;
      }
    }
    const interest = context.interest ?? this.#visitor.interest(member);
    if (format === 'pgp' || format === 'openssl') {
      if (interest === 'read' || /\.(gpg|pgp|asc|enc)$/i.test(member.path)) {
        this.#log.add('encrypted', ENCRYPTED, member.path);
      }
    } else if (
      format === '7z' ||
      format === 'rar' ||
      (interest === 'read' && refusalOf(format, false) !== null && format !== 'empty')
    ) {
      this.#log.add(
        'nested_unreadable',
        `Files of the kind ${format} are not read. Unpack it and upload the content.`,
        member.path,
      );
    } else if (format === 'other' && !context.top && ARCHIVE_NAME.test(member.path)) {
      const head = await reader.peek(HEAD_BYTES);
      if (!isText(head) && reader.fault === null)
        this.#log.add(
          'corrupt',
          'By its name this is an archive, by its first bytes none; it was not unpacked.',
          member.path,
        );
    }
    if (interest === 'skip') this.#passOver(member);
    else await this.#hand(reader, member);
    return context.top && format === 'other' ? 'text' : format;
  }

  #passOver(member: Member): void {
    this.#files.seen += 1;
    this.#files.skipped += 1;
    this.#visitor.other?.(member);
  }

  async #hand(reader: ByteReader, member: Member): Promise<void> {
    this.#files.seen += 1;
    this.#files.read += 1;
    const file = new HandedFile(member, () => this.#bytes(reader, file));
    await this.#visitor.file(file);
  }

  async *#bytes(reader: ByteReader, file: HandedFile): AsyncGenerator<Buffer> {
    const limit = this.#limits.maxMemberBytes;
    let left = limit;
    for (;;) {
      const piece = await reader.next();
      if (piece === null) break;
      if (this.#stop !== null) {
        file.problem = this.#log.fault(this.#stop, file.path);
        return;
      }
      if (piece.length > left) {
        file.problem = this.#log.add(
          'limit_member_bytes',
          `Only the first ${limit} bytes were read.`,
          file.path,
        );
        this.#handedBytes += left;
        if (left > 0) yield piece.subarray(0, left);
        return;
      }
      left -= piece.length;
      this.#handedBytes += piece.length;
      yield piece;
    }
    if (reader.fault !== null) file.problem = this.#log.fault(reader.fault, file.path);
  }

  /** Counts an entry and looks at its name; false when it is not to be looked at further. */
  #enter(member: Member, name: string): boolean {
    this.#check();
    this.#entries += 1;
    const { maxMembers, maxNameLength } = this.#limits;
    if (this.#entries > maxMembers)
      throw this.#end(
        'limit_members',
        `The bundle has more than ${maxMembers} members; the rest was not read.`,
      );
    if (member.path.length > maxNameLength) {
      this.#log.add(
        'limit_name_length',
        `A name of ${member.path.length} characters was met; the limit is ${maxNameLength}. The member was not read.`,
        member.path,
      );
      if (member.kind === 'file') {
        this.#files.seen += 1;
        this.#files.skipped += 1;
      }
      return false;
    }
    if (isUnsafe(name))
      this.#log.add(
        'unsafe_name',
        `The name "${shown(name)}" leads outside the bundle. Its content was read all the same; nothing is written.`,
        member.path,
      );
    if (member.kind === 'special')
      this.#log.add(
        'special_member',
        'A device, a pipe or the like is in the bundle; it was not opened.',
        member.path,
      );
    return true;
  }

  async #tar(input: ByteReader, prefix: string, depth: number, region: Region | null): Promise<void> {
    const tar = new TarReader(input);
    const archive = prefix === '' ? undefined : prefix.slice(0, -2);
    try {
      for (;;) {
        const step = await tar.step();
        if (step.kind === 'end') {
          if (step.fault !== null) this.#log.fault(step.fault, archive);
          return;
        }
        if (step.kind === 'damage') {
          this.#check();
          this.#log.fault(step.fault, archive);
          continue;
        }
        const { entry } = step;
        const end = input.position + padded(entry.stored);
        await this.#tarEntry(input, entry, prefix, depth, region);
        const rest = end - input.position;
        if (rest > 0 && input.takeNow(rest) === null && !(await input.skip(rest))) {
          if (input.fault !== null) this.#log.fault(input.fault, prefix + entry.name);
          else if (end - input.position > padded(entry.stored) - entry.stored)
            this.#log.add(
              'truncated',
              `The tar ends ${end - input.position} bytes before the end of this member.`,
              prefix + entry.name,
            );
          else this.#log.add('truncated', 'The tar ends without its end mark.', archive);
          return;
        }
      }
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.#log.fault(fault, archive);
    }
  }

  async #tarEntry(
    input: ByteReader,
    entry: TarEntry,
    prefix: string,
    depth: number,
    region: Region | null,
  ): Promise<void> {
    const member: Member = {
      path: prefix + entry.name,
      kind: entry.kind,
      mtime: entry.mtime,
      size: entry.kind === 'file' ? entry.size : null,
      linkTarget: entry.linkTarget,
    };
    if (!this.#enter(member, entry.name)) return;
    if (entry.kind !== 'file') {
      this.#visitor.other?.(member);
      return;
    }
    const context: Context = {
      depth: depth + 1,
      region: region && {
        source: region.source,
        start: region.start + input.position,
        size: Math.min(entry.stored, region.size - input.position),
      },
    };
    if (entry.pieces !== null) {
      const whole = this.#produced(withHoles(input, entry.pieces, entry.size));
      await this.#content(new ByteReader(whole), member, { depth: depth + 1 });
      return;
    }
    const atHand = input.takeNow(entry.stored);
    await this.#content(new ByteReader(atHand ?? stretch(input, entry.stored)), member, context);
  }

  async #nestedZip(reader: ByteReader, member: Member, prefix: string, context: Context): Promise<void> {
    if (context.region) {
      await this.#zip(slice(context.region, member.path), prefix, context.depth);
      return;
    }
    const limit = this.#limits.maxBufferBytes;
    const parts: Buffer[] = [];
    let size = 0;
    for (let piece = await reader.next(); piece !== null; piece = await reader.next()) {
      size += piece.length;
      if (size > limit) {
        this.#log.add(
          'nested_unreadable',
          `A zip inside a compressed archive is read up to ${limit} bytes, and this one is larger. Upload it on its own.`,
          member.path,
        );
        return;
      }
      parts.push(Buffer.from(piece));
    }
    if (reader.fault !== null) this.#log.fault(reader.fault, member.path);
    await this.#zip(inMemory(Buffer.concat(parts, size), member.path), prefix, context.depth);
  }

  async #zip(source: ByteSource, prefix: string, depth: number): Promise<void> {
    const archive = prefix === '' ? undefined : prefix.slice(0, -2);
    try {
      const entries = await readDirectory(source, this.#limits.maxMembers).catch((fault: unknown) => {
        if (fault instanceof Fault && fault.code === 'truncated') return fault;
        throw fault;
      });
      if (entries instanceof Fault) {
        this.#log.fault(entries, archive);
        await this.#zipWithoutDirectory(source, prefix, depth);
        return;
      }
      const plan = this.#planZip(source, entries, prefix);
      for (const run of plan.runs) await this.#zipRun(source, run, plan.wanted, depth);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.#log.fault(fault, archive);
    }
  }

  /** What is there of a zip whose end is missing: its members in their order, up to the first that is not whole. */
  async #zipWithoutDirectory(source: ByteSource, prefix: string, depth: number): Promise<void> {
    const { maxBufferBytes } = this.#limits;
    const reader = new ByteReader(source.stream());
    try {
      for (;;) {
        const entry = await nextLocalEntry(reader);
        if (entry === null) return;
        const { name, kind, mtime, sizes } = entry;
        const member: Member = {
          path: prefix + name,
          kind,
          mtime,
          size: kind === 'file' ? (sizes?.size ?? null) : null,
          linkTarget: null,
        };
        const end = sizes === null ? null : reader.position + sizes.compressedSize;
        const isEntered = this.#enter(member, name);
        if (isEntered && entry.encrypted) {
          this.#log.add('encrypted', ENCRYPTED, member.path);
          this.#passOver(member);
        } else if (isEntered) {
          const body = new ByteReader(this.#produced(localContent(reader, entry, maxBufferBytes)));
          if (kind === 'directory') this.#visitor.other?.(member);
          else await this.#content(body, member, { depth: depth + 1 });
          if (end === null) await body.drain();
          if (body.fault !== null) this.#log.fault(body.fault, member.path);
          await body.close();
          if (end === null && body.fault !== null) return;
        }
        // Without sizes, only the content itself tells where the next entry begins.
        if (end === null ? !isEntered || entry.encrypted : !(await reader.skip(end - reader.position)))
          return;
      }
    } finally {
      await reader.close();
    }
  }

  /** Decides by the directory alone which entries are read, and by which ranges. */
  #planZip(
    source: ByteSource,
    entries: readonly ZipEntry[],
    prefix: string,
  ): { runs: Run[]; wanted: Map<ZipEntry, Wanted> } {
    const candidates = new Map<ZipEntry, Wanted>();
    const small = source.size <= SMALL_ZIP_BYTES;
    for (const entry of entries) {
      const member: Member = {
        path: prefix + entry.name,
        kind: entry.kind,
        mtime: entry.mtime,
        size: entry.kind === 'file' ? entry.size : null,
        linkTarget: null,
      };
      if (!this.#enter(member, entry.name)) continue;
      if (entry.kind === 'symlink') {
        if (!entry.encrypted && !entry.overlapping) candidates.set(entry, { member, interest: 'if_cheap' });
        else this.#visitor.other?.(member);
        continue;
      }
      if (entry.kind !== 'file') {
        this.#visitor.other?.(member);
        continue;
      }
      if (entry.overlapping)
        this.#log.add(
          'overlapping_entries',
          'The bytes of this member belong to another one too; it was not read.',
          member.path,
        );
      else if (entry.encrypted) this.#log.add('encrypted', ENCRYPTED, member.path);
      else {
        const interest = this.#visitor.interest(member);
        if (interest !== 'skip' || ARCHIVE_NAME.test(entry.name)) {
          candidates.set(entry, { member, interest });
          continue;
        }
      }
      this.#passOver(member);
    }
    const alone = (entry: ZipEntry) => !small && candidates.get(entry)?.interest === 'skip';
    const sure = [...candidates]
      .filter(([, { interest }]) => small || interest !== 'if_cheap')
      .map(([entry]) => entry);
    const sureRuns = runsOf(sure, alone);
    const wanted = new Map<ZipEntry, Wanted>();
    let at = 0;
    for (const [entry, candidate] of candidates) {
      while ((sureRuns[at]?.end ?? Number.POSITIVE_INFINITY) < entry.end) at += 1;
      const isCheap = small || (sureRuns[at]?.start ?? Number.POSITIVE_INFINITY) <= entry.start;
      if (candidate.interest !== 'if_cheap' || isCheap) wanted.set(entry, candidate);
      else if (candidate.member.kind === 'file') this.#passOver(candidate.member);
      else this.#visitor.other?.(candidate.member);
    }
    return { runs: runsOf([...wanted.keys()], alone), wanted };
  }

  async #zipRun(
    source: ByteSource,
    run: Run,
    wanted: ReadonlyMap<ZipEntry, Wanted>,
    depth: number,
  ): Promise<void> {
    const reader = new ByteReader(bytesOfRun(source, run));
    try {
      for (const entry of run.entries) {
        const found = wanted.get(entry);
        if (found === undefined) continue;
        this.#check();
        await this.#zipEntry(source, reader, run.start, entry, found, depth);
      }
    } finally {
      await reader.close();
    }
  }

  async #zipEntry(
    source: ByteSource,
    reader: ByteReader,
    runStart: number,
    entry: ZipEntry,
    { member, interest }: Wanted,
    depth: number,
  ): Promise<void> {
    try {
      await reader.skip(entry.start - runStart - reader.position);
      await seekData(reader, entry);
      const dataEnd = reader.position + entry.compressedSize;
      const region =
        entry.method === 0
          ? {
              source,
              start: runStart + reader.position,
              size: Math.min(entry.compressedSize, source.size - runStart - reader.position),
            }
          : null;
      const body = await this.#zipBody(reader, entry);
      const target = entry.kind === 'symlink' ? await body.peek(MAX_LINK_BYTES) : null;
      if (target?.every((byte) => byte >= 0x20)) {
        this.#visitor.other?.({ ...member, linkTarget: decodeName(target) });
      } else if (target !== null) {
        this.#log.add(
          'corrupt',
          'The zip calls this a link, but its content is that of a file.',
          member.path,
        );
        await this.#content(body, { ...member, kind: 'file' }, { depth: depth + 1, region });
      } else {
        await this.#content(body, member, { depth: depth + 1, region, interest });
      }
      if (body.fault !== null) this.#log.fault(body.fault, member.path);
      await body.close();
      await reader.skip(dataEnd - reader.position);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      if (fault === this.#stop) throw fault;
      this.#log.fault(fault, member.path);
      this.#passOver(member);
    }
  }

  async #zipBody(reader: ByteReader, entry: ZipEntry): Promise<ByteReader> {
    const { maxBufferBytes } = this.#limits;
    if (!isSmall(entry))
      return new ByteReader(this.#produced(contentOf(storedBytes(reader, entry), entry, maxBufferBytes)));
    const stored = reader.takeNow(entry.compressedSize) ?? (await reader.take(entry.compressedSize));
    const content = smallContent(stored, entry);
    if (content === null) {
      const again = storedBytes(new ByteReader(stored), entry);
      return new ByteReader(this.#produced(contentOf(again, entry, maxBufferBytes)));
    }
    this.#count(content.length);
    return new ByteReader(content);
  }
}

interface Wanted {
  readonly member: Member;
  readonly interest: Interest;
}

class HandedFile implements FileMember {
  readonly kind = 'file';
  readonly path: string;
  readonly mtime: Date | null;
  readonly size: number | null;
  readonly linkTarget = null;
  problem: Problem | null = null;
  readonly #bytes: () => AsyncIterable<Buffer>;

  constructor(member: Member, bytes: () => AsyncIterable<Buffer>) {
    this.path = member.path;
    this.mtime = member.mtime;
    this.size = member.size;
    this.#bytes = bytes;
  }

  bytes(): AsyncIterable<Buffer> {
    return this.#bytes();
  }

  cut(): Problem | null {
    return this.problem;
  }
}

const ENCRYPTED =
  'This is encrypted and was not read. Decrypt it (gpg -d, or unzip with its password) and upload the result.';

const KNOWN_FORMATS: ReadonlySet<string> = new Set(['tar', 'zip', 'gzip', 'xz', 'bzip2', 'zstd', 'text']);

/** Why a file of this kind cannot be a bundle; null when it can. */
function refusalOf(format: Format, isBinary: boolean): [Problem['code'], string] | null {
  switch (format) {
    case 'empty':
      return ['empty_file', 'The file is empty.'];
    case 'pgp':
    case 'openssl':
      return ['encrypted', ENCRYPTED];
    case '7z':
    case 'rar':
    case 'cab':
    case 'lz4':
    case 'lzip':
    case 'lzma':
    case 'compress':
      return [
        'unsupported_method',
        `Files of the kind ${format} are not read. Pack the bundle as tar.gz, tar.xz or zip.`,
      ];
    default:
      return isBinary ? ['not_a_bundle', 'This is no archive, no compressed file and no text log.'] : null;
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

const HOLE = Buffer.alloc(64 * 1024);

/** A sparse file with its holes filled. */
async function* withHoles(input: ByteReader, pieces: readonly Piece[], size: number): AsyncGenerator<Buffer> {
  let position = 0;
  for (const [offset, length] of [...pieces, [size, 0] as const]) {
    for (; position < offset; position += Math.min(HOLE.length, offset - position))
      yield HOLE.subarray(0, Math.min(HOLE.length, offset - position));
    yield* stretch(input, length);
    position += length;
  }
}

function slice(region: Region, name: string): ByteSource {
  return {
    name,
    size: region.size,
    stream: ({ start, end } = { start: 0, end: region.size }) =>
      region.source.stream({ start: region.start + start, end: region.start + Math.min(end, region.size) }),
  };
}

function inMemory(bytes: Buffer, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    async *stream({ start, end } = { start: 0, end: bytes.length }) {
      yield bytes.subarray(start, end);
    },
  };
}
