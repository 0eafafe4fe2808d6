import type { Mirror, PartialResync } from '../../analysis/analysis.ts';
import type { Block, Phrase, Row, Section } from '../document.ts';
import {
  asFound,
  code,
  fromTable,
  instant,
  known,
  list,
  paragraph,
  phrases,
  say,
  sentences,
  strong,
} from '../phrase.ts';
import { mirrorPicture } from '../pictures/mirror_model.ts';
import { affectednessAdvisory, type Context, outcomeBadge } from './context.ts';

/** Rows printed over all mirrors together, and per mirror at least; the JSON document has all of them. */
const ROWS = 96;
const FEW_ROWS = 5;

/** How many rows a mirror's tables may have each. */
function rowsPerMirror(context: Context): number {
  return Math.max(FEW_ROWS, Math.min(40, Math.floor(ROWS / Math.max(1, context.analysis.mirrors.length))));
}

/** The rows that count most for a reader, in time order: exposures first, then the latest of the others. */
function telling(events: readonly PartialResync[], limit: number): readonly PartialResync[] {
  if (events.length <= limit) return events;
  const exposed = events.filter((event) => event.exposure && !event.zero).slice(-limit);
  const others = events.filter((event) => !(event.exposure && !event.zero));
  const kept = new Set([...exposed, ...(exposed.length < limit ? others.slice(exposed.length - limit) : [])]);
  return events.filter((event) => kept.has(event));
}

/** One sentence on a mirror: its outcome, the log window it rests on and the events behind it. */
export function mirrorSentence(context: Context, mirror: Mirror): Phrase {
  const exposures = mirror.partialResyncs.filter((event) => event.exposure && !event.zero);
  return sentences([
    phrases(
      strong(code(mirror.tag)),
      say('colon'),
      fromTable(context.knowledge, 'outcome', mirror.outcome),
      say('full_stop'),
    ),
    ...(mirror.outcome === 'cannot_determine'
      ? [fromTable(context.knowledge, 'reason', mirror.reason, mirror.params)]
      : []),
    ...(mirror.suspectNodes.length > 0 ? [say('integrity.suspects', { nodes: mirror.suspectNodes })] : []),
    phrases(windowSentence(mirror), cited(context, exposures.length > 0 ? exposures : mirror.partialResyncs)),
  ]);
}

function cited(context: Context, events: readonly PartialResync[]): Phrase {
  return events
    .slice(0, 3)
    .flatMap((event) =>
      context.citations.cite(event.evidence.slice(0, 1), { inferred: event.time, logged: event.loggedTime }),
    );
}

/** "n partial resyncs between A and B", never a bare number. */
function windowSentence(mirror: Mirror): Phrase {
  const nonzero = mirror.partialResyncs.filter((event) => !event.zero).length;
  const zero = mirror.partialResyncs.length - nonzero;
  const { from, to } = mirror.window;
  if (mirror.partialResyncs.length === 0)
    return from === null || to === null
      ? say('integrity.window.none.unknown')
      : say('integrity.window.none', { begin: instant(from, 'minute'), end: instant(to, 'minute') });
  return from === null || to === null
    ? say('integrity.window.unknown', { nonzero, zero })
    : say('integrity.window', { nonzero, zero, begin: instant(from, 'minute'), end: instant(to, 'minute') });
}

/** Findings about the data that are not the outcome of one mirror. */
const BESIDE_MIRRORS = ['mirror_not_identified', 'confirmation_unusable', 'replication_failures_repeated'];

/** The state of each copy of each mirror, and the events it follows from. */
export function integrity(context: Context): Section<Phrase> {
  const { mirrors } = context.analysis;
  const advisory = affectednessAdvisory(context.knowledge);
  return {
    id: 'integrity',
    heading: say('section.integrity'),
    place: 'body',
    body: [
      paragraph(mirrors.length === 0 ? say('integrity.none') : say('integrity.lead')),
      ...(advisory?.unaffected === undefined ? [] : [paragraph(known(advisory.unaffected))]),
      ...list(
        context.analysis.findings
          .filter((finding) => BESIDE_MIRRORS.includes(finding.rule))
          .map((finding) =>
            phrases(
              fromTable(context.knowledge, 'reason', finding.reason, finding.params),
              context.citations.cite(finding.evidence),
            ),
          ),
      ),
      ...mirrors.map((mirror, index) => mirrorGroup(context, mirror, index)),
    ],
  };
}

function mirrorGroup(context: Context, mirror: Mirror, index: number): Block<Phrase> {
  const { knowledge } = context;
  return {
    kind: 'group',
    id: `mirror-${index + 1}`,
    heading: say('integrity.mirror', { mirror: mirror.tag }),
    body: [
      {
        kind: 'facts',
        rows: [
          { term: say('integrity.outcome'), value: outcomeBadge(context, mirror.outcome) },
          {
            term: say('integrity.reason'),
            value: fromTable(knowledge, 'reason', mirror.reason, mirror.params),
          },
          { term: say('integrity.period'), value: windowSentence(mirror) },
          ...(mirror.device === null ? [] : [{ term: say('integrity.device'), value: code(mirror.device) }]),
          {
            term: say('integrity.source'),
            value: mirror.source === null ? say('unknown.value') : code(mirror.source),
          },
        ],
      },
      mirrorPicture(context, mirror, index),
      ...resyncTable(context, mirror),
      ...eventTable(context, mirror),
      ...list(mirror.notes.map((note) => fromTable(knowledge, 'note', note.code, note.params))),
    ],
  };
}

function resyncTable(context: Context, mirror: Mirror): Block<Phrase>[] {
  if (mirror.partialResyncs.length === 0) return [];
  const shown = telling(mirror.partialResyncs, rowsPerMirror(context));
  const rows = shown.map(
    (event): Row<Phrase> => ({
      marked: event.exposure && !event.zero,
      cells: [
        instant(event.time),
        event.loggedTime === null ? say('none.value') : asFound(event.loggedTime),
        code(event.node),
        asFound(event.size),
        fromTable(context.knowledge, 'cause', event.cause),
        event.zero
          ? say('resync.zero')
          : event.exposure
            ? say('resync.exposed', { targets: event.targets })
            : say('resync.history'),
        context.citations.cite(event.evidence, { inferred: event.time, logged: event.loggedTime }, 2),
      ],
    }),
  );
  return [
    {
      kind: 'table',
      caption: say('resync.caption', { mirror: mirror.tag, count: mirror.partialResyncs.length }),
      head: [
        say('resync.time'),
        say('resync.logged'),
        say('resync.node'),
        say('resync.size'),
        say('resync.cause'),
        say('resync.effect'),
        say('head.evidence'),
      ],
      rows,
    },
    ...(shown.length < mirror.partialResyncs.length
      ? [paragraph(say('more.rows', { count: mirror.partialResyncs.length - shown.length }))]
      : []),
  ];
}

function eventTable(context: Context, mirror: Mirror): Block<Phrase>[] {
  if (mirror.events.length === 0) return [];
  const limit = rowsPerMirror(context);
  return [
    {
      kind: 'table',
      caption: say('events.caption', { mirror: mirror.tag }),
      head: [say('resync.time'), say('resync.node'), say('events.what'), say('head.evidence')],
      rows: mirror.events.slice(-limit).map((event) => ({
        marked: false,
        cells: [
          instant(event.time),
          event.node === null ? say('none.value') : code(event.node),
          fromTable(context.knowledge, 'event', event.kind, { node: event.node ?? '', ...event.params }),
          context.citations.cite(event.evidence, { inferred: event.time }, 2),
        ],
      })),
    },
    ...(mirror.events.length > limit
      ? [paragraph(say('more.rows', { count: mirror.events.length - limit }))]
      : []),
  ];
}
