import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('has no import against the arrows of docs/architecture.md', () => {
  const answer = execFileSync(process.execPath, [join(import.meta.dirname, 'arrows.ts')], {
    encoding: 'utf8',
  });
  expect(answer).toMatch(/^\d+ files, 0 imports against the arrows$/m);
});
