import type { Coverage, Note } from './analysis.ts';
import type { CaseNode, NodePart } from './case_nodes.ts';
import type { DatedLog } from './dated_logs.ts';
import type { LogEvent, SystemEvent } from './events.ts';
import { parseRfc3339 } from './stamps.ts';
import { compareText } from './versions.ts';

/** Silence between two logs of a family that is worth naming, as within one log. */
const GAP = 6 * 3_600_000;
/** Clocks of collector and logger may differ by this much without being wrong. */
const CLOCK_TOLERANCE = 10 * 60_000;

/**
 * What was looked at on a node, what was not, and on which assumptions its times rest (docs/analysis.md §3).
 *
 * @param events the LifeKeeper lines of this node.
 */
export function coverageOf(
  node: CaseNode,
  events: readonly LogEvent[],
  boots: readonly SystemEvent[],
): Coverage {
  const logs = node.parts
    .flatMap((part) => part.logs)
    .sort((a, b) => compareText(a.bundle + a.log.member, b.bundle + b.log.member));
  const telling = logs.filter((log) => log.log.lifekeeperLines > 0);
  const from = earliest(telling.map((log) => log.from));
  const to = latestOf(telling.map((log) => log.to));
  const collectedAt = latestOf(node.parts.map((part) => part.collectedAt));
  const text = (time: number | null): string | null => (time === null ? null : node.zone.format(time));
  const missingRotations = missingIndexes(telling);
  return {
    from: text(from),
    to: text(to),
    logs: logs.map(({ bundle, log, from: first, to: last, yearFrom }) => ({
      bundle,
      member: log.member,
      section: log.section,
      kind: log.kind,
      lines: log.lines,
      lifekeeperLines: log.lifekeeperLines,
      from: text(first),
      to: text(last),
      state: log.state,
      yearFrom,
    })),
    gaps: [...gapsInside(node, telling), ...gapsBetween(node, telling)],
    missingRotations,
    assumptions: assumptionsOf(node, telling, { from, to, collectedAt }, missingRotations, events, boots),
    collectedAt: text(collectedAt),
  };
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function latestOf(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function gapsInside(node: CaseNode, logs: readonly DatedLog[]): Coverage['gaps'] {
  return logs.flatMap((log) =>
    log.log.gaps.flatMap((gap) => {
      const from = log.instantAt(gap.from, gap.line - 1);
      const to = log.instantAt(gap.to, gap.line);
      if (from === null || to === null) return [];
      return [
        {
          from: node.zone.format(from),
          to: node.zone.format(to),
          member: log.log.member,
          bundle: log.bundle,
          line: gap.line,
        },
      ];
    }),
  );
}

/** Silences between one rotation and the next, where the newer file begins long after the older one ends. */
function gapsBetween(node: CaseNode, logs: readonly DatedLog[]): Coverage['gaps'] {
  const gaps: Coverage['gaps'] = [];
  const dated = logs.filter((log) => log.from !== null && log.to !== null && log.log.kind === 'lifekeeper');
  dated.sort((a, b) => (a.from ?? 0) - (b.from ?? 0));
  let covered: number | null = null;
  for (const log of dated) {
    if (covered !== null && log.from !== null && log.from - covered >= GAP)
      gaps.push({
        from: node.zone.format(covered),
        to: node.zone.format(log.from),
        member: log.log.member,
        bundle: log.bundle,
        line: 1,
      });
    covered = Math.max(covered ?? Number.NEGATIVE_INFINITY, log.to ?? Number.NEGATIVE_INFINITY);
  }
  return gaps;
}

/** Numbered rotations left out: with `.1` and `.3` there must have been a `.2`. */
function missingIndexes(logs: readonly DatedLog[]): string[] {
  const families = new Map<string, Set<number>>();
  for (const { log } of logs) {
    if (log.rotation.kind !== 'index') continue;
    const stem = log.member.replace(/\.\d{1,3}(?:\.(?:gz|xz|bz2|zst))?$/i, '');
    const known = families.get(stem) ?? new Set<number>();
    known.add(log.rotation.index);
    families.set(stem, known);
  }
  const missing: string[] = [];
  for (const [stem, present] of families) {
    for (let index = 1; index < Math.max(...present); index++)
      if (!present.has(index)) missing.push(`${stem}.${index}`);
  }
  return missing.sort(compareText);
}

function assumptionsOf(
  node: CaseNode,
  logs: readonly DatedLog[],
  span: { from: number | null; to: number | null; collectedAt: number | null },
  missingRotations: readonly string[],
  events: readonly LogEvent[],
  boots: readonly SystemEvent[],
): Note[] {
  const notes: Note[] = [];
  const zone = node.zone;
  if (logs.length === 0) notes.push({ code: 'no_lifekeeper_log', params: {} });
  for (const log of logs) notes.push(...logAssumptions(log, node.parts, zone));
  if (node.zoneFrom === 'case' && logs.some((log) => log.yearFrom !== 'stamp'))
    notes.push({ code: 'zone_from_case', params: { zone: zone.name } });
  if (node.zoneFrom === 'stamp') notes.push({ code: 'zone_from_stamp', params: { zone: zone.name } });
  if (missingRotations.length > 0)
    notes.push({ code: 'rotations_missing', params: { members: [...missingRotations] } });
  if (logs.length > 0 && logs.every((log) => log.log.rotation.kind === 'current'))
    notes.push({ code: 'no_rotated_logs', params: {} });
  const boot = latestOf(
    boots.filter((event) => event.node === node.id && event.kind === 'boot').map((event) => event.time),
  );
  if (boot !== null && span.from !== null && span.from > boot)
    notes.push({
      code: 'log_starts_after_boot',
      params: { boot: zone.format(boot), from: zone.format(span.from) },
    });
  if (span.to !== null && span.collectedAt !== null && span.collectedAt - span.to >= 4 * GAP)
    notes.push({
      code: 'log_ends_before_collection',
      params: { to: zone.format(span.to), collectedAt: zone.format(span.collectedAt) },
    });
  if (span.collectedAt === null) notes.push({ code: 'collection_time_unknown', params: {} });
  const unstamped = events.filter((event) => event.record.stamp === null).length;
  if (unstamped > 0) notes.push({ code: 'records_without_stamp', params: { count: unstamped } });
  if (node.named === 'log') notes.push({ code: 'host_from_log', params: {} });
  const hosts = [...new Set(logs.flatMap((log) => log.log.hosts.map((host) => host.name)))].sort(compareText);
  if (node.named === 'log' && hosts.length > 1) notes.push({ code: 'host_ambiguous', params: { hosts } });
  return notes;
}

function logAssumptions(log: DatedLog, parts: readonly NodePart[], zone: CaseNode['zone']): Note[] {
  const notes: Note[] = [];
  const { member, state, clockSteps } = log.log;
  if (log.log.first !== null || log.log.last !== null) {
    if (log.yearFrom === 'unknown') notes.push({ code: 'year_unknown', params: { member } });
    else if (log.yearFrom !== 'stamp') notes.push({ code: `year_from_${log.yearFrom}`, params: { member } });
  }
  if (state === 'tailed') notes.push({ code: 'log_tailed', params: { member } });
  if (state === 'cut') notes.push({ code: 'log_cut', params: { member } });
  for (const step of clockSteps.slice(0, 10))
    notes.push({
      code: 'clock_step',
      params: { member, line: step.line, from: step.from.text, to: step.to.text },
    });
  if (clockSteps.length > 0) notes.push({ code: 'clock_step_ambiguous', params: {} });
  const part = parts.find((candidate) => candidate.logs.includes(log));
  const limit = part?.collectedAt ?? mtimeOf(log);
  if (log.to !== null && limit !== null && log.to > limit + CLOCK_TOLERANCE)
    notes.push({ code: 'future_stamp', params: { member, at: zone.format(log.to) } });
  return notes;
}

function mtimeOf(log: DatedLog): number | null {
  const time = log.log.mtime === null ? null : (parseRfc3339(log.log.mtime)?.instant ?? null);
  return time !== null && time > Date.UTC(2000, 0, 2) ? time : null;
}
