import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type RenderOptions, render } from '../../shared/advisory/render.ts';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { cases } from './cases.ts';
import { GENERATED_AT } from './sample.ts';

const knowledge = await loadKnowledge();
const all = cases(knowledge);

interface Document {
  readonly name: string;
  readonly value: Analysis;
  readonly options?: Partial<RenderOptions>;
}

const documents: readonly Document[] = [
  ...Object.entries(all)
    .filter(([name]) => name !== 'names_everywhere')
    .map(([name, value]) => ({ name, value })),
  {
    name: 'new_revision',
    value: all.cleared,
    options: {
      previous: all.partner_missing,
      revisions: [{ number: 1, at: '2026-11-20T10:00:00+09:00', reason: 'node1' }],
    },
  },
  {
    name: 'redacted',
    value: all.names_everywhere,
    options: { redact: { hosts: true, addresses: true, users: true } },
  },
];

/**
 * The whole advisory in Markdown, per verdict and outcome, in both languages. After a change of wording run
 * `vitest run test/advisory -u` and read the difference as a customer would.
 */
describe('the advisory as prose', () => {
  it.each(
    documents.flatMap((document) => (['ja', 'en'] as const).map((language) => ({ ...document, language }))),
  )('$name in $language', async ({ name, value, options, language }) => {
    const { body } = await render(value, knowledge, {
      language,
      format: 'md',
      generatedAt: GENERATED_AT,
      caseLabel: 'CASE-1',
      ...options,
    });
    const file = fileURLToPath(new URL(`golden/${name}.${language}.md`, import.meta.url));
    await expect(new TextDecoder().decode(body)).toMatchFileSnapshot(file);
  });
});
