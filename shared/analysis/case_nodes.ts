import type { BundleSummary, Evidence, NodeEvidence, Stamp } from '../evidence/evidence.ts';
import type { Observed, Place } from '../evidence/place.ts';
import type { EvidenceRef, Node } from './analysis.ts';
import { type DatedLog, dateLogs } from './dated_logs.ts';
import { offsetOf, parsePrinted, parseRfc3339 } from './stamps.ts';
import { compareText } from './versions.ts';
import { Zone } from './zone.ts';

/** One node's part of one bundle, with its times resolved. */
export interface NodePart {
  readonly bundle: BundleSummary;
  readonly evidence: NodeEvidence;
  /** When it was collected; null when nothing says so. */
  readonly collectedAt: number | null;
  readonly logs: readonly DatedLog[];
}

/** A node of the case: everything all bundles say about one host. */
export interface CaseNode {
  readonly id: string;
  readonly hostname: string;
  /** Where the name comes from: files and commands, the host field of its logs, or nowhere. */
  readonly named: 'facts' | 'log' | 'nothing';
  readonly zone: Zone;
  readonly zoneFrom: Node['timezone']['from'];
  /** Latest collection first. */
  readonly parts: readonly NodePart[];
}

/** A value and the bundle and place it was read from. */
export interface Sighting<T> {
  readonly value: T;
  readonly at: EvidenceRef;
  readonly part: NodePart;
}

/** Short host name in lower case: the identity of a node. An address stays whole. */
export function shortHost(host: string): string {
  const name = host.trim().toLowerCase();
  return /^[\d.]+$|:/.test(name) ? name : (name.split('.')[0] ?? name);
}

/** Names that say nothing about which node it is. */
export function isNoName(host: string): boolean {
  return host === '' || host === 'localhost' || host === '(none)' || host === 'unknown';
}

/** The evidence reference of a place in a part's bundle. */
export function refOf(part: { readonly bundle: { readonly id: string } }, place: Place): EvidenceRef {
  return { ...place, bundle: part.bundle.id };
}

/**
 * Groups the parts of all bundles by node. A bundle given twice (equal digest) counts once. Order of the result
 * and of everything in it depends on content only, never on the order of upload.
 */
export function caseNodes(evidence: readonly Evidence[], caseZone: Zone): CaseNode[] {
  const groups = new Map<
    string,
    { hostname: string; named: CaseNode['named']; parts: Omit<NodePart, 'logs' | 'collectedAt'>[] }
  >();
  const digests = new Set<string>();
  let unnamed = 0;
  for (const { bundle, nodes } of sortedBundles(evidence)) {
    if (bundle.sha256 !== null) {
      if (digests.has(bundle.sha256)) continue;
      digests.add(bundle.sha256);
    }
    for (const part of nodes) {
      const { hostname, named } = nameOf(part);
      const id = named === 'nothing' ? `unknown-${++unnamed}` : shortHost(hostname);
      const group = groups.get(id) ?? { hostname: named === 'nothing' ? id : hostname, named, parts: [] };
      if (group.named !== 'facts' && named === 'facts') {
        group.hostname = hostname;
        group.named = named;
      }
      group.parts.push({ bundle, evidence: part });
      groups.set(id, group);
    }
  }
  return [...groups]
    .map(([id, group]) => resolve(id, group.hostname, group.named, group.parts, caseZone))
    .sort((a, b) => compareText(a.id, b.id));
}

function sortedBundles(evidence: readonly Evidence[]): Evidence[] {
  return [...evidence].sort(
    (a, b) => compareText(a.bundle.fileName, b.bundle.fileName) || compareText(a.bundle.id, b.bundle.id),
  );
}

function nameOf(part: NodeEvidence): { hostname: string; named: CaseNode['named'] } {
  const stated = part.facts.hostname
    .map((host) => host.value.trim())
    .find((host) => !isNoName(shortHost(host)));
  if (stated !== undefined) return { hostname: stated, named: 'facts' };
  const lines = new Map<string, number>();
  for (const log of part.logs) {
    for (const host of log.hosts) {
      const name = shortHost(host.name);
      if (!isNoName(name)) lines.set(name, (lines.get(name) ?? 0) + host.lines);
    }
  }
  for (const record of part.logs.length === 0 ? part.records : []) {
    const name = shortHost(record.host);
    if (!isNoName(name)) lines.set(name, (lines.get(name) ?? 0) + 1);
  }
  const most = [...lines].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]))[0];
  return most === undefined ? { hostname: '', named: 'nothing' } : { hostname: most[0], named: 'log' };
}

function resolve(
  id: string,
  hostname: string,
  named: CaseNode['named'],
  parts: readonly Omit<NodePart, 'logs' | 'collectedAt'>[],
  caseZone: Zone,
): CaseNode {
  const { zone, from } = zoneOf(parts, caseZone);
  const dated = parts.map((part) => {
    const collectedAt = collectionTime(part.evidence, zone);
    return { ...part, collectedAt, logs: dateLogs(part.bundle.id, part.evidence, zone, collectedAt) };
  });
  dated.sort(
    (a, b) =>
      (b.collectedAt ?? Number.NEGATIVE_INFINITY) - (a.collectedAt ?? Number.NEGATIVE_INFINITY) ||
      compareText(a.bundle.id, b.bundle.id) ||
      compareText(a.evidence.root, b.evidence.root),
  );
  return { id, hostname, named, zone, zoneFrom: from, parts: dated };
}

/** The zone the node states (a name rather than an offset), else the offset in its stamps, else the case's. */
function zoneOf(
  parts: readonly { evidence: NodeEvidence }[],
  caseZone: Zone,
): { zone: Zone; from: CaseNode['zoneFrom'] } {
  const stated = parts
    .flatMap((part) => part.evidence.facts.timezone)
    .map((zone) => Zone.parse(zone.value))
    .filter((zone) => zone !== null);
  const named = stated.find((zone) => zone.name.includes('/')) ?? stated[0];
  if (named !== undefined) return { zone: named, from: 'bundle' };
  for (const stamp of stampsOf(parts)) {
    const zone = offsetOf(stamp);
    if (zone !== null) return { zone, from: 'stamp' };
  }
  return { zone: caseZone, from: 'case' };
}

function* stampsOf(parts: readonly { evidence: NodeEvidence }[]): Generator<Stamp> {
  for (const { evidence } of parts) {
    for (const log of evidence.logs) if (log.last !== null) yield log.last;
    for (const record of evidence.records) if (record.stamp !== null) yield record.stamp;
  }
}

/** The latest of the collection times a part states: a collector runs for minutes. */
function collectionTime(evidence: NodeEvidence, zone: Zone): number | null {
  const times = evidence.facts.collectedAt
    .map((stated) => parsePrinted(stated.value, zone))
    .filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}

/** The instant of a stamp that carries its year; null for a yearless one. */
export function instantOfStamp(stamp: Stamp | null, zone: Zone): number | null {
  if (stamp === null || stamp.style !== 'rfc3339') return null;
  return parseRfc3339(stamp.text)?.instant ?? parsePrinted(stamp.text, zone);
}

/**
 * What the latest bundle that knows says: the sightings of a fact in the first part that has any. Older bundles of
 * the node tell of its past, not of its state.
 */
export function latest<T>(
  node: CaseNode,
  pick: (evidence: NodeEvidence) => readonly Observed<T>[],
): Sighting<T>[] {
  for (const part of node.parts) {
    const seen = pick(part.evidence);
    if (seen.length > 0) return seen.map(({ value, at }) => ({ value, at: refOf(part, at), part }));
  }
  return [];
}

/** All sightings of a fact, latest bundle first. */
export function everywhere<T>(
  node: CaseNode,
  pick: (evidence: NodeEvidence) => readonly Observed<T>[],
): Sighting<T>[] {
  return node.parts.flatMap((part) =>
    pick(part.evidence).map(({ value, at }) => ({ value, at: refOf(part, at), part })),
  );
}
