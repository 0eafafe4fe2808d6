import { describe, expect, it } from 'vitest';
import type { Analysis, Confirmation, Mirror } from '../../shared/analysis/analysis.ts';
import { bundle, bundles, completed, idle, type NodeParts, partial } from '../fixtures/evidence.ts';
import { judged } from './checked.ts';

const TAG = 'datarep-dk-mirror';
const AFFECTED = {
  os: 'rhel 8.3',
  kernel: '4.18.0-240.el8.x86_64',
  collectedAt: '2021-04-10T12:00:00+09:00',
};
const NOT_AFFECTED = { ...AFFECTED, os: 'rhel 7.9', kernel: '3.10.0-1160.el7.x86_64' };

function node1(lines: readonly string[], more: NodeParts = {}): NodeParts {
  return { ...AFFECTED, host: 'node1', lines: [idle('node1', 'Apr  1 00:00:00'), ...lines], ...more };
}
function node2(lines: readonly string[], more: NodeParts = {}): NodeParts {
  return { ...AFFECTED, host: 'node2', lines: [idle('node2', 'Apr  1 00:00:00'), ...lines], ...more };
}
const inService = { resources: [{ tag: TAG, state: 'ISP' }], commPaths: [{ peer: 'node2' }] };

function confirm(kind: Confirmation['kind'], node: string, target: string | null, at: string): Confirmation {
  return { id: `${kind}-${at}`, kind, mirror: TAG, node, target, at, by: 'sato', comment: null };
}

function only(analysis: Analysis): Mirror {
  const [mirror, ...others] = analysis.mirrors;
  if (mirror === undefined || others.length > 0) throw new Error('not one mirror');
  return mirror;
}
const commandsOf = (analysis: Analysis): string[] =>
  analysis.findings.flatMap((finding) =>
    finding.actions
      .filter((action) => action.kind === 'do')
      .flatMap((action) => action.steps.flatMap((step) => step.commands)),
  );
const proceduresOf = (analysis: Analysis): string[] =>
  analysis.findings
    .filter((finding) => finding.subject.kind === 'mirror')
    .flatMap((finding) => finding.actions.map((action) => action.procedure));
const codes = (mirror: Mirror): string[] => mirror.notes.map((note) => note.code);

describe('the history of a mirror', () => {
  it('holds no partial resync: none seen, between the times both logs cover', () => {
    const analysis = judged(
      bundles(
        node1([idle('node1', 'Apr  9 08:00:00')], inService),
        node2([idle('node2', 'Apr  9 09:00:00')]),
      ),
    );
    const mirror = only(analysis);
    expect(mirror).toMatchObject({
      outcome: 'none_seen',
      reason: 'no_partial_resync_seen',
      source: 'node1',
      targets: ['node2'],
    });
    expect(mirror.window).toEqual({ from: '2021-04-01T00:00:00+09:00', to: '2021-04-09T08:00:00+09:00' });
    expect(proceduresOf(analysis)).toEqual(['maintenance_stop_start', 'avoid_pause']);
  });

  it('with a copy on a node nobody names is not known to be free of partial resyncs', () => {
    const alone = { ...inService, commPaths: [] };
    for (const lines of [[], [partial('node1', 'Apr  2 10:00:00', '0.0 B')]]) {
      const analysis = judged(bundles(node1(lines, alone)));
      expect(only(analysis)).toMatchObject({ outcome: 'cannot_determine', reason: 'history_incomplete' });
      expect(codes(only(analysis))).toContain('target_not_known');
      expect(proceduresOf(analysis)).toEqual(['send_evidence', 'maintenance_general', 'avoid_pause']);
    }
    const exposed = judged(bundles(node1([partial('node1', 'Apr  2 10:00:00', '2.2 MB')], alone)));
    expect(only(exposed).outcome).toBe('target_suspect');
    expect(proceduresOf(exposed)[0]).toBe('find_source');
    expect(commandsOf(exposed).join()).not.toMatch(/fullresync|[<>]/);
  });

  it('without lcdstatus gives a procedure for maintenance that names no node', () => {
    const analysis = judged(
      bundles(
        node1([partial('node1', 'Apr  2 10:00:00', '0.0 B')]),
        node2([idle('node2', 'Apr  9 09:00:00')]),
      ),
    );
    expect(only(analysis).outcome).toBe('zero_bytes_only');
    expect(proceduresOf(analysis)).toEqual(['maintenance_general', 'avoid_pause']);
  });

  it('holds resyncs of exactly 0.0 B only: nothing was copied', () => {
    const analysis = judged(
      bundles(node1([partial('node1', 'Apr  2 10:00:00', '0.0 B')], inService), node2([])),
    );
    expect(only(analysis)).toMatchObject({
      outcome: 'zero_bytes_only',
      suspectNodes: [],
      partialResyncs: [{ zero: true, exposure: false }],
    });
  });

  it.each(['0.1 B', '2.2 MB', '0.0 KB', '1.0 TB', '10 GB'])('takes %s for a copy', (size) => {
    const mirror = only(
      judged(bundles(node1([partial('node1', 'Apr  2 10:00:00', size)], inService), node2([]))),
    );
    expect(mirror).toMatchObject({
      outcome: 'target_suspect',
      suspectNodes: ['node2'],
      partialResyncs: [{ size, zero: false, exposure: true }],
    });
  });

  it('takes an unreadable size for a copy and says so', () => {
    const mirror = only(
      judged(bundles(node1([partial('node1', 'Apr  2 10:00:00', '?? MB')], inService), node2([]))),
    );
    expect(mirror.outcome).toBe('target_suspect');
    expect(codes(mirror)).toContain('size_unreadable');
  });

  it('makes the target suspect and offers a full resync with the direction spelled out', () => {
    const analysis = judged(
      bundles(node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService), node2([])),
    );
    expect(only(analysis)).toMatchObject({
      outcome: 'target_suspect',
      source: 'node1',
      copies: [
        { node: 'node1', state: 'trusted', since: null },
        { node: 'node2', state: 'suspect', since: 0 },
      ],
    });
    expect(commandsOf(analysis)).toContain(`mirror_action ${TAG} pause node1 node2`);
    expect(commandsOf(analysis)).toContain(`mirror_action ${TAG} fullresync node1 node2`);
    const resync = analysis.findings
      .flatMap((finding) => finding.actions)
      .find((action) => action.procedure === 'full_resync');
    expect(resync).toMatchObject({ direction: { mirror: TAG, from: 'node1', to: 'node2' }, risk: 'high' });
    expect(proceduresOf(analysis)).toContain('avoid_switchover');
  });

  it('reads the four lines of the notice: three copies and one of zero bytes', () => {
    const lines = ['2.9 GB', '662.2 MB', '2.2 MB', '0.0 B'].map((size, index) =>
      partial('node1', '', size, { pid: 100 + index }),
    );
    const mirror = only(judged(bundles({ ...AFFECTED, host: 'node1', lines })));
    expect(mirror.outcome).toBe('target_suspect');
    expect(mirror.partialResyncs.map(({ size, zero }) => [size, zero])).toEqual([
      ['2.9 GB', false],
      ['662.2 MB', false],
      ['2.2 MB', false],
      ['0.0 B', true],
    ]);
    expect(mirror.partialResyncs.map((event) => event.evidence[0]?.line)).toEqual([1, 2, 3, 4]);
    expect(mirror.window).toEqual({ from: null, to: null });
  });

  it('finds no partial resync in lines that merely hold the digits 104009', () => {
    const lines = [
      `Apr  2 10:00:00 node1 recover[104009]: INFO:dr:recover:${TAG}:104010:/dev/md0: bitmap merged, resyncing 2.2 MB`,
      `Apr  2 10:00:01 node1 recover[1]: INFO:lcd:recover:104009:000001:seq=104009 104009:/dev/md0: bitmap merged, resyncing 2.2 MB`,
      `Apr  2 10:00:02 node1 app[1]: INFO:other:recover:${TAG}:104009:/dev/md0: bitmap merged, resyncing 2.2 MB`,
    ];
    expect(only(judged(bundles(node1(lines, inService), node2([]))))).toMatchObject({
      outcome: 'none_seen',
      partialResyncs: [],
    });
  });
});

describe('a confirmed full resync', () => {
  const before = node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService);

  it('after the last partial one clears the target', () => {
    const confirmations = [confirm('full_resync_done', 'node1', 'node2', '2021-04-05T10:00:00+09:00')];
    const analysis = judged(bundles(before, node2([])), { confirmations });
    expect(only(analysis)).toMatchObject({
      outcome: 'cleared_by_full_resync',
      suspectNodes: [],
      params: { by: 'sato', from: 'node1', to: 'node2' },
    });
    expect(analysis.dataRisk).toBe('cleared_by_full_resync');
    expect(analysis.confirmations).toEqual(confirmations);
  });

  it.each([
    ['a second before', '2021-04-02T09:59:59+09:00', 'target_suspect'],
    ['at the moment of', '2021-04-02T10:00:00+09:00', 'cleared_by_full_resync'],
    ['a second after', '2021-04-02T10:00:01+09:00', 'cleared_by_full_resync'],
  ])('%s the partial one: %s gives %s', (_, at, outcome) => {
    const confirmations = [confirm('full_resync_done', 'node1', 'node2', at)];
    expect(only(judged(bundles(before, node2([])), { confirmations })).outcome).toBe(outcome);
  });

  it('is undone by a later partial one', () => {
    const lines = [
      partial('node1', 'Apr  2 10:00:00', '2.9 GB'),
      partial('node1', 'Apr  6 10:00:00', '1.0 MB'),
    ];
    const confirmations = [confirm('full_resync_done', 'node1', 'node2', '2021-04-05T10:00:00+09:00')];
    const mirror = only(judged(bundles(node1(lines, inService), node2([])), { confirmations }));
    expect(mirror).toMatchObject({ outcome: 'target_suspect', copies: [{}, { node: 'node2', since: 1 }] });
  });

  it('clears only the target it names', () => {
    const three = [
      before,
      node2([]),
      {
        ...AFFECTED,
        host: 'node3',
        lines: [idle('node3', 'Apr  1 00:00:00')],
        resources: [{ tag: TAG, state: 'OSU' }],
      },
    ];
    const withNode2 = three.map((node) =>
      node.host === 'node2' ? { ...node, resources: [{ tag: TAG, state: 'OSU' }] } : node,
    );
    const confirmations = [confirm('full_resync_done', 'node1', 'node2', '2021-04-05T10:00:00+09:00')];
    const mirror = only(judged(bundles(...withNode2), { confirmations }));
    expect(mirror).toMatchObject({
      outcome: 'target_suspect',
      suspectNodes: ['node3'],
      targets: ['node2', 'node3'],
    });
  });

  it('does not clear events whose time is unknown, unless the log was collected before it', () => {
    const lines = [partial('node1', '', '2.9 GB')];
    const unknown = {
      os: AFFECTED.os,
      kernel: AFFECTED.kernel,
      host: 'node1',
      lines,
      resources: [{ tag: TAG, state: 'ISP' }],
    };
    const confirmations = [confirm('full_resync_done', 'node1', 'node2', '2021-04-20T10:00:00+09:00')];
    const open = only(judged(bundles(unknown, node2([])), { confirmations }));
    expect(open.outcome).toBe('target_suspect');
    expect(codes(open)).toContain('events_without_time');
    const collected = { ...unknown, collectedAt: '2021-04-10T12:00:00+09:00' };
    expect(only(judged(bundles(collected, node2([])), { confirmations })).outcome).toBe(
      'cleared_by_full_resync',
    );
  });

  it('for a node outside the mirror, or at no time, changes nothing and is said', () => {
    const wrongNode = only(
      judged(bundles(before, node2([])), {
        confirmations: [confirm('full_resync_done', 'node9', 'node2', '2021-04-05T10:00:00+09:00')],
      }),
    );
    expect(wrongNode.outcome).toBe('target_suspect');
    expect(codes(wrongNode)).toContain('confirmation_unknown_node');
    const noTime = only(
      judged(bundles(before, node2([])), {
        confirmations: [confirm('full_resync_done', 'node1', 'node2', 'yesterday')],
      }),
    );
    expect(noTime.outcome).toBe('target_suspect');
    expect(codes(noTime)).toContain('confirmation_time_invalid');
  });
});

describe('a suspect target that becomes the source', () => {
  const onNode1 = [partial('node1', 'Apr  2 10:00:00', '2.9 GB')];
  const takeover = partial('node2', 'Apr  3 10:00:00', '0.0 B', { cause: 'restore' });

  it('makes the source suspect: data is checked first and no full resync is offered', () => {
    const analysis = judged(bundles(node1(onNode1), node2([takeover])));
    expect(only(analysis)).toMatchObject({
      outcome: 'source_suspect',
      source: 'node2',
      suspectNodes: ['node2'],
    });
    expect(analysis.dataRisk).toBe('source_suspect');
    expect(proceduresOf(analysis)).toEqual([
      'check_source_data',
      'restore_from_backup',
      'avoid_full_resync_unverified',
      'avoid_pause',
    ]);
    expect(commandsOf(analysis).join()).not.toMatch(/fullresync|pause/);
  });

  it('is seen from lcdstatus alone', () => {
    const analysis = judged(
      bundles(
        node1(onNode1, { resources: [{ tag: TAG, state: 'OSU' }] }),
        node2([], { resources: [{ tag: TAG, state: 'ISP' }] }),
      ),
    );
    expect(only(analysis)).toMatchObject({
      outcome: 'source_suspect',
      source: 'node2',
      events: [{ kind: 'role_change', node: 'node2' }],
    });
    expect(commandsOf(analysis).join()).not.toContain('fullresync');
  });

  it('spreads: everything resynchronised from it is suspect too', () => {
    const analysis = judged(bundles(node1(onNode1), node2([partial('node2', 'Apr  3 10:00:00', '1.0 MB')])));
    expect(only(analysis)).toMatchObject({ outcome: 'source_suspect', suspectNodes: ['node1', 'node2'] });
  });

  it('and hands back: the first node is suspect as well once it takes over again', () => {
    const back = partial('node1', 'Apr  4 10:00:00', '0.0 B', { cause: 'restore' });
    const analysis = judged(bundles(node1([...onNode1, back]), node2([takeover])));
    expect(only(analysis)).toMatchObject({ outcome: 'source_suspect', source: 'node1' });
  });

  it('clears nothing by a full resync from it', () => {
    const confirmations = [confirm('full_resync_done', 'node2', 'node1', '2021-04-05T10:00:00+09:00')];
    const analysis = judged(bundles(node1(onNode1), node2([takeover])), { confirmations });
    const mirror = only(analysis);
    expect(mirror).toMatchObject({ outcome: 'source_suspect', suspectNodes: ['node1', 'node2'] });
    expect(codes(mirror)).toContain('confirmation_ignored_suspect_source');
    expect(commandsOf(analysis).join()).not.toContain('fullresync');
  });

  it('may be resynchronised from once an operator has verified its data', () => {
    const verified = [confirm('data_verified', 'node2', null, '2021-04-05T10:00:00+09:00')];
    const checked = judged(
      bundles(
        node1(onNode1),
        node2([partial('node2', 'Apr  3 10:00:00', '1.0 MB')], { resources: [{ tag: TAG, state: 'ISP' }] }),
      ),
      {
        confirmations: verified,
      },
    );
    expect(only(checked)).toMatchObject({ outcome: 'target_suspect', suspectNodes: ['node1'] });
    expect(commandsOf(checked)).toContain(`mirror_action ${TAG} fullresync node2 node1`);
    const done = [...verified, confirm('full_resync_done', 'node2', 'node1', '2021-04-06T10:00:00+09:00')];
    expect(only(judged(bundles(node1(onNode1), node2([takeover])), { confirmations: done })).outcome).toBe(
      'cleared_by_full_resync',
    );
  });

  it('was cleared before it took over: its own partial resyncs count from then on', () => {
    const confirmations = [confirm('full_resync_done', 'node1', 'node2', '2021-04-02T20:00:00+09:00')];
    const mirror = only(
      judged(bundles(node1(onNode1), node2([partial('node2', 'Apr  3 10:00:00', '5.0 MB')])), {
        confirmations,
      }),
    );
    expect(mirror).toMatchObject({ outcome: 'target_suspect', source: 'node2', suspectNodes: ['node1'] });
  });
});

describe('what the outcome rests on', () => {
  it('a missing node is named and its share cannot be determined', () => {
    const analysis = judged(bundles(node1([], inService)));
    expect(analysis).toMatchObject({ missingNodes: ['node2'], verdict: 'affected' });
    const mirror = only(analysis);
    expect(mirror).toMatchObject({ outcome: 'cannot_determine', reason: 'history_incomplete' });
    expect(codes(mirror)).toContain('missing_node_share');
    const missing = analysis.findings.find((finding) => finding.rule === 'node_missing');
    expect(missing).toMatchObject({
      subject: { id: 'node2' },
      verdict: 'cannot_determine',
      evidence: [{ member: 'lcdstatus' }],
    });
  });

  it('a missing node counts as undetermined in the verdict of the case', () => {
    const fine = {
      ...NOT_AFFECTED,
      host: 'node1',
      commPaths: [{ peer: 'node2' }],
      lines: [idle('node1', 'Apr  1 00:00:00')],
    };
    expect(judged(bundles(fine))).toMatchObject({ verdict: 'cannot_determine', missingNodes: ['node2'] });
  });

  it('a missing node that may be the source keeps the full resync back', () => {
    const node = node1([
      partial('node1', 'Apr  2 10:00:00', '2.9 GB'),
      completed('node1', 'Apr  2 10:05:00', 'node2'),
    ]);
    const analysis = judged(bundles(node));
    expect(only(analysis)).toMatchObject({ outcome: 'target_suspect', suspectNodes: ['node2'] });
    expect(commandsOf(analysis).join()).not.toContain('fullresync');
    expect(proceduresOf(analysis)).toContain('check_source_data');
  });

  it('a last source that is out of service leaves the source unknown, and nothing is copied', () => {
    const out = { resources: [{ tag: TAG, state: 'OSU' }], commPaths: [{ peer: 'node2' }] };
    for (const others of [[], [node2([], { resources: [{ tag: TAG, state: 'OSU' }] })]]) {
      const analysis = judged(
        bundles(node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], out), ...others),
      );
      expect(only(analysis)).toMatchObject({ outcome: 'target_suspect', source: null });
      expect(codes(only(analysis))).toContain('source_not_in_service');
      expect(commandsOf(analysis).join()).not.toContain('fullresync');
      expect(proceduresOf(analysis).slice(0, 1)).toEqual(['find_source']);
    }
  });

  it('a source in service whose partner is missing is checked before the full resync', () => {
    const node = node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService);
    const analysis = judged(bundles(node));
    expect(only(analysis)).toMatchObject({ outcome: 'target_suspect', source: 'node1' });
    expect(analysis.missingNodes).toEqual(['node2']);
    expect(proceduresOf(analysis).slice(0, 2)).toEqual(['check_source_data', 'full_resync']);
  });

  it('an assumed source is said, and its roles and data are checked before the full resync', () => {
    const analysis = judged(bundles(node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')]), node2([])));
    expect(codes(only(analysis))).toContain('source_from_last_event');
    expect(proceduresOf(analysis).slice(0, 2)).toEqual(['check_source_data', 'full_resync']);
  });

  it('no log of a node leaves the outcome open', () => {
    const silent = { ...AFFECTED, host: 'node2', resources: [{ tag: TAG, state: 'OSU' }] };
    expect(only(judged(bundles(node1([], inService), silent)))).toMatchObject({
      outcome: 'cannot_determine',
      reason: 'history_incomplete',
    });
    const none = { ...AFFECTED, host: 'node1', resources: [{ tag: TAG, state: 'ISP' }] };
    expect(only(judged(bundles(none, silent)))).toMatchObject({
      outcome: 'cannot_determine',
      reason: 'no_mirror_log',
    });
  });

  it('records that were counted but not kept leave absence open', () => {
    const logs = [{ lines: [partial('node1', 'Apr  2 10:00:00', '0.0 B')], dropped: { '104009': 5 } }];
    const mirror = only(judged(bundles({ ...AFFECTED, host: 'node1', ...inService, logs }, node2([]))));
    expect(mirror.outcome).toBe('cannot_determine');
    expect(codes(mirror)).toContain('records_dropped');
  });

  it('resyncs of nodes that are not affected are history, not exposure', () => {
    const analysis = judged(
      bundles(
        { ...node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService), ...NOT_AFFECTED },
        { ...node2([]), ...NOT_AFFECTED },
      ),
    );
    expect(only(analysis)).toMatchObject({
      outcome: 'none_seen',
      reason: 'not_exposed',
      partialResyncs: [{ exposure: false }],
    });
  });

  it('resyncs of a node without a verdict leave the outcome open and copy nothing', () => {
    const { kernel: _, ...noKernel } = node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService);
    const analysis = judged(bundles(noKernel, node2([])));
    expect(only(analysis)).toMatchObject({
      outcome: 'cannot_determine',
      reason: 'exposure_undetermined',
      copies: [{}, { state: 'unknown' }],
    });
    expect(commandsOf(analysis).join()).not.toContain('fullresync');
  });

  it.each([
    ['2021-04-01T00:00:00+09:00', 'none_seen'],
    ['2021-04-02T10:00:00+09:00', 'none_seen'],
    ['2021-04-02T10:00:01+09:00', 'target_suspect'],
    ['2021-04-05T00:00:00+09:00', 'target_suspect'],
  ])('a correction installed at %s: a resync of 2 April gives %s', (installed, outcome) => {
    const fixed = { lifekeeper: '9.5.2', lifekeeperInstalledAt: installed };
    const analysis = judged(
      bundles(
        node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], { ...inService, ...fixed }),
        node2([], fixed),
      ),
    );
    expect(analysis.verdict).toBe('fixed');
    expect(only(analysis).outcome).toBe(outcome);
  });

  const boot = (stamp: string) => ({ kind: 'boot' as const, stamp });
  /** A partial resync with data on node1 of two SLES nodes. */
  const resyncAt = (stamp: string, parts: NodeParts & { kernel: string }) => {
    const os = 'sles 12.5';
    return only(
      judged(
        bundles(
          node1([partial('node1', stamp, '2.9 GB')], { ...inService, os, ...parts }),
          node2([], { os, kernel: parts.kernel }),
        ),
      ),
    );
  };

  it('an affected kernel that is installed beside the running one may have been running then', () => {
    const at = (stamp: string) =>
      resyncAt(stamp, {
        kernel: '4.12.14-122.17-default',
        packages: [
          'kernel-default 4.12.14 122.17.1',
          'kernel-default 4.12.14 122.20.1 2021-04-02T00:00:00+09:00',
        ],
        boots: [boot('2021-04-04T00:00:00')],
      });
    expect(at('Apr  1 23:59:59')).toMatchObject({ outcome: 'none_seen', reason: 'not_exposed' });
    expect(at('Apr  2 00:00:00')).toMatchObject({
      outcome: 'cannot_determine',
      reason: 'exposure_undetermined',
    });
    expect(at('Apr  3 23:59:59').outcome).toBe('cannot_determine');
    expect(at('Apr  4 00:00:00')).toMatchObject({ outcome: 'none_seen', reason: 'not_exposed' });
  });

  it('a boot that only a log tells of may have been followed by others', () => {
    const system = [{ kind: 'boot' as const, stamp: '2021-04-01T00:00:00' }];
    const packages = ['kernel-default 4.12.14 122.17.1', 'kernel-default 4.12.14 122.20.1'];
    const lower = { kernel: '4.12.14-122.17-default', packages, system };
    expect(resyncAt('Apr  2 10:00:00', lower).outcome).toBe('cannot_determine');
    const fixed = {
      kernel: '4.12.14-122.74-default',
      packages: ['kernel-default 4.12.14 122.74.1 2021-03-31T00:00:00+09:00'],
      system,
    };
    expect(resyncAt('Apr  2 10:00:00', fixed).outcome).toBe('target_suspect');
  });

  it('a kernel of an earlier minor release that is still installed may have been running then', () => {
    const now = {
      os: 'rhel 8.6',
      kernel: '4.18.0-372.9.1.el8.x86_64',
      lifekeeper: null,
      packages: ['kernel-core 4.18.0 193.28.1.el8_2', 'kernel-core 4.18.0 372.9.1.el8'],
    };
    const found = only(
      judged(
        bundles(
          node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], { ...inService, ...now }),
          node2([], now),
        ),
      ),
    );
    expect(found).toMatchObject({ outcome: 'cannot_determine', reason: 'exposure_undetermined' });
  });

  it('an older bundle tells what ran when its resyncs took place', () => {
    const then = node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], {
      ...inService,
      collectedAt: '2021-04-03T00:00:00+09:00',
    });
    const now = { ...node1([]), ...NOT_AFFECTED, ...inService };
    expect(only(judged(bundles(then, now, { ...node2([]), ...NOT_AFFECTED })))).toMatchObject({
      outcome: 'target_suspect',
      partialResyncs: [{ exposure: true }],
    });
  });

  it('a vendor kernel counts from the start that the system was collected in', () => {
    const at = (stamp: string) =>
      resyncAt(stamp, {
        kernel: '4.12.14-122.74-default',
        packages: ['kernel-default 4.12.14 122.74.1 2021-04-02T00:00:00+09:00'],
        boots: [boot('2021-04-03T00:00:00'), boot('2021-04-04T00:00:00')],
      });
    expect(at('Apr  2 23:59:59').outcome).toBe('target_suspect');
    expect(at('Apr  3 23:59:59').outcome).toBe('target_suspect');
    expect(at('Apr  4 00:00:00').outcome).toBe('none_seen');
  });

  it('a correction installed at an unknown time clears nothing', () => {
    const analysis = judged(
      bundles(
        node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], { ...inService, lifekeeper: '9.5.2' }),
        node2([], { lifekeeper: '9.5.2' }),
      ),
    );
    expect(only(analysis)).toMatchObject({ outcome: 'target_suspect' });
  });
});

describe('clocks that do not agree', () => {
  const pair = (second: string, more: readonly string[] = []) =>
    judged(
      bundles(
        node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService),
        node2([...more, partial('node2', second, '0.0 B', { cause: 'restore' })], {
          resources: [{ tag: TAG, state: 'OSU' }],
        }),
      ),
    );

  it.each([
    ['Apr  2 09:57:59', false],
    ['Apr  2 09:58:00', true],
    ['Apr  2 09:59:59', true],
  ])('leave the order open when the other node was source at %s: %s', (stamp, open) => {
    const analysis = pair(stamp);
    expect(only(analysis).outcome).toBe('target_suspect');
    expect(codes(only(analysis)).includes('event_order_uncertain')).toBe(open);
    expect(commandsOf(analysis).join().includes('fullresync')).toBe(!open);
    expect(proceduresOf(analysis).includes('avoid_full_resync_unverified')).toBe(open);
  });

  it('leave it open for longer when one of them was set back', () => {
    const stepped = ['Apr  2 09:20:00', 'Apr  2 08:50:00'].map((stamp) => idle('node2', stamp));
    expect(codes(only(pair('Apr  2 09:30:00', stepped)))).toContain('event_order_uncertain');
    expect(codes(only(pair('Apr  2 09:30:00')))).not.toContain('event_order_uncertain');
  });

  it('are settled by an operator who verified the data of the source', () => {
    const confirmations = [confirm('data_verified', 'node1', null, '2021-04-05T10:00:00+09:00')];
    const analysis = judged(
      bundles(
        node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService),
        node2([partial('node2', 'Apr  2 09:59:59', '0.0 B')], { resources: [{ tag: TAG, state: 'OSU' }] }),
      ),
      { confirmations },
    );
    expect(commandsOf(analysis)).toContain(`mirror_action ${TAG} fullresync node1 node2`);
  });
});

describe('evidence of one event', () => {
  it('in two files and two bundles is one event with several places', () => {
    const line = partial('node1', 'Apr  2 10:00:00', '2.9 GB');
    const rfc = partial('node1', '2021-04-02T10:00:00.123456+09:00', '2.9 GB');
    const logs = [
      { lines: [line], member: 'var/log/lifekeeper.log' },
      { lines: [rfc], member: 'var/log/messages', kind: 'syslog' as const },
    ];
    const first = bundle([{ ...AFFECTED, host: 'node1', ...inService, logs }], { id: 'a' });
    const second = bundle([{ ...AFFECTED, host: 'node1', ...inService, logs: logs.slice(0, 1) }], {
      id: 'b',
    });
    const mirror = only(judged([first, second, ...bundles(node2([]))]));
    expect(mirror.partialResyncs).toHaveLength(1);
    expect(mirror.partialResyncs[0]?.evidence.map(({ bundle: id, member }) => [id, member]).sort()).toEqual([
      ['a', 'var/log/lifekeeper.log'],
      ['a', 'var/log/messages'],
      ['b', 'var/log/lifekeeper.log'],
    ]);
  });

  it('twice in one file stays two events', () => {
    const line = partial('node1', 'Apr  2 10:00:00', '2.9 GB');
    expect(only(judged(bundles(node1([line, line], inService), node2([])))).partialResyncs).toHaveLength(2);
  });

  it('three times in one file and twice in each of two others is three events, with the places of each', () => {
    const line = partial('node1', 'Apr  2 10:00:00', '2.9 GB');
    const later = partial('node1', 'Apr  2 10:00:01', '2.9 GB');
    const withoutStamp = line.slice('Apr  2 10:00:00 '.length);
    const logs = [
      { lines: [line, line, line], member: 'var/log/lifekeeper.log' },
      { lines: [line, later, line], member: 'var/log/messages', kind: 'syslog' as const },
      { lines: [withoutStamp, withoutStamp], member: 'tmp/excerpt.txt', kind: 'other' as const },
    ];
    const evidence = [bundle([{ ...AFFECTED, host: 'node1', ...inService, logs }]), ...bundles(node2([]))];
    const placesOf = (analysis: Analysis) =>
      only(analysis).partialResyncs.map((event) =>
        event.evidence.map(({ member, line: number }) => `${member}:${number}`).sort(),
      );
    expect(placesOf(judged(evidence))).toEqual([
      ['tmp/excerpt.txt:1', 'var/log/lifekeeper.log:1', 'var/log/messages:1'],
      ['tmp/excerpt.txt:2', 'var/log/lifekeeper.log:2', 'var/log/messages:3'],
      ['var/log/lifekeeper.log:3'],
      ['var/log/messages:2'],
    ]);
  });

  it('of the same bundle given twice counts once', () => {
    const node = node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService);
    const sha256 = 'a'.repeat(64);
    const analysis = judged([
      bundle([node], { id: 'a', sha256 }),
      bundle([node], { id: 'b', sha256 }),
      ...bundles(node2([])),
    ]);
    expect(analysis.bundles).toHaveLength(3);
    expect(only(analysis).partialResyncs[0]?.evidence).toHaveLength(1);
  });

  it('does not depend on the order of the bundles', () => {
    const evidence = bundles(
      node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], inService),
      node2([partial('node2', 'Apr  3 10:00:00', '0.0 B')]),
    );
    expect(JSON.stringify(judged([...evidence].reverse()))).toBe(JSON.stringify(judged(evidence)));
  });

  it('names who completed a resync and which completion may have been a full one', () => {
    const lines = [
      partial('node1', 'Apr  2 10:00:00', '2.9 GB'),
      completed('node1', 'Apr  2 10:05:00', 'node2'),
      completed('node1', 'Apr  3 10:05:00', 'node2'),
    ];
    const mirror = only(judged(bundles(node1(lines, inService), node2([]))));
    expect(mirror.events.map((event) => event.kind)).toEqual(['resync_completed', 'full_resync_reported']);
    expect(mirror.outcome).toBe('target_suspect');
    expect(codes(mirror)).toContain('full_resync_reported');
  });
});

it('says that no mirror could be seen, rather than that none is at risk', () => {
  const analysis = judged(bundles({ ...AFFECTED, host: 'node1' }));
  expect(analysis).toMatchObject({ mirrors: [], dataRisk: 'cannot_determine' });
  expect(analysis.findings.map((finding) => finding.rule)).toContain('mirror_not_identified');
  expect(judged(bundles({ ...NOT_AFFECTED, host: 'node1' }))).toMatchObject({ mirrors: [], dataRisk: null });
});

describe('several mirrors', () => {
  it('are judged apart, each with its own source', () => {
    const analysis = judged(
      bundles(
        node1([partial('node1', 'Apr  2 10:00:00', '1.0 MB', { tag: 'datarep-a' })], {
          resources: [
            { tag: 'datarep-a', state: 'ISP' },
            { tag: 'datarep-b', state: 'OSU' },
          ],
        }),
        node2([partial('node2', 'Apr  2 11:00:00', '0.0 B', { tag: 'datarep-b', device: '/dev/md1' })], {
          resources: [
            { tag: 'datarep-a', state: 'OSU' },
            { tag: 'datarep-b', state: 'ISP' },
          ],
        }),
      ),
    );
    expect(
      analysis.mirrors.map(({ tag, outcome, source, device }) => [tag, outcome, source, device]),
    ).toEqual([
      ['datarep-a', 'target_suspect', 'node1', '/dev/md0'],
      ['datarep-b', 'zero_bytes_only', 'node2', '/dev/md1'],
    ]);
    expect(analysis.dataRisk).toBe('target_suspect');
  });

  it('with two sources in service at once are never copied', () => {
    const isp = { resources: [{ tag: TAG, state: 'ISP' }] };
    const analysis = judged(
      bundles(node1([partial('node1', 'Apr  2 10:00:00', '2.9 GB')], isp), node2([], isp)),
    );
    expect(codes(only(analysis))).toContain('in_service_on_several');
    expect(commandsOf(analysis).join()).not.toContain('fullresync');
    expect(analysis.findings).toContainEqual(
      expect.objectContaining({ rule: 'split_brain_now', severity: 'critical' }),
    );
  });

  it('quote hostile names so that a pasted command stays one command', () => {
    const tag = 'datarep; rm -rf $HOME';
    const line = partial('node1', 'Apr  2 10:00:00', '1.0 MB', { tag });
    const analysis = judged(
      bundles(
        node1([line], { resources: [{ tag, state: 'ISP' }], commPaths: [{ peer: 'node2' }] }),
        node2([]),
      ),
    );
    expect(commandsOf(analysis)).toContain(`mirror_action 'datarep; rm -rf $HOME' fullresync node1 node2`);
  });
});
