import type { Analysis, Verdict } from '../../analysis/analysis.ts';
import { changesBetween } from '../delta.ts';
import type { Phrase, Section } from '../document.ts';
import { code, fromTable, list, paragraph, phrases, say, strong } from '../phrase.ts';
import type { Context } from './context.ts';

/** What is new against the previous revision: verdicts, outcomes, findings, bundles, knowledge, confirmations. */
export function changes(context: Context, previous: Analysis): Section<Phrase> {
  const { analysis, knowledge } = context;
  const delta = changesBetween(previous, analysis);
  const verdict = (value: Verdict | null) =>
    value === null ? say('changes.new') : fromTable(knowledge, 'verdict', value);
  const outcome = (value: string | null) =>
    value === null ? say('changes.new') : fromTable(knowledge, 'outcome', value);
  const ruleTitle = (rule: string): Phrase => {
    const known = knowledge.rules[rule];
    return known === undefined ? code(rule) : [{ kind: 'known', text: known.title, values: {} }];
  };
  const items: Phrase[] = [
    ...delta.nodes.map((change) =>
      say('changes.node', {
        node: change.node,
        before: verdict(change.before),
        after: verdict(change.after),
      }),
    ),
    ...delta.mirrors.map((change) =>
      say('changes.mirror', {
        mirror: change.mirror,
        before: outcome(change.before),
        after: outcome(change.after),
      }),
    ),
    ...delta.newFindings.map((finding) =>
      phrases(say('changes.finding.new', { title: ruleTitle(finding.rule), subject: finding.subject.id })),
    ),
    ...delta.goneFindings.map((finding) =>
      phrases(say('changes.finding.gone', { title: ruleTitle(finding.rule), subject: finding.subject.id })),
    ),
    ...delta.newBundles.map((bundle) => say('changes.bundle', { file: bundle.fileName })),
    ...delta.arrivedNodes.map((node) => say('changes.arrived', { node })),
    ...delta.confirmations.map((confirmation) =>
      confirmation.kind === 'full_resync_done'
        ? say('changes.confirmed.full_resync', {
            mirror: confirmation.mirror,
            from: confirmation.node,
            to: confirmation.target ?? '',
          })
        : say('changes.confirmed.data', { mirror: confirmation.mirror, node: confirmation.node }),
    ),
    ...(delta.knowledge === null
      ? []
      : [say('changes.knowledge', { before: delta.knowledge.before, after: delta.knowledge.after })]),
  ];
  return {
    id: 'changes',
    heading: say('section.changes'),
    place: 'body',
    body:
      items.length === 0
        ? [paragraph(say('changes.none'))]
        : [paragraph(strong(say('changes.lead'))), ...list(items)],
  };
}
