import type { Analysis, TimelineEntry } from '../../analysis/analysis.ts';
import type { Block, Mark, Phrase, Picture, Section } from '../document.ts';
import { epoch } from '../instant.ts';
import { code, fromTable, instant, known, paragraph, phrases, say } from '../phrase.ts';
import type { Context } from './context.ts';

/** Rows printed; the JSON document has the whole timeline. */
const MANY_ENTRIES = 60;
/** Marks drawn per lane. */
const MANY_MARKS = 400;

const MARKS: Readonly<Record<string, Mark>> = {
  partial_resync: 'partial_resync',
  role_change: 'role_change',
  boot: 'reboot',
  shutdown: 'reboot',
  crash: 'reboot',
  watchdog: 'reboot',
  reboot: 'reboot',
  forced_halt: 'reboot',
  peer_lost: 'comm_lost',
  comm_lost: 'comm_lost',
  split_brain: 'comm_lost',
  full_resync_done: 'confirmed',
  data_verified: 'confirmed',
};

/** The course of events over all nodes: a picture, and the same as a table. */
export function timeline(context: Context): Section<Phrase> {
  const { timeline: entries } = context.analysis;
  const picture = timelinePicture(context.analysis);
  const table = entryTable(context, entries);
  return {
    id: 'timeline',
    heading: say('section.timeline'),
    place: 'body',
    body:
      picture === null
        ? [paragraph(say('timeline.none')), ...table]
        : [
            paragraph(say('timeline.lead')),
            {
              kind: 'figure',
              id: 'figure-timeline',
              picture,
              caption: say('timeline.caption'),
              equivalent: table.length > 0 ? table : [paragraph(say('timeline.no_entries'))],
            },
          ],
  };
}

function entryTable(context: Context, entries: readonly TimelineEntry[]): Block<Phrase>[] {
  if (entries.length === 0) return [];
  const shown = mostTelling(entries);
  return [
    {
      kind: 'table',
      caption: say('timeline.table', { count: entries.length }),
      head: [say('timeline.time'), say('head.node'), say('events.what'), say('head.evidence')],
      rows: shown.map((entry) => ({
        marked: markOf(entry) === 'partial_resync',
        cells: [
          phrases(
            instant(entry.time),
            ...(entry.inferred && entry.time !== null ? [say('timeline.inferred')] : []),
          ),
          code(entry.node),
          entryText(context, entry),
          context.citations.cite(entry.evidence.slice(0, 2), { inferred: entry.time }, 2),
        ],
      })),
    },
    ...(shown.length < entries.length
      ? [paragraph(say('more.rows', { count: entries.length - shown.length }))]
      : []),
  ];
}

function entryText(context: Context, entry: TimelineEntry): Phrase {
  const values = { node: entry.node, mirror: entry.mirror ?? '', tag: entry.mirror ?? '', ...entry.params };
  if (context.knowledge.texts.timeline[entry.kind] !== undefined)
    return fromTable(context.knowledge, 'timeline', entry.kind, values);
  const message = entry.message === null ? undefined : context.knowledge.messages[entry.message];
  return message === undefined ? code(entry.kind) : known(message.meaning, values);
}

function markOf(entry: TimelineEntry): Mark {
  if (entry.kind === 'partial_resync' && isZero(entry)) return 'zero_resync';
  return MARKS[entry.kind] ?? 'other';
}

function sizeOf(entry: TimelineEntry): string | null {
  const { size } = entry.params;
  return typeof size === 'string' ? size : null;
}

function isZero(entry: TimelineEntry): boolean {
  return sizeOf(entry) === '0.0 B';
}

/** The entries that decide, in time order, cut to what a reader can take in. */
function mostTelling(entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  if (entries.length <= MANY_ENTRIES) return entries;
  const telling = entries.filter((entry) => markOf(entry) !== 'other');
  if (telling.length >= MANY_ENTRIES) {
    const kept = new Set(telling.filter((entry) => markOf(entry) !== 'zero_resync').slice(-MANY_ENTRIES));
    return entries.filter((entry) => kept.has(entry));
  }
  const kept = new Set([
    ...telling,
    ...entries.filter((entry) => markOf(entry) === 'other').slice(-(MANY_ENTRIES - telling.length)),
  ]);
  return entries.filter((entry) => kept.has(entry));
}

const UNITS: Readonly<Record<string, number>> = { B: 0, KB: 1, MB: 2, GB: 3, TB: 4 };

/** How big a mark is drawn, 0 to 1, by the decades of the size as logged. */
function weightOf(size: string | null): number {
  const match = /^(\d+(?:\.\d+)?) ([KMGT]?B)$/.exec(size ?? '');
  if (match === null) return 0.3;
  const decades = Math.log10(Math.max(1, Number(match[1]))) + 3 * (UNITS[match[2] ?? 'B'] ?? 0);
  return Math.min(1, decades / 12);
}

function timelinePicture({ nodes, timeline: entries }: Analysis): Picture<Phrase> | null {
  const instants = [
    ...entries.flatMap((entry) => (entry.time === null ? [] : [entry.time])),
    ...nodes.flatMap(({ coverage }) => [coverage.from, coverage.to].filter((at) => at !== null)),
  ].filter((at) => !Number.isNaN(epoch(at)));
  const first = instants[0];
  if (first === undefined) return null;
  const from = instants.reduce((a, b) => (epoch(b) < epoch(a) ? b : a), first);
  const to = instants.reduce((a, b) => (epoch(b) > epoch(a) ? b : a), first);
  return {
    kind: 'timeline',
    from,
    to,
    title: say('timeline.title'),
    lanes: nodes.map((node) => ({
      label: node.hostname,
      covered:
        node.coverage.from === null || node.coverage.to === null
          ? null
          : { from: node.coverage.from, to: node.coverage.to },
      gaps: node.coverage.gaps.map((gap) => ({ from: gap.from, to: gap.to })),
      marks: entries
        .filter((entry) => entry.node === node.id && entry.time !== null && markOf(entry) !== 'other')
        .slice(-MANY_MARKS)
        .map((entry) => {
          const size = sizeOf(entry);
          return { at: entry.time ?? from, mark: markOf(entry), size, weight: weightOf(size) };
        }),
    })),
    legend: (
      [
        'partial_resync',
        'zero_resync',
        'role_change',
        'reboot',
        'comm_lost',
        'confirmed',
        'covered',
        'gap',
      ] as const
    ).map((mark) => ({ mark, label: say(`legend.${mark}`) })),
  };
}
