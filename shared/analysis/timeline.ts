import type { Knowledge, Message } from '../knowledge/schema.ts';
import type { Confirmation, EvidenceRef, Mirror, Params, TimelineEntry } from './analysis.ts';
import type { CaseNode } from './case_nodes.ts';
import type { LogEvent, SystemEvent } from './events.ts';
import { sizeOf, tagOf } from './mirrors.ts';
import { parsePrinted, parseRfc3339 } from './stamps.ts';
import { compareText } from './versions.ts';
import type { Zone } from './zone.ts';

export interface TimelineInput {
  readonly nodes: readonly CaseNode[];
  /** When the product of a node was installed, where that made it `fixed`. */
  readonly fixes: readonly {
    node: string;
    lifekeeper: string;
    time: number;
    evidence: readonly EvidenceRef[];
  }[];
  readonly events: readonly LogEvent[];
  readonly boots: readonly SystemEvent[];
  readonly mirrors: readonly Mirror[];
  readonly confirmations: readonly Confirmation[];
  readonly knowledge: Knowledge;
  readonly caseZone: Zone;
}

/** Messages outside the catalogue are shown as logged, but no more than this many, the latest. */
const MAX_UNKNOWN = 1_000;

type Timed = { readonly time: number | null; readonly entry: TimelineEntry };

/**
 * Everything that happened, of all nodes, in one order: resyncs, interruptions, lost peers, starts and stops, role
 * changes, confirmations and collections. Messages of the replication component that nobody documented are shown
 * as they are, never interpreted. Entries without a time come first, in the order logged.
 */
export function timelineOf(input: TimelineInput): TimelineEntry[] {
  const zones = new Map(input.nodes.map((node) => [node.id, node.zone]));
  const zoneOf = (id: string): Zone => zones.get(id) ?? input.caseZone;
  const known: Timed[] = [];
  const unknown: Timed[] = [];
  for (const event of input.events) {
    const shown = describe(event, input.knowledge);
    if (shown === null) continue;
    const entry = timed(event.time, event.node, shown.kind, zoneOf(event.node), {
      inferred: event.inferred,
      message: event.record.id,
      mirror: tagOf(event, input.knowledge.messages),
      params: shown.params,
      evidence: event.places,
    });
    (shown.kind === 'message' ? unknown : known).push(entry);
  }
  for (const event of input.boots)
    known.push(
      timed(event.time, event.node, event.kind, zoneOf(event.node), {
        inferred: true,
        evidence: event.places,
      }),
    );
  for (const mirror of input.mirrors) known.push(...mirrorEntries(mirror, zoneOf));
  for (const fix of input.fixes)
    known.push(
      timed(fix.time, fix.node, 'fix_installed', zoneOf(fix.node), {
        inferred: false,
        params: { lifekeeper: fix.lifekeeper },
        evidence: fix.evidence,
      }),
    );
  known.push(...confirmationEntries(input), ...collectionEntries(input.nodes));
  return [...known, ...unknown.slice(-MAX_UNKNOWN)].sort(inOrder).map((item) => item.entry);
}

function inOrder(a: Timed, b: Timed): number {
  if (a.time === null || b.time === null) return (a.time === null ? 0 : 1) - (b.time === null ? 0 : 1);
  return a.time - b.time || compareText(a.entry.node, b.entry.node);
}

function timed(
  time: number | null,
  node: string,
  kind: string,
  zone: Zone,
  rest: {
    inferred: boolean;
    message?: string;
    mirror?: string | null;
    params?: Params;
    evidence: readonly EvidenceRef[];
  },
): Timed {
  return {
    time,
    entry: {
      time: time === null ? null : zone.format(time),
      inferred: rest.inferred,
      node,
      kind,
      message: rest.message ?? null,
      mirror: rest.mirror ?? null,
      params: rest.params ?? {},
      evidence: [...rest.evidence],
    },
  };
}

const KINDS: Readonly<Record<Exclude<Message['role'], 'other'>, string>> = {
  partial_resync: 'partial_resync',
  resync_completed: 'resync_completed',
  replication_failure: 'replication_failure',
  peer_lost: 'peer_lost',
  forced_halt: 'forced_halt',
};

/** What a line is on the timeline; null for lines that say nothing about mirrors, peers or resources. */
function describe(event: LogEvent, knowledge: Knowledge): { kind: string; params: Params } | null {
  const { record, fields } = event;
  const message = knowledge.messages[record.id];
  const params: Params = { ...fields, tag: record.tag || (fields?.tag ?? '') };
  if (
    message !== undefined &&
    message.role !== 'other' &&
    (fields !== null || message.role === 'partial_resync')
  ) {
    if (message.role !== 'partial_resync') return { kind: KINDS[message.role], params };
    return { kind: KINDS[message.role], params: { ...params, size: sizeOf(event) } };
  }
  if (record.action === 'restore' && record.tag !== '') return { kind: 'resource_restore', params };
  return record.component === 'dr' ? { kind: 'message', params } : null;
}

function mirrorEntries(mirror: Mirror, zoneOf: (id: string) => Zone): Timed[] {
  return mirror.events
    .filter((event) => event.kind === 'role_change')
    .map((event) =>
      timed(
        event.time === null ? null : (parseRfc3339(event.time)?.instant ?? null),
        event.node ?? '',
        event.kind,
        zoneOf(event.node ?? ''),
        { inferred: true, mirror: mirror.tag, params: event.params, evidence: event.evidence },
      ),
    );
}

function confirmationEntries(input: TimelineInput): Timed[] {
  return input.confirmations.map((confirmation) => {
    const time = parseRfc3339(confirmation.at)?.instant ?? parsePrinted(confirmation.at, input.caseZone);
    return timed(time, confirmation.node, confirmation.kind, input.caseZone, {
      inferred: false,
      mirror: confirmation.mirror,
      params: { by: confirmation.by },
      evidence: [],
    });
  });
}

function collectionEntries(nodes: readonly CaseNode[]): Timed[] {
  return nodes.flatMap((node) =>
    node.parts
      .filter((part) => part.collectedAt !== null)
      .map((part) =>
        timed(part.collectedAt, node.id, 'collected', node.zone, {
          inferred: false,
          evidence: part.evidence.facts.collectedAt
            .slice(0, 1)
            .map((stated) => ({ ...stated.at, bundle: part.bundle.id })),
        }),
      ),
  );
}
