import type { AnalysisPointer, BundleRecord, BundleState, CaseRecord, FindingRecord } from './record.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; absent on the last page. */
  readonly cursor?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** A cursor that this repository did not give out. */
export class InvalidCursor extends Error {
  readonly code = 'invalid_cursor';
}

/** What may be written into a bundle's record together with a change of state. */
export type BundlePatch = Partial<
  Pick<
    BundleRecord,
    | 'version'
    | 'uploadId'
    | 'sha256'
    | 'reason'
    | 'problems'
    | 'progress'
    | 'attempts'
    | 'leaseOwner'
    | 'leaseUntil'
    | 'uploadExpiresAt'
  >
>;

export interface BundleMove {
  readonly from: readonly BundleState[];
  readonly to: BundleState;
  readonly patch?: BundlePatch;
  /** Demands that nobody else took the work in between: the lease owner that was read. */
  readonly expectedLeaseOwner?: string | null;
  readonly now: string;
  /** When the sweep should look at it again; null for final states. */
  readonly dueAt: string | null;
}

/**
 * The records of cases, bundles and findings. No method needs a transaction: whatever must change together is in
 * one record, and every write that depends on what was read is conditional.
 */
export interface CaseRepository {
  createCase(record: CaseRecord): Promise<void>;
  /** Read consistently; `null` when there is none. */
  getCase(caseId: string): Promise<CaseRecord | null>;
  /** Newest first; of one customer, or of all. */
  listCases(request: PageRequest & { customer?: string }): Promise<Page<CaseRecord>>;
  /**
   * Adds an input to the case and bumps its revision in one write; does nothing when it is there already. Answers
   * the case as it is afterwards, or `null` when the case is gone or going.
   */
  registerInput(caseId: string, key: string, dueAt: string): Promise<CaseRecord | null>;
  /**
   * Bumps the revision without a new input, so that the case is judged again. Does nothing when the revision is no
   * longer the one given: somebody else did it, or a new input came. Answers the case as it is afterwards, or `null`
   * when it is gone or going.
   */
  requestAnalysis(caseId: string, revision: number, dueAt: string): Promise<CaseRecord | null>;
  /**
   * Points the case at an analysis unless it points at one of the same or a later revision. `current`: this very
   * analysis is already there. Answers the pointer in force.
   */
  publishAnalysis(
    caseId: string,
    pointer: AnalysisPointer,
  ): Promise<{ outcome: 'published' | 'current' | 'superseded'; pointer: AnalysisPointer } | null>;
  /** Notes that all reports of this analysis are written; nothing happens when another one is in force. */
  settleReports(caseId: string, pointer: AnalysisPointer): Promise<boolean>;
  /** Notes that somebody has the report of this analysis now, and which edition it is therefore. */
  noteIssued(caseId: string, pointer: AnalysisPointer): Promise<void>;
  /** Puts the next look of the sweep at a case off. */
  postponeCase(caseId: string, dueAt: string): Promise<void>;
  markDeleting(caseId: string, dueAt: string): Promise<CaseRecord | null>;
  /** Removes every record of the case, the case itself last. */
  deleteCase(caseId: string): Promise<void>;

  createBundle(record: BundleRecord, dueAt: string): Promise<void>;
  getBundle(caseId: string, bundleId: string): Promise<BundleRecord | null>;
  /** In the order they were announced. */
  listBundles(caseId: string): Promise<readonly BundleRecord[]>;
  /** Moves a bundle from one of the given states; `null` when it is in none of them (or gone, or taken). */
  moveBundle(caseId: string, bundleId: string, move: BundleMove): Promise<BundleRecord | null>;

  /** Replaces the findings of a case by those of an analysis, unless a later one has been there. */
  replaceFindings(caseId: string, revision: number, findings: readonly FindingRecord[]): Promise<void>;
  /** Findings of all cases by verdict, newest analysis first; of one customer, or of all. */
  findingsByVerdict(
    request: PageRequest & { verdict: string; customer?: string },
  ): Promise<Page<FindingRecord>>;

  /** Work past its deadline, longest overdue first. */
  overdue(
    now: string,
    limit: number,
  ): Promise<{ cases: readonly CaseRecord[]; bundles: readonly BundleRecord[] }>;
}
