import type { Ports, RenderAll } from '../../shared/cases/ports.ts';
import { reportStage } from '../../shared/cases/stages/report.ts';
import { type QueueHandler, queueHandler, type RetryLater } from '../queue_handler.ts';

/** An analysis → its reports. */
export function createHandler(
  ports: Ports & { renderAll: RenderAll; retryLater?: RetryLater },
): QueueHandler {
  return queueHandler('report', ports, (event) => reportStage(ports, event));
}
