/**
 * Random access to the bytes of one bundle, wherever they are (a file, an object pinned to its version).
 * Implementations never buffer the whole bundle and survive a broken connection by resuming at the next byte.
 */
export interface ByteSource {
  /** The name the customer gave the file; data, never a path. */
  readonly name: string;
  readonly size: number;
  /**
   * Bytes `[start, end)`, whole object by default, in order; at most a few hundred KiB a chunk. A chunk is only good
   * until the next one is asked for.
   */
  stream(range?: { start: number; end: number }): AsyncIterable<Uint8Array>;
  /** The SHA-256 of the whole, when it is known without reading it (lower-case hex). */
  readonly sha256?: string;
}
