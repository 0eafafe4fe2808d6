import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../shared/evidence/evidence.ts';
import { lifekeeperLine } from '../fixtures/node.ts';
import { scan } from './scanning.ts';

function recordOf(line: string): LogRecord | undefined {
  const { records, lifekeeperLines } = scan(line);
  expect(records.length).toBe(lifekeeperLines);
  return records[0];
}

const word = (unit: string) => fc.string({ unit: fc.constantFrom(...unit), minLength: 1, maxLength: 12 });
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789-_.';
const japanese = 'データ複製リソース';

const syslogTime = fc
  .record({
    month: fc.constantFrom(
      'Jan',
      'Feb',
      'Mar',
      'Apr',
      'May',
      'Jun',
      'Jul',
      'Aug',
      'Sep',
      'Oct',
      'Nov',
      'Dec',
    ),
    day: fc.integer({ min: 1, max: 28 }),
    second: fc.integer({ min: 0, max: 86_399 }),
  })
  .map(({ month, day, second }) => {
    const time = new Date(second * 1000).toISOString().slice(11, 19);
    return `${month} ${String(day).padStart(2)} ${time}`;
  });
const rfc3339Time = fc
  .record({
    at: fc.date({
      min: new Date('2001-01-01T00:00:00Z'),
      max: new Date('2037-12-31T00:00:00Z'),
      noInvalidDate: true,
    }),
    fraction: fc.constantFrom('', '.5', '.123456'),
    zone: fc.constantFrom('Z', '+09:00', '-0330', '+0000', ''),
  })
  .map(({ at, fraction, zone }) => `${at.toISOString().slice(0, 19)}${fraction}${zone}`);

const parts = fc.record(
  {
    time: fc.oneof(syslogTime, rfc3339Time),
    host: word(letters).filter((host) => !host.includes('.log')),
    process: word(letters),
    pid: fc.integer({ min: 0, max: 4_194_304 }),
    level: fc.constantFrom('EMERG', 'FATAL', 'NOTIFY', 'ERROR', 'WARN', 'INFO'),
    component: fc.oneof(fc.constant(''), word(letters)),
    action: fc.oneof(fc.constant(''), word(letters)),
    tag: fc.oneof(fc.constant(''), word(letters), word(japanese), fc.constant('/data vol 1')),
    id: fc.integer({ min: 0, max: 999_999 }).map((id) => String(id).padStart(6, '0')),
    text: fc.string({ unit: fc.constantFrom(...letters, ':', ' ', '[', ']', 'ミ', '%'), maxLength: 60 }),
  },
  { requiredKeys: ['host', 'process', 'pid', 'level', 'component', 'action', 'tag', 'id', 'text'] },
);

describe('line grammar', () => {
  it('reads back every line that it can write', () => {
    fc.assert(
      fc.property(parts, (written) => {
        const line = lifekeeperLine(written);
        const { time, ...fields } = written;
        const record = recordOf(line);
        expect(record).toMatchObject(fields);
        expect(record?.stamp?.text).toBe(time);
        expect(record?.at).toEqual({
          member: 'lifekeeper.log',
          line: 1,
          offset: 0,
          length: Buffer.byteLength(line),
          text: line,
        });
      }),
    );
  });

  it('reads back a line that grep printed, and keeps the file it came from', () => {
    const prefixes = [
      '/var/log/lifekeeper.log-20210401',
      'lifekeeper.log.1',
      './node1/messages',
      '/tmp/a-b_c',
    ];
    fc.assert(
      fc.property(
        parts,
        fc.constantFrom(...prefixes),
        fc.constantFrom('', '17:'),
        (written, file, number) => {
          const { time, ...fields } = written;
          const record = recordOf(`${file}:${number}${lifekeeperLine(written)}`);
          expect(record).toMatchObject({ ...fields, file });
          expect(record?.stamp?.text).toBe(time);
        },
      ),
    );
  });

  it('reads every line as if it were the first, however much it is like the one before', () => {
    const stamp = fc.constantFrom(
      'Apr  5 10:00:00 ',
      'Apr  5 10:59:60 ',
      'Apr  5 10:01:61 ',
      'Apr  5 10:60:01 ',
      'Apr  5 10:01:02.5 ',
      'Apr  5 11:00:00 ',
      'Apr  5 24:00:00 ',
      'Apr 05 10:00:00  ',
      '2021-04-05T10:00:00Z ',
      '',
    );
    const who = fc.constantFrom(
      'node1 recover[',
      'node1  recover[',
      'node2 recover[',
      'node1 recover ',
      'node1',
    );
    const pid = fc.constantFrom('1', '104009', '12345678901', 'x', '');
    const what = fc.constantFrom(
      ']: INFO:dr:recover:',
      ']: INFO:dr::',
      ']: INFO:dr:reco',
      ']:WARN:dr:recover:',
      ']: INFO:lcd:recover:',
      ']: info:dr:recover:',
      ': INFO:dr:recover:',
    );
    const rest = fc.constantFrom('tag:104009:done', ':104009:', 'tag:10400:', '104009:x', '');
    const line = fc
      .tuple(stamp, who, pid, what, rest, fc.option(fc.nat(60)))
      .map(([time, ...others]) =>
        [time, ...others.slice(0, 4)].join('').slice(0, (others[4] as number) ?? 300),
      );
    const bare = (scanned: ReturnType<typeof scan>) =>
      scanned.records.map(({ at: { line: _, offset: __, ...place }, ...record }) => ({ ...record, place }));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
        (lines, sizes) => {
          const together = scan(lines.join('\n'), sizes);
          const alone = lines.map((text) => scan(text));
          expect(bare(together)).toEqual(alone.flatMap(bare));
          expect(together.last).toEqual(alone.findLast(({ last }) => last !== null)?.last ?? null);
          const stamps = alone.map(({ last }) => last?.text);
          for (const { line: number, to } of [
            ...together.gaps,
            ...together.clockSteps,
            ...together.yearTurns,
          ])
            expect(to.text).toBe(stamps[number - 1]);
        },
      ),
    );
  });

  it('tells a leap second from the first second of the hour, before and after', () => {
    const times = [
      'Apr  5 10:59:60',
      'Apr  5 10:00:00',
      'Apr  5 16:00:00',
      'Apr  5 21:59:60',
      'Apr  5 15:59:59',
    ];
    const { gaps, clockSteps } = scan(times.map((time) => lifekeeperLine({ time })).join('\n'));
    expect(gaps.map(({ line }) => line)).toEqual([3, 4]);
    expect(clockSteps.map(({ line }) => line)).toEqual([2, 5]);
  });

  it.each([
    ['a pid', 'node1 recover[104009]: INFO:dr:recover:tag:104010:done', '104010'],
    ['the text', 'node1 recover[1]: INFO:dr:recover:tag:104010:seq=104009: :104009:', '104010'],
    ['the tag', 'node1 recover[1]: INFO:dr:recover:104009:104010:done', '104010'],
    ['the host', '104009 recover[1]: INFO:dr:recover:tag:104010:done', '104010'],
  ])('takes no digits of %s for a message id', (_where, line, id) => {
    expect(scan(line).counts).toEqual({ [id]: 1 });
  });

  it.each([
    'node1 recover[1]: INFO:dr:recover:tag:10400:five digits',
    'node1 recover[1]: INFO:dr:recover:tag:1040090:seven digits',
    'node1 recover[1]: INFO:dr:recover:104009:a colon too few',
    'node1 recover[1]: info:dr:recover:tag:104009:lower case level',
    'node1 recover[x]: INFO:dr:recover:tag:104009:no pid',
    'node1 recover: INFO:dr:recover:tag:104009:no pid at all',
    'node1 recover[1] INFO:dr:recover:tag:104009:no colon after the pid',
    'INFO:dr:recover:tag:104009:no host',
    'node1 kernel: md0: bitmap merged, resyncing 104009 blocks',
    'Apr  5 10:00:00',
    'Apr  5 10:00:00 node1',
    '',
  ])('takes no other line for one of LifeKeeper: %j', (line) => {
    expect(scan(line)).toMatchObject({ lifekeeperLines: 0, counts: {}, records: [] });
  });

  it.each([
    [
      'NUL bytes before the line',
      '\0\0\0Apr  5 10:00:00 node1 recover[1]: INFO:dr:recover:tag:104009:after a crash',
    ],
    ['CRLF', 'Apr  5 10:00:00 node1 recover[1]: INFO:dr:recover:tag:104009:after a crash\r\n'],
    ['day with a zero', 'Apr 05 10:00:00 node1 recover[1]: INFO:dr:recover:tag:104009:after a crash'],
    ['no blank after the pid', 'Apr  5 10:00:00 node1 recover[1]:INFO:dr:recover:tag:104009:after a crash'],
  ])('bears with %s', (_what, line) => {
    expect(recordOf(line)).toMatchObject({ host: 'node1', id: '104009', tag: 'tag', text: 'after a crash' });
  });

  it.each([
    [
      'a priority',
      '<166>Apr  5 10:00:00 node1 recover[1]: INFO:dr:recover:tag:104009:x',
      'node1',
      'Apr  5 10:00:00',
    ],
    [
      'a fraction',
      'Apr  5 10:00:00.123456 node1 recover[1]: INFO:dr:recover:tag:104009:x',
      'node1',
      'Apr  5 10:00:00.123456',
    ],
    [
      'a blank for the T',
      '2021-04-05 10:00:00 node1 recover[1]: INFO:dr:recover:tag:104009:x',
      'node1',
      '2021-04-05 10:00:00',
    ],
    [
      'a time of unknown form',
      'Mon 2021-04-05 10:00:00 JST node1 recover[1]: INFO:dr:recover:tag:104009:x',
      'node1',
      undefined,
    ],
    [
      'a relay',
      'Apr  5 10:00:00 relay node1 recover[1]: INFO:dr:recover:tag:104009:x',
      'node1',
      'Apr  5 10:00:00',
    ],
    ['no host', 'recover[1]: INFO:dr:recover:tag:104009:x', '', undefined],
  ])('reads a line with %s', (_what, line, host, time) => {
    const record = recordOf(line);
    expect(record).toMatchObject({ host, process: 'recover', id: '104009', text: 'x', at: { text: line } });
    expect(record?.stamp?.text).toBe(time);
  });

  it('counts every line and keeps the first thousand routine ones and all of DataKeeper', () => {
    const routine = Array.from({ length: 1_500 }, () => lifekeeperLine({ id: '004000' }));
    const replication = Array.from({ length: 1_500 }, () =>
      lifekeeperLine({ component: 'dr', id: '104100' }),
    );
    const scanned = scan([...routine, ...replication].join('\n'));
    expect(scanned.counts).toEqual({ '004000': 1_500, '104100': 1_500 });
    expect(scanned.dropped).toEqual({ '004000': 500 });
    expect(scanned.records).toHaveLength(2_500);
  });
});
