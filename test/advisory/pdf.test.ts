import { getDocumentProxy } from 'unpdf';
import { describe, expect, it, vi } from 'vitest';
import type { Block, Words } from '../../shared/advisory/document.ts';
import { plain } from '../../shared/advisory/localize.ts';
import { render } from '../../shared/advisory/render.ts';
import { loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { cases } from './cases.ts';
import { type Element, elementsOf, type Piece, pdfPieces, pdfTags, pdfText } from './pdf_text.ts';
import { analysis, GENERATED_AT, mirror, node, place, resync } from './sample.ts';
import { documentOf, wordsOf } from './words.ts';

vi.setConfig({ testTimeout: 120_000 });

const knowledge = await loadKnowledge();
const fonts = await loadFonts();
const all = cases(knowledge);
const languages = ['ja', 'en'] as const;

async function pdf(of = all.target_suspect, language: 'ja' | 'en' = 'ja'): Promise<Uint8Array> {
  return (await render(of, knowledge, { language, format: 'pdf', generatedAt: GENERATED_AT, fonts })).body;
}

const squeezed = (text: string) => text.replace(/\s+/g, '');
/** A badge has a ground where other formats have brackets. */
const unbracketed = (text: string) => squeezed(text).replace(/[【】[\]]/g, '');

/** 40 nodes: tables that take more than a page. */
const many = analysis({
  nodes: Array.from({ length: 40 }, (_, index) => node(`node${index + 1}`)),
  mirrors: [
    mirror({
      partialResyncs: Array.from({ length: 28 }, (_, day) =>
        resync('node1', String(day + 1).padStart(2, '0'), '1.0 MB'),
      ),
    }),
  ],
});

/** Pieces that begin a line: nothing stands right before them at their height. */
function lineStarts(page: readonly Piece[]): Piece[] {
  return page.filter(
    (piece) =>
      !page.some(
        (other) =>
          other !== piece &&
          Math.abs(other.y - piece.y) < 0.5 &&
          other.x < piece.x &&
          other.x + other.width > piece.x - piece.size,
      ),
  );
}

function tablesIn(blocks: readonly Block<Words>[]): Extract<Block<Words>, { kind: 'table' }>[] {
  return blocks.flatMap((block) => {
    switch (block.kind) {
      case 'table':
        return [block];
      case 'figure':
        return tablesIn(block.equivalent);
      case 'group':
      case 'callout':
        return tablesIn(block.body);
      default:
        return [];
    }
  });
}

/** The roles of the elements on a page that have content of their own, in reading order. */
function leavesOf(element: Element): string[] {
  if (element.content === '') return [];
  const inner = element.children.flatMap(leavesOf);
  return inner.length > 0 ? inner : [element.role];
}

describe('the PDF', () => {
  it.each(Object.entries(all))('of %s holds every word of the document as text', async (_name, of) => {
    for (const language of languages) {
      const text = unbracketed(await pdfText(await pdf(of, language)));
      const { title, ...document } = documentOf(of, knowledge, language);
      const missing = wordsOf({ ...document, title, footer: [] }).filter(
        (words) => !text.includes(unbracketed(words)),
      );
      expect(missing).toEqual([]);
    }
  });

  it('can be searched in Japanese, without blanks between scripts, and holds commands whole', async () => {
    const lines = (await pdfText(await pdf())).replace(/\s{2,}/g, ' ');
    expect(lines).toContain('node2のデータ');
    expect(lines).toContain('mirror_action datarep-dk-mirror fullresync node1 node2');
  });

  it('names its title, language, dates and the tool', async () => {
    for (const language of languages) {
      const document = await getDocumentProxy(new Uint8Array(await pdf(all.cleared, language)));
      const { title, reportId } = documentOf(all.cleared, knowledge, language);
      const { info } = await document.getMetadata();
      expect(info).toMatchObject({
        Title: `${plain(title)} ${reportId}`,
        Language: language === 'ja' ? 'ja-JP' : 'en',
        Creator: 'Bundle Advisor',
        CreationDate: 'D:20261122003000Z',
      });
    }
  });

  it('has a bookmark for each section and each group in it, leading to the page of its heading', async () => {
    const body = await pdf();
    const document = await getDocumentProxy(new Uint8Array(body));
    const outline = await document.getOutline();
    const { sections } = documentOf(all.target_suspect, knowledge, 'ja');
    expect(
      outline.map((entry) => [entry.title, ...entry.items.map((inner: { title: string }) => inner.title)]),
    ).toEqual(
      sections.map((section) => [
        plain(section.heading),
        ...section.body.flatMap((block) => (block.kind === 'group' ? [plain(block.heading)] : [])),
      ]),
    );
    const pages = await pdfPieces(body);
    for (const entry of outline) {
      const index = await document.getPageIndex(
        entry.dest?.[0] as Parameters<typeof document.getPageIndex>[0],
      );
      const text = squeezed(pages[index]?.map((piece) => piece.text).join('') ?? '');
      expect(text).toContain(squeezed(entry.title));
    }
  });

  it('answers the four questions on page one, and nothing else', async () => {
    for (const of of Object.values(all)) {
      for (const language of languages) {
        const document = await getDocumentProxy(new Uint8Array(await pdf(of, language)));
        const [, second] = await document.getOutline();
        const target = second?.dest?.[0] as Parameters<typeof document.getPageIndex>[0];
        expect(await document.getPageIndex(target)).toBe(1);
      }
    }
  });

  it('is tagged: one title, a heading for each section, lists, tables with heads, pictures with words', async () => {
    const body = await pdf();
    const document = await getDocumentProxy(new Uint8Array(body));
    expect(await document.getMarkInfo()).toMatchObject({ Marked: true });
    const tags = await pdfTags(body);
    const { sections } = documentOf(all.target_suspect, knowledge, 'ja');
    const found = (role: string) => elementsOf(tags, role).filter((element) => element.content !== '');
    expect(found('H1')).toHaveLength(1);
    expect(found('H2')).toHaveLength(sections.length);
    expect(found('Figure').every((figure) => (figure.alt ?? '') !== '')).toBe(true);
    expect(found('Figure').length).toBeGreaterThan(1);
    for (const item of found('LI'))
      expect(item.children.map((child) => child.role)).toEqual(['Lbl', 'LBody']);
    const tables = sections.flatMap((section) => tablesIn(section.body));
    expect(found('Caption')).toHaveLength(tables.length);
    for (const { children } of found('Table')) {
      const [caption, head, ...rows] = children;
      expect(caption?.role).toBe('Caption');
      expect(head?.children.every((cell) => cell.role === 'TH')).toBe(true);
      for (const row of rows)
        expect(row.children.map((cell) => cell.role)).toEqual(head?.children.map(() => 'TD'));
    }
  });

  it('leads from each citation to its entry in the evidence', async () => {
    const body = await pdf();
    const document = await getDocumentProxy(new Uint8Array(body));
    const pages = await pdfPieces(body);
    let followed = 0;
    for (let number = 1; number <= document.numPages; number++) {
      for (const link of await (await document.getPage(number)).getAnnotations()) {
        if (typeof link.dest !== 'string') continue;
        const [target] = (await document.getDestination(link.dest)) ?? [];
        const index = await document.getPageIndex(target as Parameters<typeof document.getPageIndex>[0]);
        expect(pages[index]?.map((piece) => piece.text)).toContain(link.dest);
        followed++;
      }
    }
    expect(followed).toBeGreaterThan(5);
  });

  it.each(languages)(
    'repeats the head of a table on every page it takes, and cuts no row (%s)',
    async (language) => {
      const body = await pdf(many, language);
      const tables = documentOf(many, knowledge, language)
        .sections.flatMap((section) => tablesIn(section.body))
        .filter((table) => table.rows.length === 40);
      expect(tables.length).toBeGreaterThan(1);
      const pages = await pdfPieces(body);
      const repeated = pages.map((page) =>
        squeezed(
          page
            .filter((piece) => !piece.content)
            .map((piece) => piece.text)
            .join(''),
        ),
      );
      for (const { caption, head } of tables) {
        const further = repeated.filter((text) => text.includes(squeezed(plain(caption))));
        expect(further.length).toBeGreaterThan(0);
        for (const text of further) for (const cell of head) expect(text).toContain(squeezed(plain(cell)));
      }
      const tags = await pdfTags(body);
      const rowsOf = (index: number, at: 0 | -1) =>
        (tags[index] === undefined ? [] : elementsOf([tags[index]], 'Table')).at(at)?.children.slice(1) ?? [];
      let continued = 0;
      for (let index = 1; index < tags.length; index++) {
        const before = rowsOf(index - 1, -1);
        const after = rowsOf(index, 0);
        if (before.length !== 41 || after.length !== 41 || after[0]?.content !== '') continue;
        continued++;
        expect(before.filter((row, at) => row.content !== '' && after[at]?.content !== '')).toEqual([]);
      }
      expect(continued).toBeGreaterThanOrEqual(tables.length);
    },
  );

  it('leaves no heading, caption or table head alone at the foot of a page', async () => {
    for (const of of [many, ...Object.values(all)]) {
      for (const language of languages) {
        for (const page of await pdfTags(await pdf(of, language))) {
          const last = leavesOf(page).at(-1);
          expect(['H1', 'H2', 'H3', 'Caption', 'TH']).not.toContain(last);
        }
      }
    }
  });

  it('keeps text inside the margins of the page', async () => {
    for (const of of [many, all.source_suspect]) {
      for (const language of languages) {
        const pieces = (await pdfPieces(await pdf(of, language))).flat();
        const outside = pieces.filter(
          (piece) => piece.x < 49 || piece.x + piece.width > 595.28 - 49 || piece.y < 28 || piece.y > 814,
        );
        expect(outside).toEqual([]);
      }
    }
  });

  it('begins no line with closing punctuation and ends none with opening (JIS X 4051)', async () => {
    for (const of of [many, ...Object.values(all)]) {
      for (const page of await pdfPieces(await pdf(of))) {
        const wrong = lineStarts(page).filter((piece) =>
          /^[、。，．）」』】ーぁぃぅぇぉっゃゅょァィゥェォッャュョ]/.test(piece.text),
        );
        expect(wrong.map((piece) => piece.text)).toEqual([]);
      }
    }
  });

  it('embeds subsets of its fonts, and stays small', async () => {
    expect((await pdf()).length).toBeLessThan(400_000);
  });

  it('shows hidden and missing characters of a log line as their code', async () => {
    const text = 'May 18 13:25:19 node1 x[1]: INFO:dr:r:t:104009:\u001b[31m \u202e \u{1F600} 日本語 𠮟';
    const hostile = analysis({
      mirrors: [
        mirror({ partialResyncs: [resync('node1', '18', '1.0 MB', { evidence: [place('m', 1, text)] })] }),
      ],
    });
    const shown = squeezed(await pdfText(await pdf(hostile)));
    expect(shown).toContain('\\u001b[31m\\u202e\\u{1f600}日本語𠮟');
  });

  it('breaks what is longer than a line or a page, and loses nothing of it', async () => {
    const path = `/${'very-long-name/'.repeat(40)}end`;
    const line = `May 18 13:25:19 node1 x[1]: ${'0123456789abcdef'.repeat(700)}`;
    const long = analysis({
      mirrors: [
        mirror({ partialResyncs: [resync('node1', '18', '1.0 MB', { evidence: [place(path, 1, line)] })] }),
      ],
    });
    const body = await pdf(long);
    const text = squeezed(await pdfText(body));
    expect(text).toContain(squeezed(path));
    expect(text).toContain(squeezed(line));
    const pieces = (await pdfPieces(body)).flat();
    expect(pieces.filter((piece) => piece.x + piece.width > 595.28 - 49)).toEqual([]);
  });
});
