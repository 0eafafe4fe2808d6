import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type ObjectEvent, parseObjectEvents } from '../shared/cases/object_event.ts';
import type { Delivery, Log, Meter, Stage } from '../shared/cases/ports.ts';

/**
 * Brings a failed message back soon. Without it, the queue would wait for the whole visibility timeout, which is
 * long because it must outlast a function that is still at work.
 */
export type RetryLater = (receiptHandle: string, receives: number) => Promise<void>;

/** A handler of a queue that reports failed messages one by one (`ReportBatchItemFailures`). */
export type QueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Time kept back before a function's own limit, to write down what was read so far. */
const RESERVE_MS = 30_000;

/**
 * The frame of every stage: object events in, one outcome each, a log line and two metrics. What throws is
 * delivered again and ends in the dead-letter queue; outcomes of the domain never do.
 */
export function queueHandler(
  stage: Stage,
  ports: { log: Log; meter: Meter; retryLater?: RetryLater },
  work: (event: ObjectEvent, delivery: Delivery) => Promise<{ kind: string }>,
): QueueHandler {
  return async (event, context) => {
    const processor = new BatchProcessor(EventType.SQS);
    const remaining = context.getRemainingTimeInMillis() - RESERVE_MS;
    const signal = Number.isFinite(remaining) ? AbortSignal.timeout(Math.max(0, remaining)) : undefined;
    const each = async (record: SQSRecord) => {
      const delivery: Delivery = {
        messageId: record.messageId,
        ...(signal === undefined ? {} : { signal }),
      };
      const started = performance.now();
      try {
        for (const objectEvent of parseObjectEvents(record.body)) {
          const outcome = await work(objectEvent, delivery);
          ports.log.info(`${stage} done`, { key: objectEvent.key, ...outcome });
          ports.meter.count(`${stage}_outcome`, 1, { outcome: outcome.kind });
        }
        ports.meter.milliseconds(`${stage}_latency`, performance.now() - started);
      } catch (error) {
        ports.log.error(`${stage} failed`, {
          messageId: record.messageId,
          receives: record.attributes.ApproximateReceiveCount,
          ...describeError(error),
        });
        ports.meter.count(`${stage}_outcome`, 1, { outcome: 'failed' });
        await ports.retryLater?.(record.receiptHandle, Number(record.attributes.ApproximateReceiveCount));
        throw error;
      }
    };
    return processPartialResponse(event, each, processor, { context, throwOnFullBatchFailure: false });
  };
}

/** Name, code and sentence of an error, never its data. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: 'unknown' };
  return {
    error: error.name,
    ...('code' in error ? { code: error.code } : {}),
    reason: error.message.slice(0, 500),
    ...(error.cause instanceof Error
      ? { cause: `${error.cause.name}: ${error.cause.message.slice(0, 500)}` }
      : {}),
  };
}
