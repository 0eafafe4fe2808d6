import type { Node } from '../../analysis/analysis.ts';
import type { BundleSummary } from '../../evidence/evidence.ts';
import type { Block, Phrase, Row, Section } from '../document.ts';
import {
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
import type { Context } from './context.ts';

/** Rows per list; the JSON document has the rest. */
const MANY = 12;

/** The period examined, what was missing from it, and what had to be assumed. */
export function coverage(context: Context): Section<Phrase> {
  const { analysis } = context;
  return {
    id: 'coverage',
    heading: say('section.coverage'),
    place: 'body',
    body: [
      paragraph(say('coverage.lead')),
      ...list(analysis.missingNodes.map((node) => say('coverage.missing_node', { node }))),
      {
        kind: 'table',
        caption: say('coverage.nodes'),
        head: [
          say('head.node'),
          say('coverage.from'),
          say('coverage.to'),
          say('coverage.logs'),
          say('coverage.collected'),
          say('coverage.zone'),
          say('coverage.lacking'),
        ],
        rows: analysis.nodes.map((node) => nodeRow(context, node)),
      },
      ...assumptions(context),
      {
        kind: 'table',
        caption: say('coverage.bundles'),
        head: [
          say('coverage.file'),
          say('coverage.status'),
          say('coverage.members'),
          say('coverage.problems'),
        ],
        rows: analysis.bundles.map(
          (bundle): Row<Phrase> => ({
            marked: bundle.status !== 'complete',
            cells: [
              code(bundle.fileName),
              badge(
                bundle.status === 'complete' ? 'good' : bundle.status === 'partial' ? 'caution' : 'danger',
                say(`bundle.${bundle.status}`),
              ),
              bundle.members.seen === 0 ? say('none.value') : say('coverage.members.cell', bundle.members),
              problems(context, bundle),
            ],
          }),
        ),
      },
    ],
  };
}

/** What could not be read of a bundle, each statement once. */
function problems(context: Context, bundle: BundleSummary): Phrase {
  const told = new Map(
    bundle.problems.map((problem) => [`${problem.code} ${problem.member ?? ''}`, problem]),
  );
  if (told.size === 0) return say('none.value');
  const shown = [...told.values()].slice(0, MANY);
  return phrases(
    sentences(
      shown.map(({ code: name, member, count }) =>
        phrases(
          ...(member === undefined ? [] : [code(member), say('colon')]),
          fromTable(context.knowledge, 'problem', name, { member: member ?? '', count }),
        ),
      ),
    ),
    ...(told.size > MANY ? [say('cite.more', { count: told.size - MANY })] : []),
  );
}

function nodeRow(context: Context, node: Node): Row<Phrase> {
  const { coverage: seen } = node;
  const lacking = [
    ...(seen.gaps.length > 0
      ? [
          say('coverage.gaps', {
            count: seen.gaps.length,
            longest: joined(
              [...seen.gaps]
                .sort(
                  (a, b) => Date.parse(b.to) - Date.parse(b.from) - (Date.parse(a.to) - Date.parse(a.from)),
                )
                .slice(0, 1)
                .map((gap) => phrases(instant(gap.from, 'minute'), say('range'), instant(gap.to, 'minute'))),
            ),
          }),
        ]
      : []),
    ...(seen.missingRotations.length > 0
      ? [say('coverage.rotations', { files: seen.missingRotations.slice(0, MANY) })]
      : []),
    ...(seen.logs.some((log) => log.state !== 'whole')
      ? [
          say('coverage.cut', {
            files: seen.logs
              .filter((log) => log.state !== 'whole')
              .slice(0, MANY)
              .map((log) => log.member),
          }),
        ]
      : []),
  ];
  return {
    marked: seen.from === null,
    cells: [
      code(node.hostname),
      seen.from === null ? say('coverage.no_log') : instant(seen.from),
      seen.to === null ? say('none.value') : instant(seen.to),
      say('coverage.logs.cell', {
        logs: seen.logs.length,
        lines: seen.logs.reduce((sum, log) => sum + log.lifekeeperLines, 0),
      }),
      seen.collectedAt === null ? say('unknown.value') : instant(seen.collectedAt, 'minute'),
      phrases(
        code(node.timezone.name),
        say('paren', { content: fromTable(context.knowledge, 'zone_from', node.timezone.from) }),
      ),
      lacking.length === 0 ? say('none.value') : joined(lacking),
    ],
  };
}

/** Assumptions, each once with the nodes it holds for. */
function assumptions(context: Context): Block<Phrase>[] {
  const statements = context.analysis.nodes.flatMap((node) =>
    node.coverage.assumptions.map((note) => ({
      node: node.hostname,
      key: note,
      phrase: fromTable(context.knowledge, 'assumption', note.code, note.params),
    })),
  );
  if (statements.length === 0) return [];
  return [paragraph(strong(say('coverage.assumptions'))), ...list(foldedByNode(statements))];
}
