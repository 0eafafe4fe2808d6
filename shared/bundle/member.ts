import type { FileMember } from '../archive/member.ts';
import { MAX_PLACE_TEXT } from '../evidence/bounds.ts';
import type { Facts, LogMember, LogRecord, SystemRecord } from '../evidence/evidence.ts';
import { noFacts } from '../evidence/no_facts.ts';
import type { Place } from '../evidence/place.ts';
import type { RecordBudget } from '../logs/budget.ts';
import { decode, type Encoding, encodingOf, isAscii, isUtf8, sniff } from '../logs/encoding.ts';
import { type LineSink, LineSplitter } from '../logs/lines.ts';
import { LogScanner, type ScannedLog, type ScanTools } from '../logs/scan.ts';
import { maskSecrets } from '../logs/secrets.ts';
import { Utf16Splitter } from '../logs/utf16.ts';
import type { FactReader } from './collect/collector.ts';
import { COLLECTORS } from './collectors.ts';
import { logNamed, type NamedMember, rotationOf } from './names.ts';
import { isSectioned, SECTION_MARK, type Section, sectionOf, topicByForm, typedIn } from './sections.ts';
import type { Topic } from './topic.ts';

/** What one member of a bundle says, or one stretch of it that is about one node. */
export interface MemberFindings {
  readonly path: string;
  readonly named: NamedMember;
  /** The member has supportconfig's sections. */
  sectioned: boolean;
  /** Null when no collector looked at the member. */
  facts: Facts | null;
  logs: LogMember[];
  records: LogRecord[];
  system: SystemRecord[];
}

/** The findings of a member's stretches, and what concerns the member as a whole. */
export interface MemberResult {
  readonly findings: MemberFindings[];
  secrets: number;
  overlongLines: number;
  /** True when facts were left out because there were too many of them. */
  crowded: boolean;
}

export interface MemberOptions {
  readonly named: NamedMember;
  readonly budget: RecordBudget;
  readonly tools: ScanTools;
  readonly maxLineBytes: number;
  /** Facts of the whole bundle. */
  readonly facts: FactBudget;
}

/** Facts that a bundle may still state; far more than any cluster has. */
export class FactBudget {
  left = 100_000;
}

const SNIFF_BYTES = 1_024;

/** Text of no known name is looked at for outputs of known form up to here. */
const FREE_TEXT_BYTES = 4 * 1_048_576;

/** Lines after which a text whose lines are stamped counts as a log, in which no outputs are looked for. */
const FREE_TEXT_LINES = 40;

/** Characters of a line that collectors see; no fact stands in a longer one. */
const MAX_FACT_LENGTH = 1_000;

/** Longer lines are no command line and no heading of a known output. */
const MAX_FORM_LENGTH = 300;

/** Facts kept of one member. */
const MAX_PLACES = 20_000;

/** Reads one file member to its end (or to the first KiB of a binary) and returns what it says. */
export async function readMember(member: FileMember, options: MemberOptions): Promise<MemberResult> {
  const reading = new MemberReading(member, options);
  for await (const chunk of member.bytes()) if (!reading.push(chunk)) break;
  return reading.finish();
}

class MemberReading implements LineSink {
  readonly #file: FileMember;
  readonly #options: MemberOptions;
  readonly #named: NamedMember;
  readonly #result: MemberResult = { findings: [], secrets: 0, overlongLines: 0, crowded: false };
  #findings: MemberFindings;
  #head: Buffer[] = [];
  #headBytes = 0;
  #splitter: LineSplitter | Utf16Splitter | null = null;
  #encoding: Encoding | undefined;
  #scanner: LogScanner | null = null;
  #readers: FactReader[] = [];
  #openTopics = new Set<string>();
  #places = 0;
  #sectioned = false;
  /** The type in the mark just read; the next line is its label. */
  #markType: string | null = null;
  #section: Section | null = null;
  #sectionStart = 0;
  /** Still looking for outputs of known form and pasted sessions. */
  #free = false;
  #promptHost: string | null = null;
  /** What a typed command prints is being read. */
  #reading = false;

  constructor(member: FileMember, options: MemberOptions) {
    this.#file = member;
    this.#options = options;
    this.#named = options.named;
    this.#findings = this.#stretch();
  }

  /** False when the rest of the member is not wanted. */
  push(chunk: Buffer): boolean {
    if (this.#splitter !== null) {
      this.#splitter.push(chunk);
      return true;
    }
    this.#head.push(Buffer.from(chunk));
    this.#headBytes += chunk.length;
    return this.#headBytes < SNIFF_BYTES || this.#begin();
  }

  finish(): MemberResult {
    const whole = this.#file.cut() === null;
    if (this.#splitter !== null || this.#begin()) {
      this.#splitter?.end();
      this.#endReaders(whole);
      this.#endLog(whole, this.#splitter?.bytes ?? 0);
      this.#result.overlongLines = this.#splitter?.overlong ?? 0;
    }
    return this.#result;
  }

  line(buffer: Buffer, start: number, end: number, number: number, offset: number, length: number): void {
    if (this.#sectioned && this.#readMark(buffer, start, end, offset)) return;
    this.#scanner?.line(buffer, start, end, number, offset, length);
    if (this.#readers.length === 0 && !this.#free) return;
    const bytes = buffer.subarray(start, Math.min(end, start + 4 * MAX_PLACE_TEXT));
    const text = this.#decode(bytes).slice(0, MAX_PLACE_TEXT);
    const at = () => this.#place(maskSecrets(text), text, number, offset, length);
    if (this.#free && text.length <= MAX_FORM_LENGTH) this.#look(text, at, number, offset);
    const line = {
      text: text.slice(0, MAX_FACT_LENGTH),
      at,
      redacted: (shown: string) => this.#place(shown, text, number, offset, length),
    };
    for (const reader of this.#readers) reader.line(line);
    if (this.#places > MAX_PLACES || this.#options.facts.left <= 0) {
      this.#result.crowded = true;
      this.#endReaders(false);
      this.#free = false;
    }
  }

  /** Lines that {@link MemberReading.skim} took when it was last called. */
  skimmed = 0;

  /** Leaves lines to the scanner while nothing else looks at them. A section's mark is never among those it takes. */
  skim(chunk: Buffer, start: number): number {
    this.skimmed = 0;
    const scanner = this.#scanner;
    if (scanner === null || this.#readers.length > 0 || this.#free || this.#markType !== null) return start;
    const next = scanner.skim(chunk, start);
    this.skimmed = scanner.skimmed;
    return next;
  }

  release(): void {
    this.#scanner?.release();
  }

  #stretch(): MemberFindings {
    const findings: MemberFindings = {
      path: this.#file.path,
      named: this.#named,
      sectioned: this.#sectioned,
      facts: null,
      logs: [],
      records: [],
      system: [],
    };
    this.#result.findings.push(findings);
    return findings;
  }

  #begin(): boolean {
    const head = Buffer.concat(this.#head);
    this.#head = [];
    const named = this.#named;
    const sniffed = sniff(head, named.log !== null);
    if (sniffed === 'binary') return false;
    const limit = this.#options.maxLineBytes;
    this.#encoding = sniffed === 'bytes' ? undefined : sniffed;
    this.#sectioned = isSectioned(head.toString('latin1', 0, SNIFF_BYTES));
    this.#findings.sectioned = this.#sectioned;
    if (!this.#sectioned && named.topic !== null) this.#openReaders(named.topic);
    const isScript = head[0] === HASH && head[1] === BANG;
    this.#free = named.free && !isScript && !this.#sectioned && this.#readers.length === 0;
    this.#openLog();
    const plain = this.#readers.length === 0 && !this.#sectioned && !this.#free;
    const sink = plain && this.#scanner !== null ? this.#scanner : this;
    this.#splitter =
      sniffed === 'bytes' ? new LineSplitter(sink, limit) : new Utf16Splitter(sink, sniffed, limit);
    this.#splitter.push(head);
    return true;
  }

  /** Handles the two lines that begin a section; false for any other line. */
  #readMark(buffer: Buffer, start: number, end: number, offset: number): boolean {
    if (buffer[start] !== HASH || end - start > MAX_LABEL_BYTES) {
      this.#markType = null;
      return false;
    }
    const text = this.#decode(buffer.subarray(start, end)).trimEnd();
    const type = SECTION_MARK.exec(text)?.[1];
    if (type !== undefined) {
      this.#endReaders(true);
      this.#endLog(true, offset - this.#sectionStart);
      this.#markType = type;
      this.#section = null;
      this.#sectionStart = offset;
      this.#openLog();
      return true;
    }
    if (this.#markType === null) return false;
    this.#section = sectionOf(this.#markType, text);
    this.#markType = null;
    if (this.#section === null) return false;
    if (this.#section.topic !== null) this.#openReaders(this.#section.topic);
    return true;
  }

  /** Looks for outputs of known form and for what was typed in a pasted session. */
  #look(text: string, at: () => Place, number: number, offset: number): void {
    if (offset > FREE_TEXT_BYTES || (number === FREE_TEXT_LINES && this.#scanner?.isMostlyStamped === true)) {
      this.#free = false;
      return;
    }
    const typed = typedIn(text);
    if (typed !== null && (typed.certain || COLLECTORS.some(({ accepts }) => accepts(typed.topic)))) {
      this.#endReaders(true);
      if (typed.host !== null && typed.host !== this.#promptHost) {
        if (this.#promptHost !== null) {
          this.#endLog(true, 0);
          this.#findings = this.#stretch();
          this.#openLog();
        }
        this.#promptHost = typed.host;
        this.#facts().hostname.push({ value: typed.host, at: at() });
      }
      this.#openReaders(typed.topic);
      this.#reading = this.#readers.length > 0;
      return;
    }
    const topic = this.#reading ? null : topicByForm(text);
    if (topic !== null) this.#openReaders(topic);
  }

  #facts(): Facts {
    this.#findings.facts ??= noFacts();
    return this.#findings.facts;
  }

  #openReaders(topic: Topic): void {
    if (this.#openTopics.has(topic.name) || this.#options.facts.left <= 0) return;
    this.#openTopics.add(topic.name);
    for (const collector of COLLECTORS) {
      if (collector.accepts(topic))
        this.#readers.push(collector.open(this.#facts(), () => this.#place('', '', 0, 0, 0)));
    }
  }

  #endReaders(whole: boolean): void {
    for (const reader of this.#readers) reader.end?.(whole);
    this.#readers = [];
    this.#openTopics.clear();
  }

  #openLog(): void {
    const { budget, tools } = this.#options;
    this.#scanner = new LogScanner(this.#file.path, {
      budget,
      tools,
      encoding: this.#encoding,
    });
  }

  #endLog(whole: boolean, bytes: number): void {
    if (this.#scanner === null) return;
    const scanned = this.#scanner.finish();
    this.#scanner = null;
    const named = this.#section === null ? this.#named : nameSection(this.#section);
    if (scanned.lifekeeperLines === 0 && (named.log === null || (this.#sectioned && this.#section === null)))
      return;
    this.#result.secrets += scanned.secrets;
    this.#findings.records.push(...scanned.records);
    this.#findings.system.push(...scanned.system);
    this.#findings.logs.push(
      logMember(this.#file, named, scanned, { section: this.#section?.label ?? null, whole, bytes }),
    );
  }

  #decode(bytes: Buffer): string {
    if (isAscii(bytes, 0, bytes.length)) return bytes.toString('latin1');
    if (this.#encoding !== undefined || isUtf8(bytes)) return bytes.toString('utf8');
    return decode(bytes, encodingOf([bytes]));
  }

  #place(shown: string, text: string, line: number, offset: number, length: number): Place {
    this.#places++;
    this.#options.facts.left--;
    if (shown !== text) this.#result.secrets++;
    return { member: this.#file.path, line, offset, length, text: shown.slice(0, MAX_PLACE_TEXT) };
  }
}

const HASH = 0x23;
const BANG = 0x21;
const MAX_LABEL_BYTES = 4_096;

type LogName = Pick<NamedMember, 'log' | 'rotation' | 'tailed'>;

function nameSection(section: Section): LogName {
  const base = section.label.slice(section.label.lastIndexOf('/') + 1);
  return {
    log: section.label.startsWith('/var/log/') || /journalctl/.test(section.label) ? logNamed(base) : null,
    rotation: rotationOf(base),
    tailed: section.tailed,
  };
}

/** A log of LifeKeeper by its very name, rotations included. */
const LIFEKEEPER_NAME = /(^|\/)lifekeeper\.log([._-][^/]*)?$/;

/**
 * The kind of a log by name and content. A text of another name is a LifeKeeper log when most of its lines are and
 * they are not the hits of one `grep`, between which everything else is missing; a `lifekeeper-install.log` without
 * one line of the grammar is none.
 */
function kindOf(path: string, named: LogName, scanned: ScannedLog): LogMember['kind'] {
  const { lines, lifekeeperLines, counts, records } = scanned;
  if (named.log === 'lifekeeper')
    return lifekeeperLines > 0 || lines === 0 || LIFEKEEPER_NAME.test(path) ? 'lifekeeper' : 'other';
  if (named.log !== null) return named.log;
  const isWhole =
    lifekeeperLines * 2 > lines &&
    Object.keys(counts).length > 1 &&
    !records.some(({ file: grepped }) => grepped !== undefined);
  return isWhole ? 'lifekeeper' : 'other';
}

function logMember(
  member: FileMember,
  named: LogName,
  scanned: ScannedLog,
  stretch: { section: string | null; whole: boolean; bytes: number },
): LogMember {
  const { records, system, secrets, ...log } = scanned;
  return {
    member: member.path,
    section: stretch.section,
    kind: kindOf(stretch.section ?? member.path, named, scanned),
    mtime: member.mtime?.toISOString() ?? null,
    rotation: named.rotation,
    state: stretch.whole ? (named.tailed ? 'tailed' : 'whole') : 'cut',
    ...log,
    bytes: stretch.bytes,
  };
}
