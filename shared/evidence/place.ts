import { z } from 'zod';

/**
 * Where a statement stands in a bundle, precise enough for a third party to find the same bytes again.
 *
 * - `member` is the path inside the bundle, as stored. Archives inside the bundle are joined with `!/`:
 *   `node1.tar.xz!/sosreport-node1/var/log/lifekeeper.log`. A member that is only compressed
 *   (`lifekeeper.log-20210401.gz`) keeps its own name; its lines and offsets are those of the decompressed text.
 * - `line` is 1-based. 0 means the member itself (its existence or name), not a line in it.
 * - `offset` and `length` are bytes of the line in the decompressed member, without its line ending.
 * - `text` is the line decoded for people, cut at {@link MAX_PLACE_TEXT} characters.
 */
export const Place = z.strictObject({
  member: z.string(),
  line: z.int().min(0),
  offset: z.int().min(0),
  length: z.int().min(0),
  text: z.string(),
});
export type Place = z.infer<typeof Place>;

/** A value and the place it was read from. Facts that disagree are all kept, each with its place. */
export function observed<T extends z.ZodType>(value: T) {
  return z.strictObject({ value, at: Place });
}
export interface Observed<T> {
  value: T;
  at: Place;
}
