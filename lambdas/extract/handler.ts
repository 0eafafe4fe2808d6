import type { Deadlines } from '../../shared/cases/deadlines.ts';
import type { Extract, Ports } from '../../shared/cases/ports.ts';
import { extractStage } from '../../shared/cases/stages/extract.ts';
import { type QueueHandler, queueHandler } from '../queue_handler.ts';

/** Uploaded bundles → evidence. */
export function createHandler(ports: Ports & { extract: Extract; deadlines: Deadlines }): QueueHandler {
  return queueHandler('extract', ports, (event, delivery) => extractStage(ports, event, delivery));
}
