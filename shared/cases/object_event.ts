import { z } from 'zod';

/** An object has been created. What S3 says of it, reduced to what the stages use. */
export interface ObjectEvent {
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  /** Absent when the bucket keeps no versions or the event does not say. */
  readonly version: string | undefined;
  /**
   * Set where the event is a request to judge the case of the object again: the case's revision at that time. It
   * holds as long as the case is at that revision.
   */
  readonly judgeAgain?: number;
}

/** The event version of S3's notification structure that this code knows: any 2.x, by S3's own promise. */
const S3Record = z.object({
  eventVersion: z.string().regex(/^2\.\d+$/),
  eventName: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), versionId: z.string().optional() }),
  }),
  /** Ours; S3 sends nothing like it. */
  judgeAgain: z.int().min(1).optional(),
});
const S3Notification = z.object({ Records: z.array(S3Record).min(1) });
const TestEvent = z.object({ Event: z.literal('s3:TestEvent') });

/** A queue message that is no notification of S3. */
export class UnreadableEvent extends Error {
  readonly code = 'unreadable_event';
}

/**
 * Reads a queue message that S3 wrote. The test message that S3 sends when a notification is set up, and events
 * other than creations, give no events.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @throws {UnreadableEvent} on anything else, so that the message ends in the dead-letter queue for people to see.
 */
export function parseObjectEvents(body: string): readonly ObjectEvent[] {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new UnreadableEvent('The message is not JSON.', { cause });
  }
  if (TestEvent.safeParse(json).success) return [];
  const parsed = S3Notification.safeParse(json);
  if (!parsed.success) {
    throw new UnreadableEvent('The message is no S3 notification of version 2.', { cause: parsed.error });
  }
  return parsed.data.Records.filter((record) => /^(s3:)?ObjectCreated:/.test(record.eventName)).map(
    ({ s3, judgeAgain }) => ({
      bucket: s3.bucket.name,
      key: decodeKey(s3.object.key),
      version: s3.object.versionId,
      ...(judgeAgain === undefined ? {} : { judgeAgain }),
    }),
  );
}

/** S3 encodes keys like a form does, `+` for a blank; its stand-ins sometimes not at all. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** The message S3 would send for a created object: what the embedded stack and the sweep put into queues. */
export function objectEventMessage(event: ObjectEvent, time: string): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventTime: time,
        eventName: 'ObjectCreated:Put',
        ...(event.judgeAgain === undefined ? {} : { judgeAgain: event.judgeAgain }),
        s3: {
          s3SchemaVersion: '1.0',
          bucket: { name: event.bucket, arn: `arn:aws:s3:::${event.bucket}` },
          object: {
            key: encodeURIComponent(event.key).replaceAll('%2F', '/').replaceAll('%20', '+'),
            ...(event.version === undefined ? {} : { versionId: event.version }),
          },
        },
      },
    ],
  });
}
