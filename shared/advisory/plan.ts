import type { Action, Analysis, Finding, Severity } from '../analysis/analysis.ts';
import type { Knowledge, Procedure } from '../knowledge/schema.ts';

/** An action of the analysis, once, with every finding that asks for it. */
export interface PlannedAction {
  /** `A1`, `A2`, … for what to do, `X1`, … for what to avoid; the same in every language and format. */
  id: string;
  action: Action;
  /** Null when the knowledge does not know the procedure. */
  procedure: Procedure | null;
  /** The worst severity of its findings. */
  severity: Severity;
  findings: readonly Finding[];
}

const RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

export function severityRank(severity: Severity): number {
  return RANK[severity];
}

/**
 * The actions of all findings, each once, the most severe first and otherwise in the order of the analysis. The
 * advisory adds none of its own: what is not an action of the analysis is not advised.
 */
export function planActions(analysis: Analysis, knowledge: Knowledge): PlannedAction[] {
  const byContent = new Map<string, { action: Action; severity: Severity; findings: Finding[] }>();
  for (const finding of analysis.findings) {
    for (const action of finding.actions) {
      const key = JSON.stringify([
        action.procedure,
        action.kind,
        action.direction,
        action.params,
        action.steps,
      ]);
      const known = byContent.get(key);
      if (known === undefined)
        byContent.set(key, { action, severity: finding.severity, findings: [finding] });
      else {
        known.findings.push(finding);
        if (RANK[finding.severity] < RANK[known.severity]) known.severity = finding.severity;
      }
    }
  }
  const planned = [...byContent.values()].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const numbered = (kind: Action['kind'], letter: string) =>
    planned
      .filter((entry) => entry.action.kind === kind)
      .map((entry, index) => ({
        ...entry,
        id: `${letter}${index + 1}`,
        procedure: knowledge.procedures[entry.action.procedure] ?? null,
      }));
  return [...numbered('do', 'A'), ...numbered('avoid', 'X')];
}
