/** Compiles what skims log lines. Run by `npm run build:skim`. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compileSkim } from './compile_skim.ts';

const path = 'shared/logs/skim/skim_wasm.ts';
await writeFile(resolve(import.meta.dirname, '../..', path), await compileSkim());
console.log(path);
