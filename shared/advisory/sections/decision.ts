import type { Mirror, MirrorOutcome, Node, Verdict } from '../../analysis/analysis.ts';
import type { Block, Phrase, Section } from '../document.ts';
import {
  asFound,
  badge,
  code,
  foldedByNode,
  fromTable,
  instant,
  joined,
  list,
  paragraph,
  phrases,
  say,
  sentences,
  strong,
} from '../phrase.ts';
import type { PlannedAction } from '../plan.ts';
import { actionTitle, dueOf, todoOf, wantedItems } from './actions.ts';
import {
  type Context,
  findingTitle,
  nodeReason,
  outcomeBadge,
  outcomeTone,
  verdictAnswer,
  verdictBadge,
  verdictTone,
} from './context.ts';
import { mirrorSentence } from './integrity.ts';

/** From this many nodes on, page one lists nodes by verdict instead of one line each. */
const MANY_NODES = 5;
/** Places cited for what is said about nodes that are alike; the assessment cites them all. */
const MANY_PLACES = 4;
/** Page one names this many mirrors and actions; the rest follows in their sections. */
const MANY_ITEMS = 7;

const VERDICTS: readonly Verdict[] = ['affected', 'cannot_determine', 'fixed', 'not_affected'];

/**
 * Page one: am I affected, is my data at risk now, what must I do and by when, what could you not check; in this
 * order (engineering notes on advisories, checklist 1 and 17).
 */
export function decision(context: Context): Section<Phrase> {
  return {
    id: 'summary',
    heading: say('section.summary'),
    place: 'decision',
    body: [{ kind: 'answers', items: [affected(context), data(context), todo(context), unknown(context)] }],
  };
}

type Answer = Extract<Block<Phrase>, { kind: 'answers' }>['items'][number];

function affected(context: Context): Answer {
  const { nodes, missingNodes, verdict } = context.analysis;
  const total = nodes.length + missingNodes.length;
  return {
    id: 'affected',
    question: say('question.affected'),
    tone: verdictTone(verdict),
    answer: phrases(verdictBadge(context, verdict), say('badge.separator'), verdictAnswer(context.analysis)),
    body: [
      ...(total < MANY_NODES
        ? list([
            ...alike(nodes).map((group) => nodeLine(context, group)),
            ...missingNodes.map((name) => missingLine(context, name)),
          ])
        : byVerdict(context)),
      ...list(pendingChanges(context)),
    ],
  };
}

/** Nodes with the same verdict for the same reason, in the order of the case. */
function alike(nodes: readonly Node[]): Node[][] {
  const key = ({ affectedness: { verdict, reason, params } }: Node) =>
    JSON.stringify([verdict, reason, { ...params, node: '' }]);
  return [...Map.groupBy(nodes, key).values()];
}

/** What holds for one node, or for several alike, with the first places of each. */
function nodeLine(context: Context, group: readonly Node[]): Phrase {
  const [first] = group;
  if (first === undefined) return [];
  const places = Math.max(1, Math.floor(MANY_PLACES / group.length));
  return sentences([
    phrases(
      joined(group.map((node) => strong(code(node.hostname)))),
      say('colon'),
      fromTable(context.knowledge, 'verdict', first.affectedness.verdict),
      say('full_stop'),
    ),
    phrases(
      nodeReason(context, first),
      ...group.map((node) =>
        context.citations.cite(node.affectedness.evidence, { inferred: null }, places, true),
      ),
    ),
  ]);
}

/** A verdict that holds only until another kernel is booted. */
function pendingChanges(context: Context): Phrase[] {
  const changes = context.analysis.findings
    .filter((finding) => finding.rule === 'kernel_change_pending')
    .map((finding) => ({
      node: finding.subject.id,
      key: [finding.reason, { ...finding.params, node: '' }],
      phrase: sentences([
        fromTable(context.knowledge, 'reason', finding.reason, finding.params),
        say('kernel.verdict', { verdict: fromTable(context.knowledge, 'verdict', finding.verdict) }),
      ]),
    }));
  return foldedByNode(changes);
}

function missingLine(context: Context, name: string): Phrase {
  return sentences([
    phrases(
      strong(code(name)),
      say('colon'),
      fromTable(context.knowledge, 'verdict', 'cannot_determine'),
      say('full_stop'),
    ),
    say('assessment.missing'),
  ]);
}

function byVerdict(context: Context): Block<Phrase>[] {
  const { nodes, missingNodes } = context.analysis;
  return list(
    VERDICTS.flatMap((verdict) => {
      const names = [
        ...nodes.filter((node) => node.affectedness.verdict === verdict).map((node) => node.hostname),
        ...(verdict === 'cannot_determine' ? missingNodes : []),
      ];
      if (names.length === 0) return [];
      return [
        phrases(
          strong(fromTable(context.knowledge, 'verdict', verdict)),
          say('answer.nodes', { count: names.length, nodes: names }),
        ),
      ];
    }),
  );
}

function data(context: Context): Answer {
  const { dataRisk, mirrors } = context.analysis;
  if (dataRisk === null) {
    return {
      id: 'data',
      question: say('question.data'),
      tone: context.analysis.verdict === 'not_affected' ? 'neutral' : 'unknown',
      answer: phrases(
        badge('unknown', say('answer.data.none.badge')),
        say('badge.separator'),
        say('answer.data.none'),
      ),
      body: list(splitBrains(context)),
    };
  }
  const shown = worstFirst(mirrors).slice(0, MANY_ITEMS);
  return {
    id: 'data',
    question: say('question.data'),
    tone: outcomeTone(dataRisk),
    answer: phrases(outcomeBadge(context, dataRisk), say('badge.separator'), say(`answer.data.${dataRisk}`)),
    body: list([
      ...splitBrains(context),
      ...unidentified(context),
      ...shown.map((mirror) => mirrorSentence(context, mirror)),
      ...(mirrors.length > shown.length
        ? [say('answer.more.mirrors', { count: mirrors.length - shown.length })]
        : []),
    ]),
  };
}

/** A split brain puts data at risk whatever the state of the mirrors. */
function splitBrains(context: Context): Phrase[] {
  return context.analysis.findings
    .filter((finding) => finding.rule === 'split_brain_now' || finding.rule === 'split_brain_suspected')
    .map((finding) =>
      phrases(
        strong(findingTitle(context, finding)),
        say('colon'),
        fromTable(context.knowledge, 'reason', finding.reason, finding.params),
        context.citations.cite(finding.evidence, { inferred: null }, 3, true),
      ),
    );
}

/** Why no mirror could be judged although nodes are concerned. */
function unidentified(context: Context): Phrase[] {
  return context.analysis.findings
    .filter((finding) => finding.rule === 'mirror_not_identified')
    .map((finding) => fromTable(context.knowledge, 'reason', finding.reason, finding.params));
}

const OUTCOME_RANK: readonly MirrorOutcome[] = [
  'source_suspect',
  'target_suspect',
  'cannot_determine',
  'cleared_by_full_resync',
  'none_seen',
  'zero_bytes_only',
];

function worstFirst(mirrors: readonly Mirror[]): Mirror[] {
  return [...mirrors].sort((a, b) => OUTCOME_RANK.indexOf(a.outcome) - OUTCOME_RANK.indexOf(b.outcome));
}

function todo(context: Context): Answer {
  const { once, standing } = todoOf(context);
  const avoid = context.plan.filter((planned) => planned.action.kind === 'avoid');
  const wanted = wantedItems(context);
  const worst = once[0]?.severity;
  const answer =
    once.length > 0
      ? say('answer.actions.some', { count: once.length })
      : wanted.length > 0
        ? say('answer.actions.send_only')
        : standing.length > 0
          ? say('answer.actions.standing_only')
          : say('answer.actions.none');
  return {
    id: 'actions',
    question: say('question.actions'),
    tone:
      once.length + wanted.length + standing.length === 0
        ? 'neutral'
        : worst === 'critical' || worst === 'high'
          ? 'danger'
          : 'caution',
    answer,
    body: [
      ...list([
        ...actionLines(context, once),
        ...(once.length === 0 ? wanted.slice(0, MANY_ITEMS) : wanted.length > 0 ? [say('answer.send')] : []),
      ]),
      ...(standing.length > 0
        ? [
            paragraph(
              phrases(
                strong(say('answer.actions.standing')),
                say('colon'),
                joined(actionNames(context, standing)),
              ),
            ),
          ]
        : []),
      ...(avoid.length > 0
        ? [paragraph(phrases(strong(say('answer.avoid')), say('colon'), joined(actionNames(context, avoid))))]
        : []),
    ],
  };
}

/** One line an action: its number, what it is, and when to do it. */
function actionLines(context: Context, planned: readonly PlannedAction[]): Phrase[] {
  const shown = planned.slice(0, MANY_ITEMS);
  return [
    ...shown.map((action) =>
      phrases(
        strong(asFound(action.id)),
        say('space'),
        actionTitle(context, action),
        say('answer.by', { deadline: dueOf(context.knowledge, action) }),
      ),
    ),
    ...(planned.length > shown.length
      ? [say('answer.more.actions', { count: planned.length - shown.length })]
      : []),
  ];
}

/** Numbers and titles, each once, however many mirrors an operation to avoid is about. */
function actionNames(context: Context, planned: readonly PlannedAction[]): Phrase[] {
  const byId = Map.groupBy(planned, (entry) => entry.id);
  return [...byId.values()].flatMap(([first]) =>
    first === undefined
      ? []
      : [phrases(strong(asFound(first.id)), say('badge.separator'), actionTitle(context, first))],
  );
}

/** Assumptions that the times of a node rest on. */
const INFERRED: readonly string[] = [
  'year_from_rotation_name',
  'year_from_member_mtime',
  'year_from_collection_date',
  'year_from_neighbour_log',
  'year_unknown',
  'zone_from_case',
  'zone_from_stamp',
  'future_stamp',
  'clock_step',
  'collection_time_unknown',
  'records_without_stamp',
];

function unknown(context: Context): Answer {
  const { analysis, knowledge } = context;
  const undecided = analysis.nodes.filter((node) => node.affectedness.verdict === 'cannot_determine');
  const unread = analysis.bundles.filter((bundle) => bundle.status === 'rejected');
  const partial = analysis.bundles.filter((bundle) => bundle.status === 'partial');
  const gaps = analysis.nodes.filter((node) => node.coverage.gaps.length > 0);
  const has = (node: Node, codes: readonly string[]) =>
    node.coverage.assumptions.some((note) => codes.includes(note.code));
  const rotated = analysis.nodes.filter(
    (node) => node.coverage.missingRotations.length > 0 || has(node, ['no_rotated_logs']),
  );
  const silent = analysis.nodes.filter((node) => node.coverage.from === null);
  const cut = analysis.nodes.filter((node) => node.coverage.logs.some((log) => log.state !== 'whole'));
  const assumed = analysis.nodes.filter((node) => has(node, INFERRED));
  const names = (nodes: readonly Node[]) => nodes.map((node) => node.hostname);
  const items: Phrase[] = [
    ...(analysis.missingNodes.length > 0
      ? [say('unknown.missing_nodes', { nodes: analysis.missingNodes })]
      : []),
    ...unread.map((bundle) =>
      say('unknown.rejected', {
        file: bundle.fileName,
        problem: joined(
          bundle.problems
            .filter((problem) => problem.fatal)
            .map((problem) => fromTable(knowledge, 'problem', problem.code)),
        ),
      }),
    ),
    ...(undecided.length > 0 ? [say('unknown.undecided', { nodes: names(undecided) })] : []),
    ...(silent.length > 0 ? [say('unknown.no_log', { nodes: names(silent) })] : []),
    ...(partial.length > 0
      ? [say('unknown.partial', { files: partial.map((bundle) => bundle.fileName) })]
      : []),
    ...(rotated.length > 0 ? [say('unknown.rotated', { nodes: names(rotated) })] : []),
    ...(gaps.length > 0 ? [say('unknown.gaps', { nodes: names(gaps) })] : []),
    ...(cut.length > 0 ? [say('unknown.cut', { nodes: names(cut) })] : []),
    ...(assumed.length > 0 ? [say('unknown.assumed')] : []),
  ];
  return {
    id: 'unknown',
    question: say('question.unknown'),
    tone: items.length === 0 ? 'neutral' : 'unknown',
    answer: items.length === 0 ? say('answer.unknown.none') : say('answer.unknown.some'),
    body: [...list(items), paragraph(period(context))],
  };
}

/** The period the whole answer rests on. */
function period(context: Context): Phrase {
  const windows = context.analysis.nodes.flatMap((node) =>
    node.coverage.from === null || node.coverage.to === null
      ? []
      : [{ from: node.coverage.from, to: node.coverage.to }],
  );
  if (windows.length === 0) return say('unknown.period.none');
  const from = windows.reduce((a, b) => (Date.parse(b.from) < Date.parse(a.from) ? b : a)).from;
  const to = windows.reduce((a, b) => (Date.parse(b.to) > Date.parse(a.to) ? b : a)).to;
  return say('unknown.period', { begin: instant(from, 'minute'), end: instant(to, 'minute') });
}
