/**
 * Everything that bounds the reading of one bundle. A limit reached ends the member (or the bundle), keeps what
 * was read and is recorded as a problem with the code named here, so that it shows as coverage lost.
 *
 * The defaults let pass what support desks really get (a 5 GB log stream, a sosreport of 80,000 members, a
 * collector archive of sosreports) and stop what only an attacker makes. Each can be set in the environment as
 * `BUNDLE_ADVISOR_` + the name in upper snake case, e.g. `BUNDLE_ADVISOR_MAX_TOTAL_BYTES=10737418240`.
 */
export interface Limits {
  /** Bytes that may come out of all decompressors and nested archives together (`limit_total_bytes`). */
  readonly maxTotalBytes: number;
  /** Decompressed bytes per byte of the bundle, judged from 256 MiB of output on (`limit_ratio`). */
  readonly maxRatio: number;
  /** Entries of any kind in all archives together (`limit_members`). */
  readonly maxMembers: number;
  /** Bytes handed over of one member (`limit_member_bytes`). */
  readonly maxMemberBytes: number;
  /** Archives and compressions inside the outermost archive (`limit_nesting`). */
  readonly maxNesting: number;
  /** UTF-16 code units of a member's full path, and bytes of a stored name (`limit_name_length`). */
  readonly maxNameLength: number;
  /** Bytes of one log line that are looked at; used by readers of lines (`limit_line_length`). */
  readonly maxLineBytes: number;
  /** Milliseconds for the whole bundle (`limit_time`). */
  readonly maxMilliseconds: number;
  /**
   * Bytes kept in memory where a format cannot be read as a stream: a zip inside another archive, the dictionary
   * of an xz or zstd stream (`nested_unreadable`, `unsupported_method`).
   */
  readonly maxBufferBytes: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const DEFAULT_LIMITS: Limits = {
  maxTotalBytes: 64 * GIB,
  maxRatio: 1_000,
  maxMembers: 250_000,
  maxMemberBytes: 16 * GIB,
  maxNesting: 6,
  maxNameLength: 4 * KIB,
  maxLineBytes: MIB,
  maxMilliseconds: 15 * 60_000,
  maxBufferBytes: 64 * MIB,
};

/** Output up to this size is never judged by {@link Limits.maxRatio}: small bundles of zeros are harmless. */
export const RATIO_FLOOR_BYTES = 256 * MIB;

/** A setting of the environment that is no whole number of 1 or more. */
export class LimitsError extends Error {
  override readonly name = 'LimitsError';
  readonly code = 'invalid_limit';
}

/**
 * {@link DEFAULT_LIMITS} with the overrides of an environment.
 *
 * @throws {LimitsError} naming the variable, when its value is no whole number of 1 or more.
 */
export function limitsFromEnvironment(env: Record<string, string | undefined>): Limits {
  const entries = Object.entries(DEFAULT_LIMITS).map(([key, fallback]): [string, number] => {
    const variable = `BUNDLE_ADVISOR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    const text = env[variable];
    if (text === undefined || text.trim() === '') return [key, fallback];
    if (!/^[1-9]\d{0,14}$/.test(text.trim()))
      throw new LimitsError(`${variable} must be a whole number of 1 or more, not "${text}".`);
    return [key, Number(text)];
  });
  return Object.fromEntries(entries) as unknown as Limits;
}
