import { Temporal } from 'temporal-polyfill';
import type { Language } from './texts/catalogue.ts';

const OFFSET_NAMES: Readonly<Record<string, string>> = { '+09:00': 'JST', '+00:00': 'UTC', Z: 'UTC' };

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2})(:\d{2})?(?:[.,]\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Whether a value is an RFC 3339 instant and nothing else. */
export function isInstant(text: string): boolean {
  return INSTANT.test(text);
}

/**
 * An instant as tables print it: `2021/05/18 13:25:19 JST` in Japanese, `2021-05-18 13:25:19 JST` in English.
 * Offsets without a name here print as `UTC+05:30`. Text that is no RFC 3339 instant comes back as it is.
 */
export function instantText(
  at: string,
  language: Language,
  precision: 'second' | 'minute' | 'day' = 'second',
): string {
  const match = INSTANT.exec(at);
  if (match === null) return at;
  const [, year, month, day, minute, second = ':00', offset = 'Z'] = match;
  const date = language === 'ja' ? `${year}/${month}/${day}` : `${year}-${month}-${day}`;
  if (precision === 'day') return date;
  const zone = OFFSET_NAMES[offset] ?? `UTC${offset}`;
  return `${date} ${minute}${precision === 'minute' ? '' : second} ${zone}`;
}

/** The same instant with the offset of an IANA zone, RFC 3339 to the second. */
export function inZone(at: string, zone: string): string {
  const zoned = Temporal.Instant.from(at).toZonedDateTimeISO(zone);
  return zoned.toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

/** Milliseconds since the epoch; `NaN` for text that is no instant. */
export function epoch(at: string): number {
  return Date.parse(at);
}
