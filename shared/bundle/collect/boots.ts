import type { Facts, Stamp, SystemRecord } from '../../evidence/evidence.ts';
import { collector, type FactLine } from './collector.ts';

const SHORT = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d)(?::(\d\d) (\d{4}))?/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * A time of `last` in one of the two styles of {@link Stamp}: `Thu Apr  1 10:00` as `Apr  1 10:00:00`, and
 * `Thu Apr  1 10:00:12 2021` (`last -F`) as `2021-04-01T10:00:12`, without a zone.
 */
function stampOfLast(text: string): Stamp | null {
  const match = SHORT.exec(text);
  if (match === null) return null;
  const [, month = '', day = '', time = '', seconds, year] = match;
  if (year === undefined) return { text: `${month} ${day.padStart(2)} ${time}:00`, style: 'syslog' };
  const number = String(MONTHS.indexOf(month) + 1).padStart(2, '0');
  return { text: `${year}-${number}-${day.padStart(2, '0')}T${time}:${seconds ?? '00'}`, style: 'rfc3339' };
}

function add(facts: Facts, kind: SystemRecord['kind'], stamp: Stamp | null, line: FactLine): void {
  facts.boots.push({ kind, stamp, host: null, at: line.at() });
}

/** `last -x` and relatives: when the system was started and shut down, and sessions that ended in a crash. */
export const last = collector(/^last( .*)?$/, (facts) => ({
  line(line) {
    const { text } = line;
    if (/^reboot\s+system boot\b/.test(text)) add(facts, 'boot', stampOfLast(text), line);
    else if (/^shutdown\s+system down\b/.test(text)) add(facts, 'shutdown', stampOfLast(text), line);
    else if (/\s- crash\s/.test(text)) add(facts, 'crash', stampOfLast(text), line);
  },
}));

/** `who -b` and `uptime -s`: the last start. */
export const whoBoot = collector(/^(who -b|uptime -s)$/, (facts) => ({
  line(line) {
    const match = /(\d{4}-\d\d-\d\d) (\d\d:\d\d)(:\d\d)?\s*$/.exec(line.text);
    if (match === null) return;
    add(facts, 'boot', { text: `${match[1]}T${match[2]}${match[3] ?? ':00'}`, style: 'rfc3339' }, line);
  },
}));
