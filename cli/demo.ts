/**
 * `npm run demo`: the whole path on this machine, once. Starts the embedded stack, makes a case, uploads the
 * bundles of an affected pair of nodes (built on the spot) by their signed URLs, waits, prints the summary and
 * says where the advisories lie. Exits 0 when all of it worked.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { loadCore } from '../infra/local/core.ts';
import { startLocal } from '../infra/local/start.ts';
import { gzip, tar } from '../test/fixtures/archive.ts';
import { affectedPair } from '../test/fixtures/node.ts';
import { CommandError } from './exit_codes.ts';
import { isFinal, ServiceClient } from './service.ts';
import { print, progress, terminalLanguage } from './terminal.ts';

const FOLDER = join('.bundle-advisor', 'demo');
const SAVED = [
  ['ja', 'html'],
  ['en', 'html'],
  ['ja', 'md'],
  ['en', 'md'],
] as const;

/** Writes the two sample bundles and answers their paths. */
async function writeBundles(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(
    affectedPair().map(async ({ host, tree }) => {
      const path = join(folder, `${host}.tar.gz`);
      await writeFile(path, gzip(tar(tree, { top: host })));
      return path;
    }),
  );
}

async function demo(signal: AbortSignal): Promise<void> {
  const bundles = await writeBundles(join(FOLDER, 'bundles'));
  const stack = await startLocal({ dataDir: join(FOLDER, 'data'), port: 0, core: await loadCore() });
  try {
    await print(`Service started at ${stack.url}`);
    const client = new ServiceClient(stack.url, { token: stack.token }, signal);
    const { id } = await client.createCase('Demo: an affected pair', 'Asia/Tokyo');
    await print(`Case ${id} made`);
    const bundleIds = new Set<string>();
    for (const path of bundles) {
      const bundle = await client.uploadBundle(id, path, 64 * 1024 * 1024, () => {});
      bundleIds.add(bundle.id);
      await print(`Uploaded ${path} by its signed URL`);
    }
    const bar = await progress('analysing', 'steps');
    await client
      .waitUntilReady(id, bundleIds, (state) =>
        bar.update(state.bundles.filter(isFinal).length, bundles.length),
      )
      .finally(() => bar.stop());
    const language = terminalLanguage(process.env);
    await print(`\n${new TextDecoder().decode(await client.report(id, language, 'text'))}`);
    await print('Advisories:');
    for (const [lang, format] of SAVED) {
      const path = join(FOLDER, `advisory.${lang}.${format}`);
      await writeFile(path, await client.report(id, lang, format));
      await print(`  ${relative('.', path)}`);
    }
  } finally {
    await stack.close();
  }
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());
try {
  await demo(interrupt.signal);
} catch (error) {
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
  const known = error instanceof CommandError || interrupt.signal.aborted;
  process.stderr.write(
    known
      ? `${interrupt.signal.aborted ? 'Stopped.' : (error as Error).message}\n`
      : `${(error as Error).stack}\n`,
  );
}
