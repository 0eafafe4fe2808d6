import type { Evidence } from '../evidence/evidence.ts';
import type { AffectednessAdvisory, Knowledge } from '../knowledge/schema.ts';
import { judgeNode, type NodeJudgement, pastJudgements } from './affectedness.ts';
import type {
  Affectedness,
  Analysis,
  Confirmation,
  EvidenceRef,
  Finding,
  Mirror,
  Node,
  Verdict,
} from './analysis.ts';
import { type CaseNode, caseNodes, everywhere, shortHost } from './case_nodes.ts';
import { coverageOf } from './coverage.ts';
import type { DatedLog } from './dated_logs.ts';
import { type LogEvent, logEvents, type SystemEvent, systemEvents } from './events.ts';
import { fencingFindings, fencingOf, isWindows } from './fencing.ts';
import {
  bundleFindings,
  bySeverity,
  finding,
  forcedHaltFindings,
  kernelChangeFinding,
  mirrorFinding,
  missingNodeFinding,
  nodeFinding,
  replicationFindings,
  unseenMirrorFinding,
} from './findings.ts';
import { type InService, inServiceOf, type NodeContext, replayMirrors } from './mirrors.ts';
import { splitBrainFindings } from './split_brain.ts';
import { timelineOf } from './timeline.ts';
import { compareText } from './versions.ts';
import { Zone } from './zone.ts';

export interface JudgeOptions {
  /** IANA name or offset used for nodes whose bundle names no zone. */
  readonly timezone: string;
  /** What operators state: full resyncs done, data verified. */
  readonly confirmations: readonly Confirmation[];
  /** Nodes the operator knows to be in the cluster. */
  readonly expectedNodes?: readonly string[];
}

/**
 * Judges a case: the evidence of all its bundles against the knowledge and what operators confirmed.
 *
 * Pure and deterministic: the same input gives the same bytes, whatever the order of the bundles, the clock and the
 * zone of the machine. Every statement keeps the places it rests on; what was not looked at is said, never assumed.
 *
 * @throws RangeError when `options.timezone` is no zone, and Error when the knowledge lacks an entry the judgement
 *   needs (both are faults of the caller, not of a bundle).
 */
export function judge(evidence: readonly Evidence[], knowledge: Knowledge, options: JudgeOptions): Analysis {
  const caseZone = Zone.parse(options.timezone);
  if (caseZone === null) throw new RangeError(`"${options.timezone}" is not a time zone.`);
  const advisories = knowledge.advisories.filter((advisory) => advisory.kind === 'affectedness');
  const main = advisories[0];
  if (main === undefined) throw new Error('The knowledge has no affectedness advisory.');

  const nodes = caseNodes(evidence, caseZone);
  const events = logEvents(nodes, knowledge.messages);
  const boots = systemEvents(nodes);
  const members = clusterMembers(nodes, events, knowledge, options.expectedNodes ?? []);
  const known = new Set(nodes.map((node) => node.id));
  const missing = [...members.keys()].filter((id) => !known.has(id)).sort(compareText);

  const judgements = new Map(nodes.map((node) => [node.id, judgeNode(node, main, knowledge)]));
  const memberIds = [...members.keys()].sort(compareText);
  const eventsOf = Map.groupBy(events, (event) => event.node);
  const results = nodes.map((node) =>
    nodeOf(node, judgements, eventsOf.get(node.id) ?? [], boots, advisories, knowledge, memberIds),
  );
  const contexts = nodes.map((node, index) =>
    contextOf(node, judgements.get(node.id), results[index], main, pastJudgements(node, main, knowledge)),
  );
  const status = nodes.flatMap((node) =>
    inServiceOf(
      node,
      everywhere(node, (part) => part.facts.cluster.resources),
    ),
  );
  const mirrors = replayMirrors({
    advisory: main,
    messages: knowledge.messages,
    nodes: contexts.filter((context) => context !== null),
    missing,
    events,
    status,
    mdDevices: nodes.flatMap((node) =>
      everywhere(node, (part) => part.facts.md)
        .filter(({ value }) => value.level === 'raid1' && value.legs.some((leg) => /(^|\/)nbd\d/.test(leg)))
        .map(({ value, at }) => ({ node: node.id, device: value.device, at })),
    ),
    equivalent: nodes.flatMap((node) =>
      everywhere(node, (part) => part.facts.cluster.equivalencies ?? []).map(({ value }) => ({
        tag: value.tag,
        nodes: [node.id, shortHost(value.peer)],
      })),
    ),
    confirmations: options.confirmations,
    caseZone,
  });
  const zoneOf = (id: string): Zone => nodes.find((node) => node.id === id)?.zone ?? caseZone;
  const findings = findingsOf({
    nodes,
    boots,
    status,
    knowledge,
    evidence,
    results,
    mirrors,
    missing,
    members,
    events,
    zoneOf,
    options,
  });
  return {
    schemaVersion: '1',
    knowledge: {
      version: knowledge.version,
      advisories: knowledge.advisories.map(({ id, revision, updated }) => ({ id, revision, updated })),
    },
    timezone: caseZone.name,
    bundles: evidence
      .map((item) => item.bundle)
      .sort((a, b) => compareText(a.fileName, b.fileName) || compareText(a.id, b.id)),
    nodes: results,
    missingNodes: missing,
    verdict: worstVerdict([
      ...results.map((node) => node.affectedness.verdict),
      ...missing.map(() => 'cannot_determine' as const),
    ]),
    dataRisk: worstOutcome(mirrors) ?? (concernedNodes(results).length > 0 ? 'cannot_determine' : null),
    mirrors,
    findings,
    timeline: timelineOf({
      nodes,
      fixes: fixesOf(judgements),
      events,
      boots,
      mirrors,
      knowledge,
      caseZone,
      confirmations: options.confirmations,
    }),
    confirmations: [...options.confirmations],
  };
}

function nodeOf(
  node: CaseNode,
  judgements: ReadonlyMap<string, NodeJudgement>,
  events: readonly LogEvent[],
  boots: readonly SystemEvent[],
  advisories: readonly AffectednessAdvisory[],
  knowledge: Knowledge,
  members: readonly string[],
): Node {
  const judged = judgements.get(node.id);
  if (judged === undefined) throw new Error(`Node "${node.id}" was not judged.`);
  return {
    id: node.id,
    hostname: node.hostname,
    bundles: [...new Set(node.parts.map((part) => part.bundle.id))].sort(compareText),
    os: judged.os,
    kernel: judged.kernel,
    lifekeeper: judged.lifekeeper,
    timezone: { name: node.zone.name, from: node.zoneFrom },
    affectedness: judged.affectedness,
    otherAffectedness: advisories
      .slice(1)
      .map((advisory) => withExposures(judgeNode(node, advisory, knowledge).affectedness, advisory, events)),
    coverage: coverageOf(node, events, boots),
    fencing: fencingOf(
      node,
      {
        members,
        lifekeeper: judged.lifekeeper.version,
        replicated: judged.lifekeeper.datakeeper === 'installed',
      },
      knowledge,
    ),
  };
}

/** Adds the messages by which another advisory's defect shows itself, as far as this node logged any. */
function withExposures(
  affectedness: Affectedness,
  advisory: AffectednessAdvisory,
  events: readonly LogEvent[],
): Affectedness {
  const { exposure, product } = advisory;
  if (exposure === undefined || affectedness.verdict === 'not_affected') return affectedness;
  const seen = events.filter(
    ({ record }) =>
      record.id === exposure.message &&
      record.component === product.component &&
      !record.text.endsWith(exposure.harmlessSize),
  );
  const note = { code: 'exposure_messages', params: { message: exposure.message, count: seen.length } };
  return {
    ...affectedness,
    notes: [...affectedness.notes, note],
    evidence: [...affectedness.evidence, ...seen.slice(0, 50).flatMap((event) => event.places.slice(0, 1))],
  };
}

function contextOf(
  node: CaseNode,
  judged: NodeJudgement | undefined,
  result: Node | undefined,
  main: AffectednessAdvisory,
  past: NodeContext['past'],
): NodeContext | null {
  if (judged === undefined || result === undefined) return null;
  const logs = node.parts.flatMap((part) => part.logs).filter((log) => log.log.lifekeeperLines > 0);
  const times = (pick: (log: (typeof logs)[number]) => number | null): number[] =>
    logs.map(pick).filter((time) => time !== null);
  const message = main.exposure?.message ?? '';
  return {
    id: node.id,
    zone: node.zone,
    affectedness: judged.affectedness,
    fixedSince: judged.fixedSince,
    past,
    affectedKernels: judged.affectedKernels,
    bootedAt: judged.bootedAt,
    from: times((log) => log.from).reduce<number | null>((a, b) => (a === null ? b : Math.min(a, b)), null),
    to: times((log) => log.to).reduce<number | null>((a, b) => (a === null ? b : Math.max(a, b)), null),
    hasLog: logs.length > 0,
    clockStep: clockStepOf(logs),
    mayHoldCopy: judged.lifekeeper.datakeeper !== 'absent' && !isWindows(node),
    dropped: node.parts
      .flatMap((part) => part.evidence.logs)
      .reduce((sum, log) => sum + (log.dropped[message] ?? 0), 0),
  };
}

function fixesOf(judgements: ReadonlyMap<string, NodeJudgement>): Parameters<typeof timelineOf>[0]['fixes'] {
  return [...judgements].flatMap(([node, { affectedness, lifekeeper, fixedSince }]) =>
    affectedness.reason === 'product_fixed_version' && fixedSince !== null
      ? [
          {
            node,
            lifekeeper: lifekeeper.version ?? '',
            time: fixedSince,
            evidence: affectedness.evidence.slice(0, 1),
          },
        ]
      : [],
  );
}

/** The farthest that a log's clock went back, in milliseconds. */
function clockStepOf(logs: readonly DatedLog[]): number {
  let farthest = 0;
  for (const log of logs) {
    for (const step of log.log.clockSteps) {
      const from = log.instantAt(step.from, step.line);
      const to = log.instantAt(step.to, step.line);
      if (from !== null && to !== null) farthest = Math.max(farthest, from - to);
    }
  }
  return farthest;
}

/**
 * Every node that the case names, with the places that name it: bundles, peers in status and logs, targets of
 * resyncs, STONITH entries, and what the operator expects.
 */
function clusterMembers(
  nodes: readonly CaseNode[],
  events: readonly LogEvent[],
  knowledge: Knowledge,
  expected: readonly string[],
): Map<string, EvidenceRef[]> {
  const members = new Map<string, EvidenceRef[]>();
  /** Names of which no more places are wanted: a case may have ten thousands of events. */
  const done = new Set<string>();
  const add = (name: string, places: readonly EvidenceRef[]): void => {
    if (done.has(name)) return;
    const id = shortHost(name);
    const known = members.get(id) ?? [];
    if (!/^[a-z0-9_][a-z0-9_.-]*$/.test(id) || id === 'localhost' || known.length >= 5) done.add(name);
    else members.set(id, [...known, ...places.slice(0, 1)]);
  };
  for (const node of nodes) {
    members.set(node.id, []);
    for (const { value, at } of everywhere(node, (part) => part.facts.cluster.commPaths))
      add(value.peer, [at]);
    for (const { value, at } of everywhere(node, (part) => part.facts.cluster.resources))
      if (value.primary !== null) add(value.primary, [at]);
    for (const { value, at } of everywhere(node, (part) => part.facts.cluster.equivalencies ?? []))
      add(value.peer, [at]);
    for (const { value, at } of everywhere(node, (part) => part.facts.stonith.peers)) add(value.peer, [at]);
  }
  for (const event of events) {
    add(event.node, event.places);
    const role = knowledge.messages[event.record.id]?.role;
    if (role === 'resync_completed' && event.fields?.target !== undefined)
      add(event.fields.target, event.places);
    if (role === 'peer_lost' && event.fields?.peer !== undefined) add(event.fields.peer, event.places);
  }
  for (const name of expected) add(name, []);
  return members;
}

interface FindingInput {
  readonly nodes: readonly CaseNode[];
  readonly boots: readonly SystemEvent[];
  readonly status: readonly InService[];
  readonly knowledge: Knowledge;
  readonly evidence: readonly Evidence[];
  readonly results: readonly Node[];
  readonly mirrors: readonly Mirror[];
  readonly missing: readonly string[];
  readonly members: ReadonlyMap<string, EvidenceRef[]>;
  readonly events: readonly LogEvent[];
  readonly zoneOf: (node: string) => Zone;
  readonly options: JudgeOptions;
}

function findingsOf(input: FindingInput): Finding[] {
  const { knowledge, results, mirrors, missing, members } = input;
  const exposed = results.some((node) =>
    ['affected', 'cannot_determine'].includes(node.affectedness.verdict),
  );
  const tags = new Set(mirrors.map((mirror) => mirror.tag));
  const splitBrains = splitBrainFindings(input);
  const splitBrain = new Set(
    splitBrains
      .filter((found) => found.rule === 'split_brain_now')
      .flatMap(({ params: { tags: split } }) => (Array.isArray(split) ? split : [])),
  );
  const unknownConfirmations = input.options.confirmations.filter(
    (confirmation) => !tags.has(confirmation.mirror),
  );
  return [
    ...results.flatMap((node) => [
      nodeFinding(knowledge, node, node.affectedness),
      ...node.otherAffectedness.map((other) => nodeFinding(knowledge, node, other)),
    ]),
    ...results.map((node) => kernelChangeFinding(knowledge, node)).filter((found) => found !== null),
    ...missing.map((node) => missingNodeFinding(knowledge, node, members.get(node) ?? [])),
    ...mirrors.map((mirror) =>
      mirrorFinding(knowledge, mirror, {
        missing,
        exposedNodes: exposed,
        onlyMirror: mirrors.length === 1,
        splitBrain,
      }),
    ),
    ...(mirrors.length === 0 && concernedNodes(results).length > 0
      ? [unseenMirrorFinding(knowledge, concernedNodes(results))]
      : []),
    ...unknownConfirmations.map((confirmation) =>
      finding(knowledge, {
        rule: 'confirmation_unusable',
        subject: { kind: 'cluster', id: 'cluster' },
        verdict: 'unusable',
        reason: 'confirmation_unusable',
        params: { id: confirmation.id, mirror: confirmation.mirror },
        cause: confirmation.id,
      }),
    ),
    ...bundleFindings(
      knowledge,
      input.evidence.map((item) => item.bundle),
    ),
    ...replicationFindings(knowledge, input.events, input.zoneOf),
    ...forcedHaltFindings(knowledge, input.events),
    ...fencingFindings(knowledge, results, input.nodes, [...members.keys()]),
    ...splitBrains,
  ].sort(bySeverity);
}

/** Nodes on which the defect may do harm: affected or without a verdict, and not known to lack DataKeeper. */
function concernedNodes(results: readonly Node[]): string[] {
  return results
    .filter(
      ({ affectedness: { verdict }, lifekeeper }) =>
        verdict === 'affected' || (verdict === 'cannot_determine' && lifekeeper.datakeeper !== 'absent'),
    )
    .map((node) => node.id);
}

const VERDICTS: readonly Verdict[] = ['affected', 'cannot_determine', 'fixed', 'not_affected'];

/** The worst verdict; a case without a node is undetermined. */
function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'cannot_determine';
}

const OUTCOMES: readonly Mirror['outcome'][] = [
  'source_suspect',
  'target_suspect',
  'cannot_determine',
  'cleared_by_full_resync',
  'zero_bytes_only',
  'none_seen',
];

function worstOutcome(mirrors: readonly Mirror[]): Mirror['outcome'] | null {
  return OUTCOMES.find((outcome) => mirrors.some((mirror) => mirror.outcome === outcome)) ?? null;
}
