import type { Fonts } from '../../../fonts/load.ts';
import type { Document, Words } from '../../document.ts';
import { plain } from '../../localize.ts';
import type { Frame } from '../frame.ts';
import { Typesetter } from './blocks.ts';
import { facesOf } from './face.ts';
import { beginFile } from './file.ts';
import type { Line } from './lines.ts';
import { paginate } from './pages.ts';
import { type Furniture, paint } from './paint.ts';
import { CONTENT, PAGE } from './style.ts';
import { Tag } from './tag.ts';

/** Baselines of the lines at the edges of a page. */
const EDGE = { head: 34, foot: PAGE.height - 32 };

/**
 * The advisory as PDF: real text in embedded, subset fonts, a tag tree (headings, lists, tables, pictures with
 * their words), bookmarks, page numbers, document properties and the language of the text. Reads no file and no
 * address: everything comes in through the arguments. The creation date is `generatedAt`, so that the same report
 * has the same bytes.
 */
export function pdf(document: Document<Words>, frame: Frame, fonts: Fonts, generatedAt: string): Uint8Array {
  const title = plain(document.title);
  const file = beginFile(
    {
      title: `${title} ${document.reportId}`,
      subject: plain(document.subtitle),
      keywords: 'LifeKeeper, DataKeeper, md/raid1, CVE-2021-46950',
      language: frame.language === 'ja' ? 'ja-JP' : 'en',
      at: new Date(generatedAt),
    },
    fonts,
  );
  const faces = facesOf(fonts, { regular: file.fonts.regular.font, bold: file.fonts.bold.font });
  const typesetter = new Typesetter(frame, faces);
  const flows = typesetter.document(document, new Tag('Document', null));
  const area = { left: PAGE.side, top: PAGE.top, width: CONTENT, bottom: PAGE.height - PAGE.bottom };
  const pages = paginate(flows, area);
  const head = typesetter.edge(title);
  const foot = typesetter.edge(plain(document.footer));
  const right = (line: Line) => PAGE.width - PAGE.side - line.width;
  const furniture: Furniture = (page, count) => {
    const number = typesetter.edge(plain(frame.label('label.page', { page, pages: count })));
    return [
      ...(page === 1 || head === null ? [] : [{ line: head, x: PAGE.side, baseline: EDGE.head }]),
      ...(foot === null ? [] : [{ line: foot, x: PAGE.side, baseline: EDGE.foot }]),
      ...(number === null ? [] : [{ line: number, x: right(number), baseline: EDGE.foot }]),
    ];
  };
  paint(file, pages, furniture, faces);
  return file.end();
}
