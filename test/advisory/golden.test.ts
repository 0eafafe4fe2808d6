import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { render } from '../../shared/advisory/render.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { cases } from './cases.ts';
import { GENERATED_AT } from './sample.ts';

const knowledge = await loadKnowledge();

/**
 * The whole advisory in Markdown, per verdict and outcome, in both languages. After a change of wording run
 * `vitest run test/advisory -u` and read the difference as a customer would.
 */
describe('the advisory as prose', () => {
  it.each(
    Object.entries(cases(knowledge)).flatMap(([name, value]) =>
      (['ja', 'en'] as const).map((language) => ({ name, value, language })),
    ),
  )('$name in $language', async ({ name, value, language }) => {
    const { body } = await render(value, knowledge, {
      language,
      format: 'md',
      generatedAt: GENERATED_AT,
      caseLabel: 'CASE-1',
    });
    const file = fileURLToPath(new URL(`golden/${name}.${language}.md`, import.meta.url));
    await expect(new TextDecoder().decode(body)).toMatchFileSnapshot(file);
  });
});
