import type { Core } from '../../infra/local/core.ts';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import type { Evidence } from '../../shared/evidence/evidence.ts';

const FORMATS = [
  { format: 'html', mediaType: 'text/html; charset=utf-8', extension: 'html' },
  { format: 'json', mediaType: 'application/json', extension: 'json' },
] as const;

/**
 * A core that says the least the contracts allow, so that tests of the pipeline see the pipeline only: a bundle
 * with the text `reject` is rejected, one with `poison` throws, and the verdict is `affected` when any says so.
 */
export function fakeCore(overrides: Partial<Core> = {}): Core {
  return {
    knowledgeVersion: 'test',
    formats: FORMATS,
    async extract(source, { bundleId }): Promise<Evidence> {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.stream()) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      if (text.includes('poison')) throw new Error('poisoned');
      const rejected = text.includes('reject');
      return {
        schemaVersion: '1',
        bundle: {
          id: bundleId,
          fileName: source.name,
          sha256: null,
          bytes: source.size,
          format: text.includes('affected') ? 'affected' : 'text',
          layout: 'unknown',
          status: rejected ? 'rejected' : 'complete',
          problems: rejected
            ? [{ code: 'not_a_bundle', detail: 'This is no bundle.', fatal: true, count: 1 }]
            : [],
          members: { seen: 1, read: 1, skipped: 0 },
          expandedBytes: source.size,
          secretsDropped: 0,
        },
        nodes: [],
      };
    },
    judge(evidence, { timezone, confirmations, expectedNodes }): Analysis {
      const affected = evidence.some(({ bundle }) => bundle.format === 'affected');
      return {
        schemaVersion: '1',
        knowledge: { version: 'test', advisories: [] },
        timezone,
        bundles: evidence.map(({ bundle }) => bundle),
        nodes: [],
        missingNodes: [...expectedNodes],
        verdict: affected ? 'affected' : 'cannot_determine',
        dataRisk: null,
        mirrors: [],
        findings: evidence
          .filter(({ bundle }) => bundle.status !== 'rejected')
          .map(({ bundle }) => ({
            id: `f-${bundle.id}`,
            advisory: 'test',
            rule: 'test',
            subject: { kind: 'bundle', id: bundle.id },
            verdict: affected ? 'affected' : 'cannot_determine',
            reason: 'test',
            severity: 'info',
            riskOfAction: 'none',
            params: {},
            notes: [],
            evidence: [],
            actions: [],
          })),
        timeline: [],
        confirmations: [...confirmations],
      };
    },
    async *renderAll(analysis, { generatedAt, caseLabel, earlier }) {
      for (const language of ['ja', 'en']) {
        for (const { format, mediaType } of FORMATS) {
          const text = JSON.stringify({
            language,
            generatedAt,
            caseLabel,
            earlier: earlier.map(({ number, analysis: { bundles } }) => [number, bundles.length]),
            bundles: analysis.bundles.map(({ fileName, status }) => [fileName, status]),
          });
          yield { language, format, mediaType, body: new TextEncoder().encode(text) };
        }
      }
    },
    ...overrides,
  };
}
