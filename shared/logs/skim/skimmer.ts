/// <reference path="./webassembly.d.ts" />
import { type LineHeader, MAX_PID_DIGITS, MAX_UNKNOWN_PREFIX, SYSLOG } from '../header.ts';
import { MAX_SKIMMED_BYTES } from '../lines.ts';
import { PROGRAMS, RULES } from '../system.ts';
import { SKIM_WASM } from './skim_wasm.ts';

type Address = WebAssembly.Global<'i32'>;

/** What `assembly/skim.ts` exports. */
interface SkimExports {
  readonly memory: WebAssembly.Memory;
  readonly BEGINNING: Address;
  readonly SAME: Address;
  readonly DIGIT: Address;
  readonly BEGINNING_BYTES: Address;
  readonly PROGRAMS: Address;
  readonly PROGRAM_BYTES: Address;
  readonly ANY_TEXT: Address;
  readonly BY_MARK: Address;
  readonly BY_BEGINNING: Address;
  readonly MARKS: Address;
  readonly BEGINNINGS: Address;
  readonly RESULT: Address;
  readonly LINES: Address;
  readonly ROUTINE: Address;
  readonly IMPORTANT: Address;
  readonly INPUT: Address;
  readonly INPUT_BYTES: Address;
  bound(line: number, pidDigits: number, unknownPrefix: number, step: number): void;
  arm(length: number, minute: number, stamp: number): void;
  know(programs: number): void;
  placeOf(letters: number): number;
  skim(from: number, to: number, last: number): number;
}

/** Message ids have six digits. */
const IDS = 1_000_000;
/** `Mon DD HH:` */
const SYSLOG_HOUR = 10;
/** `YYYY-MM-DDTHH:` */
const RFC3339_HOUR = 14;
const DOT = 0x2e;
const SPACE = 0x20;
const ZERO = 0x30;

let compiled: WebAssembly.Module | undefined;

/**
 * Passes over the log lines that say nothing new, in WebAssembly and some ten times as fast as they can be read one
 * by one: those of the same hour, host and layout as the line before whose message is of an id that is only counted
 * by now, or is another program's and has none of the marks of {@link RULES}. A line that is passed over would have
 * been counted by `LogScanner` and nothing else; every other line is left to it.
 *
 * One skimmer serves one bundle, one log at a time. Its memory also holds the counters of lines by message id
 * (12 MB, of which only the pages in use are real).
 */
export class Skimmer {
  /** Lines by message id. */
  readonly lines: Uint32Array;
  /** Lines of level INFO that were not kept, by message id. */
  readonly droppedRoutine: Uint32Array;
  /** Lines of component `dr` or another level that were not kept, by message id. */
  readonly droppedImportant: Uint32Array;

  /** Lines that the last {@link Skimmer.skim} passed over, and how many of them were LifeKeeper's. */
  skimmed = 0;
  lifekeeper = 0;
  /** The last line passed over: its seconds after the full hour, and the place of its stamp in the chunk. */
  second = 0;
  stampStart = 0;
  stampEnd = 0;

  readonly #wasm: SkimExports;
  readonly #memory: Buffer;
  readonly #beginning: Buffer;
  readonly #same: Buffer;
  readonly #digit: Buffer;
  readonly #input: number;
  readonly #inputBytes: number;
  readonly #result: Int32Array;
  /** Length of the beginning that lines are held against, and where in it the minute stands. */
  #armedLength = 0;
  #armedMinute = 0;
  /** The part of a chunk that is in the memory. */
  #chunk: Buffer | null = null;
  #from = 0;
  #to = 0;

  /** @param clockStep seconds that a stamp may go back without being told of */
  constructor(clockStep: number) {
    compiled ??= new WebAssembly.Module(Buffer.from(SKIM_WASM, 'base64'));
    this.#wasm = new WebAssembly.Instance(compiled).exports as SkimExports;
    this.#wasm.bound(MAX_SKIMMED_BYTES, MAX_PID_DIGITS, MAX_UNKNOWN_PREFIX, clockStep);
    const { buffer } = this.#wasm.memory;
    this.#memory = Buffer.from(buffer);
    const { value: length } = this.#wasm.BEGINNING_BYTES;
    this.#beginning = Buffer.from(buffer, this.#wasm.BEGINNING.value, length);
    this.#same = Buffer.from(buffer, this.#wasm.SAME.value, length);
    this.#digit = Buffer.from(buffer, this.#wasm.DIGIT.value, length);
    this.#input = this.#wasm.INPUT.value;
    this.#inputBytes = this.#wasm.INPUT_BYTES.value;
    this.#result = new Int32Array(buffer, this.#wasm.RESULT.value, 5);
    this.lines = new Uint32Array(buffer, this.#wasm.LINES.value, IDS);
    this.droppedRoutine = new Uint32Array(buffer, this.#wasm.ROUTINE.value, IDS);
    this.droppedImportant = new Uint32Array(buffer, this.#wasm.IMPORTANT.value, IDS);
    this.#learnRules();
  }

  /**
   * Takes hour, layout and host from a line with a stamp and a host; {@link Skimmer.skim} passes over lines like it.
   *
   * @returns the line's seconds after the full hour, or -1 when lines like it cannot be passed over
   */
  arm(line: Buffer, header: LineHeader): number {
    const { stampStart, stampEnd, hostStart, hostEnd } = header;
    const minute = header.style === SYSLOG ? SYSLOG_HOUR : RFC3339_HOUR;
    const length = hostEnd + 1 - stampStart;
    if (hostStart !== stampEnd + 1 || length > this.#beginning.length || line[hostEnd] !== SPACE) return -1;
    if (length !== this.#armedLength || minute !== this.#armedMinute || !this.#beginsAlike(line, stampStart))
      this.#learnBeginning(line, header, minute, length);
    const time = stampStart + minute;
    const digit = (at: number) => (line[time + at] as number) - ZERO;
    return (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4);
  }

  #beginsAlike(line: Buffer, start: number): boolean {
    for (let at = 0; at < this.#armedLength; at++) {
      const byte = line[start + at] as number;
      if (this.#digit[at] === 0xff ? !isDigit(byte) : byte !== this.#beginning[at]) return false;
    }
    return true;
  }

  #learnBeginning(line: Buffer, header: LineHeader, minute: number, length: number): void {
    const { stampStart, stampEnd, hostEnd } = header;
    const time = stampStart + minute;
    line.copy(this.#beginning, 0, stampStart, hostEnd + 1);
    this.#digit.fill(0);
    this.#same.fill(0xff, 0, length).fill(0, length);
    for (const at of [0, 1, 3, 4]) this.#mustBeDigit(minute + at);
    if (line[time + 5] === DOT)
      for (let at = time + 6; isDigit(line[at] as number); at++) this.#mustBeDigit(at - stampStart);
    this.#wasm.arm(length, minute, stampEnd - stampStart);
    this.#armedLength = length;
    this.#armedMinute = minute;
  }

  #mustBeDigit(at: number): void {
    this.#same[at] = 0;
    this.#digit[at] = 0xff;
  }

  /** A chunk's bytes may be others than they were: to be called for each new chunk. */
  forget(): void {
    this.#chunk = null;
  }

  /**
   * Passes over lines from `start` on, which must be the start of a line.
   *
   * @param second of the line before, after the full hour
   * @returns where the first line begins that was not passed over, or may not be whole
   */
  skim(chunk: Buffer, start: number, second: number): number {
    if (chunk !== this.#chunk || start < this.#from || start >= this.#to) this.#load(chunk, start);
    const base = this.#input - this.#from;
    const next = this.#wasm.skim(base + start, base + this.#to, second) - base;
    const result = this.#result;
    this.skimmed = result[0] as number;
    this.lifekeeper = result[1] as number;
    this.second = result[2] as number;
    this.stampStart = (result[3] as number) - base;
    this.stampEnd = (result[4] as number) - base;
    return next;
  }

  #load(chunk: Buffer, from: number): void {
    this.#chunk = chunk;
    this.#from = from;
    this.#to = Math.min(chunk.length, from + this.#inputBytes);
    chunk.copy(this.#memory, this.#input, from, this.#to);
  }

  #learnRules(): void {
    const memory = this.#memory;
    const { PROGRAMS: programs, PROGRAM_BYTES: size, ANY_TEXT, BY_MARK, BY_BEGINNING } = this.#wasm;
    for (const [index, name] of PROGRAMS.entries()) {
      const at = programs.value + index * size.value;
      memory[at] = name.length;
      memory.write(name, at + 1, 'latin1');
      const rules = RULES.filter((rule) => rule.programs.includes(name));
      const { value: how } = rules.some(({ marks }) => marks.length === 0)
        ? ANY_TEXT
        : rules.some(({ beginnings }) => beginnings === undefined)
          ? BY_MARK
          : BY_BEGINNING;
      memory[at + size.value - 1] = how;
    }
    this.#wasm.know(PROGRAMS.length);
    for (const { marks, beginnings = [] } of RULES) {
      for (const mark of marks) this.#set(this.#wasm.MARKS.value, mark);
      for (const beginning of beginnings) this.#set(this.#wasm.BEGINNINGS.value, beginning);
    }
  }

  #set(bits: number, letters: string): void {
    const place = this.#wasm.placeOf(Buffer.from(letters, 'latin1').readUInt32LE(0));
    const at = bits + (place >>> 3);
    this.#memory[at] = (this.#memory[at] as number) | (1 << (place & 7));
  }
}

function isDigit(byte: number): boolean {
  return (byte - ZERO) >>> 0 <= 9;
}
