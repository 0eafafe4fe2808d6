import type { Action, Analysis, Finding, Severity } from '../analysis/analysis.ts';
import type { Knowledge, Procedure } from '../knowledge/schema.ts';
import type { Phrase } from './document.ts';
import { inWords, plain } from './localize.ts';
import { code, known } from './phrase.ts';

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

const RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

/**
 * The actions of all findings, the most severe first and otherwise in the order of the analysis. Actions that read
 * the same, because two findings ask for them or because they differ in the node alone, become one for all these
 * nodes. The advisory adds none of its own: what is not an action of the analysis is not advised.
 */
export function planActions(analysis: Analysis, knowledge: Knowledge): PlannedAction[] {
  const merged = new Map<string, { asked: { action: Action; finding: Finding }[]; severity: Severity }>();
  for (const finding of analysis.findings) {
    for (const action of finding.actions) {
      const key = readingOf(action, knowledge.procedures[action.procedure] ?? null);
      const group = merged.get(key);
      if (group === undefined) merged.set(key, { asked: [{ action, finding }], severity: finding.severity });
      else {
        group.asked.push({ action, finding });
        if (RANK[finding.severity] < RANK[group.severity]) group.severity = finding.severity;
      }
    }
  }
  const sorted = [...merged.values()].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
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

/** What the reader would read of an action, nodes to run it on aside. */
function readingOf(action: Action, procedure: Procedure | null): string {
  const read = (phrase: Phrase) => plain(inWords(phrase, 'en'));
  return JSON.stringify([
    action.procedure,
    action.kind,
    action.direction,
    ...(procedure === null
      ? []
      : [procedure.title, procedure.purpose, procedure.riskText].map((text) =>
          read(known(text, action.params)),
        )),
    action.steps.map((step) => {
      const text = procedure?.steps.find((candidate) => candidate.id === step.step);
      return [
        step.step,
        ...(text === undefined
          ? [read(code(step.step))]
          : [text.text, text.expect, text.stop].map((words) =>
              words === undefined ? '' : read(known(words, step.params)),
            )),
        ...step.commands,
      ];
    }),
  ]);
}
