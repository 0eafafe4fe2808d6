import { z } from 'zod';
import type { WorkQueue } from '../shared/cases/ports.ts';
import type { RetryLater } from './queue_handler.ts';

const OwnQueue = z.object({ QUEUE_URL: z.url(), RETRY_SECONDS: z.coerce.number().int().min(0) });

/**
 * How the function of a queue has failed messages back, from its environment. Failures are rare: the client of SQS
 * is loaded at the first.
 */
export function retryFromEnvironment(): RetryLater {
  const env = OwnQueue.parse(process.env);
  let retry: Promise<RetryLater> | undefined;
  return async (receiptHandle, receives) => {
    retry ??= import('../shared/cases/adapters/sqs_queue.ts').then(({ sqsRetry }) =>
      sqsRetry(env.QUEUE_URL, env.RETRY_SECONDS),
    );
    await (await retry)(receiptHandle, receives);
  };
}

const Queues = z.object({
  EXTRACT_QUEUE_URL: z.url().optional(),
  ANALYZE_QUEUE_URL: z.url().optional(),
  REPORT_QUEUE_URL: z.url().optional(),
});

/**
 * The queues of the stages that a function may put work into, from its environment. The client of SQS is loaded with
 * the first message.
 */
export function queueFromEnvironment(now: () => string): WorkQueue {
  const env = Queues.parse(process.env);
  const urls = {
    extract: env.EXTRACT_QUEUE_URL,
    analyze: env.ANALYZE_QUEUE_URL,
    report: env.REPORT_QUEUE_URL,
  };
  let queue: Promise<WorkQueue> | undefined;
  return {
    async send(stage, event) {
      queue ??= import('../shared/cases/adapters/sqs_queue.ts').then(({ sqsQueue }) => sqsQueue(urls, now));
      await (await queue).send(stage, event);
    },
  };
}
