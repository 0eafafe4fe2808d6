import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { openFile } from '../shared/archive/file_source.ts';
import { limitsFromEnvironment } from '../shared/archive/limits.ts';
import type { ByteSource } from '../shared/archive/source.ts';
import { extractBundle } from '../shared/bundle/extract.ts';
import type { Evidence } from '../shared/evidence/evidence.ts';
import { progress } from './terminal.ts';

/** SHA-256 of a bundle that was read by ranges (zip), by one pass over the file. */
async function sha256Of(source: ByteSource, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source.stream()) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** Evidence of a file that could not even be opened: rejected, so that the case names it and goes on. */
function unopened(bundleId: string, path: string, detail: string): Evidence {
  return {
    schemaVersion: '1',
    bundle: {
      id: bundleId,
      fileName: basename(path),
      sha256: null,
      bytes: 0,
      format: 'unknown',
      layout: 'unknown',
      status: 'rejected',
      problems: [{ code: 'source_unavailable', detail, fatal: true, count: 1 }],
      members: { seen: 0, read: 0, skipped: 0 },
      expandedBytes: 0,
      secretsDropped: 0,
    },
    nodes: [],
  };
}

async function whyNotAFile(path: string): Promise<string | null> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    if (found.code === 'ENOENT') return 'There is no such file.';
    if (found.code === 'EACCES') return 'This user may not read the file.';
    return `The file cannot be opened (${found.code ?? found.message}).`;
  }
  if (found.isDirectory())
    return 'This is a folder; pack it first, for example with "tar czf node1.tar.gz FOLDER".';
  return found.isFile() ? null : 'This is not a regular file.';
}

/**
 * Reads one bundle from disk. Never throws for a bad bundle: the evidence then has status `rejected` and says
 * why. Aborting `signal` rejects with its reason.
 *
 * @param onBegun told from the first bytes on that were read
 */
export async function extractFile(
  path: string,
  bundleId: string,
  signal: AbortSignal,
  onBegun: () => void = () => undefined,
): Promise<Evidence> {
  const refused = await whyNotAFile(path);
  if (refused !== null) return unopened(bundleId, path, refused);
  const bar = await progress(basename(path));
  // From here on the nursery need not grow: what a bundle leaves in it dies young, and a large one only costs memory.
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    await using file = await openFile(path);
    const evidence = await extractBundle(file, {
      bundleId,
      limits: limitsFromEnvironment(process.env),
      signal,
      onProgress: (done, total) => {
        onBegun();
        bar.update(done, total);
      },
    });
    if (evidence.bundle.sha256 === null && file.size > 0)
      evidence.bundle.sha256 = await sha256Of(file, signal);
    return evidence;
  } catch (error) {
    signal.throwIfAborted();
    if (
      error instanceof Error &&
      'code' in error &&
      typeof error.code === 'string' &&
      /^E[A-Z]+$/.test(error.code)
    ) {
      return unopened(bundleId, path, `The file cannot be read (${error.code}).`);
    }
    throw error;
  } finally {
    bar.stop();
  }
}
