import type { Analysis, Node, Params, Verdict } from '../../analysis/analysis.ts';
import type { AffectednessAdvisory, Knowledge, Text } from '../../knowledge/schema.ts';
import type { Phrase } from '../document.ts';
import { inWords, plain } from '../localize.ts';
import { fromTable, known, phrases, say, sentences, spoken } from '../phrase.ts';
import type { PlannedAction } from '../plan.ts';
import { dueOf } from '../sections/actions.ts';
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

/** Title and time of an action: without the time, what depends on a condition would read as something to do now. */
export function actionHeading(source: MachineSource, planned: PlannedAction): string {
  const { action, procedure } = planned;
  if (procedure === null) return action.procedure;
  const title = known(procedure.title, action.params);
  return inPlainWords(
    source,
    action.kind === 'avoid'
      ? title
      : phrases(title, say('answer.by', { deadline: dueOf(source.knowledge, planned) })),
  );
}

/** The action as text: title and time, direction, and its steps with commands, expected results and stop conditions. */
export function actionText(source: MachineSource, planned: PlannedAction): string {
  const { action, procedure } = planned;
  if (procedure === null) return action.procedure;
  const line = (phrase: Phrase) => inPlainWords(source, phrase);
  const words = (text: Text, params: Params) => line(known(text, spoken(source.knowledge, params)));
  const labelled = (label: 'steps.expected' | 'steps.stop', text: Text | undefined, params: Params) =>
    text === undefined
      ? []
      : [`   ${line(phrases(say(label), say('colon')))}${separator(source)}${words(text, params)}`];
  return [
    actionHeading(source, planned),
    ...(procedure.direction === undefined ? [] : [words(procedure.direction, action.params)]),
    ...action.steps.flatMap((step, index) => {
      const text = procedure.steps.find((candidate) => candidate.id === step.step);
      return [
        `${index + 1}. ${text === undefined ? step.step : words(text.text, step.params)}`,
        ...step.commands.map((command) => {
          const nodes = planned.nodes[index] ?? [];
          return `   ${nodes.length === 0 ? '' : `[${nodes.join(', ')}] `}${command}`;
        }),
        ...labelled('steps.expected', text?.expect, step.params),
        ...labelled('steps.stop', text?.stop, step.params),
      ];
    }),
  ].join('\n');
}

/** What follows a colon: a blank in English, nothing in Japanese. */
function separator({ language }: MachineSource): string {
  return language === 'en' ? ' ' : '';
}
