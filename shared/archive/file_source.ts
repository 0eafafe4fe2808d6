import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ByteSource } from './source.ts';

const CHUNK_BYTES = 128 * 1024;

/**
 * Opens a file on this machine as a {@link ByteSource}. Close it with `await using` or its dispose method.
 *
 * @throws the error of `fs.open` when the file cannot be opened.
 */
export async function openFile(path: string): Promise<ByteSource & AsyncDisposable> {
  const handle = await open(path, 'r');
  const { size } = await handle.stat();
  return {
    name: basename(path),
    size,
    async *stream({ start, end } = { start: 0, end: size }) {
      const chunkBytes = Math.min(CHUNK_BYTES, Math.max(0, end - start));
      // One is being filled while the reader looks at the other; fresh memory for each chunk costs more than reading.
      let chunk = Buffer.allocUnsafeSlow(chunkBytes);
      let next = Buffer.allocUnsafeSlow(chunkBytes);
      let position = start;
      let ahead = handle.read(chunk, 0, chunkBytes, start);
      while (position < end) {
        const { bytesRead } = await ahead;
        if (bytesRead === 0) return;
        position += bytesRead;
        if (position < end) {
          ahead = handle.read(next, 0, Math.min(chunkBytes, end - position), position);
          ahead.catch(() => undefined);
        }
        yield chunk.subarray(0, bytesRead);
        [chunk, next] = [next, chunk];
      }
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
    },
  };
}
