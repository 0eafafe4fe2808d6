import type { Comparison, Node } from '../../analysis/analysis.ts';
import type { Block, Phrase, Row, Section } from '../document.ts';
import {
  code,
  fromTable,
  instant,
  joined,
  known,
  list,
  paragraph,
  phrases,
  say,
  sentences,
  strong,
} from '../phrase.ts';
import { affectednessAdvisory, type Context, nodeReason, verdictBadge } from './context.ts';

/** One verdict per node with its reason, its comparison and the row of the advisory's table it rests on. */
export function assessment(context: Context): Section<Phrase> {
  const { nodes, missingNodes } = context.analysis;
  return {
    id: 'assessment',
    heading: say('section.assessment'),
    place: 'body',
    body: [
      paragraph(say('assessment.lead')),
      {
        kind: 'table',
        caption: say('assessment.caption'),
        head: [
          say('head.node'),
          say('head.verdict'),
          say('head.reason'),
          say('head.kernel'),
          say('head.lifekeeper'),
          say('head.os'),
          say('head.evidence'),
        ],
        rows: [
          ...nodes.map((node) => nodeRow(context, node)),
          ...missingNodes.map(
            (name): Row<Phrase> => ({
              marked: true,
              cells: [
                code(name),
                verdictBadge(context, 'cannot_determine'),
                say('assessment.missing'),
                say('none.value'),
                say('none.value'),
                say('none.value'),
                say('none.value'),
              ],
            }),
          ),
        ],
      },
      ...nodes.flatMap((node) => otherKernels(context, node)),
    ],
  };
}

function nodeRow(context: Context, node: Node): Row<Phrase> {
  const { knowledge } = context;
  return {
    marked: node.affectedness.verdict === 'affected',
    cells: [
      code(node.hostname),
      verdictBadge(context, node.affectedness.verdict),
      sentences([
        nodeReason(context, node),
        ...node.affectedness.notes.map((note) =>
          fromTable(knowledge, 'note', note.code, { node: node.hostname, ...note.params }),
        ),
      ]),
      node.kernel.running === null ? say('unknown.value') : code(node.kernel.running),
      lifekeeper(node),
      node.os === null ? say('unknown.value') : code(node.os.pretty),
      context.citations.cite(node.affectedness.evidence, { inferred: null }, 8),
    ],
  };
}

function lifekeeper(node: Node): Phrase {
  const version = node.lifekeeper.version === null ? say('unknown.value') : code(node.lifekeeper.version);
  return node.lifekeeper.datakeeper === 'installed'
    ? version
    : phrases(version, say('paren', { content: say(`datakeeper.${node.lifekeeper.datakeeper}`) }));
}

/** The verdict of kernels that are installed or chosen for the next boot, where they differ. */
function otherKernels(context: Context, node: Node): Block<Phrase>[] {
  const { kernel } = node;
  const lines = [
    ...(kernel.nextBoot !== null && kernel.nextBootVerdict !== null && kernel.nextBoot !== kernel.running
      ? [
          say('kernel.next_boot', {
            node: node.hostname,
            kernel: kernel.nextBoot,
            verdict: verdictBadge(context, kernel.nextBootVerdict),
          }),
        ]
      : []),
    ...(kernel.newestInstalled !== null &&
    kernel.newestInstalledVerdict !== null &&
    kernel.newestInstalled !== kernel.running &&
    kernel.newestInstalled !== kernel.nextBoot
      ? [
          say('kernel.installed', {
            node: node.hostname,
            kernel: kernel.newestInstalled,
            verdict: verdictBadge(context, kernel.newestInstalledVerdict),
          }),
        ]
      : []),
  ];
  return list(lines);
}

/** The advisory's table, reprinted with the customer's rows marked and the comparison shown. */
export function systems(context: Context): Section<Phrase> {
  const advisory = affectednessAdvisory(context.knowledge);
  const { nodes } = context.analysis;
  const using = (row: string) => nodes.filter((node) => node.affectedness.row === row);
  /** The publication that the table is from. */
  const [source] = advisory?.sources ?? [];
  const compared = nodes.filter((node) => node.affectedness.trace.length > 0);
  return {
    id: 'systems',
    heading: say('section.systems'),
    place: 'body',
    body: [
      paragraph(say('systems.lead')),
      ...(advisory === null
        ? []
        : [
            {
              kind: 'table',
              caption: say('systems.caption', { advisory: known(advisory.title) }),
              head: [
                say('systems.system'),
                say('systems.kernels'),
                say('systems.versions'),
                say('systems.yours'),
              ],
              rows: advisory.rows.map((row): Row<Phrase> => {
                const own = using(row.id);
                return {
                  marked: own.length > 0,
                  cells: [
                    known(row.system),
                    known(row.kernels),
                    known(row.versions),
                    own.length === 0 ? say('none.value') : strong(ownRow(context, own)),
                  ],
                };
              }),
            } satisfies Block<Phrase>,
          ]),
      ...(source === undefined
        ? []
        : [paragraph(say('systems.source', { source: sourceLine(context, source) }))]),
      ...(compared.length === 0
        ? []
        : [
            paragraph(say('trace.lead')),
            {
              kind: 'table',
              caption: say('trace.caption'),
              head: [
                say('head.node'),
                say('trace.subject'),
                say('trace.comparison'),
                say('trace.form'),
                say('trace.result'),
              ],
              rows: foldedTrace(compared),
            } satisfies Block<Phrase>,
          ]),
    ],
  };
}

/** The customer's nodes of a row with their verdicts: a row that matches does not make a node affected. */
function ownRow(context: Context, own: readonly Node[]): Phrase {
  const byVerdict = Map.groupBy(own, (node) => node.affectedness.verdict);
  return joined(
    [...byVerdict].map(([verdict, nodes]) =>
      say('systems.own', {
        nodes: nodes.map((node) => node.hostname),
        verdict: fromTable(context.knowledge, 'verdict', verdict),
      }),
    ),
  );
}

/** Every comparison once, with the nodes it was made for. */
function foldedTrace(nodes: readonly Node[]): Row<Phrase>[] {
  const steps = nodes.flatMap((node) => node.affectedness.trace.map((step) => ({ node, step })));
  return [...Map.groupBy(steps, ({ step }) => JSON.stringify(step)).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { step } = first;
    return [
      {
        marked: false,
        cells: [
          joined([...new Set(group.map(({ node }) => node.hostname))].map(code)),
          say(`trace.subject.${step.subject}`),
          code(comparisonText(step)),
          say(`trace.form.${step.form}`),
          say(step.holds ? 'trace.holds' : 'trace.fails'),
        ],
      },
    ];
  });
}

function comparisonText({ left, operator, right }: Comparison): string {
  return `${left} ${operator} ${right}`;
}

/** A source as a linked title with publisher and date. */
export function sourceLine(context: Context, id: string): Phrase {
  const source = context.knowledge.sources[id];
  if (source === undefined) return code(id);
  return [
    { kind: 'link', href: source.url, content: known(source.title) },
    ...say('source.detail', {
      publisher: source.publisher,
      date: source.date === null ? say('source.undated') : instant(`${source.date}T00:00:00Z`, 'day'),
    }),
  ];
}
