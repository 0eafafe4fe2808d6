import type { Ports, WorkQueue } from './ports.ts';
import { type CaseRecord, isJudged } from './record.ts';

/** `outdated`: cases that were judged with other knowledge than is deployed now; `all`: every case that was judged. */
export type ReanalysisScope = 'outdated' | 'all';

/** Cases put into the queue at the same time. */
const CONCURRENCY = 10;

/**
 * Has those of the cases judged again that are in the scope: puts one of their inputs into the queue of the analyze
 * stage, with the revision that is to be judged again. Until the new report is written the old one is in force, and
 * asking twice makes one new revision. A case that waits to be judged is left alone: it will be judged with the
 * knowledge of then.
 *
 * @returns the cases that are judged again, or would be.
 */
export async function reanalyze(
  ports: Pick<Ports, 'repository'> & { queue: WorkQueue; knowledgeVersion: string },
  cases: readonly CaseRecord[],
  { scope, dryRun }: { scope: ReanalysisScope; dryRun: boolean },
): Promise<readonly CaseRecord[]> {
  const chosen = cases.filter(
    (record) =>
      isJudged(record) && (scope === 'all' || record.analysis?.knowledge !== ports.knowledgeVersion),
  );
  if (dryRun) return chosen;
  for (let index = 0; index < chosen.length; index += CONCURRENCY) {
    await Promise.all(
      chosen.slice(index, index + CONCURRENCY).map(async ({ inputs: [key], inputRevision }) => {
        if (key === undefined) return;
        const event = { bucket: 'reanalysis', key, version: undefined, judgeAgain: inputRevision };
        await ports.queue.send('analyze', event);
      }),
    );
  }
  return chosen;
}
