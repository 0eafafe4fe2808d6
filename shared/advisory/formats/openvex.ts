import type { Verdict } from '../../analysis/analysis.ts';
import { known, say } from '../phrase.ts';
import { affectednessAdvisory } from '../sections/context.ts';
import type { Publisher } from './csaf.ts';
import { actionHeading, cveOf, inPlainWords, type MachineSource, nodeStatements } from './statement.ts';

const STATUS: Readonly<Record<Verdict, string>> = {
  affected: 'affected',
  not_affected: 'not_affected',
  fixed: 'fixed',
  cannot_determine: 'under_investigation',
};

/** The few reasons that OpenVEX has a justification for; the others carry an impact statement alone. */
const JUSTIFICATIONS: Readonly<Record<string, string>> = {
  datakeeper_absent: 'component_not_present',
  windows_node: 'component_not_present',
  mirror_is_drbd: 'vulnerable_code_not_in_execute_path',
  kernel_below_range: 'vulnerable_code_not_present',
};

/** One OpenVEX 0.2.0 statement per node. Reason codes go into `status_notes`: the justifications are too few. */
export function openvex(source: MachineSource, publisher: Publisher): object {
  const { control, knowledge, plan } = source;
  const advisory = affectednessAdvisory(knowledge);
  const base = publisher.namespace.replace(/\/$/, '');
  const name = (advisory === null ? null : cveOf(advisory)) ?? advisory?.id ?? 'datakeeper-partial-resync';
  const titles = plan
    .filter((planned) => planned.action.kind === 'do' && planned.procedure !== null)
    .map((planned) => actionHeading(source, planned));
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `${base}/vex/${control.reportId}`,
    author: publisher.name,
    timestamp: control.generatedAt,
    version: control.revision,
    tooling: `Bundle Advisor ${control.toolVersion}`,
    statements: nodeStatements(source).map((statement) => {
      const justification = JUSTIFICATIONS[statement.reason];
      return {
        vulnerability: {
          name,
          ...(advisory === null
            ? {}
            : { description: inPlainWords(source, known(advisory.summary)), aliases: [advisory.id] }),
        },
        products: [{ '@id': `${base}/nodes/${encodeURIComponent(statement.product)}` }],
        status: STATUS[statement.verdict],
        status_notes: `${statement.reason}: ${statement.words}`,
        ...(statement.verdict === 'not_affected'
          ? { ...(justification === undefined ? {} : { justification }), impact_statement: statement.words }
          : {}),
        ...(statement.verdict === 'affected'
          ? {
              action_statement:
                titles.length === 0 ? inPlainWords(source, say('answer.actions.none')) : titles.join(' / '),
            }
          : {}),
      };
    }),
  };
}
