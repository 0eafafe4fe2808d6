import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { objectEventMessage } from '../object_event.ts';
import type { Stage, WorkQueue } from '../ports.ts';

/** Sends work into the queues of those stages that have one here, in the form S3 would. */
export function sqsQueue(
  queueUrls: Readonly<Record<Stage, string | undefined>>,
  now: () => string,
): WorkQueue {
  const client = new SQSClient({});
  return {
    async send(stage, event) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrls[stage],
          MessageBody: objectEventMessage(event, now()),
        }),
      );
    },
  };
}

/** Makes a failed message visible again after `seconds`, twice as long each time, at most 15 minutes. */
export function sqsRetry(
  queueUrl: string,
  seconds: number,
): (receiptHandle: string, receives: number) => Promise<void> {
  const client = new SQSClient({});
  return async (receiptHandle, receives) => {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: Math.min(900, seconds * 2 ** (receives - 1)),
      }),
    );
  };
}
