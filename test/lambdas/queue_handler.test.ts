import type { Context, SQSEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { queueHandler } from '../../lambdas/queue_handler.ts';
import type { ObjectEvent } from '../../shared/cases/object_event.ts';
import { objectEventMessage } from '../../shared/cases/object_event.ts';
import type { Delivery } from '../../shared/cases/ports.ts';

const message = (body: string, receives = 1) => ({
  messageId: `m-${receives}`,
  receiptHandle: `r-${receives}`,
  body,
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: '0',
    SenderId: 's',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn',
  awsRegion: 'x',
});
const event = (...records: ReturnType<typeof message>[]): SQSEvent => ({ Records: records });
const created = objectEventMessage({ bucket: 'b', key: 'k', version: 'v' }, '2026-11-22T00:00:00Z');
const context = (remaining: number) => ({ getRemainingTimeInMillis: () => remaining }) as Context;

function frame(work: (event: ObjectEvent, delivery: Delivery) => Promise<{ kind: string }>) {
  const lines: Record<string, unknown>[] = [];
  const counts: string[] = [];
  const retries: [string, number][] = [];
  const write = (text: string, fields: Record<string, unknown>) => lines.push({ text, ...fields });
  const handler = queueHandler(
    'extract',
    {
      log: { info: write, warn: write, error: write },
      meter: {
        count: (name, value, dimensions) => counts.push(`${name} ${value} ${dimensions?.outcome}`),
        bytes: () => undefined,
        milliseconds: () => undefined,
      },
      retryLater: async (receipt, receives) => {
        retries.push([receipt, receives]);
      },
    },
    work,
  );
  return { handler, lines, counts, retries };
}

describe('queueHandler', () => {
  test('hands over what S3 said and reports success', async () => {
    const seen: [ObjectEvent, string][] = [];
    const { handler, counts } = frame(async (one, { messageId }) => {
      seen.push([one, messageId]);
      return { kind: 'extracted' };
    });
    expect(await handler(event(message(created)), context(900_000))).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual([[{ bucket: 'b', key: 'k', version: 'v' }, 'm-1']]);
    expect(counts).toEqual(['extract_outcome 1 extracted']);
  });

  test('reports a failed message by its id, has it back soon and says why in the log', async () => {
    const { handler, lines, retries, counts } = frame(async () => {
      throw Object.assign(new Error('no luck'), { code: 'unlucky' });
    });
    expect(await handler(event(message(created, 2)), context(900_000))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-2' }],
    });
    expect(retries).toEqual([['r-2', 2]]);
    expect(counts).toEqual(['extract_outcome 1 failed']);
    expect(lines).toEqual([
      {
        text: 'extract failed',
        messageId: 'm-2',
        receives: '2',
        error: 'Error',
        code: 'unlucky',
        reason: 'no luck',
      },
    ]);
  });

  test('fails one message of several without the others', async () => {
    const { handler } = frame(async () => ({ kind: 'extracted' }));
    const response = await handler(event(message('garbage', 1), message(created, 2)), context(900_000));
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
  });

  test('asks the work to stop before the time of the function is over', async () => {
    const { handler } = frame(async (_, { signal }) => {
      await new Promise<void>((stopped) => signal?.addEventListener('abort', () => stopped()));
      expect(signal?.reason).toMatchObject({ name: 'TimeoutError' });
      return { kind: 'extracted' };
    });
    expect(await handler(event(message(created)), context(30_010))).toEqual({ batchItemFailures: [] });
  });
});
