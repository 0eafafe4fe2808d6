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
      let position = start;
      let ahead = handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, Math.min(CHUNK_BYTES, end - start), start);
      while (position < end) {
        const { bytesRead, buffer } = await ahead;
        if (bytesRead === 0) return;
        position += bytesRead;
        if (position < end) {
          ahead = handle.read(
            Buffer.allocUnsafe(CHUNK_BYTES),
            0,
            Math.min(CHUNK_BYTES, end - position),
            position,
          );
          ahead.catch(() => undefined);
        }
        yield buffer.subarray(0, bytesRead);
      }
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
    },
  };
}
