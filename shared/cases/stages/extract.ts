import type { Evidence } from '../../evidence/evidence.ts';
import type { Deadlines } from '../deadlines.ts';
import { decodeEvidence, EVIDENCE_TYPE, encodeEvidence } from '../evidence_document.ts';
import { evidenceKey, parseBundleKey } from '../keys.ts';
import { countedSource, meterReading } from '../meter_reading.ts';
import type { ObjectEvent } from '../object_event.ts';
import { objectSource } from '../object_source.ts';
import type { StoredObject } from '../object_store.ts';
import { type Delivery, type Extract, later, type Ports } from '../ports.ts';
import { type BundleRecord, type BundleState, MAX_RECORD_PROBLEMS } from '../record.ts';

export type ExtractOutcome =
  | { kind: 'extracted'; caseId: string; bundleId: string; status: Evidence['bundle']['status'] }
  /** The same object was read before, or somebody else is reading it now. */
  | { kind: 'duplicate'; caseId: string; bundleId: string }
  /** Not ours: a key of another shape, a case that was deleted, an object that is gone. */
  | { kind: 'dropped'; reason: 'foreign_key' | 'unknown_bundle' | 'object_gone' };

type ExtractPorts = Ports & { extract: Extract; deadlines: Deadlines };

const BEFORE_EVIDENCE: readonly BundleState[] = ['awaiting_upload', 'received', 'extracting', 'failed'];

/** Progress is written to the bundle's record after so many further bytes: a handful of writes per GB. */
const PROGRESS_STEP = 64 * 1024 * 1024;

/**
 * A bundle has arrived: reads it once, as a stream, and puts its evidence down. The evidence's key is made of
 * bundle and object version, so that doing it twice writes the same thing.
 *
 * A message that is delivered again after a crash takes its own lease over at once; another message for the same
 * object leaves the work to the holder, and the sweep looks after a holder that died.
 */
export async function extractStage(
  ports: ExtractPorts,
  event: ObjectEvent,
  delivery: Delivery,
): Promise<ExtractOutcome> {
  const { repository, uploads } = ports;
  const ids = parseBundleKey(event.key);
  if (ids === null) return { kind: 'dropped', reason: 'foreign_key' };
  const { caseId, bundleId } = ids;

  const [owner, bundle] = await Promise.all([
    repository.getCase(caseId),
    repository.getBundle(caseId, bundleId),
  ]);
  if (owner === null || owner.deleting || bundle === null) {
    await uploads.deletePrefix(event.key);
    return { kind: 'dropped', reason: 'unknown_bundle' };
  }
  const object = await uploads.head(event.key, bundle.version ?? event.version);
  if (object === null) return { kind: 'dropped', reason: 'object_gone' };

  const claimed = await claim(ports, bundle, object.version, delivery);
  if (claimed === null) return { kind: 'duplicate', caseId, bundleId };

  try {
    const status = await readBundle(ports, claimed, object, delivery);
    return { kind: 'extracted', caseId, bundleId, status };
  } catch (error) {
    await release(ports, claimed);
    throw error;
  }
}

async function readBundle(
  ports: ExtractPorts,
  bundle: BundleRecord,
  object: StoredObject,
  delivery: Delivery,
): Promise<Evidence['bundle']['status']> {
  const { repository, uploads, results, clock } = ports;
  const { caseId, bundleId } = bundle;
  const key = evidenceKey(caseId, bundleId, object.version);
  const kept = await results.get(key);
  const { source, bytesRead } = countedSource(objectSource(uploads, object, bundle.fileName));
  const evidence =
    kept === null
      ? await ports.extract(source, {
          bundleId,
          ...(delivery.signal === undefined ? {} : { signal: delivery.signal }),
          onProgress: reportProgress(ports, bundle),
        })
      : await decodeEvidence(kept);
  await results.put(key, kept ?? (await encodeEvidence(evidence)), EVIDENCE_TYPE);
  if (kept === null) meterReading(ports.meter, evidence, bytesRead());
  await repository.moveBundle(caseId, bundleId, {
    from: ['extracting'],
    to: 'extracted',
    patch: { ...evidencePatch(evidence), progress: { readBytes: object.bytes, totalBytes: object.bytes } },
    now: clock.now(),
    dueAt: later(clock.now(), ports.deadlines.work),
  });
  return evidence.bundle.status;
}

/** Lets the next message have the bundle at once, be it a redelivery or one put back by hand. */
async function release(ports: ExtractPorts, bundle: BundleRecord): Promise<void> {
  await ports.repository.moveBundle(bundle.caseId, bundle.bundleId, {
    from: ['extracting'],
    to: 'extracting',
    patch: { leaseOwner: null, leaseUntil: null },
    expectedLeaseOwner: bundle.leaseOwner,
    now: ports.clock.now(),
    dueAt: bundle.leaseUntil,
  });
}

/** What the record of a bundle says of its evidence. */
export function evidencePatch(
  evidence: Evidence,
): Pick<BundleRecord, 'sha256' | 'reason' | 'problems' | 'leaseOwner' | 'leaseUntil'> {
  const { status, sha256, problems } = evidence.bundle;
  const fatal = status === 'rejected' ? problems.find((problem) => problem.fatal) : undefined;
  return {
    sha256,
    reason: fatal === undefined ? null : { code: fatal.code, detail: fatal.detail },
    problems: problems.slice(0, MAX_RECORD_PROBLEMS),
    leaseOwner: null,
    leaseUntil: null,
  };
}

async function claim(
  ports: Ports & { deadlines: Deadlines },
  bundle: BundleRecord,
  version: string,
  delivery: Delivery,
): Promise<BundleRecord | null> {
  const now = ports.clock.now();
  const held = bundle.leaseOwner !== null && bundle.leaseUntil !== null && bundle.leaseUntil > now;
  if (held && bundle.leaseOwner !== delivery.messageId) return null;
  const leaseUntil = later(now, ports.deadlines.work);
  return ports.repository.moveBundle(bundle.caseId, bundle.bundleId, {
    from: BEFORE_EVIDENCE,
    to: 'extracting',
    patch: {
      version,
      uploadId: null,
      reason: null,
      attempts: bundle.attempts + 1,
      leaseOwner: delivery.messageId,
      leaseUntil,
    },
    expectedLeaseOwner: bundle.leaseOwner,
    now,
    dueAt: leaseUntil,
  });
}

/** Writes progress without holding the extraction up: one write at a time, failures left to the next. */
function reportProgress(
  ports: Ports & { deadlines: Deadlines },
  bundle: BundleRecord,
): (readBytes: number, totalBytes: number) => void {
  let next = PROGRESS_STEP;
  let writing = false;
  return (readBytes, totalBytes) => {
    if (readBytes < next || writing) return;
    next = readBytes + PROGRESS_STEP;
    writing = true;
    const now = ports.clock.now();
    ports.repository
      .moveBundle(bundle.caseId, bundle.bundleId, {
        from: ['extracting'],
        to: 'extracting',
        patch: { progress: { readBytes, totalBytes } },
        expectedLeaseOwner: bundle.leaseOwner,
        now,
        dueAt: bundle.leaseUntil,
      })
      .catch((error: unknown) =>
        ports.log.warn('progress not written', {
          bundleId: bundle.bundleId,
          error: error instanceof Error ? error.name : 'unknown',
        }),
      )
      .finally(() => {
        writing = false;
      });
  };
}
