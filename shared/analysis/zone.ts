import { Temporal } from 'temporal-polyfill';

/** Calendar fields without a zone. `month` 1–12. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** Milliseconds since 1970 of a wall time taken as UTC. */
export function utcOf(wall: WallTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.millisecond);
}

const HOUR = 3_600_000;

/**
 * A time zone of a node, independent of the machine that analyses. Times are milliseconds since 1970; printed
 * times are RFC 3339 with the offset of the zone.
 */
export class Zone {
  readonly name: string;
  readonly #fixed: number | null;
  readonly #offsets = new Map<number, number>();

  private constructor(name: string, fixed: number | null) {
    this.name = name;
    this.#fixed = fixed;
  }

  /** An IANA name, an offset such as `+09:00`, `+0900` or `UTC+9`, or `UTC`; null for anything else. */
  static parse(text: string): Zone | null {
    const name = text.trim().replace(/^:/, '');
    const offset = parseOffset(name);
    if (offset !== null) return new Zone(formatOffset(offset), offset);
    const alias = ABBREVIATIONS[name.toUpperCase()];
    if (alias !== undefined) return alias === 'UTC' ? new Zone('UTC', 0) : Zone.parse(alias);
    if (!/^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+$/.test(name)) return null;
    try {
      Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
      return new Zone(name, null);
    } catch {
      return null;
    }
  }

  /** The instant of a wall time; of an hour that occurs twice, the first. */
  instant(wall: WallTime): number {
    const utc = utcOf(wall);
    if (this.#fixed !== null) return utc - this.#fixed;
    const before = this.offsetAt(utc - 24 * HOUR);
    const after = this.offsetAt(utc + 24 * HOUR);
    if (before === after) return utc - before;
    const larger = Math.max(before, after);
    const smaller = Math.min(before, after);
    const offset = [larger, smaller].find((candidate) => this.offsetAt(utc - candidate) === candidate);
    return utc - (offset ?? before);
  }

  /** Offset from UTC in milliseconds at an instant. */
  offsetAt(instant: number): number {
    if (this.#fixed !== null) return this.#fixed;
    const quarter = Math.floor(instant / (HOUR / 4));
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const zoned = Temporal.Instant.fromEpochMilliseconds((quarter * HOUR) / 4).toZonedDateTimeISO(this.name);
    const offset = zoned.offsetNanoseconds / 1_000_000;
    this.#offsets.set(quarter, offset);
    return offset;
  }

  /** `2021-04-01T10:00:00+09:00`; milliseconds only when there are any. */
  format(instant: number): string {
    const offset = this.offsetAt(instant);
    const local = new Date(instant + offset).toISOString();
    const seconds = local.endsWith('.000Z') ? local.slice(0, -5) : local.slice(0, -1);
    return `${seconds}${formatOffset(offset)}`;
  }
}

const ABBREVIATIONS: Readonly<Record<string, string>> = {
  UTC: 'UTC',
  GMT: 'UTC',
  Z: 'UTC',
  'ETC/UTC': 'UTC',
  JST: 'Asia/Tokyo',
  JAPAN: 'Asia/Tokyo',
};

/** Milliseconds of `+09:00`, `+0900`, `+9`, `UTC+9`; null when it is no offset. */
function parseOffset(text: string): number | null {
  const match = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text);
  if (match === null) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? '0');
  if (minutes > 18 * 60) return null;
  return (match[1] === '-' ? -1 : 1) * minutes * 60_000;
}

function formatOffset(offset: number): string {
  const minutes = Math.abs(offset) / 60_000;
  const text = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${text(minutes / 60)}:${text(minutes % 60)}`;
}
