import type { Stamp } from '../evidence/evidence.ts';
import { utcOf, type WallTime, Zone } from './zone.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A `Mon DD HH:MM:SS` stamp without its year. */
export type YearlessTime = Omit<WallTime, 'year'>;

/** Reads a syslog stamp; null when it names no possible date. 29 February is possible: a year decides later. */
export function parseYearless(text: string): YearlessTime | null {
  const match = /^([A-Za-z]{3})\s+(\d{1,2})\s+(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (match === null) return null;
  const month = MONTHS.indexOf((match[1] ?? '').toLowerCase()) + 1;
  const time = {
    month,
    day: Number(match[2]),
    hour: Number(match[3]),
    minute: Number(match[4]),
    second: Number(match[5]),
    millisecond: milliseconds(match[6]),
  };
  if (month === 0 || time.hour > 23 || time.minute > 59 || time.second > 60) return null;
  return isDate(2000, time.month, time.day) ? time : null;
}

const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Whether the calendar has the day. */
export function isDate(year: number, month: number, day: number): boolean {
  if (day < 1 || month < 1 || month > 12) return false;
  return day <= (month === 2 && !isLeap(year) ? 28 : (DAYS_OF_MONTH[month - 1] ?? 0));
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
}

/** The instant of an RFC 3339 stamp and its offset as written; null when it is none. */
export function parseRfc3339(text: string): { instant: number; offset: string } | null {
  const match =
    /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/i.exec(
      text.trim(),
    );
  if (match === null) return null;
  const wall = {
    year: Number(match[1]),
    month: Number(match[2]),
    day: Number(match[3]),
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6]),
    millisecond: milliseconds(match[7]),
  };
  if (!isDate(wall.year, wall.month, wall.day) || wall.hour > 23 || wall.minute > 59) return null;
  const zone = Zone.parse(match[8] ?? '');
  return zone === null ? null : { instant: zone.instant(wall), offset: zone.name };
}

/** The offset written in a stamp, if it has one. */
export function offsetOf(stamp: Stamp): Zone | null {
  const parsed = stamp.style === 'rfc3339' ? parseRfc3339(stamp.text) : null;
  return parsed === null ? null : Zone.parse(parsed.offset);
}

/**
 * Reads a time that a command printed: `date`, `rpm -qi`, `rpm -qa --last`, a collector. Accepts RFC 3339, C and
 * Japanese locale forms, `YYYY-MM-DD [HH:MM[:SS]]` and seconds since 1970. Without a zone it is local to `zone`.
 */
export function parsePrinted(text: string, zone: Zone): number | null {
  const trimmed = text.trim();
  const exact = parseRfc3339(trimmed);
  if (exact !== null) return exact.instant;
  if (/^\d{9,10}$/.test(trimmed)) return Number(trimmed) * 1000;
  const date =
    /(\d{4})年\s*(\d{1,2})月\s*(\d{1,2})日/.exec(trimmed) ??
    /\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?=\D|$)/.exec(trimmed) ??
    namedDate(trimmed);
  if (date === null) return null;
  const [, year, month, day] = date;
  const clock =
    /(\d{1,2})時\s*(\d{1,2})分\s*(\d{1,2})秒/.exec(trimmed) ??
    /(?:^|[\sT])(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(AM|PM)?/i.exec(trimmed);
  const wall = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: hourOf(Number(clock?.[1] ?? 0), clock?.[4]),
    minute: Number(clock?.[2] ?? 0),
    second: Number(clock?.[3] ?? 0),
    millisecond: 0,
  };
  if (!isDate(wall.year, wall.month, wall.day) || wall.hour > 23 || wall.minute > 59) return null;
  const named = /(?:^|\s)(JST|UTC|GMT|[+-]\d{2}:?\d{2})(?=\s|$)/.exec(trimmed)?.[1];
  const stated = named === undefined ? null : Zone.parse(named);
  return (stated ?? zone).instant(wall);
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
}

/** `Thu Apr  1 10:00:00 JST 2021`, `Thu 01 Apr 2021 10:00:00 AM JST`, as [all, year, month, day]. */
function namedDate(text: string): [string, string, string, string] | null {
  const month = /\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b/i.exec(text);
  const year = /\b((?:19|20)\d{2})\b/.exec(text)?.[1];
  if (month === null || year === undefined) return null;
  const rest = text
    .replace(year, ' ')
    .replace(/\d{1,2}:\d{2}(:\d{2})?(\.\d+)?/, ' ')
    .replace(/[+-]\d{4}/, ' ');
  const day = /\b(\d{1,2})\b/.exec(rest)?.[1];
  if (day === undefined) return null;
  return [text, year, String(MONTHS.indexOf((month[1] ?? '').toLowerCase()) + 1), day];
}

/**
 * The latest year in which a yearless time exists and is not after `bound`, a day of slack allowed for clocks and
 * zones; null when none of the ten years before fits.
 */
export function yearBefore(time: YearlessTime, bound: number): number | null {
  const latest = new Date(bound + DAY).getUTCFullYear() + 1;
  for (let year = latest; year > latest - 10; year--) {
    if (isDate(year, time.month, time.day) && utcOf({ ...time, year }) <= bound + DAY) return year;
  }
  return null;
}

export const DAY = 86_400_000;
