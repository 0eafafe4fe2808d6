import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectEventMessage, parseObjectEvents, UnreadableEvent } from '../../shared/cases/object_event.ts';

const record = (more: object = {}) => ({
  eventVersion: '2.1',
  eventName: 'ObjectCreated:Put',
  s3: { bucket: { name: 'b' }, object: { key: 'k', versionId: 'v' } },
  ...more,
});
const message = (...records: object[]) => JSON.stringify({ Records: records });

describe('parseObjectEvents', () => {
  test('reads back what it writes, for any key', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.option(fc.string()), (key, version) => {
        const event = { bucket: 'b', key, version: version ?? undefined };
        expect(parseObjectEvents(objectEventMessage(event, '2026-11-22T00:00:00Z'))).toEqual([event]);
        const request = { ...event, judgeAgain: 3 };
        expect(parseObjectEvents(objectEventMessage(request, '2026-11-22T00:00:00Z'))).toEqual([request]);
      }),
    );
  });

  test.each(['2.0', '2.1', '2.5', '2.17'])(
    'takes version %s, and fields it does not know',
    (eventVersion) => {
      expect(parseObjectEvents(message(record({ eventVersion, news: { from: 'S3' } })))).toHaveLength(1);
    },
  );

  test.each(['ObjectCreated:Put', 's3:ObjectCreated:Post', 'ObjectCreated:CompleteMultipartUpload'])(
    'takes %s',
    (eventName) => {
      expect(parseObjectEvents(message(record({ eventName })))).toHaveLength(1);
    },
  );

  test('passes over events that create nothing', () => {
    expect(parseObjectEvents(message(record({ eventName: 'ObjectRemoved:Delete' })))).toEqual([]);
  });

  test('passes over the test message of S3', () => {
    expect(parseObjectEvents(JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }))).toEqual([]);
  });

  test('leaves a key alone that is not encoded', () => {
    const s3 = { bucket: { name: 'b' }, object: { key: '100%/x' } };
    expect(parseObjectEvents(message(record({ s3 })))[0]?.key).toBe('100%/x');
  });

  test.each([
    '',
    'x',
    '{}',
    '[]',
    'null',
    '{"Records":[]}',
    message(record({ eventVersion: '3.0' })),
    message({}),
  ])('refuses %j', (body) => {
    expect(() => parseObjectEvents(body)).toThrow(UnreadableEvent);
  });
});
