import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import asc from 'assemblyscript/asc';

const SOURCE = 'shared/logs/skim/assembly/skim.ts';
const OPTIONS = ['--enable', 'simd', '-O3', '--converge', '--runtime', 'stub', '--noAssert'];
/** Memory for the addresses in the source, in pages of 64 KiB, and for one load of 16 bytes behind the input. */
const MEMORY = ['--memoryBase', '512', '--initialMemory', '190'];
const LINE = 96;

/** The module `shared/logs/skim/skim_wasm.ts`, compiled from its source in AssemblyScript. */
export async function compileSkim(): Promise<string> {
  const source = await readFile(resolve(import.meta.dirname, '../..', SOURCE), 'utf8');
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['skim.ts', '-o', 'skim.wasm', ...OPTIONS, ...MEMORY], {
    readFile: (name) => (name === 'skim.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'skim.wasm' && typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) throw new Error(`${error?.message}\n${stderr.toString()}`);
  const text = Buffer.from(wasm).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `/** Compiled from \`assembly/skim.ts\` by \`npm run build:skim\`, in base64. Not to be edited. */
export const SKIM_WASM = [
${lines.map((line) => `  '${line}',\n`).join('')}].join('');
`;
}
