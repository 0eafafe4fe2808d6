import { getDocumentProxy } from 'unpdf';
import { describe, expect, it, vi } from 'vitest';
import { render } from '../../shared/advisory/render.ts';
import { loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { cases } from './cases.ts';
import { pdfText } from './pdf_text.ts';
import { analysis, GENERATED_AT, mirror, place, resync } from './sample.ts';

vi.setConfig({ testTimeout: 120_000 });

const knowledge = await loadKnowledge();
const fonts = await loadFonts();
const all = cases(knowledge);

async function pdf(of = all.target_suspect, language: 'ja' | 'en' = 'ja'): Promise<Uint8Array> {
  return (await render(of, knowledge, { language, format: 'pdf', generatedAt: GENERATED_AT, fonts })).body;
}

const squeezed = (text: string) => text.replace(/\s+/g, '');

describe('the PDF', () => {
  it('can be searched in Japanese and holds commands whole', async () => {
    const text = squeezed(await pdfText(await pdf()));
    expect(text).toContain('お願いしたい対処');
    expect(text).toContain('node2のデータは、node1の内容で上書きされます');
    expect(text).toContain(squeezed('mirror_action datarep-dk-mirror fullresync node1 node2'));
  });

  it('names its title, language, dates and bookmarks', async () => {
    const document = await getDocumentProxy(new Uint8Array(await pdf()));
    const info = { ...(await document.getMetadata()).info } as Record<string, unknown>;
    expect(info).toMatchObject({
      Title: expect.stringContaining('サポートバンドル調査報告書'),
      Language: 'ja-JP',
    });
    expect(info.CreationDate).toBe('D:20261122003000Z');
    const outline = await document.getOutline();
    expect(outline.map((entry) => entry.title)).toContain('根拠');
    expect(outline.length).toBeGreaterThan(10);
  });

  it('answers the four questions on page one', async () => {
    for (const value of Object.values(all)) {
      const document = await getDocumentProxy(new Uint8Array(await pdf(value)));
      const content = await (await document.getPage(1)).getTextContent();
      const first = squeezed(content.items.map((item) => ('str' in item ? item.str : '')).join(''));
      expect(first).toContain('1.本問題に該当するか');
      expect(first).toContain('確認範囲は');
    }
  });

  it('embeds subsets of its fonts, and stays small', async () => {
    expect((await pdf()).length).toBeLessThan(400_000);
  });

  it('shows hidden and missing characters of a log line as their code', async () => {
    const text = 'May 18 13:25:19 node1 x[1]: INFO:dr:r:t:104009:\u001b[31m \u202e \u{1F600} 日本語';
    const hostile = analysis({
      mirrors: [
        mirror({ partialResyncs: [resync('node1', '18', '1.0 MB', { evidence: [place('m', 1, text)] })] }),
      ],
    });
    const shown = squeezed(await pdfText(await pdf(hostile)));
    expect(shown).toContain('\\u001b[31m\\u202e\\u{1f600}日本語');
  });
});
