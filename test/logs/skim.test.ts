import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BundleBudget, RecordBudget } from '../../shared/logs/budget.ts';
import { LineSplitter, MAX_SKIMMED_BYTES } from '../../shared/logs/lines.ts';
import { LogScanner, type ScannedLog, ScanTools } from '../../shared/logs/scan.ts';
import { RULES } from '../../shared/logs/system.ts';
import { compileSkim } from './compile_skim.ts';
import { chunks } from './scanning.ts';

/** A budget that has nothing left for two ids, as after a long log. */
class SpentBudget extends RecordBudget {
  override take(id: number, important: boolean): boolean {
    return id !== 10_005 && id !== 104_009 && super.take(id, important);
  }
}

const tools = new ScanTools();

function scanned(log: string | Uint8Array, sizes: readonly number[], skimming: boolean) {
  const scanner = new LogScanner('lifekeeper.log', { budget: new SpentBudget(new BundleBudget()), tools });
  const sink = { line: scanner.line.bind(scanner), release: scanner.release.bind(scanner) };
  let skimmed = 0;
  const splitter = new LineSplitter(
    skimming
      ? {
          ...sink,
          skim(chunk: Buffer, start: number) {
            const next = scanner.skim(chunk, start);
            skimmed += scanner.skimmed;
            return next;
          },
          get skimmed() {
            return scanner.skimmed;
          },
        }
      : sink,
  );
  for (const chunk of chunks(Buffer.from(log), sizes)) splitter.push(chunk);
  splitter.end();
  const result: ScannedLog = scanner.finish();
  return { result, lines: splitter.lines, skimmed };
}

/** What is said of a log must not depend on skimming; returns how many lines were skimmed. */
function expectSame(log: string | Uint8Array, sizes: readonly number[] = [1_000_000]): number {
  const plain = scanned(log, sizes, false);
  const fast = scanned(log, sizes, true);
  expect(fast.result).toEqual(plain.result);
  expect(fast.lines).toBe(plain.lines);
  return fast.skimmed;
}

const stamp = fc.oneof(
  fc
    .record({
      hour: fc.constantFrom('Apr  5 10', 'Apr  5 11', 'Dec 31 23', 'Jan  1 00', 'Feb 28 23', 'Mar  1 00'),
      rest: fc.constantFrom(
        ':00:00',
        ':00:01',
        ':58:59',
        ':59:60',
        ':60:00',
        ':0a:00',
        ':10:10.123',
        ' 10:10',
      ),
    })
    .map(({ hour, rest }) => hour + rest),
  fc
    .record({
      hour: fc.constantFrom('2021-04-05T10', '2021-04-05 10', '2021-04-05T11'),
      rest: fc.constantFrom(':00:00', ':00:01', ':59:59', ':10:10.123456', ':10:11.654321', ':10:12,5'),
      offset: fc.constantFrom('Z', '+09:00', '+0900', '-03:30', ''),
    })
    .map(({ hour, rest, offset }) => hour + rest + offset),
);
const message = fc.oneof(
  fc
    .record({
      process: fc.constantFrom('lifekeeper', 'mirror_action', 'a]:b', 'x'.repeat(40)),
      pid: fc.constantFrom('[1]', '[4242]', '[12345678901]', '[]', ''),
      blank: fc.constantFrom(' ', '', '  '),
      level: fc.constantFrom('INFO', 'NOTIFY', 'info', 'ERROR', 'A'.repeat(20)),
      path: fc.constantFrom(
        'dr:resume:data',
        'lcd:x:',
        '::',
        'drx:y:z',
        `${'c'.repeat(80)}:b:c`,
        'a:b',
        'データ:b:c',
      ),
      id: fc.constantFrom('104009', '010005', '123456', '10400', '10400a', '1040099'),
      text: fc.constantFrom(':', ': bitmap merged', ':a:b', '', ' '),
    })
    .map(
      ({ process, pid, blank, level, path, id, text }) =>
        `${process}${pid}:${blank}${level}:${path}:${id}${text}`,
    ),
  fc.constantFrom(
    'kernel: md0: resync',
    'kernel: Linux version 4.18.0',
    'kernel: [    1.5] reboot: Restarting system',
    'kernel: lifekeeper[1]: INFO:dr:resume:data:104009: quoted',
    'systemd[1]: Started Session 1 of user root.',
    'systemd[1]: Reached target Reboot.',
    'systemd[1]: Reached target Timers.',
    'systemd[1]: Time has been changed',
    'systemd-shutdown[1]: Syncing',
    'systemd-logind[7]: System is rebooting.',
    'chronyd[9]: System clock was stepped by 1.5 seconds',
    'ntpd[3]: time reset +12.1 s',
    'kernel:',
    'kernel',
    '[1]: INFO:a:b:c:104009:x',
    '',
    ' ',
  ),
);
const line = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .record({
        before: fc.constantFrom('', '', '', '', '\0', '<6>', 'a.log:', '  '),
        stamp,
        gap: fc.constantFrom(' ', ' ', ' ', '  '),
        host: fc.constantFrom('node1', 'node1', 'node1', 'node2', 'a-rather-long-name.example.com', 'ノード'),
        after: fc.constantFrom(' ', ' ', ' ', '  ', ''),
        message,
        end: fc.constantFrom('', '', '\r', ' '),
      })
      .map((part) => Object.values(part).join('')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '\r', 'at java.lang.Thread', 'x'.repeat(MAX_SKIMMED_BYTES + 1)),
  },
);
/** Runs of lines that are alike, as logs have them. */
const log = fc
  .array(
    fc.record({ line, times: fc.integer({ min: 1, max: 4 }) }).map((run) => Array(run.times).fill(run.line)),
    { maxLength: 25 },
  )
  .map((runs) => runs.flat().join('\n'));
const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 });

describe('skimming', () => {
  it('says the same of any log as reading it line by line', () => {
    fc.assert(
      fc.property(log, sizes, (text, cuts) => {
        expectSame(text, cuts);
      }),
      { numRuns: 600 },
    );
  });

  it('says the same whatever byte of a log is changed', () => {
    const text = [
      'Apr  5 10:00:00 node1 lifekeeper[1]: INFO:lcd:lcdsync::010005:saving state',
      'Apr  5 10:00:01 node1 lifekeeper[22]: INFO:lcd:lcdsync::010005:saving state',
      'Apr  5 10:00:01 node1 systemd[1]: Started Session 1 of user root.',
      'Apr  5 10:00:02 node1 lifekeeper[333]: INFO:dr:resume:data:104009:/dev/md0: bitmap merged',
      'Apr  5 10:00:03 node1 kernel: md0: resync done',
      '',
    ].join('\n');
    const twice = Buffer.from(text + text);
    expect(expectSame(twice)).toBeGreaterThan(5);
    fc.assert(
      fc.property(fc.nat(twice.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(twice);
        changed[at] = byte;
        expectSame(changed);
      }),
      { numRuns: 600 },
    );
  });

  it('passes over lines that repeat, of either style, whatever their chunks', () => {
    const lines = (stampOf: (second: string) => string) =>
      Array.from({ length: 60 }, (_, index) => {
        const second = String(index % 60).padStart(2, '0');
        return `${stampOf(second)} node1 lifekeeper[${index}]: INFO:lcd:lcdsync::010005:saving state\n`;
      }).join('');
    expect(expectSame(lines((second) => `Apr  5 10:00:${second}`))).toBe(59);
    expect(expectSame(lines((second) => `2021-04-05T10:00:${second}.123456+09:00`))).toBe(59);
    expect(expectSame(lines((second) => `Apr  5 10:00:${second}`).repeat(2_000), [300_000])).toBeGreaterThan(
      115_000,
    );
  });

  it.each([
    ['a minute back', '10:10:00', '10:09:00', 1],
    ['more than a minute back', '10:10:00', '10:08:59', 0],
  ])('leaves a clock that steps back to the reader: %s', (_, first, second, skimmed) => {
    const text = `Apr  5 ${first} node1 kernel: a\nApr  5 ${second} node1 kernel: b\n`;
    expect(expectSame(text)).toBe(skimmed);
  });

  it('is not used where lines may be cut shorter than it would notice', () => {
    const scanner = new LogScanner('a.log', {
      budget: new SpentBudget(new BundleBudget()),
      tools,
    });
    const splitter = new LineSplitter(scanner, 50);
    const text = `Apr  5 10:00:00 node1 kernel: ${'x'.repeat(40)}\n`;
    splitter.push(Buffer.from(text.repeat(5)));
    splitter.end();
    expect(splitter.overlong).toBe(5);
  });
});

describe('marks of system lines', () => {
  it.each(RULES.map((rule) => [rule.programs[0], rule.kind, rule] as const))(
    'stand in whatever a rule of %s (%s) matches',
    (_, __, { text, marks, beginnings }) => {
      fc.assert(
        fc.property(
          fc.stringMatching(new RegExp(text.source.replaceAll('\\b', ''))),
          fc.boolean(),
          (match, shout) => {
            // Anchored or not, case or not: the marks have to be seen.
            const said = (shout ? match.toUpperCase() : match).toLowerCase();
            if (marks.length > 0) expect(marks.some((mark) => said.includes(mark))).toBe(true);
            if (beginnings !== undefined)
              expect(beginnings.some((start) => said.startsWith(start))).toBe(true);
          },
        ),
      );
    },
  );

  it('are four characters in lower case', () => {
    for (const mark of RULES.flatMap(({ marks, beginnings = [] }) => [...marks, ...beginnings]))
      expect(mark).toMatch(/^[a-z :]{4}$/);
  });
});

it('the compiled module is that of its source', async () => {
  const path = resolve(import.meta.dirname, '../../shared/logs/skim/skim_wasm.ts');
  expect(await readFile(path, 'utf8')).toBe(await compileSkim());
}, 60_000);
