import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrinted, parseRfc3339, parseYearless, yearBefore } from '../../shared/analysis/stamps.ts';
import { Zone } from '../../shared/analysis/zone.ts';
import { bundles, idle, type NodeParts, partial } from '../fixtures/evidence.ts';
import { judged } from './checked.ts';

const RHEL83 = { os: 'rhel 8.3', kernel: '4.18.0-240.el8.x86_64' };

function zone(name: string): Zone {
  const parsed = Zone.parse(name);
  if (parsed === null) throw new Error(name);
  return parsed;
}
const tokyo = zone('Asia/Tokyo');

function times(parts: NodeParts, options: { timezone?: string } = {}): (string | null)[] {
  const [mirror] = judged(bundles({ ...RHEL83, ...parts }), options).mirrors;
  return (mirror?.partialResyncs ?? []).map((event) => event.time);
}
function coverage(parts: NodeParts, options: { timezone?: string } = {}) {
  const [node] = judged(bundles({ ...RHEL83, ...parts }), options).nodes;
  if (node === undefined) throw new Error('no node');
  return node.coverage;
}
const codes = (parts: NodeParts, options: { timezone?: string } = {}): string[] =>
  coverage(parts, options).assumptions.map((note) => note.code);

describe('the year of a stamp without one', () => {
  const newYear = [
    partial('node1', 'Dec 30 23:59:58', '1.0 MB'),
    partial('node1', 'Jan  1 00:00:03', '2.0 MB'),
  ];

  it('goes back over New Year in Tokyo, read on any machine', () => {
    const logs = [{ lines: newYear, mtime: '2020-12-31T15:00:10Z' }];
    expect(times({ logs })).toEqual(['2020-12-30T23:59:58+09:00', '2021-01-01T00:00:03+09:00']);
    expect(coverage({ logs })).toMatchObject({
      from: '2020-12-30T23:59:58+09:00',
      to: '2021-01-01T00:00:03+09:00',
      logs: [{ yearFrom: 'member_mtime' }],
    });
    expect(codes({ logs })).toContain('year_from_member_mtime');
  });

  it('goes back over several', () => {
    const lines = ['Nov  1', 'Feb  1', 'Dec  1', 'Mar  1'].map((day, index) =>
      partial('node1', `${day} 10:00:00`, `${index + 1}.0 MB`),
    );
    expect(times({ logs: [{ lines, mtime: '2021-03-02T00:00:00Z' }] })).toEqual([
      '2019-11-01T10:00:00+09:00',
      '2020-02-01T10:00:00+09:00',
      '2020-12-01T10:00:00+09:00',
      '2021-03-01T10:00:00+09:00',
    ]);
  });

  it('comes from the rotation name before anything else', () => {
    const logs = [
      {
        member: 'var/log/lifekeeper.log-20200405',
        lines: [partial('node1', 'Apr  4 10:00:00', '1.0 MB')],
        mtime: '2026-01-01T00:00:00Z',
      },
    ];
    expect(times({ logs, collectedAt: '2021-04-10T12:00:00+09:00' })).toEqual(['2020-04-04T10:00:00+09:00']);
    expect(codes({ logs })).toContain('year_from_rotation_name');
  });

  it('comes from the collection when the file was copied later', () => {
    const logs = [{ lines: [partial('node1', 'Apr  4 10:00:00', '1.0 MB')], mtime: '2026-01-01T00:00:00Z' }];
    expect(times({ logs, collectedAt: 'Sat Apr 10 12:00:00 JST 2021' })).toEqual([
      '2021-04-04T10:00:00+09:00',
    ]);
    expect(codes({ logs, collectedAt: 'Sat Apr 10 12:00:00 JST 2021' })).toContain(
      'year_from_collection_date',
    );
  });

  it('comes from the next newer log where nothing else tells', () => {
    const logs = [
      { member: 'var/log/lifekeeper.log', lines: [partial('node1', '2021-01-05T10:00:00+09:00', '1.0 MB')] },
      { member: 'var/log/lifekeeper.log.1', lines: [partial('node1', 'Dec 20 10:00:00', '2.0 MB')] },
    ];
    expect(times({ logs })).toEqual(['2020-12-20T10:00:00+09:00', '2021-01-05T10:00:00+09:00']);
    expect(codes({ logs })).toContain('year_from_neighbour_log');
  });

  it('passes over years without the 29 February that the log has', () => {
    const lines = [
      partial('node1', 'Feb 29 10:00:00', '1.0 MB'),
      partial('node1', 'Mar  1 10:00:00', '2.0 MB'),
    ];
    expect(times({ logs: [{ lines, mtime: '2020-03-02T00:00:00Z' }] })).toEqual([
      '2020-02-29T10:00:00+09:00',
      '2020-03-01T10:00:00+09:00',
    ]);
    expect(times({ logs: [{ lines, mtime: '2021-12-02T00:00:00Z' }] })).toEqual([
      '2020-02-29T10:00:00+09:00',
      '2020-03-01T10:00:00+09:00',
    ]);
  });

  it('is not guessed', () => {
    const logs = [{ lines: [partial('node1', 'Apr  4 10:00:00', '1.0 MB')] }];
    expect(times({ logs })).toEqual([null]);
    expect(codes({ logs })).toContain('year_unknown');
    expect(
      times({ logs: [{ ...logs[0], lines: logs[0]?.lines ?? [], mtime: '1970-01-01T00:00:00Z' }] }),
    ).toEqual([null]);
  });

  it('is that of the line when it carries one', () => {
    const lines = [partial('node1', '2021-04-04T10:00:00.123456+09:00', '1.0 MB')];
    expect(times({ lines })).toEqual(['2021-04-04T10:00:00.123+09:00']);
    expect(coverage({ lines }).logs).toMatchObject([{ yearFrom: 'stamp' }]);
  });
});

describe('the zone of a node', () => {
  const logs = [{ lines: [partial('node1', 'Apr  4 10:00:00', '1.0 MB')], mtime: '2021-04-05T00:00:00Z' }];

  it('is the one the bundle states, else that of its stamps, else that of the case', () => {
    expect(times({ logs, timezone: 'UTC' })).toEqual(['2021-04-04T10:00:00+00:00']);
    expect(times({ logs, timezone: 'America/New_York' })).toEqual(['2021-04-04T10:00:00-04:00']);
    expect(times({ logs })).toEqual(['2021-04-04T10:00:00+09:00']);
    expect(times({ logs }, { timezone: 'Europe/Berlin' })).toEqual(['2021-04-04T10:00:00+02:00']);
    expect(codes({ logs })).toContain('zone_from_case');
    const stamped = [
      ...logs,
      { member: 'var/log/messages', lines: [idle('node1', '2021-04-04T10:00:00+02:00')] },
    ];
    expect(times({ logs: stamped })).toEqual(['2021-04-04T10:00:00+02:00']);
    expect(codes({ logs: stamped })).toContain('zone_from_stamp');
  });

  it('is a name rather than an offset when a bundle states both', () => {
    const [evidence] = bundles({ ...RHEL83, logs, timezone: '+09:00' });
    const at = { member: 'timedatectl', line: 1, offset: 0, length: 10, text: 'Asia/Tokyo' };
    evidence?.nodes[0]?.facts.timezone.push({ value: 'Asia/Tokyo', at });
    const [node] = judged(evidence === undefined ? [] : [evidence]).nodes;
    expect(node?.timezone).toEqual({ name: 'Asia/Tokyo', from: 'bundle' });
  });

  it('of the case must exist', () => {
    expect(() => judged([], { timezone: 'Mars/Olympus' })).toThrow(RangeError);
  });

  it('orders nodes of different zones by instant', () => {
    const [mirror] = judged(
      bundles(
        {
          ...RHEL83,
          host: 'node1',
          timezone: 'Asia/Tokyo',
          logs: [{ lines: [partial('node1', 'Apr  4 10:00:00', '1.0 MB')], mtime: '2021-04-05T00:00:00Z' }],
        },
        {
          ...RHEL83,
          host: 'node2',
          timezone: 'UTC',
          logs: [{ lines: [partial('node2', 'Apr  4 00:30:00', '0.0 B')], mtime: '2021-04-05T00:00:00Z' }],
        },
      ),
    ).mirrors;
    expect(mirror?.partialResyncs.map((event) => event.node)).toEqual(['node2', 'node1']);
  });
});

describe('coverage', () => {
  it('names the clock going back, and stamps later than the collection', () => {
    const lines = [idle('node1', 'Apr  4 10:00:00'), idle('node1', 'Apr  4 09:00:00')];
    expect(codes({ lines, collectedAt: '2021-04-10T00:00:00+09:00' })).toEqual(
      expect.arrayContaining(['clock_step', 'clock_step_ambiguous']),
    );
    const future = [idle('node1', '2021-04-11T00:00:00+09:00')];
    expect(codes({ lines: future, collectedAt: '2021-04-10T00:00:00+09:00' })).toContain('future_stamp');
    expect(codes({ lines: future, collectedAt: '2021-04-10T23:55:00+09:00' })).not.toContain('future_stamp');
  });

  it('says that the log begins after the last boot', () => {
    const lines = [idle('node1', 'Apr  4 10:00:00')];
    const boots = [{ kind: 'boot' as const, stamp: '2021-04-04T09:00:00' }];
    const collectedAt = '2021-04-10T00:00:00+09:00';
    expect(codes({ lines, boots, collectedAt })).toContain('log_starts_after_boot');
    expect(
      codes({ lines, boots: [{ kind: 'boot', stamp: '2021-04-04T11:00:00' }], collectedAt }),
    ).not.toContain('log_starts_after_boot');
    expect(coverage({ lines, boots, collectedAt })).toMatchObject({
      from: '2021-04-04T10:00:00+09:00',
      collectedAt,
    });
  });

  it('names rotations that must have existed, and that there is none', () => {
    const log = (member: string, day: string) => ({
      member,
      lines: [idle('node1', `${day} 10:00:00`)],
      mtime: '2021-04-30T00:00:00Z',
    });
    const logs = [
      log('var/log/lifekeeper.log', 'Apr 20'),
      log('var/log/lifekeeper.log.1', 'Apr 13'),
      log('var/log/lifekeeper.log.4', 'Mar 22'),
    ];
    expect(coverage({ logs }).missingRotations).toEqual([
      'var/log/lifekeeper.log.2',
      'var/log/lifekeeper.log.3',
    ]);
    expect(codes({ logs })).toContain('rotations_missing');
    expect(codes({ logs: logs.slice(0, 1) })).toContain('no_rotated_logs');
  });

  it('names the silence between two logs', () => {
    const logs = [
      {
        member: 'var/log/lifekeeper.log',
        lines: [idle('node1', 'Apr 20 10:00:00')],
        mtime: '2021-04-30T00:00:00Z',
      },
      { member: 'var/log/lifekeeper.log-20210405', lines: [idle('node1', 'Apr  4 10:00:00')] },
    ];
    expect(coverage({ logs }).gaps).toEqual([
      {
        from: '2021-04-04T10:00:00+09:00',
        to: '2021-04-20T10:00:00+09:00',
        member: 'var/log/lifekeeper.log',
        bundle: expect.any(String),
        line: 1,
      },
    ]);
  });

  it('never reads an absent log as an absent event', () => {
    expect(coverage({})).toMatchObject({ from: null, to: null, logs: [] });
    expect(codes({})).toContain('no_lifekeeper_log');
    const logs = [
      { lines: [idle('node1', 'Apr  4 10:00:00')], state: 'tailed' as const, mtime: '2021-04-30T00:00:00Z' },
    ];
    expect(codes({ logs })).toContain('log_tailed');
  });
});

describe('printed times', () => {
  it.each([
    ['Thu Apr  1 10:00:00 JST 2021', '2021-04-01T10:00:00+09:00'],
    ['Thu 01 Apr 2021 10:00:00 AM JST', '2021-04-01T10:00:00+09:00'],
    ['Thu 01 Apr 2021 12:30:00 AM UTC', '2021-04-01T09:30:00+09:00'],
    ['Thu 01 Apr 2021 12:30:00 PM JST', '2021-04-01T12:30:00+09:00'],
    ['Tue May 18 10:00:00 2021', '2021-05-18T10:00:00+09:00'],
    ['2021年  4月  1日 木曜日 10:00:00 JST', '2021-04-01T10:00:00+09:00'],
    ['2021年04月01日 10時00分00秒', '2021-04-01T10:00:00+09:00'],
    ['2021-04-01 10:00:00 +0000', '2021-04-01T19:00:00+09:00'],
    ['2021-04-01T10:00:00Z', '2021-04-01T19:00:00+09:00'],
    ['2021-04-01', '2021-04-01T00:00:00+09:00'],
    ['1617238800', '2021-04-01T10:00:00+09:00'],
  ])('%s is %s', (text, expected) => {
    const time = parsePrinted(text, tokyo);
    expect(time === null ? null : tokyo.format(time)).toBe(expected);
  });

  it.each(['', 'soon', 'Thu Apr 31 10:00:00 JST 2021', '2021-02-29', '2021-04-01 25:00:00'])(
    '%s is none',
    (text) => {
      expect(parsePrinted(text, tokyo)).toBeNull();
    },
  );
});

describe('stamps and zones', () => {
  it('agree with the calendar both ways for every instant', () => {
    const zones = ['Asia/Tokyo', 'UTC', 'Europe/Berlin', 'America/New_York', '+05:30', '-0330'].map(zone);
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) }),
        fc.constantFrom(...zones),
        (instant, where) => {
          const seconds = Math.floor(instant / 1000) * 1000;
          expect(parseRfc3339(where.format(seconds))?.instant).toBe(seconds);
        },
      ),
    );
  });

  it('find for every yearless time a year not after the bound, and never one ten years off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }),
        fc.nat({ max: 365 }),
        (bound, back) => {
          const at = new Date(bound - back * 86_400_000);
          const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
          const text = `${months[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} 00:00:00`;
          const time = parseYearless(text);
          if (time === null) throw new Error(text);
          const year = yearBefore(time, bound);
          expect(year).not.toBeNull();
          expect(Date.UTC(year ?? 0, time.month - 1, time.day)).toBeLessThanOrEqual(bound + 86_400_000);
          expect(Math.abs((year ?? 0) - at.getUTCFullYear())).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('refuse what is no date', () => {
    for (const text of ['Feb 30 10:00:00', 'Foo  1 10:00:00', 'Apr  1 24:00:00', 'Apr 1'])
      expect(parseYearless(text)).toBeNull();
    expect(parseYearless('Feb 29 10:00:00')).toMatchObject({ month: 2, day: 29 });
    expect(parseRfc3339('2021-02-29T00:00:00Z')).toBeNull();
    expect(Zone.parse('Nowhere/Land')).toBeNull();
    expect(Zone.parse('../etc/passwd')).toBeNull();
  });

  it('keep a summer-time change in order', () => {
    const berlin = zone('Europe/Berlin');
    const wall = { year: 2021, month: 10, day: 31, minute: 30, second: 0, millisecond: 0 };
    expect(berlin.format(berlin.instant({ ...wall, hour: 1 }))).toBe('2021-10-31T01:30:00+02:00');
    expect(berlin.format(berlin.instant({ ...wall, hour: 2 }))).toBe('2021-10-31T02:30:00+02:00');
    expect(berlin.format(berlin.instant({ ...wall, hour: 3 }))).toBe('2021-10-31T03:30:00+01:00');
  });
});
