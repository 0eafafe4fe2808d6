import type { FileMember } from '../archive/member.ts';
import {
  type Facts,
  type LogMember,
  type LogRecord,
  noFacts,
  type SystemRecord,
} from '../evidence/evidence.ts';
import { MAX_PLACE_TEXT, type Place } from '../evidence/place.ts';
import type { RecordBudget } from '../logs/budget.ts';
import { decode, type Encoding, encodingOf, isAscii, isUtf8, sniff } from '../logs/encoding.ts';
import { type LineSink, LineSplitter } from '../logs/lines.ts';
import { LogScanner, type MessageTally, type ScannedLog } from '../logs/scan.ts';
import { maskSecrets } from '../logs/secrets.ts';
import { Utf16Splitter } from '../logs/utf16.ts';
import type { FactReader } from './collect/collector.ts';
import { COLLECTORS } from './collectors.ts';
import { type NamedMember, nameMember } from './names.ts';
import type { Topic } from './topic.ts';

/** What one member of a bundle says. */
export interface MemberFindings {
  readonly path: string;
  readonly named: NamedMember;
  /** Null when no collector looked at the member. */
  facts: Facts | null;
  logs: LogMember[];
  records: LogRecord[];
  system: SystemRecord[];
  secrets: number;
  overlongLines: number;
  /** False for a binary: nothing was looked for in it. */
  text: boolean;
}

export interface MemberOptions {
  readonly budget: RecordBudget;
  readonly lineTally: MessageTally;
  readonly dropTally: MessageTally;
  readonly maxLineBytes: number;
}

const SNIFF_BYTES = 1_024;

/** Reads one file member to its end (or to the first KiB of a binary) and returns what it says. */
export async function readMember(file: FileMember, options: MemberOptions): Promise<MemberFindings> {
  const reading = new MemberReading(file, options);
  for await (const chunk of file.bytes()) if (!reading.push(chunk)) break;
  return reading.finish();
}

class MemberReading implements LineSink {
  readonly #file: FileMember;
  readonly #options: MemberOptions;
  readonly #findings: MemberFindings;
  #head: Buffer[] = [];
  #headBytes = 0;
  #splitter: LineSplitter | Utf16Splitter | null = null;
  #encoding: Encoding | undefined;
  #scanner: LogScanner | null = null;
  #readers: FactReader[] = [];

  constructor(file: FileMember, options: MemberOptions) {
    this.#file = file;
    this.#options = options;
    this.#findings = {
      path: file.path,
      named: nameMember(file.path),
      facts: null,
      logs: [],
      records: [],
      system: [],
      secrets: 0,
      overlongLines: 0,
      text: true,
    };
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

  finish(): MemberFindings {
    const findings = this.#findings;
    if (this.#splitter === null && !this.#begin()) return findings;
    const whole = this.#file.cut() === null;
    this.#splitter?.end();
    this.#endReaders(whole);
    this.#endLog(whole, null);
    findings.overlongLines = this.#splitter?.overlong ?? 0;
    return findings;
  }

  line(buffer: Buffer, start: number, end: number, number: number, offset: number, length: number): void {
    this.#scanner?.line(buffer, start, end, number, offset, length);
    if (this.#readers.length === 0) return;
    const bytes = buffer.subarray(start, Math.min(end, start + 4 * MAX_PLACE_TEXT));
    const text = this.#decode(bytes);
    const line = { text, at: () => this.#place(text, number, offset, length) };
    for (const reader of this.#readers) reader.line(line);
  }

  release(): void {
    this.#scanner?.release();
  }

  #begin(): boolean {
    const head = Buffer.concat(this.#head);
    this.#head = [];
    const { named } = this.#findings;
    const sniffed = sniff(head, named.log !== null);
    if (sniffed === 'binary') {
      this.#findings.text = false;
      return false;
    }
    const limit = this.#options.maxLineBytes;
    this.#encoding = sniffed === 'bytes' ? undefined : sniffed;
    if (named.topic !== null) this.#openReaders(named.topic);
    this.#openLog();
    const sink = this.#readers.length === 0 && this.#scanner !== null ? this.#scanner : this;
    this.#splitter =
      sniffed === 'bytes' ? new LineSplitter(sink, limit) : new Utf16Splitter(sink, sniffed, limit);
    this.#splitter.push(head);
    return true;
  }

  #openReaders(topic: Topic): void {
    for (const collector of COLLECTORS) {
      if (!collector.accepts(topic)) continue;
      this.#findings.facts ??= noFacts();
      this.#readers.push(collector.open(this.#findings.facts, topic));
    }
  }

  #endReaders(whole: boolean): void {
    for (const reader of this.#readers) reader.end?.(whole);
    this.#readers = [];
  }

  #openLog(): void {
    const { budget, lineTally, dropTally } = this.#options;
    this.#scanner = new LogScanner(this.#file.path, {
      budget,
      lineTally,
      dropTally,
      encoding: this.#encoding,
    });
  }

  #endLog(whole: boolean, section: string | null): void {
    if (this.#scanner === null) return;
    const scanned = this.#scanner.finish();
    this.#scanner = null;
    const { named } = this.#findings;
    if (scanned.lifekeeperLines === 0 && named.log === null) return;
    this.#findings.secrets += scanned.secrets;
    this.#findings.records.push(...scanned.records);
    this.#findings.system.push(...scanned.system);
    this.#findings.logs.push(logMember(this.#file, named, scanned, section, whole));
  }

  #decode(bytes: Buffer): string {
    if (isAscii(bytes, 0, bytes.length)) return bytes.toString('latin1');
    if (this.#encoding !== undefined || isUtf8(bytes)) return bytes.toString('utf8');
    return decode(bytes, encodingOf([bytes]));
  }

  #place(text: string, line: number, offset: number, length: number): Place {
    const masked = maskSecrets(text);
    if (masked !== text) this.#findings.secrets++;
    return { member: this.#file.path, line, offset, length, text: masked.slice(0, MAX_PLACE_TEXT) };
  }
}

function logMember(
  file: FileMember,
  named: NamedMember,
  scanned: ScannedLog,
  section: string | null,
  whole: boolean,
): LogMember {
  const { records, system, secrets, stampedLines, ...log } = scanned;
  return {
    member: file.path,
    section,
    kind: named.log ?? 'other',
    mtime: file.mtime?.toISOString() ?? null,
    rotation: named.rotation,
    state: whole ? (named.tailed ? 'tailed' : 'whole') : 'cut',
    ...log,
  };
}
