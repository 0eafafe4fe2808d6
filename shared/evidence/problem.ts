import { z } from 'zod';

/**
 * What could not be read, and why. Codes are stable and part of the API; the sentence is for people.
 * A `rejected` bundle has at least one problem with `fatal: true`; all other problems mean lost coverage.
 */
export const ProblemCode = z.enum([
  'empty_file',
  'not_a_bundle',
  'truncated',
  'corrupt',
  'checksum_mismatch',
  'size_mismatch',
  'encrypted',
  'unsupported_method',
  'limit_total_bytes',
  'limit_ratio',
  'limit_members',
  'limit_member_bytes',
  'limit_nesting',
  'limit_name_length',
  'limit_line_length',
  'limit_records',
  'limit_time',
  'unsafe_name',
  'special_member',
  'overlapping_entries',
  'duplicate_member',
  'nested_unreadable',
  'no_cluster_evidence',
  'source_unavailable',
]);
export type ProblemCode = z.infer<typeof ProblemCode>;

export const Problem = z.strictObject({
  code: ProblemCode,
  /** One English sentence with numbers; control and bidi characters of names already shown as `\u…`. */
  detail: z.string(),
  /** The member concerned; absent when it is the bundle as a whole. */
  member: z.string().optional(),
  /** True when nothing of the bundle could be used. */
  fatal: z.boolean().default(false),
  /** How many times it happened, when several like problems were folded into one. */
  count: z.int().min(1).default(1),
});
export type Problem = z.infer<typeof Problem>;
