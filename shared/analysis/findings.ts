import { createHash } from 'node:crypto';
import type { BundleSummary } from '../evidence/evidence.ts';
import type { Knowledge } from '../knowledge/schema.ts';
import { action } from './actions.ts';
import type {
  Action,
  Affectedness,
  EvidenceRef,
  Finding,
  Mirror,
  Node,
  Note,
  Params,
  RiskOfAction,
  Verdict,
} from './analysis.ts';
import type { LogEvent } from './events.ts';
import { compareText } from './versions.ts';
import type { Zone } from './zone.ts';

const RISKS: readonly RiskOfAction[] = ['none', 'low', 'moderate', 'high'];
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
/** A finding quotes at most this many places; the rest is in the mirror or the timeline. */
const MAX_EVIDENCE = 100;

interface Draft {
  readonly rule: string;
  readonly subject: Finding['subject'];
  readonly verdict: string;
  readonly reason: string;
  readonly params: Params;
  readonly notes?: readonly Note[];
  readonly evidence?: readonly EvidenceRef[];
  readonly actions?: readonly Action[];
  /** Tells two findings of one rule about one subject apart, e.g. the time of an incident. */
  readonly cause?: string;
}

/** A finding with its stable id; severity comes from the rule, the risk of acting from the riskiest action. */
export function finding(knowledge: Knowledge, draft: Draft): Finding {
  const rule = knowledge.rules[draft.rule];
  if (rule === undefined) throw new Error(`The knowledge has no rule "${draft.rule}".`);
  const actions = [...(draft.actions ?? [])];
  const risk = Math.max(
    0,
    ...actions.filter((item) => item.kind === 'do').map((item) => RISKS.indexOf(item.risk)),
  );
  return {
    id: findingId(draft.rule, draft.subject, draft.cause ?? ''),
    advisory: rule.advisory,
    rule: draft.rule,
    subject: draft.subject,
    verdict: draft.verdict,
    reason: draft.reason,
    severity: rule.severity,
    riskOfAction: RISKS[risk] ?? 'none',
    params: draft.params,
    notes: [...(draft.notes ?? [])],
    evidence: [...(draft.evidence ?? [])].slice(0, MAX_EVIDENCE),
    actions,
  };
}

/** Derived from rule, subject and cause alone: the same in every run, language and machine. */
function findingId(rule: string, subject: Finding['subject'], cause: string): string {
  const digest = createHash('sha256')
    .update([rule, subject.kind, subject.id, cause].join('\u0000'))
    .digest('hex');
  return `${rule}-${digest.slice(0, 10)}`;
}

/** Worst first; then by rule and subject. */
export function bySeverity(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    compareText(a.rule, b.rule) ||
    compareText(a.subject.id, b.subject.id) ||
    compareText(a.id, b.id)
  );
}

const NODE_RULES: Readonly<Record<Verdict, string>> = {
  affected: 'node_affected',
  cannot_determine: 'node_cannot_determine',
  fixed: 'node_fixed',
  not_affected: 'node_not_affected',
};

/** One finding per node: is it concerned, and what to do about it. */
export function nodeFinding(knowledge: Knowledge, node: Node, affectedness: Affectedness): Finding {
  const { verdict } = affectedness;
  const advisory = knowledge.advisories.find((candidate) => candidate.id === affectedness.advisory);
  const fixedIn = advisory?.kind === 'affectedness' ? advisory.product.fixedIn : undefined;
  const actions: Action[] = [];
  if (verdict === 'affected') {
    actions.push(
      action(knowledge, 'apply_fix', { node: node.id, fixedIn }),
      action(knowledge, 'after_failover', { node: node.id }),
      action(knowledge, 'backup_often', { node: node.id }),
      action(knowledge, 'avoid_rolling_patch', { node: node.id }),
    );
  }
  if (affectedness.notes.some((note) => note.code === 'confirm_raid1_module'))
    actions.push(action(knowledge, 'confirm_module', { node: node.id }));
  if (affectedness.wanted.length > 0)
    actions.push(
      action(knowledge, 'send_evidence', {
        nodes: [node.id],
        items: affectedness.wanted.map((note) => note.code),
      }),
    );
  const result = finding(knowledge, {
    rule: NODE_RULES[verdict],
    subject: { kind: 'node', id: node.id },
    verdict,
    reason: affectedness.reason,
    params: affectedness.params,
    notes: affectedness.notes,
    evidence: affectedness.evidence,
    actions,
    cause: affectedness.advisory === 'datakeeper-partial-resync' ? '' : affectedness.advisory,
  });
  return { ...result, advisory: affectedness.advisory };
}

/** A node of the cluster without a bundle: named, so that its share of the case does not read as fine. */
export function missingNodeFinding(
  knowledge: Knowledge,
  node: string,
  evidence: readonly EvidenceRef[],
): Finding {
  return finding(knowledge, {
    rule: 'node_missing',
    subject: { kind: 'node', id: node },
    verdict: 'cannot_determine',
    reason: 'node_missing',
    params: { node },
    evidence,
    actions: [action(knowledge, 'send_evidence', { nodes: [node], items: ['send_bundle'] })],
  });
}

/** The next boot or the newest kernel would change the verdict. One finding, the next boot first. */
export function kernelChangeFinding(knowledge: Knowledge, node: Node): Finding | null {
  const { running, newestInstalled, nextBoot, newestInstalledVerdict, nextBootVerdict } = node.kernel;
  const { verdict } = node.affectedness;
  const subject = { kind: 'node', id: node.id } as const;
  const actions = [action(knowledge, 'review_kernel_before_reboot', { node: node.id })];
  if (nextBootVerdict !== null && nextBootVerdict !== verdict)
    return finding(knowledge, {
      rule: 'kernel_change_pending',
      subject,
      verdict: nextBootVerdict,
      reason: 'kernel_changes_at_boot',
      params: { node: node.id, nextBoot: nextBoot ?? '', running: running ?? '' },
      actions,
    });
  if (nextBoot === null && newestInstalledVerdict !== null && newestInstalledVerdict !== verdict)
    return finding(knowledge, {
      rule: 'kernel_change_pending',
      subject,
      verdict: newestInstalledVerdict,
      reason: 'newer_kernel_installed',
      params: { node: node.id, newest: newestInstalled ?? '', running: running ?? '' },
      actions,
    });
  return null;
}

const MIRROR_RULES: Readonly<Record<Mirror['outcome'], string>> = {
  source_suspect: 'mirror_source_suspect',
  target_suspect: 'mirror_target_suspect',
  cannot_determine: 'mirror_cannot_determine',
  cleared_by_full_resync: 'mirror_cleared',
  zero_bytes_only: 'mirror_zero_bytes_only',
  none_seen: 'mirror_none_seen',
};

/** What of the case beside the mirror decides which actions it allows. */
export interface MirrorSurroundings {
  /** Nodes of the cluster that are not in the case. */
  readonly missing: readonly string[];
  /** Whether a node is affected, or may be. */
  readonly exposedNodes: boolean;
  /** LifeKeeper is stopped for all mirrors at once: a procedure for one of several would leave out the others. */
  readonly onlyMirror: boolean;
  /** Tags for which a split brain is in progress: resolving it comes before anything else. */
  readonly splitBrain: ReadonlySet<string>;
}

/** One finding per mirror: the state of its data, and the actions that this state allows. */
export function mirrorFinding(
  knowledge: Knowledge,
  mirror: Mirror,
  surroundings: MirrorSurroundings,
): Finding {
  const counted = mirror.partialResyncs.filter((partial) => !partial.zero);
  const quoted = counted.length > 0 ? counted : mirror.partialResyncs;
  return finding(knowledge, {
    rule: MIRROR_RULES[mirror.outcome],
    subject: { kind: 'mirror', id: mirror.tag },
    verdict: mirror.outcome,
    reason: mirror.reason,
    params: {
      source: mirror.source ?? '?',
      targets: mirror.targets.length > 0 ? mirror.targets : ['?'],
      ...mirror.params,
    },
    notes: mirror.notes,
    evidence: quoted.flatMap((partial) => partial.evidence),
    actions: mirrorActions(knowledge, mirror, surroundings),
  });
}

/**
 * What may be done to a mirror. A full resynchronization is offered only from a source that is known and not
 * suspect, to a target that is known; where the source is an assumption, its roles and data are checked first, and
 * where source or target is unknown, nothing is copied at all.
 */
function mirrorActions(
  knowledge: Knowledge,
  mirror: Mirror,
  { missing, exposedNodes, splitBrain, onlyMirror }: MirrorSurroundings,
): Action[] {
  const { tag, source, targets } = mirror;
  const has = (code: string): boolean => mirror.notes.some((note) => note.code === code);
  const values = (target: string | undefined) => ({ tag, source: source ?? undefined, target });
  const avoidPause = exposedNodes ? [action(knowledge, 'avoid_pause', { tag })] : [];
  const avoidResync = action(knowledge, 'avoid_full_resync_unverified', { tag });
  const checkSource = () => action(knowledge, 'check_source_data', values(targets[0]));
  const checkFirst = (): Action[] => {
    if (splitBrain.has(tag)) return [avoidResync];
    if (source === null) return [action(knowledge, 'find_source', { tag }), avoidResync];
    return [checkSource(), action(knowledge, 'restore_from_backup', values(targets[0])), avoidResync];
  };
  // Maintenance is for later: names and commands only where a status shows the roles of the one mirror.
  const maintenance = (): Action[] => {
    if (!exposedNodes || splitBrain.has(tag)) return [];
    const known = has('role_from_status') && mirror.copies.every((copy) => copy.state !== 'unknown');
    const [target, ...others] = targets;
    if (source === null || target === undefined || !known || others.length > 0 || !onlyMirror)
      return [action(knowledge, 'maintenance_general', {})];
    const direction = { mirror: tag, from: source, to: target };
    return [action(knowledge, 'maintenance_stop_start', values(target), direction)];
  };
  switch (mirror.outcome) {
    case 'source_suspect':
      return [...checkFirst(), ...avoidPause];
    case 'target_suspect': {
      const suspects = targets.filter((target) => mirror.suspectNodes.includes(target));
      const avoidSwitch = action(knowledge, 'avoid_switchover', {
        tag,
        targets: mirror.suspectNodes.length > 0 ? mirror.suspectNodes : 'none',
      });
      const assumed = !has('role_from_status');
      const unseen = targets.some((target) => missing.includes(target));
      const doubtful = has('in_service_on_several') || has('event_order_uncertain');
      const good = mirror.copies.some((copy) => copy.node === source && copy.state === 'trusted');
      if (source === null || !good || doubtful || (assumed && unseen))
        return [...checkFirst(), avoidSwitch, ...avoidPause];
      if (suspects.length === 0)
        return [action(knowledge, 'find_source', { tag }), avoidResync, avoidSwitch, ...avoidPause];
      const resync = suspects.map((target) =>
        action(knowledge, 'full_resync', values(target), { mirror: tag, from: source, to: target }),
      );
      // A target that is not in the case may have been the source before: then the present source took damaged data.
      return [
        ...(assumed || unseen ? [checkSource()] : []),
        ...resync,
        ...maintenance(),
        avoidSwitch,
        ...avoidPause,
      ];
    }
    case 'cannot_determine':
      return [
        ...(mirror.reason === 'exposure_undetermined' ? checkFirst() : []),
        action(knowledge, 'send_evidence', {
          tag,
          nodes: mirror.copies.map((copy) => copy.node),
          items: ['send_logs', 'send_lcdstatus'],
        }),
        ...(mirror.reason === 'exposure_undetermined' ? [] : maintenance()),
        ...avoidPause,
      ];
    default:
      return [...maintenance(), ...avoidPause];
  }
}

/** Nodes that may be concerned, and no mirror to be seen: the state of their data is unknown, not good. */
export function unseenMirrorFinding(knowledge: Knowledge, nodes: readonly string[]): Finding {
  return finding(knowledge, {
    rule: 'mirror_not_identified',
    subject: { kind: 'cluster', id: 'cluster' },
    verdict: 'cannot_determine',
    reason: 'mirror_not_identified',
    params: { nodes: [...nodes] },
    actions: [
      action(knowledge, 'send_evidence', { nodes, items: ['send_logs', 'send_lcdstatus'] }),
      action(knowledge, 'maintenance_general', {}),
    ],
  });
}

/** Bundles that were not read, or not in whole. */
export function bundleFindings(knowledge: Knowledge, bundles: readonly BundleSummary[]): Finding[] {
  return bundles
    .filter((bundle) => bundle.status !== 'complete')
    .map((bundle) =>
      finding(knowledge, {
        rule: 'bundle_unreadable',
        subject: { kind: 'bundle', id: bundle.id },
        verdict: bundle.status,
        reason: bundle.status === 'rejected' ? 'bundle_rejected' : 'bundle_partial',
        params: {
          fileName: bundle.fileName,
          problems: [...new Set(bundle.problems.map((problem) => problem.code))].sort(compareText),
        },
      }),
    );
}

const HOUR = 3_600_000;

/** Three interruptions of replication within an hour (SIOS: check network and load), one finding per resource. */
export function replicationFindings(
  knowledge: Knowledge,
  events: readonly LogEvent[],
  zoneOf: (node: string) => Zone,
): Finding[] {
  const byTag = new Map<string, LogEvent[]>();
  for (const event of events) {
    if (knowledge.messages[event.record.id]?.role !== 'replication_failure') continue;
    if (event.time === null || !/^netraid\b/.test(event.fields?.event ?? '')) continue;
    const key = event.record.tag || (event.fields?.tag ?? '');
    byTag.set(key, [...(byTag.get(key) ?? []), event]);
  }
  const findings: Finding[] = [];
  for (const [tag, list] of byTag) {
    let worst: LogEvent[] = [];
    for (let start = 0, end = 0; end < list.length; end++) {
      while ((list[end]?.time ?? 0) - (list[start]?.time ?? 0) > HOUR) start++;
      if (end - start + 1 > worst.length) worst = list.slice(start, end + 1);
    }
    const [first] = worst;
    if (worst.length < 3 || first === undefined) continue;
    findings.push(
      finding(knowledge, {
        rule: 'replication_failures_repeated',
        subject: { kind: 'mirror', id: tag },
        verdict: 'repeated',
        reason: 'replication_failures_repeated',
        params: { tag, count: worst.length, from: zoneOf(first.node).format(first.time ?? 0) },
        evidence: worst.flatMap((event) => event.places.slice(0, 1)),
        actions: [action(knowledge, 'check_replication_network', { tag })],
      }),
    );
  }
  return findings;
}

/** Forced reboots by LifeKeeper, one finding per node and resource. */
export function forcedHaltFindings(knowledge: Knowledge, events: readonly LogEvent[]): Finding[] {
  const halts = new Map<string, LogEvent[]>();
  for (const event of events) {
    if (knowledge.messages[event.record.id]?.role !== 'forced_halt' || event.fields === null) continue;
    const key = `${event.node}\u0000${event.fields.tag ?? ''}`;
    halts.set(key, [...(halts.get(key) ?? []), event]);
  }
  return [...halts.values()].map((list) => {
    const [first] = list;
    const node = first?.node ?? '';
    const tag = first?.fields?.tag ?? '';
    return finding(knowledge, {
      rule: 'forced_halt',
      subject: { kind: 'node', id: node },
      verdict: 'seen',
      reason: 'forced_halt',
      params: { node, tag, count: list.length },
      evidence: list.flatMap((event) => event.places.slice(0, 1)),
      cause: tag,
    });
  });
}
