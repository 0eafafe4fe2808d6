import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { lifekeeperLine, partialResync } from '../fixtures/node.ts';
import { scan, scanUtf16 } from './scanning.ts';

const GRAMMAR =
  /^(?:(?<stamp>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) )?(?<host>\S+) (?<process>[^[\s]+)\[(?<pid>\d+)\]: (?<level>[A-Z]+):(?<component>[^:]*):(?<action>[^:]*):(?<tag>[^:]*):(?<id>\d{6}):(?<text>.*)$/;

/** Split and match: what the scanner must agree with. */
function reference(log: string) {
  const counts: Record<string, number> = {};
  const hosts: Record<string, number> = {};
  const records: {
    line: number;
    offset: number;
    id: string;
    text: string;
    tag: string;
    stamp: string | null;
  }[] = [];
  let offset = 0;
  const lines = log.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) {
    const match = GRAMMAR.exec(line)?.groups;
    if (match !== undefined) {
      const { id = '', text = '', tag = '', host = '', stamp = null } = match;
      counts[id] = (counts[id] ?? 0) + 1;
      hosts[host] = (hosts[host] ?? 0) + 1;
      records.push({ line: index + 1, offset, id, text, tag, stamp: stamp ?? null });
    }
    offset += Buffer.byteLength(line) + 1;
  }
  return { lines: lines.length, counts, hosts, records };
}

const ADVERSE = [
  '',
  ' ',
  'node1 kernel: 104009',
  'x'.repeat(300),
  'node1 recover[1]: INFO:dr:recover:tag:1040:short',
  'node1 recover[1]: INFO',
  'node1 recover[1]:',
  'Apr  5',
];

describe('log scanner', () => {
  const line = fc.oneof(
    fc
      .record({
        time: fc.constantFrom('Apr  5 10:00:00', 'Apr 15 10:00:01', '2021-04-05T10:00:00+09:00'),
        host: fc.constantFrom('node1', 'node2'),
        id: fc.constantFrom('104009', '104121', '004217'),
        tag: fc.constantFrom('', 'datarep', 'データ'),
        text: fc.constantFrom('', 'a: b', '104009', 'ミラー'),
      })
      .map((parts) => lifekeeperLine(parts)),
    fc.constantFrom(...ADVERSE),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 });

  it('agrees with split and match on any mix of lines and any chunks', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.boolean(), sizes, (lines, ended, cuts) => {
        const log = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');
        const expected = reference(log);
        const found = scan(log, cuts);
        expect(found.lines).toBe(expected.lines);
        expect(found.counts).toEqual(expected.counts);
        expect(Object.fromEntries(found.hosts.map(({ name, lines: count }) => [name, count]))).toEqual(
          expected.hosts,
        );
        expect(
          found.records.map(({ at, id, text, tag, stamp }) => ({
            line: at.line,
            offset: at.offset,
            id,
            text,
            tag,
            stamp: stamp?.text ?? null,
          })),
        ).toEqual(expected.records);
      }),
    );
  });

  it('says the same however the log is cut into chunks', () => {
    const log = Array.from({ length: 60 }, (_, index) =>
      partialResync({
        time: `Apr ${String(1 + (index % 28)).padStart(2)} 0${index % 10}:00:00`,
        size: `${index} MB`,
      }),
    ).join('\n');
    const whole = scan(log);
    fc.assert(
      fc.property(sizes, (cuts) => {
        expect(scan(log, cuts)).toEqual(whole);
      }),
    );
  });
});

describe('time in a log', () => {
  const at = (time: string) => lifekeeperLine({ time });
  const steps = (...times: string[]) => {
    const { first, last, yearTurns, clockSteps, gaps } = scan(times.map(at).join('\n'));
    const shown = (list: typeof gaps) =>
      list.map(({ line, from, to }) => `${line}: ${from.text} > ${to.text}`);
    return {
      first: first?.text,
      last: last?.text,
      yearTurns: shown(yearTurns),
      clockSteps: shown(clockSteps),
      gaps: shown(gaps),
    };
  };

  it('crosses New Year', () => {
    expect(steps('Dec 31 23:59:58', 'Jan  1 00:00:03')).toEqual({
      first: 'Dec 31 23:59:58',
      last: 'Jan  1 00:00:03',
      yearTurns: ['2: Dec 31 23:59:58 > Jan  1 00:00:03'],
      clockSteps: [],
      gaps: [],
    });
  });

  it('crosses New Year in a silence', () => {
    const turn = ['2: Dec 20 00:00:00 > Jan  4 00:00:00'];
    expect(steps('Dec 20 00:00:00', 'Jan  4 00:00:00')).toMatchObject({
      yearTurns: turn,
      gaps: turn,
      clockSteps: [],
    });
  });

  it('takes a step back over New Year for a step of the clock, not for a year', () => {
    expect(steps('Jan  1 00:00:05', 'Dec 31 23:59:50', 'Jan  1 00:00:01')).toMatchObject({
      clockSteps: ['2: Jan  1 00:00:05 > Dec 31 23:59:50'],
      yearTurns: ['3: Dec 31 23:59:50 > Jan  1 00:00:01'],
      gaps: [],
    });
  });

  it('bears with lines out of order by a minute, not by more', () => {
    expect(steps('Apr  5 10:01:00', 'Apr  5 10:00:00')).toMatchObject({ clockSteps: [] });
    expect(steps('Apr  5 10:01:01', 'Apr  5 10:00:00')).toMatchObject({
      clockSteps: ['2: Apr  5 10:01:01 > Apr  5 10:00:00'],
    });
  });

  it('sees a silence of six hours, not one second less', () => {
    expect(steps('Apr  5 10:00:00', 'Apr  5 15:59:59').gaps).toEqual([]);
    expect(steps('Apr  5 10:00:00', 'Apr  5 16:00:00').gaps).toEqual([
      '2: Apr  5 10:00:00 > Apr  5 16:00:00',
    ]);
  });

  it('sees no silence in a February without a 29th', () => {
    expect(steps('Feb 28 23:59:00', 'Mar  1 00:01:00').gaps).toEqual([]);
    expect(steps('Feb 28 23:59:00', 'Feb 29 00:01:00', 'Feb 29 23:59:00', 'Mar  1 00:01:00').gaps).toEqual([
      '3: Feb 29 00:01:00 > Feb 29 23:59:00',
    ]);
  });

  it('compares RFC 3339 stamps across zones, and never with stamps of the other style', () => {
    expect(
      steps('2021-04-05T10:00:00+09:00', '2021-04-05T01:30:00Z', '2021-04-05T03:00:00Z', 'Apr  5 01:00:00'),
    ).toMatchObject({ clockSteps: [], gaps: [], yearTurns: [], last: 'Apr  5 01:00:00' });
    expect(steps('2021-04-05T10:00:00+09:00', '2021-04-05T00:58:00Z').clockSteps).toHaveLength(1);
  });
});

describe('encodings', () => {
  const tag = 'データ複製-ソース表';
  const text = '/dev/md0: ミラーの再同期を開始しました';
  const lines = [
    lifekeeperLine({ time: 'Apr  5 10:00:00', text: 'plain' }),
    lifekeeperLine({ time: 'Apr  5 10:00:01', component: 'dr', tag, id: '104200', text }),
    lifekeeperLine({ time: 'Apr  5 10:00:02', component: 'dr', tag: 'ﾐﾗｰ-能', id: '104201', text: '能 ①' }),
  ];

  it.each([
    ['utf-8', 'utf8'],
    ['shift_jis', 'cp932'],
    ['euc-jp', 'eucjp'],
  ] as const)('shows %s right, with offsets in the original bytes', (encoding, codec) => {
    const usable = encoding === 'euc-jp' ? lines.slice(0, 2) : lines;
    const bytes = iconv.encode(`${usable.join('\r\n')}\r\n`, codec);
    const scanned = scan(bytes, [7, 64]);
    expect(scanned.encoding).toBe(encoding);
    expect(scanned.records.map(({ at }) => at.text)).toEqual(usable);
    expect(scanned.records[1]).toMatchObject({ tag, text });
    for (const { at } of scanned.records)
      expect(iconv.decode(bytes.subarray(at.offset, at.offset + at.length), codec)).toBe(at.text);
  });

  it.each([
    ['utf-16le', 'utf-16le', true],
    ['utf-16be', 'utf-16be', false],
  ] as const)('shows %s right, with offsets in the original bytes', (encoding, codec, addBOM) => {
    const bytes = iconv.encode(`${lines.join('\r\n')}\r\n`, codec, { addBOM });
    const scanned = scanUtf16(bytes, encoding, [1, 5, 3]);
    expect(scanned.encoding).toBe(encoding);
    expect(scanned.lines).toBe(3);
    expect(scanned.records.map(({ at }) => at.text)).toEqual(lines);
    for (const { at } of scanned.records) {
      const shown = iconv.decode(bytes.subarray(at.offset, at.offset + at.length), codec, { stripBOM: true });
      expect(shown).toBe(at.text);
    }
  });

  it('keeps UTF-8 for a log of which one line was broken', () => {
    const bytes = Buffer.concat([
      Buffer.from(`${lines[1]}\n${lines[2]}\n`),
      Buffer.from(lines[1] ?? '').subarray(0, -1),
    ]);
    const { encoding, records } = scan(bytes);
    expect(encoding).toBe('utf-8');
    expect(records[2]?.text).toBe(`${text.slice(0, -1)}\ufffd`);
  });
});

describe('life of the node', () => {
  it.each([
    ['boot', 'kernel: Linux version 4.18.0-193.el8.x86_64 (mockbuild@x86-vm-08) #1 SMP'],
    ['boot', 'kernel: [    0.000000] Linux version 5.3.18-24.64-default (geeko@buildhost) #1 SMP'],
    ['crash', 'kernel: Kernel panic - not syncing: Fatal exception'],
    ['watchdog', 'kernel: softdog: Initiating system reboot'],
    ['watchdog', 'watchdog[812]: shutting down the system because of error 255'],
    ['shutdown', 'systemd[1]: Shutting down.'],
    ['shutdown', 'systemd[1]: Reached target System Reboot.'],
    ['shutdown', 'systemd[1]: Stopping Session c3 of user shutdown.'],
    ['clock_step', 'systemd[1]: Changed local time to Mon 2021-04-05'],
    ['shutdown', 'systemd-shutdown[1]: Sending SIGTERM to remaining processes...'],
    ['shutdown', 'systemd-logind[901]: System is rebooting.'],
    ['clock_step', 'chronyd[700]: System clock was stepped by 3600.012345 seconds'],
    ['clock_step', 'systemd[1]: Time has been changed'],
  ])('knows %s by %s', (kind, message) => {
    const { system } = scan(`Apr  5 10:00:00 node1 ${message}\n`);
    expect(system).toEqual([
      {
        kind,
        stamp: { text: 'Apr  5 10:00:00', style: 'syslog' },
        host: 'node1',
        at: expect.objectContaining({ line: 1, text: `Apr  5 10:00:00 node1 ${message}` }),
      },
    ]);
  });

  it.each([
    'sshd[1]: Linux version 4.18.0 asked for',
    'kernel: usb 1-1: new device',
    'systemd[1]: Started Session 5 of user root.',
    'cron[1]: Kernel panic - not syncing',
  ])('takes nothing else for it: %s', (message) => {
    expect(scan(`Apr  5 10:00:00 node1 ${message}\n`).system).toEqual([]);
  });
});

describe('secrets in a log', () => {
  it('masks the value and keeps the byte range', () => {
    const line = lifekeeperLine({
      component: 'dr',
      tag: 'password',
      id: '104300',
      text: 'called with password=Hunter2 ok',
    });
    const { records, secrets } = scan(line);
    expect(secrets).toBe(1);
    expect(records[0]).toMatchObject({ tag: 'password', text: 'called with password=*** ok' });
    expect(records[0]?.at.text).not.toContain('Hunter2');
    expect(records[0]?.at.length).toBe(line.length);
  });
});
