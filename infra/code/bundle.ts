/**
 * `node infra/code/bundle.ts JSON`: makes the code of one function, as {@link bundleFunction} does with the parsed
 * argument. The CDK app runs it for every function that it deploys.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { identifiedKnowledge } from '../../shared/cases/identified_knowledge.ts';
import { FONT_FILES, installedFonts } from '../../shared/fonts/load.ts';
import { KnowledgeError, loadKnowledge } from '../../shared/knowledge/load.ts';
import { leaveOut, xzEngine } from './replacements.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Libraries written as CommonJS expect these names even when bundled as ES modules, which do not have them. */
const COMMONJS_NAMES = [
  "import{createRequire}from'node:module'",
  'const require=createRequire(import.meta.url)',
  'globalThis.__dirname=import.meta.dirname',
  'globalThis.__filename=import.meta.filename',
  '',
].join(';');

/** Threads that a function starts; their code is found by name beside its own. */
const THREADS: Readonly<Record<string, Record<string, string>>> = {
  extract: { inflate_worker: 'shared/archive/inflate/inflate_worker.ts' },
};

export interface FunctionCode {
  /** Folder under `lambdas/` with an `index.ts` that exports `handler`. */
  readonly folder: string;
  readonly outputDirectory: string;
  readonly architecture: 'arm64' | 'x86_64';
  /** Files the code finds beside itself. */
  readonly data: readonly ('knowledge' | 'knowledge-version' | 'fonts')[];
  /** Folders of further advisories beside the product's own. */
  readonly knowledge: readonly string[];
}

/**
 * Bundles one function with esbuild: `index.mjs`, the chunks it imports only when it needs them, source maps, and
 * its data. Needs neither Docker nor shell tools. Knowledge is checked here and written as JSON, so that a fault in
 * it stops the deployment and not the function, which then needs no YAML.
 *
 * @throws {KnowledgeError} when the knowledge has a fault.
 */
export async function bundleFunction(code: FunctionCode): Promise<Metafile> {
  const { folder, outputDirectory, architecture, data, knowledge: folders } = code;
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: join('lambdas', folder, 'index.ts'), ...THREADS[folder] },
    outdir: outputDirectory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: COMMONJS_NAMES },
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'error',
    plugins: [leaveOut, xzEngine(architecture, outputDirectory)],
  });
  if (data.includes('knowledge')) {
    const knowledge = identifiedKnowledge(await loadKnowledge(folders));
    await writeFile(join(outputDirectory, 'knowledge.json'), JSON.stringify(knowledge));
  }
  if (data.includes('knowledge-version')) {
    const { version } = identifiedKnowledge(await loadKnowledge(folders));
    await writeFile(join(outputDirectory, 'knowledge-version'), version);
  }
  if (data.includes('fonts')) {
    await mkdir(join(outputDirectory, 'fonts'), { recursive: true });
    for (const [name, file] of Object.entries(installedFonts())) {
      await copyFile(file, join(outputDirectory, 'fonts', FONT_FILES[name as keyof typeof FONT_FILES]));
    }
  }
  return metafile;
}

if (import.meta.main) {
  try {
    await bundleFunction(JSON.parse(process.argv[2] ?? ''));
  } catch (error) {
    console.error(error instanceof KnowledgeError ? error.message : error);
    process.exitCode = 1;
  }
}
