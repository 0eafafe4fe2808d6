import type { ByteSource } from '../archive/source.ts';
import type { ObjectStore, StoredObject } from './object_store.ts';

/** The bundle could not be read from its store, however often it was tried. */
export class SourceUnavailable extends Error {
  readonly code = 'source_unavailable';
}

/**
 * A byte source over one version of an object. A body that breaks is resumed at the next byte of the same version,
 * so that a 5 GB bundle is never begun again and never mixed with another upload.
 *
 * @param options.attempts Reads in a row that may fail without a single byte of progress (default 5).
 * @param options.pause Waits before the n-th attempt in a row; the default backs off from 100 ms to 3 s.
 */
export function objectSource(
  store: Pick<ObjectStore, 'read'>,
  object: StoredObject,
  name: string,
  options: { attempts?: number; pause?: (attempt: number) => Promise<void> } = {},
): ByteSource {
  const attempts = options.attempts ?? 5;
  const pause = options.pause ?? backOff;
  return {
    name,
    size: object.bytes,
    async *stream(range = { start: 0, end: object.bytes }) {
      const end = Math.min(range.end, object.bytes);
      let position = range.start;
      let failures = 0;
      while (position < end) {
        let cause: unknown;
        try {
          for await (const chunk of store.read(object, { start: position, end })) {
            position += chunk.byteLength;
            failures = 0;
            yield chunk;
          }
        } catch (error) {
          cause = error;
        }
        if (position >= end) return;
        failures += 1;
        if (failures >= attempts) {
          throw new SourceUnavailable(
            `The stored bundle could not be read past byte ${position} of ${object.bytes}, tried ${failures} times.`,
            { cause },
          );
        }
        await pause(failures);
      }
    },
  };
}

async function backOff(attempt: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.min(3_000, 100 * 2 ** (attempt - 1))));
}
