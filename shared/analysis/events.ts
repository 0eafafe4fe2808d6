import type { LogRecord, SystemRecord } from '../evidence/evidence.ts';
import type { Message } from '../knowledge/schema.ts';
import type { EvidenceRef } from './analysis.ts';
import { type CaseNode, instantOfStamp, isNoName, type NodePart, refOf, shortHost } from './case_nodes.ts';
import type { DatedLog } from './dated_logs.ts';
import { parseYearless, yearBefore } from './stamps.ts';
import { compareText } from './versions.ts';

/** A LifeKeeper line of the case, once, with every place it stands at. */
export interface LogEvent {
  /** The node that wrote it: the line's host field, or the part's node where that says nothing. */
  readonly node: string;
  readonly record: LogRecord;
  /** Null when the line has no stamp or its year is unknown. */
  readonly time: number | null;
  /** What has no time is not later than this; null when nothing bounds it. */
  readonly notAfter: number | null;
  /** True when year or zone were inferred. */
  readonly inferred: boolean;
  /** Order in which it was read; orders events of one log that have no time. */
  readonly sequence: number;
  /** Named groups of the catalogue's pattern; null when the message is not in the catalogue or its text differs. */
  readonly fields: Readonly<Record<string, string>> | null;
  readonly places: EvidenceRef[];
}

/** A start, stop or crash of a node. */
export interface SystemEvent {
  readonly node: string;
  readonly kind: SystemRecord['kind'];
  readonly time: number | null;
  readonly places: EvidenceRef[];
}

/** No finding quotes one line at more places than this. */
const MAX_PLACES = 8;

/**
 * All LifeKeeper lines of the case in time order. The same line in several files (`messages`, `lifekeeper.log`,
 * a journal, another bundle of the node) is one event with several places: same host, process, pid, id, tag and
 * text, and the same second; a copy without a stamp joins the stamped one.
 */
export function logEvents(
  nodes: readonly CaseNode[],
  messages: Readonly<Record<string, Message>>,
): LogEvent[] {
  const patterns = new Map<string, RegExp>();
  for (const message of Object.values(messages))
    if (message.confirmed) patterns.set(message.id, new RegExp(message.pattern, 'u'));
  const lines: LogEvent[] = [];
  const shortHosts = new Map<string, string>();
  let sequence = 0;
  for (const node of nodes) {
    for (const part of [...node.parts].reverse()) {
      const logs = logsByMember(part);
      for (const record of part.evidence.records) {
        const log = logs.get(record.at.member);
        const time = log === undefined ? instantOfStamp(record.stamp, node.zone) : log.instantOf(record);
        const host = shortHosts.get(record.host) ?? shortHost(record.host);
        shortHosts.set(record.host, host);
        const groups = patterns.get(record.id)?.exec(record.text);
        lines.push({
          node: isNoName(host) ? node.id : host,
          record,
          time,
          notAfter: log?.notAfter ?? part.collectedAt,
          inferred: record.stamp?.style !== 'rfc3339',
          sequence: sequence++,
          fields: groups == null ? null : { ...groups.groups },
          places: [refOf(part, record.at)],
        });
      }
    }
  }
  const events = joinCopies(lines);
  for (const event of events) if (event.places.length > MAX_PLACES) event.places.length = MAX_PLACES;
  return events.sort(inOrder);
}

/** Time order; what has no time keeps the order it was read in, before everything that has one. */
export function inOrder(a: LogEvent, b: LogEvent): number {
  if (a.time !== null && b.time !== null && a.time !== b.time) return a.time - b.time;
  if ((a.time === null) !== (b.time === null)) return a.time === null ? -1 : 1;
  return compareText(a.node, b.node) * (a.time === null ? 0 : 1) || a.sequence - b.sequence;
}

function logsByMember(part: NodePart): Map<string, DatedLog> {
  const logs = new Map<string, DatedLog>();
  // A member may hold several logs (supportconfig): the one with LifeKeeper lines dates its records.
  const telling = [...part.logs].sort(
    (a, b) => Number(b.log.lifekeeperLines > 0) - Number(a.log.lifekeeperLines > 0),
  );
  for (const log of telling) if (!logs.has(log.log.member)) logs.set(log.log.member, log);
  return logs;
}

/** Joins copies of one line. Two equal lines of one file are two events. */
function joinCopies(events: readonly LogEvent[]): LogEvent[] {
  const joined: LogEvent[] = [];
  const groups = new Map<string, Copies>();
  const groupOf = (event: LogEvent): Copies => {
    const { node, record } = event;
    const key = [node, record.process, record.pid, record.id, record.tag, record.text].join('\u0000');
    const group = groups.get(key) ?? new Copies();
    groups.set(key, group);
    return group;
  };
  const timed = events.filter((event) => event.time !== null);
  const untimed = events.filter((event) => event.time === null);
  // Most lines have no copy, and most of those are alone in their second.
  const alike = new Map<number, number>();
  for (const event of timed) {
    const trait = traitOf(event);
    alike.set(trait, (alike.get(trait) ?? 0) + 1);
  }
  for (const event of timed) {
    if (untimed.length === 0 && alike.get(traitOf(event)) === 1) joined.push(event);
    else groupOf(event).addTimed(event);
  }
  for (const event of untimed) groupOf(event).addUntimed(event);
  for (const group of groups.values()) joined.push(...group.events);
  return joined;
}

/** A number that is the same for all copies of a line with a time. */
function traitOf({ time, record }: LogEvent): number {
  return Math.imul(secondOf(time ?? 0), 0x9e3779b1) ^ Math.imul(record.pid, 0x85ebca6b) ^ record.text.length;
}

function secondOf(time: number): number {
  return Math.floor(time / 1000);
}

/** The events that one line, or lines that are equal but for their stamps, make: the n-th one of a file is of the n-th event. */
class Copies {
  readonly events: LogEvent[] = [];
  readonly #bySecond = new Map<number, number[]>();
  /** By file: all events before this one have a place in it. */
  readonly #after = new Map<string, number>();

  /** To be called for all lines with a time first. */
  addTimed(event: LogEvent): void {
    const second = secondOf(event.time ?? 0);
    const same = this.#bySecond.get(second) ?? [];
    this.#bySecond.set(second, same);
    // Those with a place in the file stand before those without.
    let low = 0;
    let high = same.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sharesFile(this.events[same[middle] ?? 0], event)) low = middle + 1;
      else high = middle;
    }
    const twin = same[low];
    if (twin === undefined) same.push(this.events.push(event) - 1);
    else this.#join(twin, event);
  }

  addUntimed(event: LogEvent): void {
    const [place] = event.places;
    const file = `${place?.bundle}\u0000${place?.member}`;
    let twin = this.#after.get(file) ?? 0;
    while (twin < this.events.length && sharesFile(this.events[twin], event)) twin++;
    this.#after.set(file, twin);
    if (twin === this.events.length) this.events.push(event);
    else this.#join(twin, event);
  }

  #join(index: number, event: LogEvent): void {
    const known = this.events[index];
    if (known === undefined) return;
    const better = known.inferred && !event.inferred && event.time !== null ? event : known;
    const sequence = Math.min(known.sequence, event.sequence);
    this.events[index] = { ...better, sequence, places: [...known.places, ...event.places] };
  }
}

function sharesFile(known: LogEvent | undefined, event: LogEvent): boolean {
  const [place] = event.places;
  return (
    known?.places.some((other) => other.bundle === place?.bundle && other.member === place.member) === true
  );
}

/** Starts, stops and crashes of all nodes in time order, each once. */
export function systemEvents(nodes: readonly CaseNode[]): SystemEvent[] {
  const events = new Map<string, SystemEvent>();
  for (const node of nodes) {
    for (const part of node.parts) {
      const logs = logsByMember(part);
      for (const record of [...part.evidence.facts.boots, ...part.evidence.system]) {
        const log = logs.get(record.at.member);
        const time =
          log === undefined ? timeOf(record, node, part) : log.instantAt(record.stamp, record.at.line);
        const host = shortHost(record.host ?? '');
        const id = isNoName(host) ? node.id : host;
        const key = `${id} ${record.kind} ${time === null ? `${part.bundle.id} ${record.at.member} ${record.at.line}` : Math.floor(time / 120_000)}`;
        const known = events.get(key);
        if (known === undefined)
          events.set(key, { node: id, kind: record.kind, time, places: [refOf(part, record.at)] });
        else if (known.places.length < MAX_PLACES) known.places.push(refOf(part, record.at));
      }
    }
  }
  return [...events.values()].sort((a, b) => (a.time ?? 0) - (b.time ?? 0) || compareText(a.node, b.node));
}

/**
 * When the system that a bundle was collected from had been started, by the commands that know of every start up to
 * then (`last`, `who -b`, `uptime -s`); null when it holds none of their answers. A boot line of a log does not tell:
 * later starts may stand in no log that is there.
 */
export function startOf(node: CaseNode, part: NodePart): number | null {
  const starts = part.evidence.facts.boots
    .filter((record) => record.kind === 'boot')
    .map((record) => timeOf(record, node, part))
    .filter((time) => time !== null);
  return starts.length === 0 ? null : Math.max(...starts);
}

/** `last` prints no year: the latest one not after the collection. */
function timeOf(record: SystemRecord, node: CaseNode, part: NodePart): number | null {
  const exact = instantOfStamp(record.stamp, node.zone);
  if (exact !== null || record.stamp === null || part.collectedAt === null) return exact;
  const time = parseYearless(record.stamp.text);
  const year = time === null ? null : yearBefore(time, part.collectedAt);
  return time === null || year === null ? null : node.zone.instant({ ...time, year });
}
