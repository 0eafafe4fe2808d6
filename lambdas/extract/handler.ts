import type { Deadlines } from '../../shared/cases/deadlines.ts';
import type { Extract, Ports } from '../../shared/cases/ports.ts';
import { extractStage } from '../../shared/cases/stages/extract.ts';
import { type QueueHandler, queueHandler, type RetryLater } from '../queue_handler.ts';

/** Uploaded bundles → evidence. */
export function createHandler(
  ports: Ports & { extract: Extract; deadlines: Deadlines; retryLater?: RetryLater },
): QueueHandler {
  return queueHandler('extract', ports, (event, delivery) => extractStage(ports, event, delivery));
}
