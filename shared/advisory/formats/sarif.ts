import type { Log, Result } from 'sarif';
import type { EvidenceRef, Finding, Severity } from '../../analysis/analysis.ts';
import { fromTable, known } from '../phrase.ts';
import { visible } from '../visible.ts';
import { inPlainWords, type MachineSource } from './statement.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

const PASSED = new Set([
  'not_affected',
  'fixed',
  'effective',
  'none_seen',
  'zero_bytes_only',
  'cleared_by_full_resync',
]);

/**
 * The findings as SARIF 2.1.0: what is judged good is `pass`, what cannot be told is `open`, never silence. A
 * bundle is an artifact with its digest, a member an artifact inside it, and a region names line and bytes.
 */
export function sarif(source: MachineSource): Log {
  const { analysis, knowledge, control, language, previous } = source;
  const artifacts = artifactsOf(source);
  const rules = [...new Set(analysis.findings.map((finding) => finding.rule))].sort();
  const before = new Set(previous?.findings.map((finding) => finding.id));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        language: language === 'ja' ? 'ja-JP' : 'en-US',
        automationDetails: { id: `bundle-advisor/${control.reportId}` },
        tool: {
          driver: {
            name: 'Bundle Advisor',
            version: control.toolVersion,
            semanticVersion: control.toolVersion,
            language: language === 'ja' ? 'ja-JP' : 'en-US',
            rules: rules.map((id) => {
              const rule = knowledge.rules[id];
              return {
                id,
                ...(rule === undefined
                  ? {}
                  : {
                      shortDescription: { text: inPlainWords(source, known(rule.title)) },
                      defaultConfiguration: { level: LEVELS[rule.severity] },
                    }),
              };
            }),
          },
        },
        artifacts: artifacts.list,
        columnKind: 'utf16CodeUnits',
        results: analysis.findings.map((finding) =>
          resultOf(
            source,
            finding,
            rules.indexOf(finding.rule),
            artifacts.indexOf,
            previous === null ? null : before,
          ),
        ),
        properties: {
          knowledge: analysis.knowledge.version,
          verdict: analysis.verdict,
          dataRisk: analysis.dataRisk,
        },
      },
    ],
  };
}

function resultOf(
  source: MachineSource,
  finding: Finding,
  ruleIndex: number,
  indexOf: (ref: EvidenceRef) => number,
  before: ReadonlySet<string> | null,
): Result {
  const rule = source.knowledge.rules[finding.rule];
  const text =
    rule === undefined
      ? inPlainWords(source, fromTable(source.knowledge, 'reason', finding.reason, finding.params))
      : inPlainWords(source, known(rule.summary, finding.params));
  const kind =
    finding.verdict === 'cannot_determine'
      ? 'open'
      : finding.verdict === 'not_applicable'
        ? 'notApplicable'
        : PASSED.has(finding.verdict)
          ? 'pass'
          : 'fail';
  return {
    ruleId: finding.rule,
    ruleIndex,
    kind,
    level: kind === 'fail' ? LEVELS[finding.severity] : 'none',
    message: { text },
    locations: finding.evidence.slice(0, 100).map((ref) => ({
      physicalLocation: {
        artifactLocation: { uri: uriOf(ref.member), index: indexOf(ref) },
        ...(ref.line === 0
          ? {}
          : {
              region: {
                startLine: ref.line,
                byteOffset: ref.offset,
                byteLength: ref.length,
                snippet: { text: visible(ref.text) },
              },
            }),
      },
      logicalLocations: [{ name: finding.subject.id, kind: finding.subject.kind }],
    })),
    partialFingerprints: { 'findingId/v1': finding.id },
    ...(before === null ? {} : { baselineState: before.has(finding.id) ? 'unchanged' : 'new' }),
    properties: {
      advisory: finding.advisory,
      verdict: finding.verdict,
      reason: finding.reason,
      severity: finding.severity,
      riskOfAction: finding.riskOfAction,
      subject: `${finding.subject.kind}:${finding.subject.id}`,
    },
  };
}

/** A member's path as a relative URI reference: every segment percent-encoded. */
function uriOf(member: string): string {
  return member
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/');
}

function artifactsOf({ analysis }: MachineSource) {
  const bundles = analysis.bundles.map((bundle) => ({
    location: { uri: uriOf(bundle.fileName) },
    length: bundle.bytes,
    ...(bundle.sha256 === null ? {} : { hashes: { 'sha-256': bundle.sha256 } }),
  }));
  const bundleIndex = new Map(analysis.bundles.map((bundle, index) => [bundle.id, index]));
  const members = new Map<string, number>();
  const list: { location: { uri: string }; parentIndex?: number }[] = [...bundles];
  for (const finding of analysis.findings) {
    for (const ref of finding.evidence) {
      const key = JSON.stringify([ref.bundle, ref.member]);
      if (members.has(key)) continue;
      members.set(key, list.length);
      const parentIndex = bundleIndex.get(ref.bundle);
      list.push({
        location: { uri: uriOf(ref.member) },
        ...(parentIndex === undefined ? {} : { parentIndex }),
      });
    }
  }
  return {
    list,
    indexOf: (ref: EvidenceRef) => members.get(JSON.stringify([ref.bundle, ref.member])) ?? -1,
  };
}
