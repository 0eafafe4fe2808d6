import type { Analysis, Finding, Verdict } from '../../analysis/analysis.ts';
import { changesBetween } from '../delta.ts';
import type { Phrase, Section } from '../document.ts';
import { code, fromTable, list, paragraph, phrases, say, strong } from '../phrase.ts';
import { type Context, findingTitle, subjectOf } from './context.ts';

/** What is new against the previous revision: verdicts, outcomes, findings, bundles, knowledge, confirmations. */
export function changes(context: Context, previous: Analysis): Section<Phrase> {
  const { analysis, knowledge } = context;
  const delta = changesBetween(previous, analysis);
  const verdict = (value: Verdict | null) =>
    value === null ? say('changes.new') : fromTable(knowledge, 'verdict', value);
  const outcome = (value: string | null) =>
    value === null ? say('changes.new') : fromTable(knowledge, 'outcome', value);
  /** Nodes and mirrors whose change is told as such; their findings would only say it again. */
  const told = new Set([
    ...analysis.nodes
      .filter((node) => delta.nodes.some((change) => change.node === node.hostname))
      .map((node) => `node ${node.id}`),
    ...delta.mirrors.map((change) => `mirror ${change.mirror}`),
  ]);
  const worthTelling = (finding: Finding) => !told.has(`${finding.subject.kind} ${finding.subject.id}`);
  const titled = (finding: Finding) => ({
    title: findingTitle(context, finding),
    subject: subjectOf(context, finding),
  });
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
    ...delta.newFindings.filter(worthTelling).map((finding) => findingChange('new', titled(finding))),
    ...delta.goneFindings.filter(worthTelling).map((finding) => findingChange('gone', titled(finding))),
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

function findingChange(
  change: 'new' | 'gone',
  { title, subject }: { title: Phrase; subject: readonly string[] },
): Phrase {
  const [first] = subject;
  return phrases(
    say(`changes.finding.${change}`, { title }),
    ...(first === undefined ? [] : [say('paren', { content: code(first) })]),
  );
}
