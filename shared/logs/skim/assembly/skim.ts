/*
 * AssemblyScript, compiled by `npm run build:skim` into `../skim_wasm.ts`.
 *
 * Passes over log lines that say nothing new: lines of the hour, the host and the layout of the line before whose
 * message is either in LifeKeeper's grammar with an id that is only counted by now, or a system line without any
 * of the marks that a rule could be looking for. Everything else is left to the readers in TypeScript, so a line is
 * passed over only where `LineHeader.read` and `LogScanner.line` would have done just this: count it.
 */

/** Addresses in the memory; `../skimmer.ts` reads them from the exports. */
/** How a line must begin, and 0xff for each byte that must be the same, then 0xff for each that must be a digit. */
export const BEGINNING: usize = 0x1000;
export const SAME: usize = 0x1200;
export const DIGIT: usize = 0x1400;
export const BEGINNING_BYTES: usize = 0x1f0;
/** Programs whose lines may matter: a byte with the length of the name, 30 bytes with the name, and how to tell. */
export const PROGRAMS: usize = 0x2000;
/** A bit for each hash of four letters that stand in all texts that matter, or in their beginning. */
export const MARKS: usize = 0x3000;
export const BEGINNINGS: usize = 0x5000;
/** What {@link skim} did, as 32-bit numbers. */
export const RESULT: usize = 0x4000;
/** By message id: lines; lines of level INFO not kept; other lines not kept. */
export const LINES: usize = 0x10000;
export const ROUTINE: usize = LINES + 4_000_000;
export const IMPORTANT: usize = ROUTINE + 4_000_000;
export const INPUT: usize = IMPORTANT + 4_000_000;
export const INPUT_BYTES: usize = 0x40000;

export const PROGRAM_BYTES: usize = 32;
const MAX_PROGRAM: usize = PROGRAM_BYTES - 2;
/** How to tell whether the text of a program may matter: each one does, a mark tells, a beginning and a mark tell. */
export const ANY_TEXT: i32 = 0;
export const BY_MARK: i32 = 1;
export const BY_BEGINNING: i32 = 2;

const NEWLINE: u8 = 0x0a;
const RETURN: u8 = 0x0d;
const SPACE: u8 = 0x20;
const COLON: u8 = 0x3a;
const OPEN: u8 = 0x5b;
const CLOSE: u8 = 0x5d;
const ZERO: u8 = 0x30;
const UPPER_A: u8 = 0x41;

let maxLine: usize = 0;
let maxPidDigits: usize = 0;
let maxUnknownPrefix: usize = 0;
let clockStep: i32 = 0;

let beginningLength: usize = 0;
let minuteAt: usize = 0;
let stampLength: usize = 0;
let programs: usize = 0;
/** Bit n is set when a program has a name of n letters. */
let programLengths: u32 = 0;

/** Sets the bounds that the readers in TypeScript have. */
export function bound(line: usize, pidDigits: usize, unknownPrefix: usize, step: i32): void {
  maxLine = line;
  maxPidDigits = pidDigits;
  maxUnknownPrefix = unknownPrefix;
  clockStep = step;
}

/** Says how long {@link BEGINNING} is, `host ` included, and where in it `MM:SS` stands and the stamp ends. */
export function arm(length: usize, minute: usize, stamp: usize): void {
  beginningLength = length;
  minuteAt = minute;
  stampLength = stamp;
}

/** Says how many names stand at {@link PROGRAMS}. */
export function know(count: usize): void {
  programs = count;
  programLengths = 0;
  for (let index: usize = 0; index < count; index++)
    programLengths |= 1 << (<u32>load<u8>(PROGRAMS + index * PROGRAM_BYTES));
}

/** Place of four letters, whatever their case, among the bits of {@link MARKS} and {@link BEGINNINGS}. */
export function placeOf(letters: u32): u32 {
  return ((letters | 0x20202020) * 0x9e3779b1) >>> 17;
}

/**
 * Passes over whole lines in `[from, to)` of the input.
 *
 * @param last second of the hour of the line before
 * @returns where the first line begins that was not passed over, or is not whole
 */
export function skim(from: usize, to: usize, last: i32): usize {
  let lines: i32 = 0;
  let lifekeeper: i32 = 0;
  let second = last;
  let stampStart: usize = from;
  let stampEnd: usize = from;
  let start = from;
  while (true) {
    // No line ends in a beginning that is alike, and one that reaches behind `to` has no line end before it.
    if (!beginsAlike(start)) break;
    const body = start + beginningLength;
    if (load<u8>(body) <= SPACE) break;
    const newline = find(NEWLINE, body, to);
    if (newline >= to || newline - start > maxLine) break;
    const end = load<u8>(newline - 1) === RETURN ? newline - 1 : newline;
    const at = start + minuteAt;
    const minutes = number2(at);
    const seconds = number2(at + 3);
    if (minutes > 59 || seconds > 60) break;
    const now = minutes * 60 + seconds;
    if (now < second - clockStep) break;
    const message = messageOf(body, end);
    if (message === UNCLEAR) break;
    if (message === LIFEKEEPER) lifekeeper++;
    lines++;
    second = now;
    stampStart = start;
    stampEnd = start + stampLength;
    start = newline + 1;
  }
  store<i32>(RESULT, lines);
  store<i32>(RESULT, lifekeeper, 4);
  store<i32>(RESULT, second, 8);
  store<i32>(RESULT, <i32>stampStart, 12);
  store<i32>(RESULT, <i32>stampEnd, 16);
  return start;
}

const UNCLEAR: i32 = 0;
const SYSTEM: i32 = 1;
const LIFEKEEPER: i32 = 2;

/** What `process[pid]: …` is, and counts it. */
function messageOf(start: usize, end: usize): i32 {
  const open = start + nameLength(start);
  if (open < end && load<u8>(open) === OPEN && open > start) {
    const pid = open + 1;
    const digits = runOf(isDigitAt(v128.load(pid)));
    const at = pid + digits;
    if (
      digits > 0 &&
      digits <= maxPidDigits &&
      at + 2 < end &&
      load<u8>(at) === CLOSE &&
      load<u8>(at + 1) === COLON
    ) {
      const id = idOf(at, end);
      return id < 0 ? systemOf(start, at + 2, end) : countedOf(id);
    }
  }
  return hasProcessBehind(start, end) ? UNCLEAR : systemOf(start, start, end);
}

/** Bytes before the first `[` or blank; at most 32. */
@inline
function nameLength(start: usize): usize {
  return runOf32(isNameAt(v128.load(start)), isNameAt(v128.load(start, 16)));
}

@inline
function isNameAt(bytes: v128): v128 {
  return v128.and(i8x16.gt_u(bytes, i8x16.splat(SPACE)), i8x16.ne(bytes, i8x16.splat(OPEN)));
}

@inline
function isDigitAt(bytes: v128): v128 {
  return i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(ZERO)), i8x16.splat(10));
}

/** How many of 16 bytes, from the first on, are what was asked for. */
@inline
function runOf(are: v128): usize {
  return <usize>ctz(~i8x16.bitmask(are));
}

/** The same of 32 bytes. */
@inline
function runOf32(low: v128, high: v128): usize {
  const length = runOf(low);
  return length < 16 ? length : 16 + runOf(high);
}

/** Whether LifeKeeper's `process[pid]:` may stand behind an unknown prefix. */
function hasProcessBehind(start: usize, end: usize): bool {
  const limit = min(end - 1, start + maxUnknownPrefix);
  let at = find(CLOSE, start, limit);
  while (at < limit && load<u8>(at + 1) !== COLON) at = find(CLOSE, at + 1, limit);
  return at < limit && isDigit(load<u8>(at - 1));
}

let isImportant: bool = false;

/** The id of `]: LEVEL:component:action:tag:id:text`, or -1; sets {@link isImportant}. */
function idOf(close: usize, end: usize): i32 {
  let at = close + 2;
  while (at < end && load<u8>(at) === SPACE) at++;
  const level = at;
  at = level + runOf(i8x16.lt_u(i8x16.sub(v128.load(level), i8x16.splat(UPPER_A)), i8x16.splat(26)));
  if (at === level + 16) while (at < end && <u8>(load<u8>(at) - UPPER_A) < 26) at++;
  if (at === level || at >= end || load<u8>(at) !== COLON) return -1;
  const component = at + 1;
  const isInfo = component - level === 5 && load<u32>(level) === 0x4f464e49;
  let colons = placesOf(COLON, component);
  const isReplication = (colons & 7) === 4 && load<u16>(component) === 0x7264;
  colons &= colons - 1;
  colons &= colons - 1;
  at = colons === 0 ? afterColons(component, end) : component + (<usize>ctz(colons)) + 1;
  if (at + 6 >= end || load<u8>(at + 6) !== COLON) return -1;
  const digits = load<u64>(at) & 0xffffffffffff;
  if (
    (digits & 0xf0f0f0f0f0f0) !== 0x303030303030 ||
    ((digits + 0x060606060606) & 0xf0f0f0f0f0f0) !== 0x303030303030
  )
    return -1;
  isImportant = isReplication || !isInfo;
  // Pairs of digits: the first in byte 0, 2 and 4.
  const ones = digits & 0x0f0f0f0f0f0f;
  const pairs = ones * 10 + (ones >> 8);
  return <i32>((pairs & 0xff) * 10_000 + ((pairs >> 16) & 0xff) * 100 + ((pairs >> 32) & 0xff));
}

/** A bit for each place in 64 bytes where the byte stands. */
@inline
function placesOf(byte: u8, at: usize): u64 {
  const wanted = i8x16.splat(byte);
  return (
    (<u64>i8x16.bitmask(i8x16.eq(v128.load(at), wanted))) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 16), wanted))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 32), wanted))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 48), wanted))) << 48)
  );
}

/** Behind the third colon, or behind `end`. */
function afterColons(from: usize, end: usize): usize {
  return afterColon(afterColon(afterColon(from, end), end), end);
}

/** Counts a line of an id of which nothing is kept any more. */
function countedOf(id: i32): i32 {
  const place = (<usize>id) << 2;
  const dropped = (isImportant ? IMPORTANT : ROUTINE) + place;
  const before = load<u32>(dropped);
  if (before === 0) return UNCLEAR;
  store<u32>(dropped, before + 1);
  store<u32>(LINES + place, load<u32>(LINES + place) + 1);
  return LIFEKEEPER;
}

/** Whether a line without LifeKeeper's grammar can be passed over. */
function systemOf(start: usize, text: usize, end: usize): i32 {
  const length = min(programLength(start), end - start);
  if (length > MAX_PROGRAM || (programLengths & (1 << (<u32>length))) === 0) return SYSTEM;
  const program = programOf(start, length);
  if (program === 0) return SYSTEM;
  const how = <i32>load<u8>(program + PROGRAM_BYTES - 1);
  if (how === ANY_TEXT) return UNCLEAR;
  if (how === BY_BEGINNING) {
    let at = find(COLON, start + length, end) + 1;
    if (load<u8>(at) === SPACE) at++;
    if (!isIn(BEGINNINGS, load<u32>(at))) return SYSTEM;
  }
  return hasMark(text, end) ? UNCLEAR : SYSTEM;
}

/** Bytes before the first `[` or `:`; at most 32. */
@inline
function programLength(start: usize): usize {
  return runOf32(isProgramAt(v128.load(start)), isProgramAt(v128.load(start, 16)));
}

@inline
function isProgramAt(bytes: v128): v128 {
  return v128.and(i8x16.ne(bytes, i8x16.splat(OPEN)), i8x16.ne(bytes, i8x16.splat(COLON)));
}

/** Where the program of this name stands, or 0. */
function programOf(start: usize, length: usize): usize {
  const end = PROGRAMS + programs * PROGRAM_BYTES;
  const low = v128.load(start);
  const high = v128.load(start + 16);
  const name: u32 = (1 << (<u32>length)) - 1;
  for (let at = PROGRAMS; at < end; at += PROGRAM_BYTES) {
    if (<usize>load<u8>(at) !== length) continue;
    const same =
      i8x16.bitmask(i8x16.eq(low, v128.load(at, 1))) | (i8x16.bitmask(i8x16.eq(high, v128.load(at, 17))) << 16);
    if ((~same & name) === 0) return at;
  }
  return 0;
}

function hasMark(start: usize, end: usize): bool {
  for (let at = start; at + 4 <= end; at++) if (isIn(MARKS, load<u32>(at))) return true;
  return false;
}

@inline
function isIn(bits: usize, letters: u32): bool {
  const place = placeOf(letters);
  return ((<u32>load<u8>(bits + (place >>> 3))) & (1 << (place & 7))) !== 0;
}

/** Behind the next colon; behind `end` when there is none. */
function afterColon(from: usize, end: usize): usize {
  return find(COLON, from, end) + 1;
}

/** Position of a byte in `[from, to)`, or a position at or behind `to`. */
@inline
function find(byte: u8, from: usize, to: usize): usize {
  let at = from;
  while (at < to) {
    const places = placesOf(byte, at);
    if (places !== 0) return at + <usize>ctz(places);
    at += 64;
  }
  return to;
}

@inline
function isDigit(byte: u8): bool {
  return <u8>(byte - ZERO) < 10;
}

@inline
function number2(at: usize): i32 {
  return <i32>(load<u8>(at) - ZERO) * 10 + <i32>(load<u8>(at + 1) - ZERO);
}

@inline
function beginsAlike(start: usize): bool {
  let at: usize = 0;
  do {
    const bytes = v128.load(start + at);
    const same = i8x16.eq(bytes, v128.load(BEGINNING + at));
    const digit = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(ZERO)), i8x16.splat(10));
    const wrong = v128.or(v128.andnot(v128.load(SAME + at), same), v128.andnot(v128.load(DIGIT + at), digit));
    if (v128.any_true(wrong)) return false;
    at += 16;
  } while (at < beginningLength);
  return true;
}
