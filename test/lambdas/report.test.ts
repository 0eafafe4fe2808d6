import { describe, expect, test } from 'vitest';
import { REPORT_FORMATS } from '../../lambdas/report/forms.ts';
import { FORMATS, render } from '../../shared/advisory/render.ts';
import { judge } from '../../shared/analysis/judge.ts';
import { loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';

describe('the forms of a report', () => {
  test('are all that the renderer makes, under the media type and extension it gives', async () => {
    const [knowledge, fonts] = await Promise.all([loadKnowledge(), loadFonts()]);
    const analysis = judge([], knowledge, {
      timezone: 'Asia/Tokyo',
      confirmations: [],
      expectedNodes: ['node1'],
    });
    const made = [];
    for (const format of FORMATS) {
      const options = { language: 'ja', format, generatedAt: '2026-11-22T00:00:00Z', fonts } as const;
      const { mediaType, extension } = await render(analysis, knowledge, options);
      made.push({ format, mediaType, extension });
    }
    expect(REPORT_FORMATS).toEqual(made);
  });
});
