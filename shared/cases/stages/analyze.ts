import { createHash } from 'node:crypto';
import { type Analysis, Confirmation } from '../../analysis/analysis.ts';
import type { Evidence } from '../../evidence/evidence.ts';
import type { Deadlines } from '../deadlines.ts';
import { decodeEvidence } from '../evidence_document.ts';
import { analysisKey, parseConfirmationKey, parseEvidenceKey, RESULT_PREFIXES, UNREAD } from '../keys.ts';
import type { ObjectEvent } from '../object_event.ts';
import { type Judge, later, type Ports } from '../ports.ts';
import type { AnalysisPointer, CaseRecord, FindingRecord } from '../record.ts';
import { evidencePatch } from './extract.ts';

export type AnalyzeOutcome =
  | { kind: 'analysed'; caseId: string; hash: string; revision: number; verdict: string }
  /** Meanwhile an analysis of a later revision was published. */
  | { kind: 'superseded'; caseId: string; revision: number }
  | { kind: 'dropped'; reason: 'foreign_key' | 'case_gone' };

/** An input of the case is registered but its object is not there. */
export class InputMissing extends Error {
  readonly code = 'input_missing';
}

/**
 * An input of a case has arrived (evidence or a confirmation): registers it, judges the case from all inputs and
 * publishes the analysis. An input that was registered before changes nothing, unless the event is a request to judge
 * the case again.
 *
 * The case's record holds its inputs and their revision, so one consistent read is a snapshot, and publishing is
 * conditional on the revision: whatever order and however often events come, the analysis of the latest inputs
 * stays. The pointer is published before the document, so that the report's event always finds it.
 */
export async function analyzeStage(
  ports: Ports & { judge: Judge; knowledgeVersion: string; deadlines: Deadlines },
  event: ObjectEvent,
): Promise<AnalyzeOutcome> {
  const { repository, results, clock } = ports;
  const caseId = (parseEvidenceKey(event.key) ?? parseConfirmationKey(event.key))?.caseId;
  if (caseId === undefined) return { kind: 'dropped', reason: 'foreign_key' };
  const record = await repository.registerInput(caseId, event.key, later(clock.now(), ports.deadlines.work));
  if (record === null) {
    if ((await repository.getCase(caseId)) === null) {
      await Promise.all(RESULT_PREFIXES.map((prefix) => results.deletePrefix(`${prefix}${caseId}/`)));
    }
    return { kind: 'dropped', reason: 'case_gone' };
  }

  const inputs = inputsOf(record);
  const [evidence, confirmations] = await Promise.all([
    Promise.all(inputs.evidence.map(async (key) => decodeEvidence(await stored(ports, key)))),
    Promise.all(
      inputs.confirmations.map(async (key) =>
        Confirmation.parse(JSON.parse(new TextDecoder().decode(await stored(ports, key)))),
      ),
    ),
  ]);
  const analysis = ports.judge(evidence, {
    timezone: record.timezone,
    confirmations,
    expectedNodes: record.expectedNodes,
  });

  const hash = hashOf(record, inputs, ports.knowledgeVersion);
  const revision = await revisionOf(ports, record, event);
  if (revision === null) return { kind: 'superseded', caseId, revision: record.inputRevision };
  const published = await repository.publishAnalysis(caseId, {
    revision,
    hash,
    verdict: analysis.verdict,
    dataRisk: analysis.dataRisk,
    findings: analysis.findings.length,
    knowledge: ports.knowledgeVersion,
    at: clock.now(),
  });
  if (published === null) return { kind: 'dropped', reason: 'case_gone' };
  if (published.outcome === 'superseded') return { kind: 'superseded', caseId, revision };
  await repository.replaceFindings(caseId, revision, findingRecords(analysis, record, published.pointer));
  await results.put(analysisKey(caseId, hash), new TextEncoder().encode(JSON.stringify(analysis)), {
    contentType: 'application/json',
  });
  await noteAnalysed(ports, caseId, inputs.evidence, evidence);
  return {
    kind: 'analysed',
    caseId,
    hash,
    revision,
    verdict: analysis.verdict,
  };
}

/**
 * The revision the analysis is published as. Judging again what has not changed takes a revision of its own, once
 * the judgement is there: until then the report in force is not questioned. `null` when an input came in between,
 * which brings its own judgement.
 */
async function revisionOf(
  ports: Ports & { deadlines: Deadlines },
  record: CaseRecord,
  { judgeAgain }: ObjectEvent,
): Promise<number | null> {
  const { caseId, inputRevision, inputs } = record;
  if (judgeAgain !== inputRevision) return inputRevision;
  const dueAt = later(ports.clock.now(), ports.deadlines.work);
  const after = await ports.repository.requestAnalysis(caseId, inputRevision, dueAt);
  return after?.inputs.length === inputs.length ? after.inputRevision : null;
}

/**
 * The inputs an analysis is made of, sorted. The stand-in for a bundle that could not be read counts only as long
 * as nothing better is there.
 */
export function inputsOf(record: Pick<CaseRecord, 'inputs'>): {
  evidence: readonly string[];
  confirmations: readonly string[];
} {
  const sorted = [...record.inputs].sort();
  const parsed = sorted.flatMap((key) => {
    const parts = parseEvidenceKey(key);
    return parts === null ? [] : [{ key, ...parts }];
  });
  const read = new Set(parsed.filter(({ version }) => version !== UNREAD).map(({ bundleId }) => bundleId));
  return {
    evidence: parsed
      .filter(({ version, bundleId }) => version !== UNREAD || !read.has(bundleId))
      .map(({ key }) => key),
    confirmations: sorted.filter((key) => parseConfirmationKey(key) !== null),
  };
}

function hashOf(record: CaseRecord, inputs: ReturnType<typeof inputsOf>, knowledgeVersion: string): string {
  return createHash('sha256')
    .update(
      JSON.stringify([
        inputs.evidence,
        inputs.confirmations,
        knowledgeVersion,
        record.timezone,
        record.expectedNodes,
      ]),
    )
    .digest('hex');
}

async function stored(ports: Ports, key: string): Promise<Uint8Array> {
  const body = await ports.results.get(key);
  if (body === null) throw new InputMissing(`The input ${key} is registered but not stored.`);
  return body;
}

function findingRecords(
  analysis: Analysis,
  record: CaseRecord,
  pointer: AnalysisPointer,
): readonly FindingRecord[] {
  return analysis.findings.map((finding) => ({
    caseId: record.caseId,
    findingId: finding.id,
    customer: record.customer,
    revision: pointer.revision,
    advisory: finding.advisory,
    rule: finding.rule,
    subjectKind: finding.subject.kind,
    subjectId: finding.subject.id,
    verdict: finding.verdict,
    reason: finding.reason,
    severity: finding.severity,
    analysedAt: pointer.at,
  }));
}

/** Moves the bundles that took part to their final state. */
async function noteAnalysed(
  ports: Ports,
  caseId: string,
  keys: readonly string[],
  evidence: readonly Evidence[],
): Promise<void> {
  const now = ports.clock.now();
  await Promise.all(
    keys.map(async (key, index) => {
      const parts = parseEvidenceKey(key);
      const read = evidence[index];
      if (parts === null || read === undefined || parts.version === UNREAD) return;
      await ports.repository.moveBundle(caseId, parts.bundleId, {
        from: ['received', 'extracting', 'extracted', 'failed'],
        to: read.bundle.status === 'rejected' ? 'rejected' : 'analyzed',
        patch: evidencePatch(read),
        now,
        dueAt: null,
      });
    }),
  );
}
