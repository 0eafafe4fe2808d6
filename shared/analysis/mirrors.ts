import type { Resource } from '../evidence/evidence.ts';
import type { AffectednessAdvisory, Message } from '../knowledge/schema.ts';
import type {
  Affectedness,
  Confirmation,
  EvidenceRef,
  Mirror,
  Note,
  Params,
  PartialResync,
  Verdict,
} from './analysis.ts';
import { type CaseNode, type Sighting, shortHost } from './case_nodes.ts';
import type { LogEvent } from './events.ts';
import { parsePrinted, parseRfc3339 } from './stamps.ts';
import { compareText } from './versions.ts';
import type { Zone } from './zone.ts';

/** What the replay needs to know of a node. */
export interface NodeContext {
  readonly id: string;
  readonly zone: Zone;
  readonly affectedness: Affectedness;
  readonly fixedSince: number | null;
  /** Verdicts of the node's older bundles, each valid until its collection; oldest first. */
  readonly past: readonly { until: number; verdict: Verdict; fixedSince: number | null }[];
  /** Installed kernels that are affected, beside a running one that is not: since when each could be booted. */
  readonly affectedKernels: readonly { since: number | null }[];
  /** Since when the running kernel runs; null when unknown. */
  readonly bootedAt: number | null;
  /** Period over which its LifeKeeper lines were seen. */
  readonly from: number | null;
  readonly to: number | null;
  readonly hasLog: boolean;
  /** False for witnesses, Windows nodes and others that cannot hold a copy. */
  readonly mayHoldCopy: boolean;
  /** How far its clock went back, in milliseconds; 0 when it never did. */
  readonly clockStep: number;
  /** Lines of the exposure message that were counted but not kept. */
  readonly dropped: number;
}

/** A node in service with a tag, as `lcdstatus` of a bundle shows it. */
export interface InService {
  readonly node: string;
  readonly tag: string;
  readonly state: string;
  /** The status calls the resource a replicated one. */
  readonly replicated: boolean;
  readonly at: EvidenceRef;
  readonly collectedAt: number | null;
}

export interface MirrorInput {
  readonly advisory: AffectednessAdvisory;
  readonly messages: Readonly<Record<string, Message>>;
  readonly nodes: readonly NodeContext[];
  readonly missing: readonly string[];
  readonly events: readonly LogEvent[];
  readonly status: readonly InService[];
  readonly mdDevices: readonly { node: string; device: string; at: EvidenceRef }[];
  /** Nodes that the status names as holders of a tag. */
  readonly equivalent: readonly { tag: string; nodes: readonly string[] }[];
  readonly confirmations: readonly Confirmation[];
  readonly caseZone: Zone;
}

type CopyStateName = 'trusted' | 'suspect' | 'unknown';

/** A size as logged; whether its unit counts in 1000 or 1024 is not documented, so it is never converted. */
const SIZE = /^\d+(?:\.\d+)? ?[KMGTP]?i?B$/;

/** Clocks of two nodes may differ by this much: closer events of different nodes have no certain order. */
const CLOCK_SKEW = 2 * 60_000;

/** Tags of replicated resources when nothing but the status names them. */
const MIRROR_TAG = /^datarep/i;

/**
 * Replays the history of every mirror over all nodes (docs/analysis.md §2): who was the source when, which copy is
 * suspect since which event, and what a confirmation cleared.
 */
export function replayMirrors(input: MirrorInput): Mirror[] {
  const events = new Map<string, LogEvent[]>();
  for (const event of input.events) {
    const tag = tagOf(event, input.messages);
    if (tag === null) continue;
    const known = events.get(tag);
    if (known === undefined) events.set(tag, [event]);
    else known.push(event);
  }
  return mirrorTags([...events.keys()], input).map((tag) => replayMirror(tag, events.get(tag) ?? [], input));
}

/** Mirrors by resource tag; the md device stands for one without a tag. */
function mirrorTags(logged: readonly string[], input: MirrorInput): string[] {
  const tags = new Set<string>(logged);
  for (const { tag, replicated } of input.status) if (replicated || MIRROR_TAG.test(tag)) tags.add(tag);
  if (tags.size === 0) for (const { device } of input.mdDevices) tags.add(device);
  return [...tags].sort(compareText);
}

/** The mirror a line is about; null for lines that carry no role in the history of a mirror. */
export function tagOf(event: LogEvent, messages: Readonly<Record<string, Message>>): string | null {
  const message = messages[event.record.id];
  if (message === undefined || message.component !== event.record.component) return null;
  if (message.role !== 'partial_resync' && message.role !== 'resync_completed') return null;
  return event.record.tag || event.fields?.tag || deviceOf(event);
}

/** The size of a partial resync as logged; what follows `resyncing` where the text is not the documented one. */
export function sizeOf(event: LogEvent): string {
  return event.fields?.size ?? (/resyncing\s+(.*)/.exec(event.record.text)?.[1]?.trim() || '?');
}

function deviceOf(event: LogEvent): string | null {
  return event.fields?.device ?? /^(\/dev\/\S+?):/.exec(event.record.text)?.[1] ?? null;
}

interface Step {
  readonly time: number | null;
  /** Confirmations come after events of the same moment. */
  readonly rank: 0 | 1;
  readonly event: LogEvent | null;
  readonly confirmation: Confirmation | null;
}

function replayMirror(tag: string, events: readonly LogEvent[], input: MirrorInput): Mirror {
  const { advisory } = input;
  const exposureId = advisory.exposure?.message ?? '';
  const status = currentStatus(tag, input.status);
  const members = memberNodes(tag, events, input);
  const copies = new Map<string, { state: CopyStateName; since: number | null }>(
    members.map((id) => [id, { state: 'trusted', since: null }]),
  );
  const partials: PartialResync[] = [];
  const log: Mirror['events'][number][] = [];
  const notes: Note[] = [];
  const replay = new Replay(tag, members, copies, partials, log, notes, input);

  const steps: Step[] = events.map((event) => ({ time: event.time, rank: 0, event, confirmation: null }));
  for (const confirmation of input.confirmations) {
    if (confirmation.mirror !== tag) continue;
    const time = parseRfc3339(confirmation.at)?.instant ?? parsePrinted(confirmation.at, input.caseZone);
    if (time === null)
      notes.push({ code: 'confirmation_time_invalid', params: { id: confirmation.id, at: confirmation.at } });
    else steps.push({ time, rank: 1, event: null, confirmation });
  }
  steps.sort(stepOrder);
  const untimed = events.filter((event) => event.time === null && event.record.id === exposureId);
  for (const step of steps) {
    if (step.confirmation !== null) replay.confirm(step.confirmation, step.time ?? 0, untimed);
    else if (step.event?.record.id === exposureId) replay.partial(step.event);
    else if (step.event !== null) replay.completed(step.event);
  }
  const source = replay.settleSource(status);
  return conclude(tag, input, replay, source, events);
}

function stepOrder(a: Step, b: Step): number {
  if (a.time === null || b.time === null) return (a.time === null ? 0 : 1) - (b.time === null ? 0 : 1);
  return a.time - b.time || a.rank - b.rank;
}

/** The nodes that hold a copy: all that ever acted for the mirror or are named as its target. */
function memberNodes(tag: string, events: readonly LogEvent[], input: MirrorInput): string[] {
  const members = new Set<string>();
  const named = new Map(input.nodes.map((node) => [node.id, node]));
  const add = (id: string): void => {
    if (id !== '' && named.get(id)?.mayHoldCopy !== false) members.add(id);
  };
  for (const event of events) {
    members.add(event.node);
    const target = event.fields?.target;
    if (target !== undefined) add(shortHost(target));
  }
  for (const status of input.status) if (status.tag === tag) add(status.node);
  for (const { tag: shared, nodes } of input.equivalent) if (shared === tag) for (const id of nodes) add(id);
  for (const { node, device } of input.mdDevices) if (device === tag) add(node);
  for (const confirmation of input.confirmations) {
    if (confirmation.mirror !== tag) continue;
    for (const id of [confirmation.node, confirmation.target ?? '']) {
      const host = shortHost(id);
      if (named.has(host) || input.missing.includes(host)) add(host);
    }
  }
  if (members.size < 2) {
    const others = [
      ...input.nodes.filter((node) => node.mayHoldCopy).map((node) => node.id),
      ...input.missing,
    ];
    const rest = others.filter((id) => !members.has(id));
    if (rest.length === 1) for (const id of rest) members.add(id);
  }
  return [...members].sort(compareText);
}

/** The last known state of the tag on every node. */
function currentStatus(tag: string, status: readonly InService[]): InService[] {
  const lastOf = new Map<string, InService>();
  for (const seen of status) {
    if (seen.tag !== tag) continue;
    const known = lastOf.get(seen.node);
    if (known === undefined || (seen.collectedAt ?? 0) > (known.collectedAt ?? 0))
      lastOf.set(seen.node, seen);
  }
  return [...lastOf.values()];
}

class Replay {
  readonly tag: string;
  readonly members: readonly string[];
  readonly copies: Map<string, { state: CopyStateName; since: number | null }>;
  readonly partials: PartialResync[];
  readonly log: Mirror['events'][number][];
  readonly notes: Note[];
  readonly #input: MirrorInput;
  readonly #nodes: ReadonlyMap<string, NodeContext>;
  /** The node that wrote the last 104009. */
  source: string | null = null;
  sourceSince: number | null = null;
  /** True once a non-zero partial resync counted as exposure. */
  exposed = false;
  /** Non-zero partial resyncs on nodes whose verdict is open. */
  undetermined = false;
  unreadableSizes = 0;
  cleared: { confirmation: Confirmation; time: number } | null = null;
  /** Set when a suspect target may already have been the source: the order of two events is not certain. */
  orderUncertain: Note | null = null;
  readonly #roles: { node: string; time: number }[] = [];
  /** The last completion that may have been a full resync. */
  reported: Note | null = null;
  readonly #openResync = new Set<string>();

  constructor(
    tag: string,
    members: readonly string[],
    copies: Map<string, { state: CopyStateName; since: number | null }>,
    partials: PartialResync[],
    log: Mirror['events'][number][],
    notes: Note[],
    input: MirrorInput,
  ) {
    this.tag = tag;
    this.members = members;
    this.copies = copies;
    this.partials = partials;
    this.log = log;
    this.notes = notes;
    this.#input = input;
    this.#nodes = new Map(input.nodes.map((node) => [node.id, node]));
  }

  state(id: string): CopyStateName {
    return this.copies.get(id)?.state ?? 'unknown';
  }

  zoneOf(id: string): Zone {
    return this.#nodes.get(id)?.zone ?? this.#input.caseZone;
  }

  /** Message 104009: a partial resync from the node that wrote it. */
  partial(event: LogEvent): void {
    const source = event.node;
    this.becomeSource(source, event.time, event.places);
    const size = sizeOf(event);
    if (!SIZE.test(size)) this.unreadableSizes++;
    const zero = size === this.#input.advisory.exposure?.harmlessSize;
    const exposure = zero ? 'no' : this.#exposure(source, event.time);
    const targets = this.members.filter((id) => id !== source);
    const index = this.partials.length;
    this.partials.push({
      node: source,
      time: event.time === null ? null : this.zoneOf(source).format(event.time),
      loggedTime: event.record.stamp?.text ?? null,
      size,
      zero,
      cause: event.record.action || 'other',
      exposure: exposure === 'yes',
      targets,
      evidence: [...event.places],
    });
    this.#openResync.add(source);
    if (!zero && exposure !== 'no') this.#checkOrder(source, event.time, targets);
    if (event.time !== null) this.#roles.push({ node: source, time: event.time });
    if (zero) return;
    if (exposure === 'yes') this.exposed = true;
    if (exposure === 'unknown') this.undetermined = true;
    const spread = worse(
      this.state(source),
      exposure === 'yes' ? 'suspect' : exposure === 'unknown' ? 'unknown' : 'trusted',
    );
    for (const target of targets) this.#worsen(target, spread, index);
  }

  /**
   * A target that was the source shortly before may, by its own clock, have become it after this resync instead:
   * then its suspect copy is in service. Clocks that were set back widen the doubt.
   */
  #checkOrder(source: string, time: number | null, targets: readonly string[]): void {
    if (time === null) return;
    const step = (id: string): number => this.#nodes.get(id)?.clockStep ?? 0;
    const own = step(source);
    const widest = CLOCK_SKEW + Math.max(own, ...targets.map(step));
    let rival: { node: string; time: number } | undefined;
    for (let index = this.#roles.length - 1; index >= 0 && rival === undefined; index--) {
      const role = this.#roles[index];
      if (role === undefined || time - role.time > widest) break;
      const doubt = CLOCK_SKEW + Math.max(own, step(role.node));
      if (targets.includes(role.node) && time - role.time <= doubt) rival = role;
    }
    if (rival !== undefined)
      this.orderUncertain = {
        code: 'event_order_uncertain',
        params: { first: rival.node, second: source, at: this.zoneOf(source).format(time) },
      };
  }

  /** Message 104121: a resync ended. Without a 104009 before it, it may have been a full one. */
  completed(event: LogEvent): void {
    const target = shortHost(event.fields?.target ?? '');
    const partial = this.#openResync.has(event.node);
    const at = event.time === null ? '' : this.zoneOf(event.node).format(event.time);
    this.log.push({
      kind: partial ? 'resync_completed' : 'full_resync_reported',
      time: at === '' ? null : at,
      node: event.node,
      params: { target },
      evidence: [...event.places],
    });
    if (partial) this.#openResync.delete(event.node);
    else this.reported = { code: 'full_resync_reported', params: { at, node: event.node, target } };
  }

  /** Another node becomes the source; whatever data it has is now the data in use. */
  becomeSource(id: string, time: number | null, evidence: readonly EvidenceRef[]): void {
    const before = this.source;
    this.source = id;
    if (before === null || before === id) return;
    this.sourceSince = time;
    this.log.push({
      kind: 'role_change',
      time: time === null ? null : this.zoneOf(id).format(time),
      node: id,
      params: { from: before, to: id },
      evidence: [...evidence],
    });
    // While a suspect copy was in service everything written to it was replicated: its successor is no better.
    const inherited = this.state(before);
    if (inherited !== 'trusted') this.#worsen(id, inherited, this.copies.get(before)?.since ?? null);
  }

  confirm(confirmation: Confirmation, time: number, untimed: readonly LogEvent[]): void {
    const node = shortHost(confirmation.node);
    const target = confirmation.target === null ? null : shortHost(confirmation.target);
    for (const id of [node, ...(target === null ? [] : [target])]) {
      if (this.copies.has(id)) continue;
      this.notes.push({
        code: 'confirmation_unknown_node',
        params: { id: confirmation.id, node: id, mirror: this.tag },
      });
      return;
    }
    const at = this.#input.caseZone.format(time);
    const params: Params =
      confirmation.kind === 'data_verified'
        ? { node, by: confirmation.by }
        : { from: node, to: target ?? '', by: confirmation.by };
    this.log.push({ kind: confirmation.kind, time: at, node, params, evidence: [] });
    const unordered = untimed.filter((event) => event.notAfter === null || event.notAfter > time).length;
    if (unordered > 0) {
      this.notes.push({ code: 'events_without_time', params: { count: unordered } });
      return;
    }
    if (confirmation.kind === 'data_verified') {
      this.copies.set(node, { state: 'trusted', since: null });
      if (node === this.source) this.orderUncertain = null;
      return;
    }
    const targets = target === null ? this.members.filter((id) => id !== node) : [target];
    const origin = this.state(node);
    for (const id of targets)
      this.copies.set(id, { state: origin, since: this.copies.get(node)?.since ?? null });
    if (origin === 'trusted') this.cleared = { confirmation, time };
    else
      this.notes.push({
        code: 'confirmation_ignored_suspect_source',
        params: { at, from: node, to: targets.join(', ') },
      });
  }

  /** The source now: what the latest status shows, unless a later line of another node contradicts it. */
  settleSource(states: readonly InService[]): string | null {
    const inService = states.filter((seen) => seen.state === 'ISP' || seen.state === 'ISU');
    const nodes = [...new Set(inService.map((seen) => seen.node))].sort(compareText);
    if (nodes.length > 1) {
      this.notes.push({ code: 'in_service_on_several', params: { tag: this.tag, nodes } });
      for (const id of nodes) if (this.state(id) === 'suspect') this.source = id;
      return null;
    }
    const [status] = inService;
    if (status === undefined) {
      const last = states.find((seen) => seen.node === this.source);
      const known = this.#lastEventTime();
      if (last !== undefined && (last.collectedAt === null || known === null || last.collectedAt >= known)) {
        this.notes.push({ code: 'source_not_in_service', params: { node: last.node, state: last.state } });
        return null;
      }
      if (this.source === null) this.notes.push({ code: 'source_not_known', params: {} });
      else this.notes.push({ code: 'source_from_last_event', params: { node: this.source } });
      return this.source;
    }
    const lastEvent = this.#lastEventTime();
    if (this.source !== null && this.source !== status.node) {
      if (status.collectedAt !== null && lastEvent !== null && lastEvent > status.collectedAt) {
        this.notes.push({ code: 'source_from_last_event', params: { node: this.source } });
        return this.source;
      }
      this.becomeSource(status.node, status.collectedAt, [status.at]);
    }
    this.source = status.node;
    const at = status.collectedAt === null ? '?' : this.zoneOf(status.node).format(status.collectedAt);
    this.notes.push({ code: 'role_from_status', params: { node: status.node, at } });
    return this.source;
  }

  #lastEventTime(): number | null {
    const last = this.partials.at(-1)?.time;
    return last == null ? null : (parseRfc3339(last)?.instant ?? null);
  }

  /** Whether a non-zero partial resync of this node at this time could do harm. */
  #exposure(id: string, time: number | null): 'yes' | 'no' | 'unknown' {
    const node = this.#nodes.get(id);
    if (node === undefined) return 'unknown';
    const past = time === null ? undefined : node.past.find((state) => time <= state.until);
    const { verdict, fixedSince } = past ?? {
      verdict: node.affectedness.verdict,
      fixedSince: node.fixedSince,
    };
    switch (verdict) {
      case 'affected':
        return 'yes';
      case 'fixed':
        return fixedSince === null || time === null || time < fixedSince ? 'yes' : 'no';
      case 'cannot_determine':
        return 'unknown';
      case 'not_affected':
        return past === undefined && mayHaveRunAffected(node, time) ? 'unknown' : 'no';
    }
  }

  #worsen(id: string, state: CopyStateName, since: number | null): void {
    const known = this.copies.get(id);
    if (known === undefined || worse(known.state, state) === known.state) return;
    this.copies.set(id, { state, since });
  }
}

/** Whether an affected kernel that is installed, but not running now, may have been running at a time. */
function mayHaveRunAffected(node: NodeContext, time: number | null): boolean {
  if (time !== null && node.bootedAt !== null && time >= node.bootedAt) return false;
  return node.affectedKernels.some(({ since }) => since === null || time === null || time >= since);
}

function worse(a: CopyStateName, b: CopyStateName): CopyStateName {
  const order: readonly CopyStateName[] = ['trusted', 'unknown', 'suspect'];
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** The outcome, from the worst that holds to the best. */
function conclude(
  tag: string,
  input: MirrorInput,
  replay: Replay,
  source: string | null,
  events: readonly LogEvent[],
): Mirror {
  const { partials, copies, members, notes } = replay;
  const copyStates = members.map((node) => {
    const copy = copies.get(node) ?? { state: 'unknown' as const, since: null };
    return { node, state: copy.state, since: copy.state === 'trusted' ? null : copy.since };
  });
  const suspects = copyStates.filter((copy) => copy.state === 'suspect').map((copy) => copy.node);
  const targets = members.filter((id) => id !== (source ?? replay.source));
  const missing = members.filter((id) => input.missing.includes(id));
  const holders = input.nodes.filter((node) => members.includes(node.id));
  const dropped = holders.reduce((sum, node) => sum + node.dropped, 0);
  if (replay.reported !== null) notes.push(replay.reported);
  if (replay.orderUncertain !== null) notes.push(replay.orderUncertain);
  if (dropped > 0)
    notes.push({
      code: 'records_dropped',
      params: { message: input.advisory.exposure?.message ?? '', count: dropped },
    });
  if (replay.unreadableSizes > 0)
    notes.push({ code: 'size_unreadable', params: { count: replay.unreadableSizes } });
  if (targets.length === 0) notes.push({ code: 'target_not_known', params: {} });
  if (missing.length > 0) notes.push({ code: 'missing_node_share', params: { nodes: missing } });

  const result = outcomeOf(replay, source, suspects, targets, missing, holders, dropped);
  const absence = result.outcome === 'none_seen' || result.outcome === 'zero_bytes_only';
  const window = windowOf(absence ? 'common' : 'all', holders);
  const zone = holders[0]?.zone ?? input.caseZone;
  const text = (time: number | null): string | null => (time === null ? null : zone.format(time));
  if (window.from !== null && window.to !== null)
    notes.push({
      code: 'window_limited',
      params: { from: zone.format(window.from), to: zone.format(window.to) },
    });
  return {
    tag,
    device: events.map(deviceOf).find((device) => device !== null) ?? (tag.startsWith('/dev/') ? tag : null),
    outcome: result.outcome,
    reason: result.reason,
    params: { tag, ...result.params },
    source,
    targets,
    suspectNodes: suspects,
    copies: copyStates,
    window: { from: text(window.from), to: text(window.to) },
    partialResyncs: partials,
    events: replay.log,
    notes: notes.filter(
      (note, index) => notes.findIndex((other) => JSON.stringify(other) === JSON.stringify(note)) === index,
    ),
  };
}

function outcomeOf(
  replay: Replay,
  source: string | null,
  suspects: readonly string[],
  targets: readonly string[],
  missing: readonly string[],
  holders: readonly NodeContext[],
  dropped: number,
): { outcome: Mirror['outcome']; reason: string; params: Params } {
  const { partials } = replay;
  const nonZero = partials.filter((partial) => !partial.zero);
  const inUse = source ?? replay.source;
  const count = partials.filter((partial) => partial.exposure).length;
  if (inUse !== null && replay.state(inUse) === 'suspect')
    return {
      outcome: 'source_suspect',
      reason: replay.notes.some((note) => note.code === 'in_service_on_several')
        ? 'suspect_copy_in_service'
        : 'source_was_suspect',
      params: { source: inUse, targets: [...targets], count },
    };
  if (suspects.length > 0 || (replay.exposed && targets.length === 0))
    return {
      outcome: 'target_suspect',
      reason: 'partial_resync_seen',
      params: { source: inUse ?? '', targets: [...suspects], count },
    };
  const open = replay.members.some((id) => replay.state(id) === 'unknown');
  if (open || (replay.undetermined && targets.length === 0))
    return {
      outcome: 'cannot_determine',
      reason: 'exposure_undetermined',
      params: { count: nonZero.length },
    };
  if (replay.exposed && replay.cleared !== null) {
    const { confirmation } = replay.cleared;
    return {
      outcome: 'cleared_by_full_resync',
      reason: 'cleared_by_confirmation',
      params: {
        by: confirmation.by,
        at: confirmation.at,
        from: shortHost(confirmation.node),
        to: shortHost(confirmation.target ?? targets.join(', ')),
      },
    };
  }
  // A mirror has two copies at least: where the other one is not even named, nobody looked at its log either.
  const gaps =
    missing.length > 0 || dropped > 0 || replay.members.length < 2 || holders.some((node) => !node.hasLog);
  if (holders.every((node) => !node.hasLog))
    return { outcome: 'cannot_determine', reason: 'no_mirror_log', params: {} };
  if (gaps)
    return { outcome: 'cannot_determine', reason: 'history_incomplete', params: { nodes: [...missing] } };
  if (nonZero.length > 0)
    return { outcome: 'none_seen', reason: 'not_exposed', params: { count: nonZero.length } };
  if (partials.length > 0)
    return { outcome: 'zero_bytes_only', reason: 'only_zero_bytes', params: { count: partials.length } };
  if (holders.some((node) => node.from === null))
    return { outcome: 'cannot_determine', reason: 'history_incomplete', params: { nodes: [] } };
  return { outcome: 'none_seen', reason: 'no_partial_resync_seen', params: {} };
}

/** `common`: what every node's log covers, for a statement of absence. `all`: what any of them covers. */
function windowOf(
  kind: 'common' | 'all',
  nodes: readonly NodeContext[],
): { from: number | null; to: number | null } {
  const spans = nodes.filter((node) => node.from !== null && node.to !== null);
  if (spans.length === 0) return { from: null, to: null };
  const froms = spans.map((node) => node.from ?? 0);
  const tos = spans.map((node) => node.to ?? 0);
  const common = { from: Math.max(...froms), to: Math.min(...tos) };
  if (kind === 'common' && common.from <= common.to) return common;
  return { from: Math.min(...froms), to: Math.max(...tos) };
}

/** The states of resources that a node's status shows. */
export function inServiceOf(node: CaseNode, resources: readonly Sighting<Resource>[]): InService[] {
  return resources.map((seen) => ({
    node: node.id,
    tag: seen.value.tag,
    state: seen.value.state,
    replicated: seen.value.type === 'netraid',
    at: seen.at,
    collectedAt: seen.part.collectedAt,
  }));
}
