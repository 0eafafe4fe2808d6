import type { Deadlines } from './deadlines.ts';
import { later, type Ports, type WorkQueue } from './ports.ts';
import { type CaseRecord, isOutdated } from './record.ts';

/** `outdated`: cases that were judged with other knowledge than is deployed now; `all`: every case that was judged. */
export type ReanalysisScope = 'outdated' | 'all';

/** Cases put into the queue at the same time. */
const CONCURRENCY = 10;

/**
 * Has those of the cases judged again that are in the scope: puts one of their inputs into the queue of the analyze
 * stage, which judges a case of other knowledge again. Until a new report is written the old one is in force, and
 * doing it twice changes nothing. `all` also makes a new revision of cases of the same knowledge, which are `working`
 * from then on.
 *
 * @returns the cases that are judged again, or would be.
 */
export async function reanalyze(
  ports: Pick<Ports, 'repository' | 'clock'> & {
    queue: WorkQueue;
    knowledgeVersion: string;
    deadlines: Deadlines;
  },
  cases: readonly CaseRecord[],
  { scope, dryRun }: { scope: ReanalysisScope; dryRun: boolean },
): Promise<readonly CaseRecord[]> {
  const chosen = cases.filter(
    (record) =>
      record.inputs.length > 0 &&
      (isOutdated(record, ports.knowledgeVersion) ||
        (scope === 'all' && !record.deleting && record.analysis?.revision === record.inputRevision)),
  );
  if (dryRun) return chosen;
  for (let index = 0; index < chosen.length; index += CONCURRENCY) {
    await Promise.all(chosen.slice(index, index + CONCURRENCY).map((record) => request(ports, record)));
  }
  return chosen;
}

async function request(ports: Parameters<typeof reanalyze>[0], record: CaseRecord): Promise<void> {
  const { caseId, inputRevision, inputs } = record;
  const [key] = inputs;
  if (key === undefined) return;
  if (!isOutdated(record, ports.knowledgeVersion)) {
    const dueAt = later(ports.clock.now(), ports.deadlines.work);
    await ports.repository.requestAnalysis(caseId, inputRevision, dueAt);
  }
  await ports.queue.send('analyze', { bucket: 'reanalysis', key, version: undefined });
}
