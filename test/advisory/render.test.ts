import { beforeAll, describe, expect, it } from 'vitest';
import { FORMATS, type Format, render } from '../../shared/advisory/render.ts';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import { type Fonts, loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { analysis, GENERATED_AT, mirror, place, resync } from './sample.ts';

let knowledge: Knowledge;
let fonts: Fonts;
beforeAll(async () => {
  knowledge = await loadKnowledge();
  fonts = await loadFonts();
});

async function text(of: Analysis, language: 'ja' | 'en', format: Format): Promise<string> {
  const { body } = await render(of, knowledge, { language, format, generatedAt: GENERATED_AT, fonts });
  return new TextDecoder().decode(body);
}

describe('a rendered advisory', () => {
  it.each(FORMATS)('has the same bytes for the same analysis (%s)', async (format) => {
    for (const language of ['ja', 'en'] as const)
      expect(await text(analysis(), language, format)).toBe(await text(analysis(), language, format));
  });

  it('answers the four questions in order before anything else', async () => {
    const page = await text(analysis(), 'en', 'md');
    const places = [
      'Am I affected?',
      'Is my data at risk now?',
      'What must I do',
      'What could not be checked?',
    ].map((question) => page.indexOf(question));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(places[3]).toBeLessThan(page.indexOf('## Required actions'));
  });

  it('shows hostile log text as text', async () => {
    const evil =
      'May 18 13:25:19 node1 x[1]: INFO:dr:recover:t:104009:<script>alert(1)</script> \u001b[31m \u202e |a|b| ```';
    const hostile = analysis({
      mirrors: [
        mirror({
          partialResyncs: [resync('node1', '18', '662.2 MB', { evidence: [place('a<b>/x', 3, evil)] })],
        }),
      ],
    });
    for (const format of ['html', 'md', 'text'] as const) {
      const page = await text(hostile, 'ja', format);
      for (const hidden of ['\u001b', '\u202e']) expect(page).not.toContain(hidden);
      expect(page).toContain('\\u001b[31m');
      if (format === 'html') expect(page).not.toContain('<script');
    }
  });
});
