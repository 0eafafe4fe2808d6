import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { documents } from './documents.ts';

const current = documents(await loadKnowledge());

for (const [path, content] of Object.entries(current)) {
  it(`${path} says what the knowledge says (run "npm run docs" after a change)`, async () => {
    expect(await readFile(resolve(import.meta.dirname, '../..', path), 'utf8')).toBe(content);
  });
}
