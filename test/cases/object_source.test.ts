import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectSource, SourceUnavailable } from '../../shared/cases/object_source.ts';
import type { StoredObject } from '../../shared/cases/object_store.ts';

const object = (bytes: number): StoredObject => ({ key: 'k', version: 'v', bytes, storedAt: '' });
const pause = async () => undefined;

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** A store whose bodies break after so many bytes, by an error or by ending too early. */
function breaking(content: Buffer, breaks: readonly { after: number; silently: boolean }[]) {
  const reads: { start: number; end: number }[] = [];
  return {
    reads,
    async *read(_: StoredObject, range: { start: number; end: number }) {
      const fault = breaks[reads.length];
      reads.push(range);
      const body = content.subarray(range.start, range.end);
      if (fault === undefined || fault.after >= body.byteLength) {
        yield body;
        return;
      }
      if (fault.after > 0) yield body.subarray(0, fault.after);
      if (!fault.silently) throw new Error('socket hang up');
    },
  };
}

describe('objectSource', () => {
  test('gives every byte of any range once and in order, wherever bodies break', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.array(fc.record({ after: fc.nat(80), silently: fc.boolean() }), { maxLength: 4 }),
        fc.nat(200),
        fc.nat(200),
        async (bytes, breaks, a, b) => {
          const content = Buffer.from(bytes);
          const range = {
            start: Math.min(a, b, content.length),
            end: Math.min(Math.max(a, b), content.length),
          };
          const store = breaking(content, breaks);
          const source = objectSource(store, object(content.length), 'x', { pause });
          expect(await drain(source.stream(range))).toEqual(content.subarray(range.start, range.end));
        },
      ),
    );
  });

  test('resumes at the next byte and never from the start', async () => {
    const store = breaking(Buffer.alloc(100), [{ after: 30, silently: false }]);
    await drain(objectSource(store, object(100), 'x', { pause }).stream());
    expect(store.reads).toEqual([
      { start: 0, end: 100 },
      { start: 30, end: 100 },
    ]);
  });

  test('gives up after five tries without a byte of progress, and says where', async () => {
    const store = breaking(Buffer.alloc(10), Array(9).fill({ after: 0, silently: false }));
    const reading = drain(objectSource(store, object(10), 'x', { pause }).stream());
    await expect(reading).rejects.toThrow(SourceUnavailable);
    await expect(reading).rejects.toThrow('past byte 0 of 10, tried 5 times');
    expect(store.reads).toHaveLength(5);
  });

  test('does not give up as long as it gets on', async () => {
    const store = breaking(Buffer.alloc(10), Array(9).fill({ after: 1, silently: false }));
    expect(await drain(objectSource(store, object(10), 'x', { pause }).stream())).toHaveLength(10);
  });
});
