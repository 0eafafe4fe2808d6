import type { ByteSource } from '../archive/source.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { ProblemCode } from '../evidence/problem.ts';
import type { Meter } from './ports.ts';

/**
 * Limits that end the reading of members or of the bundle. The others leave a line or a record out, as any noisy
 * log makes them do.
 */
export const ENDING_LIMITS: readonly ProblemCode[] = [
  'limit_total_bytes',
  'limit_ratio',
  'limit_members',
  'limit_member_bytes',
  'limit_nesting',
  'limit_time',
];

/** The same source, which tells how many bytes were taken from it. */
export function countedSource(source: ByteSource): { source: ByteSource; bytesRead: () => number } {
  let bytes = 0;
  return {
    bytesRead: () => bytes,
    source: {
      ...source,
      async *stream(range) {
        for await (const chunk of source.stream(range)) {
          bytes += chunk.byteLength;
          yield chunk;
        }
      },
    },
  };
}

/**
 * Tells the meter of one bundle that was read: how it ended, the bytes it took from the store and the bytes that
 * came out of its archives, every limit it came to, and whether one of {@link ENDING_LIMITS} cut it short.
 */
export function meterReading(meter: Meter, { bundle }: Evidence, bytesRead: number): void {
  meter.count('bundles', 1, { status: bundle.status });
  meter.bytes('bytes_read', bytesRead);
  meter.bytes('bytes_expanded', bundle.expandedBytes);
  const codes = new Set(bundle.problems.map(({ code }) => code));
  for (const limit of codes) {
    if (limit.startsWith('limit_')) meter.count('limit_hit', 1, { limit });
  }
  meter.count('bundles_cut_short', ENDING_LIMITS.some((limit) => codes.has(limit)) ? 1 : 0);
}
