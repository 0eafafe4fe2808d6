import type { Deadlines } from '../../shared/cases/deadlines.ts';
import type { Judge, Ports } from '../../shared/cases/ports.ts';
import { analyzeStage } from '../../shared/cases/stages/analyze.ts';
import { type QueueHandler, queueHandler, type RetryLater } from '../queue_handler.ts';

/** Evidence and confirmations → the analysis of their case. */
export function createHandler(
  ports: Ports & { judge: Judge; knowledgeVersion: string; deadlines: Deadlines; retryLater?: RetryLater },
): QueueHandler {
  return queueHandler('analyze', ports, (event) => analyzeStage(ports, event));
}
