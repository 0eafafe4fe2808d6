import { z } from 'zod';
import { Problem } from '../evidence/problem.ts';

/** Generated ids are lower-case ULIDs: ASCII, sortable by time, safe in keys and URLs. */
export const Id = z.string().regex(/^[0-9a-z]{26}$/);

/**
 * The life of a bundle. It is always in exactly one of these, and no state depends on a Lambda finishing: the
 * sweep re-drives or closes whatever is past its deadline.
 *
 * `awaiting_upload → received → extracting → extracted → analyzed`; `rejected`: read, but nothing in it could be
 * used (it still takes part in the analysis, which names it); `failed`: never arrived, or we could not read it.
 */
export const BundleState = z.enum([
  'awaiting_upload',
  'received',
  'extracting',
  'extracted',
  'analyzed',
  'rejected',
  'failed',
]);
export type BundleState = z.infer<typeof BundleState>;

/** States in which work is under way that will change the analysis. */
export const WORKING_STATES: readonly BundleState[] = ['received', 'extracting', 'extracted'];

/** Why a bundle is `rejected` or `failed`: a stable code (a `ProblemCode` or one of ours) and a sentence. */
export const Reason = z.strictObject({ code: z.string(), detail: z.string() });
export type Reason = z.infer<typeof Reason>;

export const AnalysisPointer = z.strictObject({
  /** The `inputRevision` the analysis was made of; a later revision always wins. */
  revision: z.int().min(1),
  hash: z.string(),
  verdict: z.string(),
  dataRisk: z.string().nullable(),
  findings: z.int().min(0),
  /** The knowledge it was made with, as `identifiedKnowledge` names it; empty where it was not noted yet. */
  knowledge: z.string().default(''),
  /** When it was published, RFC 3339 in UTC: the time the report carries. */
  at: z.string(),
});
export type AnalysisPointer = z.infer<typeof AnalysisPointer>;

export const CaseRecord = z.strictObject({
  caseId: Id,
  title: z.string(),
  /** IANA zone used where a bundle names none. */
  timezone: z.string(),
  expectedNodes: z.array(z.string()),
  /** Whose case it is (the `customer` claim of the token that made it); `-` when nobody in particular. */
  customer: z.string(),
  createdAt: z.string(),
  /** Goes up by one with every input that is registered, in the same write. */
  inputRevision: z.int().min(0),
  /** Object keys of everything the analysis is made of: evidence and confirmations. */
  inputs: z.array(z.string()),
  analysis: AnalysisPointer.nullable(),
  /** Hash of the analysis whose reports are all written. */
  reportedHash: z.string().nullable(),
  /** Analyses whose report somebody has fetched, as {@link issuedEntry} writes them: the editions of the report. */
  issued: z.array(z.string()),
  /** Set while the case is being deleted; nothing may be added any more. */
  deleting: z.boolean(),
});
export type CaseRecord = z.infer<typeof CaseRecord>;

export const Progress = z.strictObject({ readBytes: z.int().min(0), totalBytes: z.int().min(0) });

export const BundleRecord = z.strictObject({
  caseId: Id,
  bundleId: Id,
  /** As the uploader named it; data, never a key or a path. */
  fileName: z.string(),
  bytes: z.int().min(0),
  state: BundleState,
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Until when the upload may arrive. */
  uploadExpiresAt: z.string(),
  /** The object version that is read, once it has arrived. */
  version: z.string().nullable(),
  /** The id of an unfinished multipart upload. */
  uploadId: z.string().nullable(),
  /** Size of every part but the last, when it is uploaded in parts. */
  partBytes: z.int().min(1).nullable(),
  sha256: z.string().nullable(),
  reason: Reason.nullable(),
  /** What was lost while reading, at most {@link MAX_RECORD_PROBLEMS}; the analysis has them all. */
  problems: z.array(Problem),
  progress: Progress.nullable(),
  /** How many times an extraction was begun. */
  attempts: z.int().min(0),
  /** Who extracts now (the queue message), and until when nobody else should. */
  leaseOwner: z.string().nullable(),
  leaseUntil: z.string().nullable(),
});
export type BundleRecord = z.infer<typeof BundleRecord>;

/** Problems kept on the record of a bundle. */
export const MAX_RECORD_PROBLEMS = 50;

/** Inputs of one case: bundles and confirmations together. Keeps the case record far under DynamoDB's 400 KB. */
export const MAX_INPUTS = 1_000;

/** A finding as the fleet query knows it; the whole of it is in the analysis document. */
export const FindingRecord = z.strictObject({
  caseId: Id,
  findingId: z.string(),
  customer: z.string(),
  revision: z.int().min(1),
  advisory: z.string(),
  rule: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  verdict: z.string(),
  reason: z.string(),
  severity: z.string(),
  analysedAt: z.string(),
});
export type FindingRecord = z.infer<typeof FindingRecord>;

/** An edition of the report: its time first, so that entries sort by it. */
export function issuedEntry({ at, hash }: Pick<AnalysisPointer, 'at' | 'hash'>): string {
  return `${at} ${hash}`;
}

/** The editions before the analysis in force, oldest first. */
export function earlierEditions(record: CaseRecord): readonly { at: string; hash: string }[] {
  return [...record.issued]
    .sort()
    .map((entry) => {
      const [at = '', hash = ''] = entry.split(' ');
      return { at, hash };
    })
    .filter(({ hash }) => hash !== record.analysis?.hash);
}

/** Whether the analysis of a case is of all that was registered. */
export function isJudged({ analysis, inputRevision, inputs, deleting }: CaseRecord): boolean {
  return !deleting && inputs.length > 0 && analysis !== null && analysis.revision === inputRevision;
}

/** What a case is doing, for people and for clients that wait. */
export type CaseState = 'open' | 'working' | 'ready' | 'deleting';

/**
 * `open`: nothing read yet; `working`: something that arrived is not in the report yet; `ready`: the report holds
 * everything that arrived. A bundle that is only announced does not keep a case from being ready.
 */
export function caseState(record: CaseRecord, bundles: readonly BundleRecord[]): CaseState {
  if (record.deleting) return 'deleting';
  if (bundles.some((bundle) => WORKING_STATES.includes(bundle.state))) return 'working';
  if (record.inputRevision === 0) return 'open';
  const { analysis } = record;
  if (analysis === null || analysis.revision < record.inputRevision) return 'working';
  return analysis.hash === record.reportedHash ? 'ready' : 'working';
}
