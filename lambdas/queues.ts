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

const AllQueues = z.object({
  EXTRACT_QUEUE_URL: z.url(),
  ANALYZE_QUEUE_URL: z.url(),
  REPORT_QUEUE_URL: z.url(),
});

/** The queues of all stages, for the functions that put work into them, from their environment. */
export async function queueFromEnvironment(now: () => string): Promise<WorkQueue> {
  const env = AllQueues.parse(process.env);
  const { sqsQueue } = await import('../shared/cases/adapters/sqs_queue.ts');
  return sqsQueue(
    { extract: env.EXTRACT_QUEUE_URL, analyze: env.ANALYZE_QUEUE_URL, report: env.REPORT_QUEUE_URL },
    now,
  );
}
