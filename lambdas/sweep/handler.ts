import type { Deadlines } from '../../shared/cases/deadlines.ts';
import type { Ports, WorkQueue } from '../../shared/cases/ports.ts';
import { type SweepOutcome, sweepStage } from '../../shared/cases/stages/sweep.ts';

/** Runs on a schedule; the event says nothing. */
export function createHandler(
  ports: Ports & { queue: WorkQueue; deadlines: Deadlines },
): () => Promise<SweepOutcome> {
  return async () => {
    const outcome = await sweepStage(ports);
    ports.log.info('sweep done', { ...outcome });
    for (const [kind, value] of Object.entries(outcome)) {
      ports.meter.count('sweep_outcome', value, { outcome: kind });
    }
    return outcome;
  };
}
