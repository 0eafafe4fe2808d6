/** Part of `npm run build`: puts the data files of `shared/` (knowledge, texts) beside the compiled code in `dist/`. */
import { cpSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
for (const name of readdirSync(join(root, 'shared'), { recursive: true, encoding: 'utf8' })) {
  if (/\.(ya?ml|json|ttf|otf)$/.test(name))
    cpSync(join(root, 'shared', name), join(root, 'dist', 'shared', name));
}
