/** Writes the documents that are generated from the knowledge. Run by `npm run docs`. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { documents } from './documents.ts';

const root = resolve(import.meta.dirname, '../..');
for (const [path, content] of Object.entries(documents(await loadKnowledge()))) {
  await writeFile(resolve(root, path), content);
  console.log(path);
}
