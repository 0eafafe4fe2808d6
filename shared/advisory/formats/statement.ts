import type { Analysis, Node, Verdict } from '../../analysis/analysis.ts';
import type { AffectednessAdvisory, Knowledge } from '../../knowledge/schema.ts';
import type { Phrase } from '../document.ts';
import { inWords, plain } from '../localize.ts';
import { fromTable, known, sentences, spoken } from '../phrase.ts';
import type { PlannedAction } from '../plan.ts';
import type { Control } from '../sections/context.ts';
import type { Language } from '../texts/catalogue.ts';

/** What the machine formats are made from: the analysis, and a way to put its codes into words. */
export interface MachineSource {
  analysis: Analysis;
  knowledge: Knowledge;
  plan: readonly PlannedAction[];
  previous: Analysis | null;
  control: Control;
  language: Language;
}

/** A phrase as one plain line in the language of the document. */
export function inPlainWords(source: MachineSource, phrase: Phrase): string {
  return plain(inWords(phrase, source.language)).trim();
}

/** One node's statement: who, in which state, and why in words. */
export interface NodeStatement {
  /** Stable in the document: the node's id. */
  product: string;
  name: string;
  verdict: Verdict;
  reason: string;
  words: string;
}

export function nodeStatements(source: MachineSource): NodeStatement[] {
  const { analysis, knowledge } = source;
  return [
    ...analysis.nodes.map((node) => ({
      product: node.id,
      name: productName(node),
      verdict: node.affectedness.verdict,
      reason: node.affectedness.reason,
      words: inPlainWords(
        source,
        sentences([
          fromTable(knowledge, 'reason', node.affectedness.reason, node.affectedness.params),
          ...node.affectedness.notes.map((note) => fromTable(knowledge, 'note', note.code, note.params)),
        ]),
      ),
    })),
    ...analysis.missingNodes.map((name) => ({
      product: name,
      name,
      verdict: 'cannot_determine' as const,
      reason: 'node_missing',
      words: inPlainWords(source, fromTable(knowledge, 'reason', 'node_missing', { node: name })),
    })),
  ];
}

function productName(node: Node): string {
  const parts = [
    node.os?.pretty,
    node.kernel.running === null ? undefined : `kernel ${node.kernel.running}`,
    node.lifekeeper.version === null ? undefined : `LifeKeeper ${node.lifekeeper.version}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? node.hostname : `${node.hostname} (${parts.join(', ')})`;
}

/** The CVE an advisory cites among its sources, in upper case. */
export function cveOf(advisory: AffectednessAdvisory): string | null {
  const id = advisory.sources.find((source) => /^cve-\d{4}-\d{4,}$/i.test(source));
  return id === undefined ? null : id.toUpperCase();
}

/** The action as text: title, direction, and its steps with their commands. */
export function actionText(source: MachineSource, planned: PlannedAction): string {
  const { action, procedure } = planned;
  if (procedure === null) return action.procedure;
  const line = (phrase: Phrase) => inPlainWords(source, phrase);
  return [
    line(known(procedure.title, action.params)),
    ...(procedure.direction === undefined ? [] : [line(known(procedure.direction, action.params))]),
    ...action.steps.flatMap((step, index) => {
      const text = procedure.steps.find((candidate) => candidate.id === step.step)?.text;
      return [
        `${index + 1}. ${text === undefined ? step.step : line(known(text, spoken(source.knowledge, step.params)))}`,
        ...step.commands.map((command) => {
          const nodes = planned.nodes[index] ?? [];
          return `   ${nodes.length === 0 ? '' : `[${nodes.join(', ')}] `}${command}`;
        }),
      ];
    }),
  ].join('\n');
}
