import type { ActionStep } from '../../analysis/analysis.ts';
import type { Knowledge, Procedure } from '../../knowledge/schema.ts';
import type { Block, Phrase, Section, Step } from '../document.ts';
import { inWords, plain } from '../localize.ts';
import {
  asFound,
  badge,
  code,
  fromTable,
  joined,
  known,
  list,
  paragraph,
  phrases,
  say,
  spoken,
  strong,
} from '../phrase.ts';
import { type PlannedAction, wantedEvidence } from '../plan.ts';
import { type Context, findingTitle, severityBadge, subjectOf } from './context.ts';

/** What to do: once, and whenever its occasion arises. */
export function todoOf(context: Context): {
  once: readonly PlannedAction[];
  standing: readonly PlannedAction[];
} {
  const todo = context.plan.filter((planned) => planned.action.kind === 'do');
  return {
    once: todo.filter((planned) => planned.procedure?.standing !== true),
    standing: todo.filter((planned) => planned.procedure?.standing === true),
  };
}

/** When to do it: as the procedure says, or else by the severity of what was found. */
export function dueOf(knowledge: Knowledge, planned: PlannedAction): Phrase {
  const due = planned.procedure?.due;
  return due === undefined
    ? say(`deadline.${planned.severity}`)
    : known(due, spoken(knowledge, planned.action.params));
}

/** The title of a planned action with its values; where a case has several mirrors, with the mirror it is about. */
export function actionTitle({ analysis }: Context, planned: PlannedAction): Phrase {
  const { procedure, action } = planned;
  if (procedure === null) return code(action.procedure);
  const { tag } = action.params;
  const title = known(procedure.title, action.params);
  return typeof tag === 'string' && action.kind === 'do' && analysis.mirrors.length > 1
    ? phrases(title, say('colon'), code(tag))
    : title;
}

/** What to do, one step at a time, with the customer's own names in the commands. */
export function actions(context: Context): Section<Phrase> {
  const { once, standing } = todoOf(context);
  return {
    id: 'actions',
    heading: say('section.actions'),
    place: 'body',
    body: [
      paragraph(
        once.length > 0 || standing.length > 0
          ? say('actions.lead')
          : wantedItems(context).length > 0
            ? say('actions.send_only')
            : say('actions.none'),
      ),
      ...once.map((planned) => actionGroup(context, planned)),
      ...wanted(context),
      ...(standing.length > 0 ? [paragraph(say('actions.standing'))] : []),
      ...standing.map((planned) => actionGroup(context, planned)),
    ],
  };
}

/** What not to do, next to what to do, each with its reason. */
export function avoid(context: Context): Section<Phrase> {
  const planned = context.plan.filter((entry) => entry.action.kind === 'avoid');
  return {
    id: 'avoid',
    heading: say('section.avoid'),
    place: 'body',
    body:
      planned.length === 0
        ? [paragraph(say('avoid.none'))]
        : [
            paragraph(say('avoid.lead')),
            ...[...Map.groupBy(planned, (entry) => entry.id).values()].flatMap((entries) =>
              avoidCallout(context, entries),
            ),
          ],
  };
}

/** One operation to avoid, with the instructions for every mirror it is about. */
function avoidCallout(context: Context, entries: readonly PlannedAction[]): Block<Phrase>[] {
  const [first] = entries;
  if (first === undefined) return [];
  const purposes = entries.flatMap(({ procedure, action }) =>
    procedure === null ? [] : [known(procedure.purpose, action.params)],
  );
  const distinct = [...new Map(purposes.map((phrase) => [plain(inWords(phrase, 'en')), phrase])).values()];
  return [
    {
      kind: 'callout',
      tone: 'caution',
      title: phrases(asFound(first.id), say('space'), actionTitle(context, first)),
      body: [
        ...(distinct.length > 1 ? list(distinct) : distinct.map(paragraph)),
        ...list(
          entries.flatMap((entry) =>
            entry.action.steps.flatMap((step) => instruction(context, entry.procedure, step)),
          ),
        ),
        ...entries.flatMap((entry) =>
          entry.action.steps
            .filter((step) => step.commands.length > 0)
            .map((step): Block<Phrase> => ({ kind: 'commands', lines: step.commands })),
        ),
      ],
    },
  ];
}

function actionGroup(context: Context, planned: PlannedAction): Block<Phrase> {
  const { action, procedure } = planned;
  return {
    kind: 'group',
    id: `action-${planned.id.toLowerCase()}`,
    heading: phrases(asFound(planned.id), say('space'), actionTitle(context, planned)),
    body: [
      ...(procedure === null ? [] : [paragraph(known(procedure.purpose, action.params))]),
      {
        kind: 'facts',
        rows: [
          { term: say('actions.deadline'), value: strong(dueOf(context.knowledge, planned)) },
          // What is done on an occasion has its reason in the purpose, not in the state found.
          ...(procedure?.standing === true
            ? []
            : [
                { term: say('actions.because'), value: joined(reasons(context, planned)) },
                { term: say('actions.severity'), value: severityBadge(context, planned.severity) },
              ]),
          { term: say('actions.risk'), value: riskOf(context, planned) },
        ],
      },
      ...overwriting(planned),
      { kind: 'steps', items: action.steps.map((step, index) => stepOf(context, planned, step, index)) },
    ],
  };
}

function riskOf(context: Context, planned: PlannedAction): Phrase {
  const level = badge(
    planned.action.risk === 'high' ? 'danger' : planned.action.risk === 'moderate' ? 'caution' : 'neutral',
    fromTable(context.knowledge, 'risk', planned.action.risk),
  );
  return planned.procedure === null
    ? level
    : phrases(level, say('space'), known(planned.procedure.riskText, planned.action.params));
}

/** The overwrite direction in words, before any command of the action. */
function overwriting(planned: PlannedAction): Block<Phrase>[] {
  const { direction, params } = planned.action;
  const inWords = planned.procedure?.direction;
  if (direction === null && inWords === undefined) return [];
  return [
    {
      kind: 'callout',
      tone: 'danger',
      title: say('actions.overwrite.title'),
      body: [
        ...(inWords === undefined ? [] : [paragraph(strong(known(inWords, params)))]),
        ...(direction === null || inWords !== undefined ? [] : [paragraph(strong(overwriteOf(direction)))]),
      ],
    },
  ];
}

function overwriteOf(direction: { mirror: string; from: string; to: string }): Phrase {
  return say('actions.overwrite', direction);
}

function instruction(context: Context, procedure: Procedure | null, step: ActionStep): Phrase[] {
  const text = procedure?.steps.find((candidate) => candidate.id === step.step);
  return text === undefined ? [code(step.step)] : [known(text.text, spoken(context.knowledge, step.params))];
}

/** Commands that copy one side of a mirror over the other. */
const OVERWRITES = /\bmirror_action\b.*\b(fullresync|force)\b|\bmirror_resize\b.*-f\b/;

function stepOf(context: Context, planned: PlannedAction, step: ActionStep, index: number): Step<Phrase> {
  const { procedure, action } = planned;
  const text = procedure?.steps.find((candidate) => candidate.id === step.step);
  const { direction } = action;
  const overwrites = direction !== null && step.commands.some((command) => OVERWRITES.test(command));
  return {
    number: `${planned.id}-${index + 1}`,
    instruction: instruction(context, procedure, step).flat(),
    runOn: runOn(planned, step, index),
    overwrite: overwrites ? overwriteOf(direction) : null,
    commands: step.commands,
    expected: text?.expect === undefined ? null : known(text.expect, step.params),
    stop: text?.stop === undefined ? null : known(text.stop, step.params),
  };
}

/** Where to run a step: by name when it is known, else as the procedure says it. */
function runOn(planned: PlannedAction, step: ActionStep, index: number): Phrase | null {
  const nodes = planned.nodes[index] ?? [];
  if (nodes.length > 0) return say('steps.run_on', { nodes });
  switch (planned.procedure?.steps.find((candidate) => candidate.id === step.step)?.on) {
    case 'each':
    case 'every':
      return say('steps.run_on.each');
    case 'any':
      return step.commands.length > 0 ? say('steps.run_on.any') : null;
    case 'peer':
      return say('steps.run_on.peer');
    default:
      return null;
  }
}

/** Why an action is asked for: each kind of finding once, with the subjects it was found for. */
function reasons(context: Context, planned: PlannedAction): Phrase[] {
  const byRule = Map.groupBy(planned.findings, (finding) => finding.rule);
  return [...byRule.values()].flatMap((findings) => {
    const [first] = findings;
    if (first === undefined) return [];
    const subjects = [...new Set(findings.flatMap((finding) => subjectOf(context, finding)))];
    if (subjects.length === 0) return [findingTitle(context, first)];
    return [
      say('actions.because.subjects', {
        title: findingTitle(context, first),
        subjects: joined(subjects.map((subject) => code(subject))),
      }),
    ];
  });
}

/** Problems of a bundle that another collection may cure. */
const CURABLE = new Set([
  'empty_file',
  'not_a_bundle',
  'truncated',
  'corrupt',
  'checksum_mismatch',
  'encrypted',
  'unsupported_method',
]);

/** What to send so that open questions can be decided, one item each. */
export function wantedItems({ analysis, knowledge }: Context): Phrase[] {
  return [
    ...analysis.bundles
      .filter((bundle) => bundle.problems.some((problem) => CURABLE.has(problem.code)))
      .map((bundle) => say('wanted.again', { file: bundle.fileName })),
    ...wantedEvidence(analysis).map(({ code: wanted, nodes, params }) =>
      fromTable(knowledge, 'wanted', wanted, { ...params, node: nodes }),
    ),
  ];
}

function wanted(context: Context): Block<Phrase>[] {
  const items = wantedItems(context);
  if (items.length === 0) return [];
  return [
    {
      kind: 'group',
      id: 'wanted',
      heading: say('wanted.heading'),
      body: [paragraph(say('wanted.lead')), ...list(items)],
    },
  ];
}
