/**
 * `npm run build [-- FOLDER]`: makes of the command what is installed, in `dist/cli` (or `FOLDER/cli`). One file each
 * for what every run needs and for what only some do (PDF, the service's client): to find and read some two hundred
 * modules one by one takes longer than to judge a bundle. The knowledge lies beside the code, as YAML and, checked, as
 * JSON; so does the code of the thread that inflates.
 */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { BUILT_KNOWLEDGE, knowledgeOf } from './knowledge_source.ts';

const root = resolve(import.meta.dirname, '..');
const folder = resolve(process.argv[2] ?? join(root, 'dist'));
const target = join(folder, 'cli');

await rm(target, { recursive: true, force: true });
await build({
  entryPoints: {
    main: join(root, 'cli/main.ts'),
    inflate_worker: join(root, 'shared/archive/inflate/inflate_worker.ts'),
  },
  outdir: target,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // They find files of their own (an addon, fonts, metrics) beside their code; seek-bzip makes Node print a warning
  // when it lies outside of node_modules.
  external: ['node-liblzma', '@expo-google-fonts/*', 'pdfkit', 'seek-bzip'],
  // Libraries that are CommonJS ask for Node's modules by `require`.
  banner: {
    js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);",
  },
  logLevel: 'warning',
});
await cp(join(root, 'shared/knowledge'), target, {
  recursive: true,
  filter: (path) => !/\.(ts|md)$/.test(path),
});
await writeFile(join(target, BUILT_KNOWLEDGE), JSON.stringify(await knowledgeOf([])));
