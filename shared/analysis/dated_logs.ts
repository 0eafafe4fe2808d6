import type { LogMember, LogRecord, NodeEvidence, Stamp } from '../evidence/evidence.ts';
import type { LogWindow } from './analysis.ts';
import { DAY, isDate, parsePrinted, parseRfc3339, parseYearless, yearBefore } from './stamps.ts';
import { compareText } from './versions.ts';
import type { Zone } from './zone.ts';

/** A log whose stamps can be turned into instants. */
export interface DatedLog {
  readonly bundle: string;
  readonly log: LogMember;
  readonly yearFrom: LogWindow['yearFrom'];
  readonly from: number | null;
  readonly to: number | null;
  /** No line of the log is later, as far as names, file and collection times tell. */
  readonly notAfter: number | null;
  /** The instant of a stamp on a line of this log; null when its year is unknown or it is no date. */
  instantAt(stamp: Stamp | null, line: number): number | null;
  /** The instant of a record, which may name the file it was cut from. */
  instantOf(record: LogRecord): number | null;
}

/** A modification time before this is a placeholder of the archive, not a time. */
const EARLIEST_MTIME = Date.UTC(2000, 0, 2);
/** How far the last stamp may lie after its bound when the log shows that the clock was set. */
const CLOCK_SLACK = 7 * DAY;

/**
 * Gives every log of a part its years. A yearless stamp gets the latest year in which it is not after the earliest
 * of: the date in the rotated name, the modification time, the collection time, and the beginning of the next
 * newer rotation. From the last line the years go backwards over every New Year of the log; a year without the 29
 * February that the log has is passed over.
 */
export function dateLogs(
  bundle: string,
  part: NodeEvidence,
  zone: Zone,
  collectedAt: number | null,
): DatedLog[] {
  const leapDays = leapDaysOf(part.records);
  const newerFrom = new Map<string, number>();
  const dated = new Map<LogMember, DatedLog>();
  for (const log of [...part.logs].sort(newestFirst)) {
    const family = familyOf(log);
    const leapDaysHere = leapDays.get(log.member) ?? [];
    const result = dateLog(bundle, log, leapDaysHere, zone, collectedAt, newerFrom.get(family) ?? null);
    dated.set(log, result);
    if (result.from !== null) newerFrom.set(family, result.from);
  }
  return part.logs.map((log) => dated.get(log)).filter((log) => log !== undefined);
}

/** The log without its rotation suffix: files of one family follow each other in time. */
function familyOf(log: LogMember): string {
  return (
    log.section ?? log.member.replace(/(?:[-.]\d{8}(?:[-.]\d+)?|\.\d{1,3})?(?:\.(?:gz|xz|bz2|zst|Z))?$/i, '')
  );
}

function newestFirst(a: LogMember, b: LogMember): number {
  return (
    rank(a) - rank(b) ||
    compareText(rotationDate(b) ?? '', rotationDate(a) ?? '') ||
    compareText(a.member, b.member)
  );
}

function rank(log: LogMember): number {
  if (log.rotation.kind === 'current') return -1;
  return log.rotation.kind === 'index' ? log.rotation.index : 0;
}

function rotationDate(log: LogMember): string | null {
  return log.rotation.kind === 'date' ? log.rotation.date.replace(/\D/g, '').slice(0, 8) : null;
}

function dateLog(
  bundle: string,
  log: LogMember,
  leapDays: readonly number[],
  zone: Zone,
  collectedAt: number | null,
  newerFrom: number | null,
): DatedLog {
  const bound = boundOf(log, zone, collectedAt, newerFrom);
  const turns = log.yearTurns.map((turn) => turn.line);
  const endYear = endYearOf(log, leapDays, turns, bound?.instant ?? null);
  const instantAt = (stamp: Stamp | null, line: number): number | null => {
    if (stamp === null) return null;
    if (stamp.style === 'rfc3339') return parseRfc3339(stamp.text)?.instant ?? parsePrinted(stamp.text, zone);
    const time = parseYearless(stamp.text);
    if (time === null || endYear === null) return null;
    const year = endYear - (turns.length === 0 ? 0 : turns.filter((turn) => turn > line).length);
    return isDate(year, time.month, time.day) ? zone.instant({ ...time, year }) : null;
  };
  const instantOf = (record: LogRecord): number | null => {
    if (record.file === undefined) return instantAt(record.stamp, record.at.line);
    const named = /[-.](\d{8})(?:\D|$)/.exec(record.file)?.[1];
    const time = record.stamp?.style === 'syslog' ? parseYearless(record.stamp.text) : null;
    if (time === null) return instantAt(record.stamp, record.at.line);
    const limit = (named == null ? null : endOfDay(named, zone)) ?? bound?.instant ?? null;
    const year = limit === null ? null : yearBefore(time, limit);
    return year === null ? null : zone.instant({ ...time, year });
  };
  const stamped = log.last?.style === 'rfc3339' || log.first?.style === 'rfc3339';
  return {
    bundle,
    log,
    yearFrom: stamped ? 'stamp' : endYear === null ? 'unknown' : (bound?.from ?? 'unknown'),
    from: instantAt(log.first, 1),
    to: instantAt(log.last, Number.MAX_SAFE_INTEGER),
    notAfter: bound?.instant ?? null,
    instantAt,
    instantOf,
  };
}

/** The earliest instant that the log's last line cannot be much later than, and what says so. */
function boundOf(
  log: LogMember,
  zone: Zone,
  collectedAt: number | null,
  newerFrom: number | null,
): { instant: number; from: LogWindow['yearFrom'] } | null {
  const date = rotationDate(log);
  const mtime = log.mtime === null ? null : (parseRfc3339(log.mtime)?.instant ?? null);
  const candidates: { instant: number | null; from: LogWindow['yearFrom'] }[] = [
    { instant: date === null ? null : endOfDay(date, zone), from: 'rotation_name' },
    { instant: mtime !== null && mtime >= EARLIEST_MTIME ? mtime : null, from: 'member_mtime' },
    { instant: collectedAt, from: 'collection_date' },
    { instant: newerFrom, from: 'neighbour_log' },
  ];
  let best: { instant: number; from: LogWindow['yearFrom'] } | null = null;
  for (const { instant, from } of candidates) {
    if (instant !== null && (best === null || instant < best.instant)) best = { instant, from };
  }
  return best;
}

function endOfDay(date: string, zone: Zone): number | null {
  const [year, month, day] = [Number(date.slice(0, 4)), Number(date.slice(4, 6)), Number(date.slice(6, 8))];
  if (!isDate(year, month, day)) return null;
  return zone.instant({ year, month, day, hour: 23, minute: 59, second: 59, millisecond: 0 });
}

/**
 * The year of the log's last yearless stamp; null when no bound or no year fits.
 *
 * @param leapDays lines of records of the log that have a 29 February
 */
function endYearOf(
  log: LogMember,
  leapDays: readonly number[],
  turns: readonly number[],
  bound: number | null,
): number | null {
  const last = log.last?.style === 'syslog' ? parseYearless(log.last.text) : null;
  if (last === null || bound === null) return null;
  const slack = log.clockSteps.length > 0 ? CLOCK_SLACK - DAY : 0;
  const year = yearBefore(last, bound + slack);
  if (year === null) return null;
  const lines = isLeapDay(log.first) ? [1, ...leapDays] : leapDays;
  const leaps = lines.map((line) => turns.filter((turn) => turn > line).length);
  for (let back = 0; back < 9; back++) {
    const fits =
      isDate(year - back, last.month, last.day) &&
      leaps.every((turned) => isDate(year - back - turned, 2, 29));
    if (fits) return year - back;
  }
  return year;
}

/** Lines on which logs have a 29 February, by member. */
function leapDaysOf(records: readonly LogRecord[]): Map<string, number[]> {
  const lines = new Map<string, number[]>();
  for (const { stamp, file, at } of records) {
    if (file !== undefined || !isLeapDay(stamp)) continue;
    const known = lines.get(at.member);
    if (known === undefined) lines.set(at.member, [at.line]);
    else known.push(at.line);
  }
  return lines;
}

function isLeapDay(stamp: Stamp | null): boolean {
  if (stamp?.style !== 'syslog' || !/^\s*feb\s+29\b/i.test(stamp.text)) return false;
  return parseYearless(stamp.text) !== null;
}
