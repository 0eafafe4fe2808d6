/**
 * Output chunks of the decompressors. At 16 KiB (the default of zlib) the hand-over between threads costs more than
 * the inflating. A bundle may have thousands of compressed members, most of them small: their chunks are small too.
 */
export const CHUNK_BYTES = 128 * 1024;

/** For a bundle or a large member: the fewer hand-overs, the better. Beyond it nothing gets faster. */
export const LARGE_CHUNK_BYTES = 1024 * 1024;

/**
 * Frees the memory of a chunk that nobody looks at any more, if it is all of one output buffer. Left to the garbage
 * collector, which sees small objects and large memory, it costs a fifth of the time and 40 MB.
 */
export function giveBack({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= CHUNK_BYTES) buffer.transfer(0);
}
