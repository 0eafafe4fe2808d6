import type {
  Action,
  Analysis,
  Confirmation,
  EvidenceRef,
  Finding,
  Mirror,
  Node,
  PartialResync,
  TimelineEntry,
} from '../../shared/analysis/analysis.ts';
import type { BundleSummary } from '../../shared/evidence/evidence.ts';

/** Small builders of analysis values: each test states only what it is about. */

export const GENERATED_AT = '2026-11-22T00:30:00Z';

export function place(member: string, line: number, text: string, bundle = 'b1'): EvidenceRef {
  return { bundle, member, line, offset: line * 100, length: Buffer.byteLength(text), text };
}

export function bundle(id: string, over: Partial<BundleSummary> = {}): BundleSummary {
  return {
    id,
    fileName: `${id}.tar.gz`,
    sha256: id.charCodeAt(0).toString(16).repeat(32).slice(0, 64),
    bytes: 1_048_576,
    format: 'tar+gzip',
    layout: 'sos',
    status: 'complete',
    problems: [],
    members: { seen: 120, read: 14, skipped: 106 },
    expandedBytes: 9_000_000,
    secretsDropped: 0,
    ...over,
  };
}

export function node(id: string, over: Partial<Node> = {}): Node {
  return {
    id,
    hostname: id,
    bundles: ['b1'],
    os: { id: 'rhel', version: '8.2', pretty: 'Red Hat Enterprise Linux 8.2 (Ootpa)' },
    kernel: {
      running: '4.18.0-193.el8.x86_64',
      newestInstalled: '4.18.0-193.el8.x86_64',
      nextBoot: null,
      newestInstalledVerdict: null,
      nextBootVerdict: null,
    },
    lifekeeper: { version: '9.5.1', datakeeper: 'installed', installedAt: null },
    timezone: { name: 'Asia/Tokyo', from: 'bundle' },
    affectedness: {
      advisory: 'datakeeper-partial-resync',
      verdict: 'affected',
      reason: 'kernel_in_range',
      params: {
        node: id,
        kernel: '4.18.0-193.el8.x86_64',
        os: 'Red Hat Enterprise Linux 8.2 (Ootpa)',
        bound: '4.18.0-193',
      },
      notes: [],
      row: 'rhel-8.2',
      trace: [
        {
          subject: 'kernel',
          left: '4.18.0-193.el8',
          operator: 'in',
          right: 'el8 193',
          form: 'uname',
          holds: true,
        },
      ],
      wanted: [],
      evidence: [place(`${id}/uname_-a`, 1, `Linux ${id} 4.18.0-193.el8.x86_64`)],
    },
    otherAffectedness: [],
    coverage: {
      from: '2021-04-01T00:00:00+09:00',
      to: '2021-05-20T12:00:00+09:00',
      logs: [
        {
          bundle: 'b1',
          member: `${id}/var/log/lifekeeper.log`,
          section: null,
          kind: 'lifekeeper',
          lines: 1200,
          lifekeeperLines: 1100,
          from: '2021-04-01T00:00:00+09:00',
          to: '2021-05-20T12:00:00+09:00',
          state: 'whole',
          yearFrom: 'collection_date',
        },
      ],
      gaps: [],
      missingRotations: [],
      assumptions: [],
      collectedAt: '2021-05-20T12:00:00+09:00',
    },
    fencing: { platform: 'vmware', storage: ['datakeeper'], measures: [], notes: [] },
    ...over,
  };
}

export function resync(
  name: string,
  day: string,
  size: string,
  over: Partial<PartialResync> = {},
): PartialResync {
  const text = `May ${day} 13:25:19 ${name} recover[3535]: INFO:dr:recover:datarep-dk-mirror:104009:/dev/md0: bitmap merged, resyncing ${size}`;
  return {
    node: name,
    time: `2021-05-${day}T13:25:19+09:00`,
    loggedTime: `May ${day} 13:25:19`,
    size,
    zero: size === '0.0 B',
    cause: 'recover',
    exposure: size !== '0.0 B',
    targets: size === '0.0 B' ? [] : ['node2'],
    evidence: [place(`${name}/var/log/lifekeeper.log`, Number(day), text)],
    ...over,
  };
}

export function mirror(over: Partial<Mirror> = {}): Mirror {
  return {
    tag: 'datarep-dk-mirror',
    device: '/dev/md0',
    outcome: 'target_suspect',
    reason: 'partial_resync_seen',
    params: { tag: 'datarep-dk-mirror', count: 1, targets: ['node2'] },
    source: 'node1',
    targets: ['node2'],
    suspectNodes: ['node2'],
    copies: [
      { node: 'node1', state: 'trusted', since: null },
      { node: 'node2', state: 'suspect', since: 0 },
    ],
    window: { from: '2021-04-01T00:00:00+09:00', to: '2021-05-20T12:00:00+09:00' },
    partialResyncs: [resync('node1', '18', '662.2 MB')],
    events: [],
    notes: [],
    ...over,
  };
}

export function finding(over: Partial<Finding> = {}): Finding {
  return {
    id: 'f-1',
    advisory: 'datakeeper-partial-resync',
    rule: 'mirror_target_suspect',
    subject: { kind: 'mirror', id: 'datarep-dk-mirror' },
    verdict: 'target_suspect',
    reason: 'partial_resync_seen',
    severity: 'high',
    riskOfAction: 'moderate',
    params: { tag: 'datarep-dk-mirror', count: 1, targets: ['node2'], source: 'node1' },
    notes: [],
    evidence: [],
    actions: [],
    ...over,
  };
}

export function action(over: Partial<Action> = {}): Action {
  return {
    procedure: 'full_resync',
    kind: 'do',
    risk: 'moderate',
    direction: { mirror: 'datarep-dk-mirror', from: 'node1', to: 'node2' },
    params: { tag: 'datarep-dk-mirror', source: 'node1', target: 'node2' },
    steps: [],
    ...over,
  };
}

export function entry(over: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    time: '2021-05-18T13:25:19+09:00',
    inferred: true,
    node: 'node1',
    kind: 'partial_resync',
    message: '104009',
    mirror: 'datarep-dk-mirror',
    params: { size: '662.2 MB' },
    evidence: resync('node1', '18', '662.2 MB').evidence,
    ...over,
  };
}

export function confirmation(over: Partial<Confirmation> = {}): Confirmation {
  return {
    id: 'c1',
    kind: 'full_resync_done',
    mirror: 'datarep-dk-mirror',
    node: 'node1',
    target: 'node2',
    at: '2021-05-21T10:00:00+09:00',
    by: 'yamada',
    comment: null,
    ...over,
  };
}

export function analysis(over: Partial<Analysis> = {}): Analysis {
  return {
    schemaVersion: '1',
    knowledge: {
      version: '2026.11',
      advisories: [{ id: 'datakeeper-partial-resync', revision: '2', updated: '2021-09-28' }],
    },
    timezone: 'Asia/Tokyo',
    bundles: [bundle('b1'), bundle('b2')],
    nodes: [node('node1'), node('node2', { bundles: ['b2'] })],
    missingNodes: [],
    verdict: 'affected',
    dataRisk: 'target_suspect',
    mirrors: [mirror()],
    findings: [finding()],
    timeline: [entry()],
    confirmations: [],
    ...over,
  };
}
