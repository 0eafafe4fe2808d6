import type { FencingMeasure } from '../../analysis/analysis.ts';
import type { Block, Phrase, Row, Section, Tone } from '../document.ts';
import {
  badge,
  code,
  foldedByNode,
  fromTable,
  joined,
  known,
  list,
  paragraph,
  phrases,
  say,
} from '../phrase.ts';
import { type Context, findingTitle, severityBadge } from './context.ts';

const STATE_TONES: Readonly<Record<FencingMeasure['state'], Tone>> = {
  effective: 'good',
  incomplete: 'caution',
  absent: 'caution',
  not_applicable: 'neutral',
  cannot_determine: 'unknown',
};

/** The settings of `/etc/default/LifeKeeper` that the values of a measure come from. */
const SETTINGS: Readonly<Record<string, string>> = {
  mode: 'QUORUM_MODE',
  witness: 'WITNESS_MODE',
  lossAction: 'QUORUM_LOSS_ACTION',
  storageType: 'QWK_STORAGE_TYPE',
};

/** Which fencing is effective on each node, and what the findings recommend. */
export function fencing(context: Context): Section<Phrase> {
  const { analysis, knowledge } = context;
  const advisories = new Set(
    knowledge.advisories.filter((advisory) => advisory.kind === 'fencing').map((advisory) => advisory.id),
  );
  const findings = analysis.findings.filter((finding) => advisories.has(finding.advisory));
  const measures = [
    ...new Set(analysis.nodes.flatMap((node) => node.fencing.measures.map((entry) => entry.measure))),
  ];
  const notes = analysis.nodes.flatMap((node) =>
    [...node.fencing.measures.flatMap((measure) => measure.notes), ...node.fencing.notes].map((note) => ({
      node: node.hostname,
      key: note,
      phrase: fromTable(knowledge, 'note', note.code, { node: node.hostname, ...note.params }),
    })),
  );
  const advisory = knowledge.advisories.find((candidate) => candidate.kind === 'fencing');
  return {
    id: 'fencing',
    heading: say('section.fencing'),
    place: 'body',
    body: [
      ...(advisory === undefined ? [] : [paragraph(known(advisory.summary))]),
      ...(measures.length === 0
        ? [paragraph(say('fencing.none'))]
        : [
            {
              kind: 'table',
              caption: say('fencing.caption'),
              head: [
                say('head.node'),
                say('fencing.platform'),
                ...measures.map((measure) => fromTable(knowledge, 'measure', measure)),
              ],
              rows: analysis.nodes.map(
                (node): Row<Phrase> => ({
                  marked: false,
                  cells: [
                    code(node.hostname),
                    node.fencing.platform === null
                      ? say('unknown.value')
                      : platformName(context, node.fencing.platform),
                    ...measures.map((measure) =>
                      measureCell(
                        context,
                        node.fencing.measures.find((entry) => entry.measure === measure),
                      ),
                    ),
                  ],
                }),
              ),
            } satisfies Block<Phrase>,
          ]),
      ...findings.map(
        (finding): Block<Phrase> => ({
          kind: 'callout',
          tone:
            finding.severity === 'critical' || finding.severity === 'high'
              ? 'danger'
              : finding.severity === 'medium'
                ? 'caution'
                : 'neutral',
          title: findingTitle(context, finding),
          body: [
            paragraph(
              phrases(
                ...(finding.severity === 'info'
                  ? []
                  : [
                      say('actions.severity'),
                      say('colon'),
                      severityBadge(context, finding.severity),
                      say('badge.separator'),
                    ]),
                fromTable(knowledge, 'reason', finding.reason, finding.params),
                context.citations.cite(finding.evidence),
              ),
            ),
          ],
        }),
      ),
      ...list(foldedByNode(notes)),
    ],
  };
}

function platformName({ knowledge }: Context, platform: string): Phrase {
  const name = knowledge.texts.platform[platform];
  return name === undefined ? code(platform) : known(name);
}

function measureCell(context: Context, measure: FencingMeasure | undefined): Phrase {
  if (measure === undefined) return say('none.value');
  const params = Object.entries(measure.params).flatMap(([name, value]) =>
    typeof value === 'string' && value !== '' ? [`${SETTINGS[name] ?? name}=${value}`] : [],
  );
  return phrases(
    badge(STATE_TONES[measure.state], fromTable(context.knowledge, 'measure_state', measure.state)),
    ...(params.length === 0 ? [] : [say('space'), joined(params.map(code))]),
    context.citations.cite(measure.evidence, { inferred: null }, 2),
  );
}
