import type { MirrorOutcome, Verdict } from '../../analysis/analysis.ts';
import { fromTable, known, phrases, say } from '../phrase.ts';
import { affectednessAdvisory, verdictAnswer } from '../sections/context.ts';
import { actionText, cveOf, inPlainWords, type MachineSource, nodeStatements } from './statement.ts';

/** Who publishes the machine documents. `namespace` is a URI the publisher controls (CSAF 2.0, 3.2.1.8.4). */
export interface Publisher {
  name: string;
  namespace: string;
  category: 'coordinator' | 'discoverer' | 'other' | 'translator' | 'user' | 'vendor';
}

export const DEFAULT_PUBLISHER: Publisher = {
  name: 'Bundle Advisor',
  namespace: 'https://bundle-advisor.invalid',
  category: 'other',
};

const STATUS: Readonly<Record<Verdict, string>> = {
  affected: 'known_affected',
  not_affected: 'known_not_affected',
  fixed: 'fixed',
  cannot_determine: 'under_investigation',
};

/** Reasons that CSAF has a machine-readable flag for (3.2.3.5.2). */
const FLAGS: Readonly<Record<string, string>> = {
  datakeeper_absent: 'component_not_present',
  windows_node: 'component_not_present',
  mirror_is_drbd: 'vulnerable_code_not_in_execute_path',
  kernel_below_range: 'vulnerable_code_not_present',
};

/**
 * The advisory as CSAF 2.0 on the CSAF Base profile with a category of its own: the informational profile cannot
 * say "not affected", and a system advisory is no VEX of a product. One product per node, missing nodes included.
 * A language other than the language of record is marked as a translation with an id of its own.
 */
export function csaf(source: MachineSource, publisher: Publisher): unknown {
  return sorted(unsorted(source, publisher));
}

/** Keys in alphabetical order at every level, as CSAF 2.0 asks for in 6.2.13. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]),
  );
}

/** The file name of a document by its tracking id (CSAF 2.0, 5.1). */
function fileName(trackingId: string): string {
  return `${trackingId.toLowerCase().replace(/[^+\-a-z0-9]+/g, '_')}.json`;
}

function trackingId({ control, language }: MachineSource, of = language): string {
  return of === control.languageOfRecord ? control.reportId : `${control.reportId}-${of}`;
}

function unsorted(source: MachineSource, publisher: Publisher): object {
  const { analysis, knowledge, plan, control, language } = source;
  const advisory = affectednessAdvisory(knowledge);
  const statements = nodeStatements(source);
  const translated = language !== control.languageOfRecord;
  const ids = statements.map((statement) => statement.product);
  const affected = statements
    .filter((statement) => statement.verdict === 'affected' || statement.verdict === 'cannot_determine')
    .map((statement) => statement.product);
  const revisions = [
    ...control.revisions.map((revision) => ({
      date: revision.at,
      number: String(revision.number),
      summary: revision.reason,
    })),
    {
      date: control.generatedAt,
      number: String(control.revision),
      summary: inPlainWords(source, say('history.current')),
    },
  ];
  const grouped = (Object.keys(STATUS) as Verdict[]).flatMap((verdict) => {
    const products = statements
      .filter((statement) => statement.verdict === verdict)
      .map((entry) => entry.product);
    return products.length === 0 ? [] : [[STATUS[verdict], products] as const];
  });
  const flags = Object.entries(
    Object.groupBy(
      statements.filter(
        (statement) => statement.verdict === 'not_affected' && FLAGS[statement.reason] !== undefined,
      ),
      (statement) => FLAGS[statement.reason] ?? '',
    ),
  ).map(([label, entries]) => ({ label, product_ids: (entries ?? []).map((entry) => entry.product) }));
  const cve = advisory === null ? null : cveOf(advisory);
  return {
    document: {
      category: 'Data Integrity Advisory',
      csaf_version: '2.0',
      distribution: {
        text: inPlainWords(source, say('control.confidential')),
        tlp: { label: 'AMBER', url: 'https://www.first.org/tlp/' },
      },
      lang: language,
      ...(translated ? { source_lang: control.languageOfRecord } : {}),
      notes: [
        {
          category: 'summary',
          title: inPlainWords(source, say('question.affected')),
          text: inPlainWords(source, verdictAnswer(analysis)),
        },
        {
          category: 'description',
          title: inPlainWords(source, say('question.data')),
          text:
            analysis.dataRisk === null
              ? inPlainWords(source, say('answer.data.none'))
              : inPlainWords(source, say(`answer.data.${analysis.dataRisk}`)),
        },
        {
          category: 'legal_disclaimer',
          text: inPlainWords(source, say(`control.language.${control.languageOfRecord}`)),
        },
      ],
      publisher: { category: publisher.category, name: publisher.name, namespace: publisher.namespace },
      references: references(source, translated, publisher),
      title: `${inPlainWords(source, say('title'))}${control.caseLabel === null ? '' : ` ${control.caseLabel}`}`,
      tracking: {
        id: trackingId(source),
        initial_release_date: revisions[0]?.date,
        current_release_date: control.generatedAt,
        generator: { engine: { name: 'Bundle Advisor', version: control.toolVersion } },
        revision_history: revisions,
        status: 'final',
        version: String(control.revision),
      },
    },
    product_tree: {
      full_product_names: statements.map((statement) => ({
        name: statement.name,
        product_id: statement.product,
        product_identification_helper: {
          x_generic_uris: [
            {
              namespace: `${publisher.namespace.replace(/\/$/, '')}/nodes`,
              uri: `${publisher.namespace.replace(/\/$/, '')}/nodes/${encodeURIComponent(statement.product)}`,
            },
          ],
        },
      })),
    },
    vulnerabilities: [
      {
        ...(cve === null ? {} : { cve }),
        ids: [{ system_name: 'Bundle Advisor', text: advisory?.id ?? 'datakeeper-partial-resync' }],
        ...(advisory === null ? {} : { title: inPlainWords(source, known(advisory.title)) }),
        notes: [
          ...(advisory === null
            ? []
            : [
                { category: 'description', text: inPlainWords(source, known(advisory.summary)) },
                { category: 'details', text: inPlainWords(source, known(advisory.cause)) },
              ]),
          ...analysis.mirrors.map((mirror) => ({
            category: 'other',
            title: inPlainWords(source, say('integrity.mirror', { mirror: mirror.tag })),
            text: inPlainWords(
              source,
              phrases(
                outcomeWords(source, mirror.outcome),
                say('full_stop'),
                say('sentence.separator'),
                fromTable(knowledge, 'reason', mirror.reason, mirror.params),
              ),
            ),
          })),
        ],
        ...(flags.length === 0 ? {} : { flags }),
        product_status: Object.fromEntries(grouped),
        ...(affected.length === 0 && plan.length === 0
          ? {}
          : {
              remediations: [
                ...(advisory?.fix === undefined || affected.length === 0
                  ? []
                  : [
                      {
                        category: 'vendor_fix',
                        details: inPlainWords(source, known(advisory.fix)),
                        product_ids: affected,
                        restart_required: { category: 'system' },
                      },
                    ]),
                ...plan.map((planned) => ({
                  category: 'mitigation',
                  details: `${planned.action.kind === 'avoid' ? `${inPlainWords(source, say('section.avoid'))}: ` : ''}${actionText(source, planned)}`,
                  // What a fixed node did to the data before its fix is to be repaired as well.
                  product_ids: affected.length === 0 ? ids : affected,
                })),
              ],
            }),
        threats: ids.map((id) => ({
          category: 'impact',
          details: statements.find((statement) => statement.product === id)?.words,
          product_ids: [id],
        })),
      },
    ],
  };
}

function outcomeWords(source: MachineSource, outcome: MirrorOutcome) {
  return fromTable(source.knowledge, 'outcome', outcome);
}

/** The original first when this is a translation, then the sources of the advisory. */
function references(source: MachineSource, translated: boolean, publisher: Publisher): object[] {
  const { knowledge, control, language } = source;
  const advisory = affectednessAdvisory(knowledge);
  const own = (of: 'ja' | 'en') =>
    `${publisher.namespace.replace(/\/$/, '')}/${fileName(trackingId(source, of))}`;
  return [
    ...(translated
      ? [
          {
            category: 'external',
            summary: 'Original document',
            url: own(control.languageOfRecord),
          },
        ]
      : []),
    { category: 'self', summary: `${control.reportId} (${language})`, url: own(language) },
    ...(advisory?.sources ?? []).flatMap((id) => {
      const cited = knowledge.sources[id];
      return cited === undefined
        ? []
        : [{ category: 'external', summary: cited.title[language], url: cited.url[language] }];
    }),
  ];
}
