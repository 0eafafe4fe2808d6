import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { objectEventMessage } from '../object_event.ts';
import type { Stage, WorkQueue } from '../ports.ts';

/** Sends work into the stages' queues in the form S3 would. */
export function sqsQueue(queueUrls: Readonly<Record<Stage, string>>, now: () => string): WorkQueue {
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
