import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Confirmation } from '../../shared/analysis/analysis.ts';
import { judge } from '../../shared/analysis/judge.ts';
import { bundle, completed, idle, type NodeParts, partial } from '../fixtures/evidence.ts';
import { judged, knowledge } from './checked.ts';

const HOSTS = ['node1', 'node2', 'node3'];
const stamp = fc
  .tuple(fc.integer({ min: 2, max: 28 }), fc.nat({ max: 23 }), fc.nat({ max: 59 }))
  .map(
    ([day, hour, minute]) =>
      `Apr ${String(day).padStart(2)} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00`,
  );
const size = fc.constantFrom('0.0 B', '1.0 MB', '2.9 GB', '?');
const lineOf = (host: string) =>
  fc.oneof(
    fc.tuple(stamp, size).map(([at, bytes]) => partial(host, at, bytes)),
    fc.tuple(stamp, fc.constantFrom(...HOSTS)).map(([at, target]) => completed(host, at, target)),
  );
const nodeOf = (host: string): fc.Arbitrary<NodeParts> =>
  fc.record({
    host: fc.constant(host),
    os: fc.constantFrom('rhel 8.3', 'rhel 7.9', 'sles 12.5', 'rhel 8.4'),
    kernel: fc.constantFrom(
      '4.18.0-240.el8.x86_64',
      '3.10.0-1160.el7.x86_64',
      '4.12.14-122.20-default',
      '4.12.14-122.74-default',
      'custom',
    ),
    lifekeeper: fc.constantFrom('9.5.1', '9.5.2'),
    collectedAt: fc.constantFrom('2021-05-01T00:00:00+09:00', '2021-05-01T00:05:00+09:00'),
    resources: fc.constantFrom('ISP', 'OSU').map((state) => [{ tag: 'datarep-dk-mirror', state }]),
    lines: fc
      .array(lineOf(host), { maxLength: 4 })
      .map((lines) => [idle(host, 'Apr  1 00:00:00'), ...lines.sort()]),
  });
const confirmation: fc.Arbitrary<Confirmation> = fc
  .record({
    kind: fc.constantFrom('full_resync_done' as const, 'data_verified' as const),
    node: fc.constantFrom(...HOSTS),
    target: fc.constantFrom(...HOSTS),
    day: fc.integer({ min: 2, max: 29 }),
  })
  .map(({ kind, node, target, day }) => ({
    id: `${kind}-${node}-${target}-${day}`,
    kind,
    mirror: 'datarep-dk-mirror',
    node,
    target: kind === 'data_verified' ? null : target,
    at: `2021-04-${String(day).padStart(2, '0')}T12:00:00+09:00`,
    by: 'sato',
    comment: null,
  }));
const history = fc.record({
  nodes: fc
    .tuple(nodeOf('node1'), nodeOf('node2'), nodeOf('node3'))
    .chain((all) => fc.integer({ min: 1, max: 3 }).map((count) => all.slice(0, count))),
  confirmations: fc.array(confirmation, { maxLength: 3 }),
});

describe('for every history of a cluster', () => {
  it('no full resync is offered from a copy that is suspect or not known to be good, or without a known source', () => {
    fc.assert(
      fc.property(history, ({ nodes, confirmations }) => {
        const analysis = judged(
          nodes.map((node) => bundle([node])),
          { confirmations },
        );
        for (const mirror of analysis.mirrors) {
          const stateOf = (id: string) => mirror.copies.find((copy) => copy.node === id)?.state;
          const actions = analysis.findings
            .filter((finding) => finding.subject.kind === 'mirror' && finding.subject.id === mirror.tag)
            .flatMap((finding) => finding.actions);
          for (const action of actions.filter((item) => item.procedure === 'full_resync')) {
            expect(mirror.outcome).toBe('target_suspect');
            expect(mirror.source).not.toBeNull();
            expect(stateOf(mirror.source ?? '')).toBe('trusted');
            expect(action.direction?.from).toBe(mirror.source);
            expect(stateOf(action.direction?.to ?? '')).toBe('suspect');
          }
          for (const action of actions.filter((item) => item.procedure === 'maintenance_stop_start')) {
            expect(stateOf(mirror.source ?? '')).toBe('trusted');
            expect(action.direction?.from).toBe(mirror.source);
            expect(mirror.notes.map((note) => note.code)).toContain('role_from_status');
          }
          const copying = actions.filter((item) =>
            item.steps.some((step) => step.commands.some((command) => command.includes('fullresync'))),
          );
          expect(copying.filter((item) => item.direction === null)).toEqual([]);
          if (mirror.outcome === 'source_suspect') {
            const procedures = actions.map((action) => action.procedure);
            const resolved = analysis.findings.some((finding) => finding.rule === 'split_brain_now');
            expect(
              resolved || procedures.includes('check_source_data') || procedures.includes('find_source'),
            ).toBe(true);
            expect(copying).toEqual([]);
            expect(actions.map((action) => action.procedure)).toContain('avoid_full_resync_unverified');
          }
          if (
            mirror.outcome === 'none_seen' ||
            mirror.outcome === 'zero_bytes_only' ||
            mirror.outcome === 'cleared_by_full_resync'
          )
            expect(mirror.copies.every((copy) => copy.state === 'trusted')).toBe(true);
          expect(mirror.suspectNodes).toEqual(
            mirror.copies.filter((copy) => copy.state === 'suspect').map((copy) => copy.node),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the order of bundles changes nothing', () => {
    fc.assert(
      fc.property(history, ({ nodes, confirmations }) => {
        const evidence = nodes.map((node, index) => bundle([node], { id: `b${index}` }));
        const options = { timezone: 'Asia/Tokyo', confirmations };
        expect(JSON.stringify(judge([...evidence].reverse(), knowledge, options))).toBe(
          JSON.stringify(judge(evidence, knowledge, options)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('a further non-zero resync on an affected source never makes the outcome better', () => {
    const worse = [
      'none_seen',
      'zero_bytes_only',
      'cleared_by_full_resync',
      'cannot_determine',
      'target_suspect',
      'source_suspect',
    ];
    fc.assert(
      fc.property(history, ({ nodes, confirmations }) => {
        const [first, ...rest] = nodes;
        if (first === undefined) return;
        const affected = { ...first, os: 'rhel 8.3', kernel: '4.18.0-240.el8.x86_64', lifekeeper: '9.5.1' };
        const more = {
          ...affected,
          lines: [...(affected.lines ?? []), partial('node1', 'Apr 30 00:00:00', '1.0 MB')],
        };
        const outcome = (node: NodeParts) =>
          worse.indexOf(
            judged(
              [node, ...rest].map((item) => bundle([item])),
              { confirmations },
            ).mirrors[0]?.outcome ?? 'none_seen',
          );
        expect(outcome(more)).toBeGreaterThanOrEqual(worse.indexOf('target_suspect'));
      }),
      { numRuns: 100 },
    );
  });
});

describe('for every text that a bundle may hold', () => {
  it('the judgement ends in a valid document', () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('', '\u0000', '<script>', '{tag}', "'; rm -rf /", '99999999999999-1.el8', '４.18.0'),
    );
    fc.assert(
      fc.property(odd, odd, odd, odd, odd, (os, kernel, version, stampText, tag) => {
        const node: NodeParts = {
          os: { id: os, version, pretty: os },
          kernel,
          packages: [`kernel-default ${version.replaceAll(' ', '')} ${kernel.replaceAll(' ', '')}`],
          lifekeeper: version,
          lifekeeperInstalledAt: stampText,
          collectedAt: stampText,
          timezone: tag,
          nextBoot: kernel,
          resources: [{ tag: `datarep${tag}`, primary: os }],
          commPaths: [{ peer: tag }],
        };
        const evidence = bundle([node]);
        const record = {
          ...partialRecord,
          tag: `datarep${tag}`,
          text: `/dev/md0: bitmap merged, resyncing ${stampText}`,
        };
        evidence.nodes[0]?.records.push(record);
        judged([evidence]);
      }),
      { numRuns: 500 },
    );
  });
});

const partialRecord = {
  stamp: null,
  host: 'node1',
  process: 'recover',
  pid: 1,
  level: 'INFO',
  component: 'dr',
  action: 'recover',
  tag: '',
  id: '104009',
  text: '',
  at: { member: 'lifekeeper.log', line: 1, offset: 0, length: 1, text: 'x' },
};
