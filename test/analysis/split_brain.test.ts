import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import { bundles, idle, type NodeParts, partial } from '../fixtures/evidence.ts';
import { judged } from './checked.ts';

const TAG = 'datarep-dk-mirror';
const RHEL83 = { os: 'rhel 8.3', kernel: '4.18.0-240.el8.x86_64', collectedAt: '2021-04-10T12:00:00+09:00' };
const isp = { resources: [{ tag: TAG, state: 'ISP' }] };
const restore = (host: string, stamp: string, tag = 'app-res'): string =>
  `${stamp} ${host} restore[9]: INFO:lcd:restore:${tag}:000100:in service`;
const remove = (host: string, stamp: string, tag = 'app-res'): string =>
  `${stamp} ${host} remove[9]: INFO:lcd:remove:${tag}:000101:out of service`;
const lost = (host: string, stamp: string, peer: string): string =>
  `${stamp} ${host} flg_create[8]: ERROR:lcd.mes:::004217:Communication failure: destination system "${peer}" is out of service.`;
const boot = (stamp: string) => ({ kind: 'boot' as const, stamp });

const found = (analysis: Analysis) =>
  analysis.findings
    .filter((finding) => finding.rule.startsWith('split_brain'))
    .map((finding) => [finding.rule, finding.reason]);
const proceduresOf = (analysis: Analysis) =>
  analysis.findings
    .filter((finding) => finding.rule.startsWith('split_brain'))
    .flatMap((finding) => finding.actions.map((action) => action.procedure));
const pair = (one: NodeParts, two: NodeParts) =>
  judged(bundles({ ...RHEL83, host: 'node1', ...one }, { ...RHEL83, host: 'node2', ...two }));

describe('the same resource in service on two nodes', () => {
  it.each([
    ['2021-04-10T12:00:00+09:00', [['split_brain_now', 'same_tag_in_service']]],
    ['2021-04-10T12:10:00+09:00', [['split_brain_now', 'same_tag_in_service']]],
    ['2021-04-10T12:10:01+09:00', [['split_brain_suspected', 'same_tag_in_service_apart']]],
  ])('collected at 12:00 and at %s', (collectedAt, expected) => {
    expect(found(pair(isp, { ...isp, collectedAt }))).toEqual(expected);
  });

  it('is an ordinary takeover when the later log shows it', () => {
    const later = {
      ...isp,
      collectedAt: '2021-04-10T14:00:00+09:00',
      lines: [restore('node2', 'Apr 10 13:00:00', TAG)],
    };
    expect(found(pair(isp, later))).toEqual([]);
  });

  it('is only suspected when a collection time is unknown', () => {
    const { collectedAt: _, ...noTime } = RHEL83;
    const analysis = judged(
      bundles({ ...RHEL83, host: 'node1', ...isp }, { ...noTime, host: 'node2', ...isp }),
    );
    expect(found(analysis)).toEqual([['split_brain_suspected', 'same_tag_in_service_apart']]);
  });

  it('is one finding for one cause, named after the mirror', () => {
    const all = { resources: ['app', 'fs', TAG].map((tag) => ({ tag, state: 'ISP' })) };
    const analysis = pair(all, all);
    const now = analysis.findings.filter((finding) => finding.rule === 'split_brain_now');
    expect(now).toHaveLength(1);
    expect(now[0]).toMatchObject({ severity: 'critical', params: { tag: TAG, nodes: ['node1', 'node2'] } });
    expect(now[0]?.actions.map((action) => action.procedure)).toEqual([
      'resolve_split_brain',
      'avoid_full_resync_unverified',
    ]);
  });

  it('is resolved before anything is said about the copies of the mirror', () => {
    const resync = { lines: [partial('node1', 'Apr  2 10:00:00', '2.9 GB')] };
    const actions = pair({ ...isp, ...resync }, isp).findings.flatMap((finding) =>
      finding.subject.kind === 'mirror' ? finding.actions.map((action) => action.procedure) : [],
    );
    expect(actions).toEqual(['avoid_full_resync_unverified', 'avoid_pause']);
  });

  it('of the past is reviewed, unless it still goes on', () => {
    const apart = pair(isp, { ...isp, collectedAt: '2021-04-10T14:00:00+09:00' });
    expect(proceduresOf(apart)).toEqual(['review_split_brain', 'avoid_full_resync_unverified']);
    const going = pair(
      {
        ...isp,
        lines: [restore('node1', 'Apr  1 08:00:00', TAG), lost('node1', 'Apr  5 10:00:00', 'node2')],
      },
      {
        ...isp,
        lines: [lost('node2', 'Apr  5 10:00:00', 'node1'), restore('node2', 'Apr  5 10:01:00', TAG)],
      },
    );
    expect(found(going)).toHaveLength(2);
    expect(proceduresOf(going)).not.toContain('review_split_brain');
  });

  it('is none with one node in service', () => {
    expect(found(pair(isp, { resources: [{ tag: TAG, state: 'OSU' }] }))).toEqual([]);
  });
});

describe('an unexpected reboot of the active node', () => {
  const first = (
    lines: readonly string[],
    boots: NonNullable<NodeParts['boots']> = [boot('2021-04-05T10:00:00')],
  ) => ({
    lines: [restore('node1', 'Apr  1 08:00:00'), ...lines],
    boots,
  });
  const takeover = { lines: [restore('node2', 'Apr  5 10:01:00')] };

  it('with a start on the other node and again on the first is suspected', () => {
    const analysis = pair(first([restore('node1', 'Apr  5 10:04:00')]), takeover);
    expect(found(analysis)).toEqual([['split_brain_suspected', 'returned_after_reboot']]);
    const [finding] = analysis.findings.filter((item) => item.rule === 'split_brain_suspected');
    expect(finding).toMatchObject({
      params: { first: 'node1', second: 'node2', tag: 'app-res' },
      evidence: [{}, {}, {}],
    });
  });

  it('after which the first node stays standby is an ordinary failover', () => {
    expect(found(pair(first([]), takeover))).toEqual([]);
  });

  it('is none when the other node stopped the resource before', () => {
    const back = { lines: [restore('node2', 'Apr  5 10:01:00'), remove('node2', 'Apr  5 10:03:00')] };
    expect(found(pair(first([restore('node1', 'Apr  5 10:04:00')]), back))).toEqual([]);
  });

  it('is none when the node was shut down on purpose', () => {
    const boots = [{ kind: 'shutdown' as const, stamp: '2021-04-05T09:55:00' }, boot('2021-04-05T10:00:00')];
    expect(found(pair(first([restore('node1', 'Apr  5 10:04:00')], boots), takeover))).toEqual([]);
  });

  it.each([
    ['Apr  5 10:59:59', 1],
    ['Apr  5 11:00:01', 0],
  ])('and a start at %s, within the hour or not', (stamp, count) => {
    expect(found(pair(first([restore('node1', stamp)]), takeover))).toHaveLength(count);
  });
});

describe('the loss of all communication paths while both nodes run', () => {
  const active = (lines: readonly string[] = []) => ({
    lines: [restore('node1', 'Apr  1 08:00:00'), lost('node1', 'Apr  5 10:00:00', 'node2'), ...lines],
  });
  const standby = (...lines: readonly string[]) => ({
    lines: [lost('node2', 'Apr  5 10:00:05', 'node1'), ...lines],
  });

  it('with a start on the standby node is suspected', () => {
    expect(found(pair(active(), standby(restore('node2', 'Apr  5 10:01:00'))))).toEqual([
      ['split_brain_suspected', 'paths_lost_both_alive'],
    ]);
  });

  it('is none without a start', () => {
    expect(found(pair(active(), standby()))).toEqual([]);
  });

  it('is none when only one node lost the other', () => {
    expect(
      found(
        pair(active(), { lines: [idle('node2', 'Apr  5 10:00:00'), restore('node2', 'Apr  5 10:01:00')] }),
      ),
    ).toEqual([]);
  });

  it('is none when the active node went down or let go', () => {
    const down = { ...active(), boots: [boot('2021-04-05T10:05:00')] };
    expect(found(pair(down, standby(restore('node2', 'Apr  5 10:01:00'))))).toEqual([]);
    expect(
      found(pair(active([remove('node1', 'Apr  5 10:00:30')]), standby(restore('node2', 'Apr  5 10:01:00')))),
    ).toEqual([]);
  });

  it('stands on one timeline with the partial resync it ends in', () => {
    const analysis = pair(
      active(),
      standby(
        restore('node2', 'Apr  5 10:01:00'),
        partial('node2', 'Apr  5 10:01:05', '3.0 MB', { cause: 'restore' }),
      ),
    );
    expect(analysis.timeline.map((entry) => entry.kind)).toEqual([
      'resource_restore',
      'peer_lost',
      'peer_lost',
      'resource_restore',
      'partial_resync',
      'collected',
      'collected',
    ]);
    expect(analysis.timeline.map((entry) => entry.time)).toEqual(
      [...analysis.timeline.map((entry) => entry.time)].sort(),
    );
  });
});
