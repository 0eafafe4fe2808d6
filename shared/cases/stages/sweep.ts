import type { Evidence } from '../../evidence/evidence.ts';
import { type Deadlines, MAX_ATTEMPTS } from '../deadlines.ts';
import { deleteCase } from '../delete_case.ts';
import { EVIDENCE_TYPE, encodeEvidence } from '../evidence_document.ts';
import { analysisKey, bundleKey, evidenceKey, UNREAD } from '../keys.ts';
import { later, type Ports, type WorkQueue } from '../ports.ts';
import type { BundleRecord, CaseRecord, Reason } from '../record.ts';

export interface SweepOutcome {
  readonly redriven: number;
  readonly closed: number;
  readonly deleted: number;
}

type SweepPorts = Ports & { queue: WorkQueue; deadlines: Deadlines };

/** Records looked at in one run; the rest is still overdue in the next. */
const BATCH = 100;

const END_OF_TIME = '9999-12-31T23:59:59.999Z';

/**
 * Looks after everything past its deadline: puts work whose event was lost back into its queue, closes what never
 * arrived or cannot be read, and finishes deletions. Doing it twice, or at the same time as the work itself, is
 * harmless, because every stage is.
 *
 * @param options.unfinished Looks at all unfinished work, overdue or not: after a restart of the whole service.
 */
export async function sweepStage(
  ports: SweepPorts,
  options: { unfinished?: boolean } = {},
): Promise<SweepOutcome> {
  const { cases, bundles } = await ports.repository.overdue(
    options.unfinished === true ? END_OF_TIME : ports.clock.now(),
    BATCH,
  );
  const outcomes = [
    ...(await Promise.all(bundles.map((bundle) => sweepBundle(ports, bundle)))),
    ...(await Promise.all(cases.map((record) => sweepCase(ports, record)))),
  ];
  const count = (kind: string) => outcomes.filter((outcome) => outcome === kind).length;
  return { redriven: count('redriven'), closed: count('closed'), deleted: count('deleted') };
}

async function sweepBundle(
  ports: SweepPorts,
  bundle: BundleRecord,
): Promise<'redriven' | 'closed' | 'waiting'> {
  const { caseId, bundleId, state } = bundle;
  const key = bundleKey(caseId, bundleId);
  const object = await ports.uploads.head(key, bundle.version ?? undefined);
  if (state === 'awaiting_upload' && object === null) {
    if (later(bundle.uploadExpiresAt, ports.deadlines.arrival) > ports.clock.now()) return 'waiting';
    if (bundle.uploadId !== null) await ports.uploads.abortParts(key, bundle.uploadId);
    return close(ports, bundle, {
      code: 'upload_expired',
      detail: 'The upload did not arrive before its URL expired. Announce the bundle again to get a new URL.',
    });
  }
  if (object === null) {
    return giveUp(ports, bundle, {
      code: 'source_unavailable',
      detail: 'The uploaded bundle is no longer stored.',
    });
  }
  if (bundle.attempts >= MAX_ATTEMPTS && state !== 'extracted') {
    return giveUp(ports, bundle, {
      code: 'extraction_failed',
      detail: `The bundle could not be read; the extraction was begun ${bundle.attempts} times and never ended.`,
    });
  }
  const evidence = evidenceKey(caseId, bundleId, object.version);
  if (state === 'extracted' || (await ports.results.head(evidence)) !== null) {
    await redrive(ports, 'analyze', evidence);
  } else {
    await redrive(ports, 'extract', key, object.version);
  }
  await ports.repository.moveBundle(caseId, bundleId, {
    from: [state],
    to: state === 'awaiting_upload' ? 'received' : state,
    expectedLeaseOwner: bundle.leaseOwner,
    now: ports.clock.now(),
    dueAt: later(ports.clock.now(), ports.deadlines.work),
  });
  return 'redriven';
}

async function sweepCase(ports: SweepPorts, record: CaseRecord): Promise<'redriven' | 'deleted' | 'closed'> {
  const { caseId, analysis } = record;
  if (record.deleting) {
    await deleteCase(ports, caseId);
    return 'deleted';
  }
  const written =
    analysis !== null &&
    analysis.revision === record.inputRevision &&
    (await ports.results.head(analysisKey(caseId, analysis.hash))) !== null;
  const input = record.inputs[0];
  if (written) await redrive(ports, 'report', analysisKey(caseId, analysis.hash));
  else if (input !== undefined) await redrive(ports, 'analyze', input);
  await ports.repository.postponeCase(caseId, later(ports.clock.now(), ports.deadlines.work));
  return 'redriven';
}

async function redrive(
  ports: SweepPorts,
  stage: 'extract' | 'analyze' | 'report',
  key: string,
  version?: string,
): Promise<void> {
  await ports.queue.send(stage, { bucket: 'redriven', key, version });
}

async function close(ports: SweepPorts, bundle: BundleRecord, reason: Reason): Promise<'closed'> {
  await ports.repository.moveBundle(bundle.caseId, bundle.bundleId, {
    from: [bundle.state],
    to: 'failed',
    patch: { reason, uploadId: null, leaseOwner: null, leaseUntil: null },
    expectedLeaseOwner: bundle.leaseOwner,
    now: ports.clock.now(),
    dueAt: null,
  });
  return 'closed';
}

/** Closes a bundle that arrived but could not be read, and has the analysis say so. */
async function giveUp(ports: SweepPorts, bundle: BundleRecord, reason: Reason): Promise<'closed'> {
  const key = evidenceKey(bundle.caseId, bundle.bundleId, UNREAD);
  await ports.results.put(key, await encodeEvidence(unreadEvidence(bundle, reason)), EVIDENCE_TYPE);
  const now = ports.clock.now();
  await ports.repository.registerInput(bundle.caseId, key, later(now, ports.deadlines.work));
  return close(ports, bundle, reason);
}

/** The evidence that stands in for a bundle which was there and could not be read. */
export function unreadEvidence(bundle: BundleRecord, reason: Reason): Evidence {
  return {
    schemaVersion: '1',
    bundle: {
      id: bundle.bundleId,
      fileName: bundle.fileName,
      sha256: null,
      bytes: bundle.bytes,
      format: 'unknown',
      layout: 'unknown',
      status: 'rejected',
      problems: [{ code: 'source_unavailable', detail: reason.detail, fatal: true, count: 1 }],
      members: { seen: 0, read: 0, skipped: 0 },
      expandedBytes: 0,
      secretsDropped: 0,
    },
    nodes: [],
  };
}
