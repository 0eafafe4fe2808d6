import { MAX_PLACE_TEXT } from '../evidence/bounds.ts';
import type { LogMember, LogRecord, Stamp, StampStep, SystemRecord } from '../evidence/evidence.ts';
import type { Place } from '../evidence/place.ts';
import type { RecordBudget } from './budget.ts';
import { decode, type Encoding, encodingOf, isAscii } from './encoding.ts';
import { LIFEKEEPER, LineHeader, NONE, PLAIN, RFC3339, SYSLOG } from './header.ts';
import type { LineSink } from './lines.ts';
import { maskSecrets } from './secrets.ts';
import { Skimmer } from './skim/skimmer.ts';
import { isOfProgramWithRules, systemKindOf } from './system.ts';

/** What a scan found out about one log; the caller adds name, kind, rotation and state. */
export interface ScannedLog {
  encoding: Encoding;
  lines: number;
  lifekeeperLines: number;
  first: Stamp | null;
  last: Stamp | null;
  hosts: LogMember['hosts'];
  yearTurns: StampStep[];
  clockSteps: StampStep[];
  gaps: StampStep[];
  counts: Record<string, number>;
  dropped: Record<string, number>;
  records: LogRecord[];
  system: SystemRecord[];
  /** Kept lines in which a credential was masked. */
  secrets: number;
}

/** Silences of this many seconds or more are gaps. */
export const GAP_SECONDS = 6 * 3_600;

/** A stamp that goes back by more than this many seconds is a step of the clock. */
export const CLOCK_STEP_SECONDS = 60;

/** Entries kept in each of `yearTurns`, `clockSteps` and `gaps` of one log. */
export const MAX_STEPS = 500;

/** Host names told of one log. */
const MAX_HOSTS = 16;

/** Host names counted of one log; a log with more of them is no node's log. */
const MAX_HOSTS_COUNTED = 1_024;

/** System records kept of one log. */
const MAX_SYSTEM_RECORDS = 2_000;

/** Bytes of lines that are not ASCII, kept to tell the encoding from. */
const ENCODING_SAMPLE_BYTES = 65_536;

/** Bytes of a line decoded for people. */
const MAX_DECODED_BYTES = 4 * MAX_PLACE_TEXT;

const YEAR = 366 * 86_400;
const HALF_YEAR = 183 * 86_400;
const DAY = 86_400;
const FEBRUARY_29 = 59 * DAY;
const MARCH_1 = 60 * DAY;

const EMPTY = Buffer.alloc(0);

const D = 0x64;
const R = 0x72;

/** What `grep` and `zgrep` put before a line: the file, and with `-n` the number. */
const FILE_PREFIX = /^\0*(?:<\d+>)?(.+?):(?:\d+:)?$/s;

/** Counts lines per message id, in an array of a million zeros. */
class MessageTally {
  readonly #counts: Uint32Array;
  #seen: number[] = [];

  constructor(counts: Uint32Array) {
    this.#counts = counts;
  }

  add(id: number): void {
    const before = this.#counts[id] as number;
    if (before === 0) this.#seen.push(id);
    this.#counts[id] = before + 1;
  }

  has(id: number): boolean {
    return (this.#counts[id] as number) > 0;
  }

  /** Adds the counts to `counts` by six-digit id; everything is zero afterwards. */
  moveTo(counts: Record<string, number>): Record<string, number> {
    for (const id of this.#seen.sort((a, b) => a - b)) {
      const key = messageId(id);
      counts[key] = (counts[key] ?? 0) + (this.#counts[id] as number);
      this.#counts[id] = 0;
    }
    this.#seen = [];
    return counts;
  }
}

/**
 * What one log needs at a time and takes long to make, so that one set serves a whole bundle: the readers of lines, and
 * the counters, empty after each log. The skimmer counts in them too.
 */
export class ScanTools {
  readonly header = new LineHeader();
  readonly skimmer = new Skimmer(CLOCK_STEP_SECONDS);
  readonly lines = new MessageTally(this.skimmer.lines);
  readonly droppedRoutine = new MessageTally(this.skimmer.droppedRoutine);
  readonly droppedImportant = new MessageTally(this.skimmer.droppedImportant);
}

function messageId(id: number): string {
  return String(id).padStart(6, '0');
}

/** A kept line, in bytes until the encoding of the whole log is known. */
interface Kept {
  bytes: Buffer;
  build(line: Line): void;
}

/** A kept line and how to decode parts of it. */
interface Line {
  text(start: number, end: number): string;
}

/** A line of ASCII. */
class AsciiLine implements Line {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  text(start: number, end: number): string {
    return this.#text.slice(start, end);
  }
}

/**
 * Reads one log line by line: every line is counted and its stamp followed, only lines worth keeping are decoded.
 * Memory grows with the kept records alone.
 */
export class LogScanner implements LineSink {
  readonly #member: string;
  readonly #budget: RecordBudget;
  readonly #tools: ScanTools;
  readonly #header: LineHeader;
  #encoding: Encoding | null;

  /** Lines that {@link LogScanner.skim} took when it was last called. */
  skimmed = 0;
  /** Where the hour of the last stamp began, in the seconds of its style; null when lines like it are not skimmed. */
  #hour: number | null = null;

  #lines = 0;
  #lifekeeperLines = 0;
  #stampedLines = 0;

  #firstStamp: Stamp | null = null;
  #style = NONE;
  #seconds = 0;
  /** The last stamp: bytes until {@link release}, text after. */
  #stampBuffer: Buffer | null = null;
  #stampStart = 0;
  #stampEnd = 0;
  #stampText = '';

  readonly #hosts = new Map<string, number>();
  #hostBytes: Buffer = EMPTY;
  #hostName = '';
  #hostLines = 0;

  readonly #yearTurns: StampStep[] = [];
  readonly #clockSteps: StampStep[] = [];
  readonly #gaps: StampStep[] = [];
  readonly #records: (LogRecord | null)[] = [];
  readonly #system: (SystemRecord | null)[] = [];
  readonly #undecoded: Kept[] = [];
  /** Most records are much like the one before: what is the same text is then the same string, in less memory. */
  #lastRecord: LogRecord | null = null;
  #secrets = 0;

  /**
   * @param member path for the places of records
   * @param encoding when it is known before the lines are read (UTF-16, whose lines come re-encoded as UTF-8)
   */
  constructor(
    member: string,
    options: {
      budget: RecordBudget;
      tools: ScanTools;
      encoding?: Encoding | undefined;
    },
  ) {
    this.#member = member;
    this.#budget = options.budget;
    this.#tools = options.tools;
    this.#header = options.tools.header;
    this.#encoding = options.encoding ?? null;
  }

  line(buffer: Buffer, start: number, end: number, number: number, offset: number, length: number): void {
    this.#lines++;
    const header = this.#header;
    const kind = header.read(buffer, start, end);
    if (header.style !== NONE) this.#follow(buffer, number);
    if (kind === PLAIN) {
      if (header.style !== NONE) this.#hour = null;
      return;
    }
    this.#stampedLines++;
    this.#count(buffer, header.hostStart, header.hostEnd);
    if (kind === LIFEKEEPER) {
      this.#lifekeeperLines++;
      this.#tools.lines.add(header.id);
      if (this.#isKept(buffer, header.id)) this.#keep(buffer, start, end, number, offset, length);
    } else if (isOfProgramWithRules(buffer, header.processStart, end)) {
      this.#readSystem(buffer, start, end, number, offset, length);
    }
    this.#arm(buffer);
  }

  /** Takes lines that would only be counted, as {@link LogScanner.line} would. */
  skim(chunk: Buffer, start: number): number {
    this.skimmed = 0;
    const hour = this.#hour;
    if (hour === null || start >= chunk.length) return start;
    const { skimmer } = this.#tools;
    const next = skimmer.skim(chunk, start, this.#seconds - hour);
    const { skimmed } = skimmer;
    if (skimmed > 0) {
      this.skimmed = skimmed;
      this.#lines += skimmed;
      this.#stampedLines += skimmed;
      this.#hostLines += skimmed;
      this.#lifekeeperLines += skimmer.lifekeeper;
      this.#seconds = hour + skimmer.second;
      if (this.#stampBuffer !== chunk) this.#stampBuffer = chunk;
      this.#stampStart = skimmer.stampStart;
      this.#stampEnd = skimmer.stampEnd;
    }
    return next;
  }

  /** Prepares for lines like this one. */
  #arm(buffer: Buffer): void {
    const header = this.#header;
    const second = header.style === NONE ? -1 : this.#tools.skimmer.arm(buffer, header);
    this.#hour = second === -1 ? null : header.seconds - second;
  }

  /** Whether more than half of the lines so far begin with a stamp or are in LifeKeeper's grammar. */
  get isMostlyStamped(): boolean {
    return this.#stampedLines * 2 > this.#lines;
  }

  release(): void {
    this.#tools.skimmer.forget();
    if (this.#stampBuffer !== null) {
      this.#stampText = this.#stampBuffer.toString('latin1', this.#stampStart, this.#stampEnd);
      this.#stampBuffer = null;
    }
  }

  /** Ends the log; the scanner must not be used afterwards. */
  finish(): ScannedLog {
    this.release();
    this.#countHost();
    const encoding = this.#encoding ?? this.#encodingOfKept();
    for (const kept of this.#undecoded) {
      kept.build({ text: (start, end) => decode(kept.bytes.subarray(start, end), encoding) });
    }
    return {
      encoding: this.#encoding ?? encoding,
      lines: this.#lines,
      lifekeeperLines: this.#lifekeeperLines,
      first: this.#firstStamp,
      last: this.#style === NONE ? null : this.#stamp(this.#style, this.#stampText),
      hosts: [...this.#hosts]
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, MAX_HOSTS)
        .map(([name, lines]) => ({ name, lines })),
      yearTurns: this.#yearTurns,
      clockSteps: this.#clockSteps,
      gaps: this.#gaps,
      counts: this.#tools.lines.moveTo({}),
      dropped: this.#tools.droppedRoutine.moveTo(this.#tools.droppedImportant.moveTo({})),
      records: this.#records.filter((record) => record !== null),
      system: this.#system.filter((record) => record !== null),
      secrets: this.#secrets,
    };
  }

  #isKept(buffer: Buffer, id: number): boolean {
    const important = this.#isImportant(buffer);
    const dropped = important ? this.#tools.droppedImportant : this.#tools.droppedRoutine;
    // Once a message id has used up its budget, it stays used up.
    if (!dropped.has(id) && this.#budget.take(id, important)) return true;
    dropped.add(id);
    return false;
  }

  /** Component `dr`, or a level other than INFO. */
  #isImportant(buffer: Buffer): boolean {
    const header = this.#header;
    const component = header.levelEnd + 1;
    if (header.componentEnd - component === 2 && buffer[component] === D && buffer[component + 1] === R)
      return true;
    const level = header.levelStart;
    return !(
      header.levelEnd - level === 4 &&
      buffer[level] === 0x49 &&
      buffer[level + 1] === 0x4e &&
      buffer[level + 2] === 0x46 &&
      buffer[level + 3] === 0x4f
    );
  }

  #follow(buffer: Buffer, number: number): void {
    const header = this.#header;
    if (header.style === this.#style) {
      const before = this.#seconds;
      let ahead = header.seconds - before;
      if (ahead !== 0) {
        if (header.style === SYSLOG && before < FEBRUARY_29 && header.seconds >= MARCH_1) ahead -= DAY;
        if (ahead < -CLOCK_STEP_SECONDS || ahead >= GAP_SECONDS) this.#step(buffer, number, ahead);
      }
    }
    this.#style = header.style;
    this.#seconds = header.seconds;
    // A store of a pointer is dear while the garbage collector marks, and most lines are in the same buffer.
    if (this.#stampBuffer !== buffer) this.#stampBuffer = buffer;
    this.#stampStart = header.stampStart;
    this.#stampEnd = header.stampEnd;
    if (this.#firstStamp === null) {
      this.#firstStamp = this.#stamp(
        header.style,
        buffer.toString('latin1', header.stampStart, header.stampEnd),
      );
    }
  }

  /** Something is odd between the last stamp and the header's. */
  #step(buffer: Buffer, number: number, ahead: number): void {
    const header = this.#header;
    this.release();
    const step: StampStep = {
      line: number,
      from: this.#stamp(this.#style, this.#stampText),
      to: this.#stamp(header.style, buffer.toString('latin1', header.stampStart, header.stampEnd)),
    };
    if (header.style === SYSLOG && ahead < -HALF_YEAR) {
      this.#append(this.#yearTurns, step);
      if (ahead + YEAR - DAY >= GAP_SECONDS) this.#append(this.#gaps, step);
    } else if (header.style === SYSLOG && ahead > YEAR - DAY - CLOCK_STEP_SECONDS) {
      // From just after New Year to just before it: the clock was put back over midnight.
      this.#append(this.#clockSteps, step);
    } else if (ahead < 0) this.#append(this.#clockSteps, step);
    else this.#append(this.#gaps, step);
  }

  #append(steps: StampStep[], step: StampStep): void {
    if (steps.length < MAX_STEPS && this.#budget.bundle.takeStep()) steps.push(step);
  }

  #stamp(style: number, text: string): Stamp {
    return { text, style: style === RFC3339 ? 'rfc3339' : 'syslog' };
  }

  #count(buffer: Buffer, start: number, end: number): void {
    const known = this.#hostBytes;
    const length = end - start;
    if (length === known.length) {
      let at = 0;
      while (at < length && buffer[start + at] === known[at]) at++;
      if (at === length) {
        this.#hostLines++;
        return;
      }
    }
    this.#countHost();
    this.#hostBytes = Buffer.from(buffer.subarray(start, end));
    this.#hostName = this.#hostBytes.toString('utf8').slice(0, 255);
    this.#hostLines = 1;
  }

  #countHost(): void {
    const before = this.#hosts.get(this.#hostName);
    if (
      this.#hostLines > 0 &&
      this.#hostName !== '' &&
      (before !== undefined || this.#hosts.size < MAX_HOSTS_COUNTED)
    )
      this.#hosts.set(this.#hostName, (before ?? 0) + this.#hostLines);
  }

  #keep(buffer: Buffer, start: number, end: number, number: number, offset: number, length: number): void {
    const header = this.#header;
    const decoded = Math.min(end, start + MAX_DECODED_BYTES);
    const style = header.style;
    const { pid, id: idNumber } = header;
    const prefix = header.prefixEnd - start;
    const stampStart = header.stampStart - start;
    const stampEnd = header.stampEnd - start;
    const hostStart = header.hostStart - start;
    const hostEnd = header.hostEnd - start;
    const processStart = header.processStart - start;
    const processEnd = header.processEnd - start;
    const levelStart = header.levelStart - start;
    const levelEnd = header.levelEnd - start;
    const componentEnd = header.componentEnd - start;
    const actionEnd = header.actionEnd - start;
    const tagEnd = header.tagEnd - start;
    const textStart = header.textStart - start;
    const lineEnd = decoded - start;
    const index = this.#records.length;
    this.#records.push(null);
    this.#decode(buffer, start, decoded, (line) => {
      const last = this.#lastRecord;
      const full = line.text(textStart, Math.max(textStart, lineEnd)).slice(0, MAX_PLACE_TEXT);
      const text = this.#masked(full);
      const file = prefix === 0 ? undefined : FILE_PREFIX.exec(line.text(0, prefix))?.[1];
      const id = messageId(idNumber);
      const host = line.text(hostStart, hostEnd);
      const process = line.text(processStart, processEnd);
      const level = line.text(levelStart, levelEnd);
      const component = line.text(levelEnd + 1, componentEnd);
      const action = line.text(componentEnd + 1, actionEnd);
      const tag = line.text(actionEnd + 1, tagEnd);
      const record: LogRecord = {
        stamp: style === NONE ? null : this.#stamp(style, line.text(stampStart, stampEnd)),
        host: last?.host === host ? last.host : host,
        process: last?.process === process ? last.process : process,
        pid,
        level: last?.level === level ? last.level : level,
        component: last?.component === component ? last.component : component,
        action: last?.action === action ? last.action : action,
        tag: last?.tag === tag ? last.tag : tag,
        id: last?.id === id ? last.id : id,
        text,
        ...(file === undefined ? {} : { file }),
        at: this.#place(
          number,
          offset,
          length,
          text === full ? line.text(0, lineEnd) : line.text(0, textStart) + text,
        ),
      };
      this.#records[index] = record;
      this.#lastRecord = record;
    });
  }

  #readSystem(
    buffer: Buffer,
    start: number,
    end: number,
    number: number,
    offset: number,
    length: number,
  ): void {
    const header = this.#header;
    if (this.#system.length >= MAX_SYSTEM_RECORDS) return;
    const decoded = Math.min(end, start + MAX_DECODED_BYTES);
    const kind = systemKindOf(
      buffer.toString('latin1', header.processStart, Math.min(decoded, header.processStart + MAX_PLACE_TEXT)),
    );
    if (kind === null || !this.#budget.bundle.takeSystemRecord()) return;
    const style = header.style;
    const stamp = this.#stamp(style, buffer.toString('latin1', header.stampStart, header.stampEnd));
    const host = buffer.toString('utf8', header.hostStart, header.hostEnd);
    const index = this.#system.length;
    this.#system.push(null);
    this.#decode(buffer, start, decoded, (line) => {
      const text = this.#masked(line.text(0, decoded - start).slice(0, MAX_PLACE_TEXT));
      this.#system[index] = { kind, stamp, host, at: this.#place(number, offset, length, text) };
    });
  }

  /** Builds at once what is ASCII or of a known encoding; keeps the bytes of the rest until the end. */
  #decode(buffer: Buffer, start: number, end: number, build: Kept['build']): void {
    if (isAscii(buffer, start, end)) {
      build(new AsciiLine(buffer.toString('latin1', start, end)));
    } else if (this.#encoding !== null) {
      const bytes = buffer.subarray(start, end);
      build({ text: (from, to) => decode(bytes.subarray(from, to), 'utf-8') });
    } else {
      this.#undecoded.push({ build, bytes: Buffer.from(buffer.subarray(start, end)) });
    }
  }

  #encodingOfKept(): Encoding {
    const sample: Buffer[] = [];
    let size = 0;
    for (const { bytes } of this.#undecoded) {
      if (size >= ENCODING_SAMPLE_BYTES) break;
      sample.push(bytes);
      size += bytes.length;
    }
    return encodingOf(sample);
  }

  #masked(text: string): string {
    const masked = maskSecrets(text);
    if (masked !== text) this.#secrets++;
    return masked;
  }

  #place(line: number, offset: number, length: number, text: string): Place {
    return { member: this.#member, line, offset, length, text: text.slice(0, MAX_PLACE_TEXT) };
  }
}
