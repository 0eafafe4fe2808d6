import type { Knowledge } from '../knowledge/schema.ts';
import { action } from './actions.ts';
import type { Action, EvidenceRef, Finding, Mirror } from './analysis.ts';
import { shortHost } from './case_nodes.ts';
import type { LogEvent, SystemEvent } from './events.ts';
import { finding } from './findings.ts';
import type { InService } from './mirrors.ts';
import { compareText } from './versions.ts';
import type { Zone } from './zone.ts';

const MINUTE = 60_000;
/** Bundles of one incident are collected minutes apart; states this close count as simultaneous. */
const SAME_COLLECTION = 10 * MINUTE;
/** How long after a cause its consequences belong to it. */
const CONSEQUENCE = 60 * MINUTE;

export interface SplitBrainInput {
  readonly knowledge: Knowledge;
  readonly events: readonly LogEvent[];
  readonly boots: readonly SystemEvent[];
  readonly status: readonly InService[];
  readonly mirrors: readonly Mirror[];
  readonly zoneOf: (node: string) => Zone;
}

/**
 * Split brain now and in the past (SIOS article, section 2). Now: one tag in service on two nodes whose bundles
 * were collected together. Past, cause 1: the active node reboots unexpectedly, the standby node starts its
 * resources, the first starts them again. Cause 2: both nodes lose contact while both run, and the standby node
 * starts the resources. One finding per incident.
 */
export function splitBrainFindings(input: SplitBrainInput): Finding[] {
  const current = currentFindings(input);
  const now = new Set(
    current
      .filter((found) => found.rule === 'split_brain_now')
      .flatMap(({ params: { tags } }) => (Array.isArray(tags) ? tags : [])),
  );
  return [...current, ...afterReboot(input, now), ...afterCommunicationLoss(input, now)];
}

/**
 * Now: stop and resolve it; an incident of the past that still goes on is resolved with it. In the past: find out
 * whether it took place, and whether data of then is missing.
 */
function actionsFor(
  knowledge: Knowledge,
  when: 'now' | 'past',
  tag: string,
  nodes: readonly string[],
): Action[] {
  return [
    action(knowledge, when === 'now' ? 'resolve_split_brain' : 'review_split_brain', { tag, nodes }),
    action(knowledge, 'avoid_full_resync_unverified', { tag }),
  ];
}

function currentFindings(input: SplitBrainInput): Finding[] {
  const byNodes = new Map<string, { nodes: [InService, InService]; tags: string[]; refs: EvidenceRef[] }>();
  for (const [tag, seen] of groupByTag(lastStates(input.status))) {
    for (let first = 0; first < seen.length; first++) {
      for (let second = first + 1; second < seen.length; second++) {
        const a = seen[first];
        const b = seen[second];
        if (a === undefined || b === undefined || a.node === b.node) continue;
        const key = `${a.node}\u0000${b.node}`;
        const pair = byNodes.get(key) ?? { nodes: [a, b], tags: [], refs: [] };
        pair.tags.push(tag);
        pair.refs.push(a.at, b.at);
        byNodes.set(key, pair);
      }
    }
  }
  const findings: Finding[] = [];
  for (const { nodes, tags, refs } of byNodes.values()) {
    const [a, b] = nodes;
    const mirror = tags.find((tag) => input.mirrors.some((candidate) => candidate.tag === tag));
    const tag = mirror ?? tags[0] ?? '';
    const names = [a.node, b.node];
    const together =
      a.collectedAt !== null &&
      b.collectedAt !== null &&
      Math.abs(a.collectedAt - b.collectedAt) <= SAME_COLLECTION;
    if (!together && tookOverBetween(input, tag, a, b)) continue;
    findings.push(
      finding(input.knowledge, {
        rule: together ? 'split_brain_now' : 'split_brain_suspected',
        subject: { kind: 'cluster', id: 'cluster' },
        verdict: together ? 'in_progress' : 'suspected',
        reason: together ? 'same_tag_in_service' : 'same_tag_in_service_apart',
        params: { tag, tags, nodes: names },
        evidence: refs,
        actions: actionsFor(input.knowledge, together ? 'now' : 'past', tag, names),
        cause: names.join(' '),
      }),
    );
  }
  return findings;
}

/** In service according to the latest status of each node. */
function lastStates(status: readonly InService[]): InService[] {
  const last = new Map<string, InService>();
  for (const seen of status) {
    const key = `${seen.node}\u0000${seen.tag}`;
    const known = last.get(key);
    if (known === undefined || (seen.collectedAt ?? 0) > (known.collectedAt ?? 0)) last.set(key, seen);
  }
  return [...last.values()].filter((seen) => seen.state === 'ISP');
}

function groupByTag(status: readonly InService[]): Map<string, InService[]> {
  const groups = new Map<string, InService[]>();
  for (const seen of [...status].sort((a, b) => compareText(a.tag, b.tag) || compareText(a.node, b.node)))
    groups.set(seen.tag, [...(groups.get(seen.tag) ?? []), seen]);
  return groups;
}

/** Whether the later node's log shows that it took the resource over after the earlier status was taken. */
function tookOverBetween(input: SplitBrainInput, tag: string, a: InService, b: InService): boolean {
  if (a.collectedAt === null || b.collectedAt === null) return false;
  const [earlier, later] = a.collectedAt <= b.collectedAt ? [a, b] : [b, a];
  return input.events.some(
    (event) =>
      event.node === later.node &&
      event.time !== null &&
      event.time > (earlier.collectedAt ?? 0) &&
      event.time <= (later.collectedAt ?? 0) &&
      (isRestore(event) || event.record.id === '104009') &&
      (event.record.tag === tag || event.record.tag === ''),
  );
}

function isRestore(event: LogEvent): boolean {
  return event.record.action === 'restore' && event.record.tag !== '';
}

function isRemove(event: LogEvent): boolean {
  return event.record.action === 'remove' && event.record.tag !== '';
}

/** Starts of one resource, in time order; several lines of one start count once. */
function restores(input: SplitBrainInput): (LogEvent & { time: number })[] {
  const seen = new Map<string, number>();
  return input.events
    .filter((event): event is LogEvent & { time: number } => event.time !== null && isRestore(event))
    .filter((event) => {
      const key = `${event.node}\u0000${event.record.tag}`;
      const before = seen.get(key);
      seen.set(key, event.time);
      return before === undefined || event.time - before > MINUTE;
    });
}

/** Cause 1: unexpected reboot of A, start on B, start on A again without B having let go. */
function afterReboot(input: SplitBrainInput, now: ReadonlySet<string>): Finding[] {
  const starts = restores(input);
  const incidents = new Map<string, Finding>();
  for (const boot of input.boots) {
    const bootTime = boot.time;
    if (bootTime === null || (boot.kind !== 'boot' && boot.kind !== 'crash' && boot.kind !== 'watchdog'))
      continue;
    if (boot.kind === 'boot' && wasShutDown(input, boot.node, bootTime)) continue;
    for (const second of starts) {
      if (second.node !== boot.node || second.time < bootTime || second.time > bootTime + CONSEQUENCE)
        continue;
      const takeover = starts.find(
        (start) =>
          start.node !== boot.node &&
          start.record.tag === second.record.tag &&
          start.time >= bootTime - CONSEQUENCE &&
          start.time <= second.time &&
          !letGo(input, start, second.time),
      );
      if (takeover === undefined) continue;
      const { tag } = second.record;
      const hour = Math.floor(second.time / CONSEQUENCE);
      const key = `${boot.node} ${takeover.node} ${hour}`;
      if (incidents.has(key)) continue;
      incidents.set(
        key,
        finding(input.knowledge, {
          rule: 'split_brain_suspected',
          subject: { kind: 'cluster', id: 'cluster' },
          verdict: 'suspected',
          reason: 'returned_after_reboot',
          params: {
            tag,
            first: boot.node,
            second: takeover.node,
            nodes: [boot.node, takeover.node],
            at: input.zoneOf(boot.node).format(second.time),
          },
          evidence: [
            ...boot.places.slice(0, 1),
            ...takeover.places.slice(0, 1),
            ...second.places.slice(0, 1),
          ],
          actions: actionsFor(input.knowledge, now.has(tag) ? 'now' : 'past', tag, [
            boot.node,
            takeover.node,
          ]),
          cause: `reboot ${key}`,
        }),
      );
    }
  }
  return [...incidents.values()];
}

function wasShutDown(input: SplitBrainInput, node: string, boot: number): boolean {
  return input.boots.some(
    (event) =>
      event.node === node &&
      event.kind === 'shutdown' &&
      event.time !== null &&
      event.time <= boot &&
      event.time > boot - CONSEQUENCE,
  );
}

/** Whether the node stopped the resource between its start and a later moment. */
function letGo(input: SplitBrainInput, start: LogEvent & { time: number }, until: number): boolean {
  return input.events.some(
    (event) =>
      event.node === start.node &&
      event.time !== null &&
      event.time >= start.time &&
      event.time <= until &&
      isRemove(event) &&
      event.record.tag === start.record.tag,
  );
}

/** Cause 2: A and B each lose the other within minutes, neither stops, and B starts what A has in service. */
function afterCommunicationLoss(input: SplitBrainInput, now: ReadonlySet<string>): Finding[] {
  const lost = input.events.filter(
    (event): event is LogEvent & { time: number } =>
      event.time !== null &&
      input.knowledge.messages[event.record.id]?.role === 'peer_lost' &&
      event.fields !== null,
  );
  const starts = restores(input);
  const incidents = new Map<string, Finding>();
  for (const a of lost) {
    const peer = shortHost(a.fields?.peer ?? '');
    const b = lost.find(
      (event) =>
        event.node === peer &&
        shortHost(event.fields?.peer ?? '') === a.node &&
        Math.abs(event.time - a.time) <= SAME_COLLECTION,
    );
    if (b === undefined) continue;
    const since = Math.min(a.time, b.time);
    const start = starts.find(
      (event) => event.node === b.node && event.time >= since && event.time <= since + CONSEQUENCE,
    );
    if (start === undefined || wentDown(input, a.node, since, start.time)) continue;
    const { tag } = start.record;
    if (!heldBefore(input, a.node, tag, since) || removedBy(input, a.node, tag, since, start.time)) continue;
    const key = `${[a.node, b.node].sort(compareText).join(' ')} ${Math.floor(since / CONSEQUENCE)}`;
    if (incidents.has(key)) continue;
    incidents.set(
      key,
      finding(input.knowledge, {
        rule: 'split_brain_suspected',
        subject: { kind: 'cluster', id: 'cluster' },
        verdict: 'suspected',
        reason: 'paths_lost_both_alive',
        params: {
          tag,
          first: a.node,
          second: b.node,
          nodes: [a.node, b.node],
          at: input.zoneOf(a.node).format(since),
        },
        evidence: [a, b, start].flatMap((event) => event.places.slice(0, 1)),
        actions: actionsFor(input.knowledge, now.has(tag) ? 'now' : 'past', tag, [a.node, b.node]),
        cause: `paths ${key}`,
      }),
    );
  }
  return [...incidents.values()];
}

function wentDown(input: SplitBrainInput, node: string, from: number, to: number): boolean {
  return input.boots.some(
    (event) =>
      event.node === node &&
      event.kind !== 'clock_step' &&
      event.time !== null &&
      event.time >= from - SAME_COLLECTION &&
      event.time <= to + SAME_COLLECTION,
  );
}

/** Whether the node had the resource: it was its source or started it before, or its status shows it in service. */
function heldBefore(input: SplitBrainInput, node: string, tag: string, before: number): boolean {
  const last = input.events
    .filter(
      (event) =>
        event.time !== null &&
        event.time < before &&
        event.record.tag === tag &&
        (isRestore(event) || event.record.id === '104009'),
    )
    .at(-1);
  if (last !== undefined) return last.node === node;
  return input.status.some((seen) => seen.node === node && seen.tag === tag && seen.state === 'ISP');
}

function removedBy(input: SplitBrainInput, node: string, tag: string, from: number, to: number): boolean {
  return input.events.some(
    (event) =>
      event.node === node &&
      event.time !== null &&
      event.time >= from &&
      event.time <= to &&
      isRemove(event) &&
      event.record.tag === tag,
  );
}
