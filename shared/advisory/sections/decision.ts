import type { Mirror, MirrorOutcome, Node, Verdict } from '../../analysis/analysis.ts';
import type { Block, Phrase, Section } from '../document.ts';
import {
  asFound,
  badge,
  code,
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
import { actionTitle, wantedItems } from './actions.ts';
import { type Context, nodeReason, outcomeBadge, outcomeTone, verdictBadge, verdictTone } from './context.ts';
import { mirrorSentence } from './integrity.ts';

/** From this many nodes on, page one lists nodes by verdict instead of one line each. */
const MANY_NODES = 5;
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
  const counted = (wanted: Verdict) =>
    nodes.filter((node) => node.affectedness.verdict === wanted).length +
    (wanted === 'cannot_determine' ? missingNodes.length : 0);
  const total = nodes.length + missingNodes.length;
  return {
    id: 'affected',
    question: say('question.affected'),
    tone: verdictTone(verdict),
    answer: phrases(
      verdictBadge(context, verdict),
      say('badge.separator'),
      say(`answer.affected.${verdict}`, { count: counted(verdict), total }),
    ),
    body: [
      ...(total < MANY_NODES
        ? list([
            ...nodes.map((node) => nodeLine(context, node)),
            ...missingNodes.map((name) => missingLine(context, name)),
          ])
        : byVerdict(context)),
    ],
  };
}

function nodeLine(context: Context, node: Node): Phrase {
  return sentences([
    phrases(
      strong(code(node.hostname)),
      say('colon'),
      fromTable(context.knowledge, 'verdict', node.affectedness.verdict),
      say('full_stop'),
    ),
    phrases(
      nodeReason(context, node),
      context.citations.cite(node.affectedness.evidence, { inferred: null }, 3),
    ),
  ]);
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
      body: [],
    };
  }
  const shown = worstFirst(mirrors).slice(0, MANY_ITEMS);
  return {
    id: 'data',
    question: say('question.data'),
    tone: outcomeTone(dataRisk),
    answer: phrases(outcomeBadge(context, dataRisk), say('badge.separator'), say(`answer.data.${dataRisk}`)),
    body: list([
      ...shown.map((mirror) => mirrorSentence(context, mirror)),
      ...(mirrors.length > shown.length
        ? [say('answer.more.mirrors', { count: mirrors.length - shown.length })]
        : []),
    ]),
  };
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
  const actions = context.plan.filter((planned) => planned.action.kind === 'do');
  const avoid = context.plan.filter((planned) => planned.action.kind === 'avoid');
  const wanted = wantedItems(context);
  /** One of the actions is already to send what is wanted. */
  const asked = actions.some((planned) => planned.action.procedure === 'send_evidence');
  const nothing = actions.length === 0 && wanted.length === 0;
  const worst = actions[0]?.severity;
  const send =
    actions.length === 0
      ? wanted.slice(0, MANY_ITEMS)
      : wanted.length === 0 || asked
        ? []
        : [say('answer.send')];
  const items = [
    ...actions
      .slice(0, MANY_ITEMS)
      .map((planned) =>
        phrases(
          strong(asFound(planned.id)),
          say('space'),
          actionTitle(planned),
          say('answer.by', { deadline: say(`deadline.${planned.severity}`) }),
        ),
      ),
    ...(actions.length > MANY_ITEMS
      ? [say('answer.more.actions', { count: actions.length - MANY_ITEMS })]
      : []),
    ...send,
    ...(avoid.length > 0
      ? [
          say('answer.avoid', {
            list: joined(distinctTitles(avoid).slice(0, MANY_ITEMS)),
          }),
        ]
      : []),
  ];
  return {
    id: 'actions',
    question: say('question.actions'),
    tone: nothing ? 'neutral' : worst === 'critical' || worst === 'high' ? 'danger' : 'caution',
    answer: nothing
      ? say('answer.actions.none')
      : actions.length === 0
        ? say('answer.actions.send_only')
        : say('answer.actions.some', { count: actions.length }),
    body: list(items),
  };
}

/** Titles of actions, one for those that differ only in the mirror they are about. */
function distinctTitles(planned: readonly PlannedAction[]): Phrase[] {
  const byProcedure = Map.groupBy(planned, (entry) => entry.action.procedure);
  return [...byProcedure.values()].flatMap(([first]) => (first === undefined ? [] : [actionTitle(first)]));
}

function unknown(context: Context): Answer {
  const { analysis, knowledge } = context;
  const undecided = analysis.nodes.filter((node) => node.affectedness.verdict === 'cannot_determine');
  const unread = analysis.bundles.filter((bundle) => bundle.status === 'rejected');
  const partial = analysis.bundles.filter((bundle) => bundle.status === 'partial');
  const gaps = analysis.nodes.filter((node) => node.coverage.gaps.length > 0);
  const rotated = analysis.nodes.filter((node) => node.coverage.missingRotations.length > 0);
  const silent = analysis.nodes.filter((node) => node.coverage.from === null);
  const cut = analysis.nodes.filter((node) => node.coverage.logs.some((log) => log.state !== 'whole'));
  const assumed = analysis.nodes.filter((node) => node.coverage.assumptions.length > 0);
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
