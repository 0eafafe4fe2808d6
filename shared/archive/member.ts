import type { Problem } from '../evidence/problem.ts';

/** One entry of a bundle, at any nesting depth. Its bytes are never written to disk. */
export interface Member {
  /** Path in the bundle; nested archives joined with `!/` (see `Place.member`). Untrusted text. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'special';
  /** Stored modification time; null when the format or entry has none. */
  readonly mtime: Date | null;
  /** Decompressed size if the archive states it; a statement of the archive, not a fact. */
  readonly size: number | null;
  /** Target of a link as stored; links are data and never followed on a file system. */
  readonly linkTarget: string | null;
}

/** A file member with its decompressed bytes, to be read at most once and before the visitor returns. */
export interface FileMember extends Member {
  readonly kind: 'file';
  /**
   * Decompressed content in order. Ends early, without throwing, where the member is damaged or a limit is
   * reached; {@link FileMember.cut} then tells, and the archive reader has recorded the problem. A chunk is only
   * good until the next one is asked for: its memory is given back then.
   */
  bytes(): AsyncIterable<Buffer>;
  /** After reading: why the content ended early; null when it was read to its end. */
  cut(): Problem | null;
}

/** What a visitor is asked before the bytes of a member are decompressed. */
export type Interest =
  /** Hand it over. */
  | 'read'
  /** Hand it over only if that costs no extra I/O (a tar stream), not by a ranged read (a zip). */
  | 'if_cheap'
  | 'skip';

export interface BundleVisitor {
  interest(member: Member): Interest;
  /** Called for members of interest, one at a time, in archive order. */
  file(member: FileMember): Promise<void>;
  /** Called for every other member, links included. */
  other?(member: Member): void;
}
