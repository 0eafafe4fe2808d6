import type { Action, Analysis, Finding, Params, Severity } from '../analysis/analysis.ts';
import type { Knowledge, Procedure } from '../knowledge/schema.ts';
import type { Phrase } from './document.ts';
import { inWords, plain } from './localize.ts';
import { code, known, spoken } from './phrase.ts';

/** An action of the analysis, once, with every finding that asks for it. */
export interface PlannedAction {
  /**
   * `A1`, `A2`, … for what to do, `X1`, … for what to avoid; the same in every language and format. What to avoid
   * has one id per procedure, however many mirrors it is about.
   */
  id: string;
  action: Action;
  /** Per step of the action, the nodes to run it on; empty when the step is bound to none. */
  nodes: readonly (readonly string[])[];
  /** Null when the knowledge does not know the procedure. */
  procedure: Procedure | null;
  /** The worst severity of its findings. */
  severity: Severity;
  findings: readonly Finding[];
}

/** Asking for evidence is no action among others: reports list what to send on its own. */
const ASKS_FOR_EVIDENCE = 'send_evidence';

const RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

/**
 * The actions of all findings: what to do once before what to do on an occasion, the most severe first and otherwise
 * in the order of the knowledge's procedures.
 * Actions that read the same, because two findings ask for them or because they differ in the node alone, become one
 * for all these nodes. The advisory adds none of its own: what is not an action of the analysis is not advised.
 */
export function planActions(analysis: Analysis, knowledge: Knowledge): PlannedAction[] {
  const merged = new Map<string, { asked: { action: Action; finding: Finding }[]; severity: Severity }>();
  for (const finding of analysis.findings) {
    for (const action of finding.actions) {
      if (action.procedure === ASKS_FOR_EVIDENCE) continue;
      const key = readingOf(action, knowledge);
      const group = merged.get(key);
      if (group === undefined) merged.set(key, { asked: [{ action, finding }], severity: finding.severity });
      else {
        group.asked.push({ action, finding });
        if (RANK[finding.severity] < RANK[group.severity]) group.severity = finding.severity;
      }
    }
  }
  const order = Object.keys(knowledge.procedures);
  const placeOf = ({ asked }: { asked: { action: Action }[] }) =>
    order.indexOf(asked[0]?.action.procedure ?? '');
  const standing = ({ asked }: { asked: { action: Action }[] }) =>
    Number(knowledge.procedures[asked[0]?.action.procedure ?? '']?.standing ?? false);
  const sorted = [...merged.values()].sort(
    (a, b) => standing(a) - standing(b) || RANK[a.severity] - RANK[b.severity] || placeOf(a) - placeOf(b),
  );
  const numbered = (kind: Action['kind'], letter: string) =>
    sorted
      .flatMap(({ asked, severity }) => {
        const [first] = asked;
        return first === undefined || first.action.kind !== kind
          ? []
          : [{ asked, severity, action: first.action }];
      })
      .map(({ asked, severity, action }, index): PlannedAction => {
        const procedure = knowledge.procedures[action.procedure] ?? null;
        return {
          id: `${letter}${index + 1}`,
          action,
          nodes: action.steps.map((step, position) =>
            nodesOf(
              asked,
              position,
              procedure?.steps.find((candidate) => candidate.id === step.step),
            ),
          ),
          procedure,
          severity,
          findings: asked.map(({ finding }) => finding),
        };
      });
  const avoided = numbered('avoid', 'X');
  const procedures = [...new Set(avoided.map((planned) => planned.action.procedure))];
  return [
    ...numbered('do', 'A'),
    ...avoided
      .map((planned) => ({ ...planned, id: `X${procedures.indexOf(planned.action.procedure) + 1}` }))
      .sort((a, b) => procedures.indexOf(a.action.procedure) - procedures.indexOf(b.action.procedure)),
  ];
}

/** The nodes a step names, over all findings that ask for the action. */
function nodesOf(
  asked: readonly { action: Action; finding: Finding }[],
  position: number,
  step: Procedure['steps'][number] | undefined,
): string[] {
  const named = asked.flatMap(({ action, finding }) => {
    const node = action.steps[position]?.node ?? null;
    if (node !== null) return [node];
    return step?.on === 'each' && finding.subject.kind === 'node' ? [finding.subject.id] : [];
  });
  return [...new Set(named)];
}

/** What to send so that open questions can be decided, as codes of the table `wanted`, each with its nodes. */
export interface WantedEvidence {
  code: string;
  nodes: readonly string[];
  params: Params;
}

/** Everything the analysis asks to be sent, once. A node without a bundle is asked for the bundle alone. */
export function wantedEvidence(analysis: Analysis): WantedEvidence[] {
  const missing = new Set(analysis.missingNodes);
  const asked = [
    ...analysis.missingNodes.map((node) => ({ code: 'send_bundle', node, params: {} })),
    ...analysis.nodes.flatMap((node) =>
      node.affectedness.wanted.map(({ code: wanted, params: { node: _, ...params } }) => ({
        code: wanted,
        node: node.id,
        params,
      })),
    ),
    ...analysis.findings
      .filter((finding) => finding.subject.kind !== 'node')
      .flatMap((finding) => finding.actions)
      .filter((action) => action.procedure === ASKS_FOR_EVIDENCE)
      .flatMap(({ params: { nodes, items } }) =>
        [nodes ?? []]
          .flat()
          .flatMap((node) =>
            [items ?? []].flat().map((item) => ({ code: String(item), node: String(node), params: {} })),
          ),
      ),
  ].filter(({ code: wanted, node }) => wanted === 'send_bundle' || !missing.has(node));
  const groups = Map.groupBy(asked, ({ code: wanted, params }) => JSON.stringify([wanted, params]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ code: first.code, params: first.params, nodes: [...new Set(group.map(({ node }) => node))] }];
  });
}

/** What the reader would read of an action, nodes to run it on aside. */
function readingOf(action: Action, knowledge: Knowledge): string {
  const procedure = knowledge.procedures[action.procedure] ?? null;
  const read = (phrase: Phrase) => plain(inWords(phrase, 'en'));
  return JSON.stringify([
    action.procedure,
    action.kind,
    action.direction,
    ...(procedure === null
      ? []
      : [procedure.title, procedure.purpose, procedure.riskText].map((text) =>
          read(known(text, spoken(knowledge, action.params))),
        )),
    action.steps.map((step) => {
      const text = procedure?.steps.find((candidate) => candidate.id === step.step);
      return [
        step.step,
        ...(text === undefined
          ? [read(code(step.step))]
          : [text.text, text.expect, text.stop].map((words) =>
              words === undefined ? '' : read(known(words, spoken(knowledge, step.params))),
            )),
        ...step.commands,
      ];
    }),
  ]);
}
