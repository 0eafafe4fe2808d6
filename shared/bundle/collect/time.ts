import { collector } from './collector.ts';

/** Zone abbreviations that mean one offset only; `CST`, `IST` and the like mean several. */
const OFFSETS: Readonly<Record<string, string>> = {
  JST: '+09:00',
  KST: '+09:00',
  UTC: 'UTC',
  GMT: 'UTC',
  Z: 'UTC',
};

/** The UTC offset that the end of a printed time states; null when it states none for certain. */
export function zoneOf(time: string): string | null {
  const offset = /(?:^|\s|\d)([+-]\d\d):?(\d\d)\b/.exec(time);
  if (offset !== null && !/^\d{4}-\d\d-\d\d$/.test(time)) return `${offset[1]}:${offset[2]}`;
  const word = /(?:^|\s)([A-Z]{1,5})(?=\s|$)(?!.*\d:)/.exec(time)?.[1];
  return word === undefined ? null : (OFFSETS[word] ?? null);
}

/** A printed time has a year and a time of day, in any locale. */
const TIME = /\b\d{4}\b.*\d{1,2}:\d\d:\d\d|\d{1,2}:\d\d:\d\d.*\b\d{4}\b|\d{4}年.*\d{1,2}[:時]\d\d/;

/** `date`: when the bundle was collected, and the zone if its name is not ambiguous. */
export const date = collector(/^date( (?!--utc|-u).*)?$/, (facts) => {
  let found = false;
  return {
    line(line) {
      const text = line.text.trim();
      if (found || text.length > 100 || !TIME.test(text)) return;
      found = true;
      facts.collectedAt.push({ value: text, at: line.at() });
      const zone = zoneOf(text);
      if (zone !== null) facts.timezone.push({ value: zone, at: line.at() });
    },
  };
});

/** `timedatectl`: `Time zone: Asia/Tokyo (JST, +0900)`. */
export const timedatectl = collector(/^timedatectl( status)?$/, (facts) => ({
  line(line) {
    const zone = /^\s*Time ?zone: (\S+)/i.exec(line.text)?.[1];
    if (zone !== undefined && zone !== 'n/a') facts.timezone.push({ value: zone, at: line.at() });
  },
}));

/** Files that hold the zone's name, alone or as `TIMEZONE="…"` (SUSE) or `ZONE="…"` (old Red Hat). */
export const timezoneFile = collector(/^\/etc\/(timezone|sysconfig\/clock)$/, (facts) => ({
  line(line) {
    const zone = /^(?:(?:TIME)?ZONE=)?"?([A-Z][\w+-]*(?:\/[\w+-]+)*)"?$/.exec(line.text.trim())?.[1];
    if (zone !== undefined && (zone === 'UTC' || zone.includes('/')))
      facts.timezone.push({ value: zone, at: line.at() });
  },
}));

/** The zone that a link such as `/etc/localtime -> ../usr/share/zoneinfo/Asia/Tokyo` names. */
export function zoneOfLink(target: string): string | null {
  const zone = /(?:^|\/)zoneinfo\/(?:posix\/|right\/)?([A-Z][\w+-]*(?:\/[\w+-]+)*)$/.exec(target)?.[1];
  return zone ?? null;
}
