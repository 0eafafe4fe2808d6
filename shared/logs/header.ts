/**
 * LifeKeeper's line grammar, read on bytes:
 *
 *     [file:[n:]][stamp ]host process[pid]: LEVEL:component:action:tag:id:text
 *
 * `stamp` is absent, `Mon DD HH:MM:SS` (a fraction may follow) or RFC 3339 (a blank may stand for the `T`);
 * component, action and tag may be empty and may hold any bytes but a colon; `id` is six digits *in this position*
 * (a pid or a text that holds the same digits is not an id); `text` is the rest, colons included. `file:` is what
 * `grep` and `zgrep` print before a line.
 *
 * One reader is made per log and reused for every line: after {@link LineHeader.read} its fields hold byte
 * positions in the buffer that was given. Nothing is decoded or allocated.
 *
 * A log repeats itself: `host process[`, `]: LEVEL:component:action:` and the hour are most often those of the line
 * before. What they mean depends on their bytes alone, so bytes that are the same as then are not read again.
 */
export class LineHeader {
  /** End of the `file:` prefix; equal to the line's start when there is none. */
  prefixEnd = 0;
  /** `NONE`, `SYSLOG` or `RFC3339`; `stampStart`/`stampEnd` are meaningful only when it is not `NONE`. */
  style = NONE;
  stampStart = 0;
  stampEnd = 0;
  /** Seconds: since 1 January of a leap year (`SYSLOG`), since 1970 (`RFC3339`). */
  seconds = 0;
  hostStart = 0;
  hostEnd = 0;
  processStart = 0;
  processEnd = 0;
  pid = 0;
  levelStart = 0;
  levelEnd = 0;
  componentEnd = 0;
  actionEnd = 0;
  tagEnd = 0;
  /** The message id as a number, 0 to 999999. */
  id = 0;
  textStart = 0;
  readonly #bytes = new WordView();
  /** `host process[`, its parts at these distances from its start. */
  readonly #who = new Repeated();
  #whoHostEnd = 0;
  #whoProcess = 0;
  /** `]: LEVEL:component:action:`, likewise. */
  readonly #what = new Repeated();
  #whatLevel = 0;
  #whatLevelEnd = 0;
  #whatComponentEnd = 0;
  /** `Mon DD HH:`, and its seconds. */
  readonly #hour = new Repeated();
  #hourSeconds = 0;

  /**
   * Reads the header of the line `[start, end)`: `LIFEKEEPER` when the whole grammar is met, `STAMPED` when the
   * line only begins with a stamp and a host (any syslog line), `PLAIN` otherwise. Leading NUL bytes, which a
   * crash leaves in logs, are passed over.
   */
  read(line: Uint8Array, start: number, end: number): number {
    let at = start;
    this.#bytes.of(line);
    while (at < end && line[at] === 0) at++;
    if (line[at] === LESS) at = afterPriority(line, at, end);
    this.prefixEnd = at;
    this.style = NONE;
    if (at === end) return PLAIN;
    if (this.#stamp(line, at, end)) {
      const body = afterBlanks(line, this.stampEnd, end);
      if (this.#body(line, body, end)) return LIFEKEEPER;
      return this.#isStampedHost() ? (this.#anywhere(line, body, end) ? LIFEKEEPER : STAMPED) : PLAIN;
    }
    const afterFile = grepPrefixEnd(line, at, end);
    if (afterFile !== -1) {
      this.prefixEnd = afterFile;
      const stamped = this.#stamp(line, afterFile, end);
      const body = stamped ? afterBlanks(line, this.stampEnd, end) : afterFile;
      if (this.#body(line, body, end)) return LIFEKEEPER;
      if (stamped && this.#isStampedHost()) return STAMPED;
      this.prefixEnd = at;
      return PLAIN;
    }
    return this.#body(line, at, end) || this.#anywhere(line, at, end) ? LIFEKEEPER : PLAIN;
  }

  #isStampedHost(): boolean {
    return this.hostEnd > this.hostStart;
  }

  /**
   * The grammar behind an unknown prefix (a priority, another time format, no host at all), told by the first
   * `process[pid]:` of the line. Stamped lines that fail here keep the host they had.
   */
  #anywhere(line: Uint8Array, start: number, end: number): boolean {
    const limit = Math.min(end - 1, start + MAX_UNKNOWN_PREFIX);
    let close = start;
    while (close < limit && (line[close] !== CLOSE || line[close + 1] !== COLON)) close++;
    if (close >= limit || !isDigit(line[close - 1] as number)) return false;
    let open = close - 1;
    while (open > start && isDigit(line[open] as number)) open--;
    if (line[open] !== OPEN) return false;
    let process = open;
    while (process > start && (line[process - 1] as number) > SPACE) process--;
    let hostEnd = process;
    while (hostEnd > start && (line[hostEnd - 1] as number) <= SPACE) hostEnd--;
    let hostStart = hostEnd;
    while (hostStart > start && (line[hostStart - 1] as number) > SPACE) hostStart--;
    const { hostStart: before, hostEnd: beforeEnd, processStart, processEnd } = this;
    if (this.#process(line, process, end)) {
      this.hostStart = hostStart;
      this.hostEnd = hostEnd;
      return true;
    }
    this.hostStart = before;
    this.hostEnd = beforeEnd;
    this.processStart = processStart;
    this.processEnd = processEnd;
    return false;
  }

  /** `host process[pid]: LEVEL:component:action:tag:id:text`; leaves the host set even when the rest fails. */
  #body(line: Uint8Array, start: number, end: number): boolean {
    const who = this.#who;
    if (who.isAt(this.#bytes.view, start, end)) {
      this.hostStart = start;
      this.hostEnd = start + this.#whoHostEnd;
      this.processStart = start + this.#whoProcess;
      this.processEnd = start + who.length - 1;
      return this.#message(line, start + who.length, end);
    }
    let at = start;
    while (at < end && (line[at] as number) !== SPACE) at++;
    this.hostStart = start;
    this.hostEnd = at;
    if (at === start || at >= end) return false;
    do at++;
    while (at < end && line[at] === SPACE);
    if (!this.#name(line, at, end)) return false;
    this.#whoHostEnd = this.hostEnd - start;
    this.#whoProcess = at - start;
    who.remember(line, start, this.processEnd + 1);
    return this.#message(line, this.processEnd + 1, end);
  }

  /** `process[pid]: LEVEL:component:action:tag:id:text`. */
  #process(line: Uint8Array, start: number, end: number): boolean {
    return this.#name(line, start, end) && this.#message(line, this.processEnd + 1, end);
  }

  /** `process[`. */
  #name(line: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let byte = 0;
    this.processStart = start;
    while (at < end) {
      byte = line[at] as number;
      if (byte === OPEN || byte <= SPACE) break;
      at++;
    }
    this.processEnd = at;
    return byte === OPEN && at > start;
  }

  /** `pid]: LEVEL:component:action:tag:id:text`. */
  #message(line: Uint8Array, pidStart: number, end: number): boolean {
    let at = pidStart;
    let byte = 0;
    let pid = 0;
    for (; at < end; at++) {
      byte = (line[at] as number) - ZERO;
      if (byte >>> 0 > 9) break;
      pid = pid * 10 + byte;
    }
    if (at === pidStart || at - pidStart > MAX_PID_DIGITS || at + 2 >= end) return false;
    const close = at;
    const what = this.#what;
    if (what.isAt(this.#bytes.view, close, end)) at = close + what.length;
    else {
      if (line[at] !== CLOSE || line[at + 1] !== COLON) return false;
      at += 2;
      while (at < end && line[at] === SPACE) at++;
      const levelStart = at;
      for (; at < end; at++) {
        byte = line[at] as number;
        if (byte < UPPER_A || byte > UPPER_Z) break;
      }
      if (byte !== COLON || at === levelStart || at >= end) return false;
      const levelEnd = at;
      at++;
      while (at < end && line[at] !== COLON) at++;
      const componentEnd = at;
      at++;
      while (at < end && line[at] !== COLON) at++;
      if (at >= end) return false;
      at++;
      this.#whatLevel = levelStart - close;
      this.#whatLevelEnd = levelEnd - close;
      this.#whatComponentEnd = componentEnd - close;
      what.remember(line, close, at);
    }
    const actionEnd = at - 1;
    while (at < end && line[at] !== COLON) at++;
    const tagEnd = at;
    if (at + 7 >= end || line[at + 7] !== COLON) return false;
    const a = (line[at + 1] as number) - ZERO;
    const b = (line[at + 2] as number) - ZERO;
    const c = (line[at + 3] as number) - ZERO;
    const d = (line[at + 4] as number) - ZERO;
    const e = (line[at + 5] as number) - ZERO;
    const f = (line[at + 6] as number) - ZERO;
    if (a >>> 0 > 9 || b >>> 0 > 9 || c >>> 0 > 9 || d >>> 0 > 9 || e >>> 0 > 9 || f >>> 0 > 9) return false;
    this.id = ((((a * 10 + b) * 10 + c) * 10 + d) * 10 + e) * 10 + f;
    this.pid = pid;
    this.levelStart = close + this.#whatLevel;
    this.levelEnd = close + this.#whatLevelEnd;
    this.componentEnd = close + this.#whatComponentEnd;
    this.actionEnd = actionEnd;
    this.tagEnd = tagEnd;
    this.textStart = at + 8;
    return true;
  }

  /** Reads a stamp followed by a blank at `at`; sets style, span and seconds. */
  #stamp(line: Uint8Array, at: number, end: number): boolean {
    const first = line[at] as number;
    const found =
      first >= UPPER_A && first <= UPPER_Z
        ? this.#syslogStamp(line, at, end)
        : first >= ZERO && first <= NINE && this.#rfc3339Stamp(line, at, end);
    if (!found) this.style = NONE;
    return found;
  }

  #syslogStamp(line: Uint8Array, at: number, end: number): boolean {
    if (at + 15 >= end) return false;
    const hour = this.#hour;
    if (hour.isAt(this.#bytes.view, at, end)) {
      const minutes = number2(line, at + 10);
      const seconds = number2(line, at + 13);
      if (
        line[at + 12] === COLON &&
        line[at + 15] === SPACE &&
        minutes >= 0 &&
        minutes <= 59 &&
        seconds >= 0 &&
        seconds <= 60
      ) {
        this.style = SYSLOG;
        this.stampStart = at;
        this.stampEnd = at + 15;
        this.seconds = this.#hourSeconds + minutes * 60 + seconds;
        return true;
      }
    }
    if (line[at + 3] !== SPACE) return false;
    const daysBefore = daysBeforeMonth(line[at] as number, line[at + 1] as number, line[at + 2] as number);
    if (daysBefore === -1) return false;
    const tens = line[at + 4] === SPACE ? 0 : (line[at + 4] as number) - ZERO;
    const day = tens * 10 + (line[at + 5] as number) - ZERO;
    const time = timeOfDay(line, at + 7);
    if (tens < 0 || tens > 3 || day < 1 || day > 31 || line[at + 6] !== SPACE || time === -1) return false;
    let stampEnd = at + 15;
    if (line[stampEnd] === DOT) {
      stampEnd++;
      while (stampEnd < end && isDigit(line[stampEnd] as number)) stampEnd++;
    }
    if (stampEnd >= end || line[stampEnd] !== SPACE) return false;
    this.style = SYSLOG;
    this.stampStart = at;
    this.stampEnd = stampEnd;
    this.seconds = (daysBefore + day - 1) * DAY + time;
    this.#hourSeconds = (daysBefore + day - 1) * DAY + number2(line, at + 7) * 3_600;
    hour.remember(line, at, at + 10);
    return true;
  }

  #rfc3339Stamp(line: Uint8Array, start: number, end: number): boolean {
    if (
      start + 20 > end ||
      line[start + 4] !== DASH ||
      line[start + 7] !== DASH ||
      (line[start + 10] !== UPPER_T && line[start + 10] !== SPACE)
    )
      return false;
    const year = number2(line, start) * 100 + number2(line, start + 2);
    const month = number2(line, start + 5);
    const day = number2(line, start + 8);
    const time = timeOfDay(line, start + 11);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || time === -1) return false;
    let at = start + 19;
    if (line[at] === DOT || line[at] === COMMA) {
      at++;
      while (at < end && isDigit(line[at] as number)) at++;
    }
    let offset = 0;
    const sign = line[at];
    if (at < end && sign === UPPER_Z) at++;
    else if (at + 5 <= end && (sign === PLUS || sign === DASH)) {
      const minutesAt = line[at + 3] === COLON ? at + 4 : at + 3;
      const hours = number2(line, at + 1);
      const minutes = minutesAt + 2 <= end ? number2(line, minutesAt) : -1;
      if (hours < 0 || minutes < 0) return false;
      offset = (hours * 60 + minutes) * (sign === PLUS ? 60 : -60);
      at = minutesAt + 2;
    }
    if (at >= end || line[at] !== SPACE) return false;
    this.style = RFC3339;
    this.stampStart = start;
    this.stampEnd = at;
    this.seconds = daysSince1970(year, month, day) * DAY + time - offset;
    return true;
  }
}

/** The bytes of the buffer that is being read, to be compared four at a time. */
class WordView {
  view: DataView = new DataView(new ArrayBuffer(0));
  #buffer: Uint8Array | null = null;

  of(buffer: Uint8Array): void {
    if (this.#buffer === buffer) return;
    this.#buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
}

const MAX_REPEATED_WORDS = 32;

/** Bytes that were read before. */
class Repeated {
  /** 0 while there are none. */
  length = 0;
  readonly #words = new Int32Array(MAX_REPEATED_WORDS);
  readonly #view = new DataView(this.#words.buffer);
  readonly #bytes = new Uint8Array(this.#words.buffer);

  /** Whether the bytes stand at `start` and end before `end`. */
  isAt(view: DataView, start: number, end: number): boolean {
    const { length } = this;
    if (length === 0 || start + length >= end) return false;
    const last = length - 4;
    const own = this.#view;
    for (let at = 0; at < last; at += 4)
      if (own.getInt32(at, true) !== view.getInt32(start + at, true)) return false;
    return own.getInt32(last, true) === view.getInt32(start + last, true);
  }

  remember(line: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.length = length >= 4 && length <= this.#bytes.length ? length : 0;
    for (let at = 0; at < this.length; at++) this.#bytes[at] = line[start + at] as number;
  }
}

/** Results of {@link LineHeader.read}. */
export const PLAIN = 0;
export const STAMPED = 1;
export const LIFEKEEPER = 2;

/** Values of {@link LineHeader.style}. */
export const NONE = 0;
export const SYSLOG = 1;
export const RFC3339 = 2;

const DAY = 86_400;
const SPACE = 0x20;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_A = 0x41;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;
const DASH = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const COMMA = 0x2c;
const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;
export const MAX_PID_DIGITS = 10;
const MAX_GREP_PREFIX = 4_096;
/** Bytes in which LifeKeeper's `process[pid]:` is looked for behind a prefix that is not known. */
export const MAX_UNKNOWN_PREFIX = 256;

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function afterBlanks(line: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && line[at] === SPACE) at++;
  return at;
}

/** After the priority `<166>` that a raw syslog message begins with. */
function afterPriority(line: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end && isDigit(line[at] as number)) at++;
  return at > start + 1 && at < start + 5 && line[at] === GREATER ? at + 1 : start;
}

/** Two decimal digits, or a large negative number. */
function number2(line: Uint8Array, at: number): number {
  const tens = (line[at] as number) - ZERO;
  const ones = (line[at + 1] as number) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -100_000;
}

/** Seconds since midnight of `HH:MM:SS`, or -1. Second 60 is a leap second. */
function timeOfDay(line: Uint8Array, at: number): number {
  if (line[at + 2] !== COLON || line[at + 5] !== COLON) return -1;
  const hours = number2(line, at);
  const minutes = number2(line, at + 3);
  const seconds = number2(line, at + 6);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60) return -1;
  return hours * 3_600 + minutes * 60 + seconds;
}

/** Days of a leap year before the month with these three letters, or -1. */
function daysBeforeMonth(a: number, b: number, c: number): number {
  switch ((a << 16) | (b << 8) | c) {
    case 0x4a616e:
      return 0;
    case 0x466562:
      return 31;
    case 0x4d6172:
      return 60;
    case 0x417072:
      return 91;
    case 0x4d6179:
      return 121;
    case 0x4a756e:
      return 152;
    case 0x4a756c:
      return 182;
    case 0x417567:
      return 213;
    case 0x536570:
      return 244;
    case 0x4f6374:
      return 274;
    case 0x4e6f76:
      return 305;
    case 0x446563:
      return 335;
    default:
      return -1;
  }
}

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar (H. Hinnant, "days_from_civil"). */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  );
}

/**
 * End of what `grep` prints before a line, `file:` or `file:number:`, or -1. A first word is taken for a file
 * name when it holds a slash or names a log; a host name does neither.
 */
function grepPrefixEnd(line: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + MAX_GREP_PREFIX);
  let at = start;
  let slash = false;
  while (at < limit) {
    const byte = line[at] as number;
    if (byte === COLON) break;
    if (byte <= SPACE) return -1;
    if (byte === SLASH) slash = true;
    at++;
  }
  if (at >= limit || at === start) return -1;
  if (!slash && !namesLog(line, start, at)) return -1;
  at++;
  let number = at;
  while (number < end && isDigit(line[number] as number)) number++;
  return number > at && line[number] === COLON ? number + 1 : at;
}

/** Whether `[start, end)` holds `.log`, `messages` or `lifekeeper`. */
function namesLog(line: Uint8Array, start: number, end: number): boolean {
  let name = '';
  for (let at = start; at < end; at++) name += String.fromCharCode(line[at] as number);
  return /\.log|messages|lifekeeper/i.test(name);
}
