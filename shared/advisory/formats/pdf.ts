import { create } from 'fontkit';
import pdfmake from 'pdfmake';
import type {
  Content,
  ContentTable,
  ContentText,
  TableCell,
  TDocumentDefinitions,
} from 'pdfmake/interfaces.js';
import type { Fonts } from '../../fonts/load.ts';
import type { Block, Document, EvidenceEntry, Section, Span, Step, Tone, Words } from '../document.ts';
import { plain } from '../localize.ts';
import { draw } from '../pictures/draw.ts';
import { widthInEm } from '../pictures/drawing.ts';
import { svg } from '../pictures/svg.ts';
import { asCode, visible } from '../visible.ts';
import type { Frame } from './frame.ts';

/** What pdfmake has on a server beside its typed interface. */
interface Maker {
  virtualfs: { writeFileSync(name: string, content: Uint8Array): void };
  setFonts(fonts: Record<string, Record<'normal' | 'bold' | 'italics' | 'bolditalics', string>>): void;
  setUrlAccessPolicy(allow: (url: string) => boolean): void;
  setLocalAccessPolicy(allow: (path: string) => boolean): void;
  createPdf(definition: TDocumentDefinitions): { getBuffer(): Promise<Uint8Array> };
}

const FAMILY = 'Noto Sans JP';
/** The PostScript names of the fonts; pictures find the embedded fonts by them. */
const REGULAR = 'NotoSansJP-Regular';
const BOLD = 'NotoSansJP-Bold';

const PAGE = { width: 595.28, side: 48, top: 54, bottom: 54 };
const CONTENT = PAGE.width - 2 * PAGE.side;
const INK = '#1b2430';
const SOFT = '#4a5666';
const LINE = '#d5dbe3';
const ACCENT = '#1f4e79';
const TONES: Readonly<Record<Tone, { ink: string; ground: string }>> = {
  danger: { ink: '#8c1c13', ground: '#fdf1ef' },
  caution: { ink: '#6b4700', ground: '#fdf6e3' },
  good: { ink: '#14532d', ground: '#eff8f1' },
  unknown: { ink: '#3f3a6b', ground: '#f2f1fa' },
  neutral: { ink: '#4a5666', ground: '#f6f8fa' },
};

/**
 * The advisory as PDF: real text in embedded, subset fonts, bookmarks, page numbers, document properties and the
 * language of the text. Reads no file and no address: everything comes in through the arguments. The creation date
 * is `generatedAt`, so that the same report has the same bytes.
 */
export async function pdf(
  document: Document<Words>,
  frame: Frame,
  fonts: Fonts,
  generatedAt: string,
): Promise<Uint8Array> {
  const maker = pdfmake as unknown as Maker;
  maker.virtualfs.writeFileSync(REGULAR, fonts.regular);
  maker.virtualfs.writeFileSync(BOLD, fonts.bold);
  maker.setFonts({ [FAMILY]: { normal: REGULAR, bold: BOLD, italics: REGULAR, bolditalics: BOLD } });
  maker.setUrlAccessPolicy(() => false);
  maker.setLocalAccessPolicy((path) => path === REGULAR || path === BOLD);
  const drawn = drawable(document, coverage(fonts.regular));
  return maker.createPdf(definition(drawn, frame, generatedAt)).getBuffer();
}

const coverages = new WeakMap<Uint8Array, ReadonlySet<number>>();

/** The characters a font can draw. */
function coverage(font: Uint8Array): ReadonlySet<number> {
  const known = coverages.get(font);
  if (known !== undefined) return known;
  const made = create(Buffer.from(font.buffer, font.byteOffset, font.byteLength));
  const covered = new Set('characterSet' in made ? made.characterSet : []);
  coverages.set(font, covered);
  return covered;
}

/** A value with every character that the font lacks written as its code, so that nothing is lost as a blank box. */
function drawable<T>(value: T, covered: ReadonlySet<number>): T {
  if (typeof value === 'string') {
    const shown = visible(value).replace(/\P{ASCII}/gu, (character) =>
      covered.has(character.codePointAt(0) ?? 0) ? character : asCode(character),
    );
    return shown as T;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => drawable(item, covered)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, drawable(item, covered)]),
  ) as T;
}

function definition(document: Document<Words>, frame: Frame, generatedAt: string): TDocumentDefinitions {
  const title = plain(document.title);
  const footer = plain(document.footer);
  return {
    version: '1.7',
    language: frame.language === 'ja' ? 'ja-JP' : 'en',
    displayTitle: true,
    compress: true,
    info: {
      title: `${title} ${document.reportId}`,
      author: 'Bundle Advisor',
      subject: plain(document.subtitle),
      keywords: 'LifeKeeper, DataKeeper, md/raid1, CVE-2021-46950',
      creator: 'Bundle Advisor',
      producer: 'Bundle Advisor (pdfmake)',
      creationDate: new Date(generatedAt),
      modDate: new Date(generatedAt),
    },
    pageSize: 'A4',
    pageMargins: [PAGE.side, PAGE.top, PAGE.side, PAGE.bottom],
    defaultStyle: { font: FAMILY, fontSize: 9, lineHeight: 1.35, color: INK },
    header: (page) =>
      page === 1 ? '' : { text: title, fontSize: 7.5, color: SOFT, margin: [PAGE.side, 26, PAGE.side, 0] },
    footer: (page, pages) => ({
      columns: [
        { text: footer, fontSize: 7.5, color: SOFT },
        {
          text: plain(frame.label('label.page', { page, pages })),
          fontSize: 7.5,
          color: SOFT,
          alignment: 'right',
        },
      ],
      margin: [PAGE.side, 20, PAGE.side, 0],
    }),
    content: [
      { text: title, fontSize: 20, bold: true, lineHeight: 1.2 },
      { text: plain(document.subtitle), color: SOFT, margin: [0, 2, 0, 8] },
      identity(document),
      ...document.sections.flatMap((section, index) =>
        sectionContent(section, frame, document.sections[index - 1]),
      ),
    ],
  };
}

/** Gives a node the name that links and bookmarks point to; pdfmake's types leave the field out. */
function anchored(id: string, content: ContentText): ContentText {
  return Object.assign(content, { id });
}

function identity(document: Document<Words>): Content {
  return {
    text: document.identity.flatMap((row, index) => [
      ...(index === 0 ? [] : [{ text: '     ' }]),
      { text: `${plain(row.term)} `, color: SOFT },
      { text: plain(row.value) },
    ]),
    fontSize: 8.5,
    margin: [0, 0, 0, 4],
  };
}

function sectionContent(
  section: Section<Words>,
  frame: Frame,
  previous: Section<Words> | undefined,
): Content[] {
  const startsPage =
    previous?.place === 'decision' || (section.place === 'appendix' && previous?.place !== 'appendix');
  const kept = keptWithHeading(section.body);
  const lead = section.body.slice(0, kept).flatMap((block) => blockContent(block, frame, CONTENT));
  const rest = section.body.slice(kept);
  const pulled = rest[0]?.kind === 'figure' || rest[0]?.kind === 'callout';
  const figure = lead.length > 0 && pulled ? rest.shift() : undefined;
  const [drawing, ...equivalent] = figure === undefined ? [] : blockContent(figure, frame, CONTENT);
  return [
    {
      stack: [
        anchored(section.id, {
          text: plain(section.heading),
          fontSize: 13,
          bold: true,
          color: ACCENT,
          outline: true,
          outlineExpanded: false,
          margin: [0, startsPage ? 0 : 12, 0, 3],
        }),
        {
          canvas: [{ type: 'line', x1: 0, y1: 0, x2: CONTENT, y2: 0, lineWidth: 1.2, lineColor: ACCENT }],
          margin: [0, 0, 0, 6],
        },
        ...lead,
        ...(drawing === undefined ? [] : [drawing]),
      ],
      unbreakable: true,
      ...(startsPage ? { pageBreak: 'before' as const } : {}),
    },
    ...equivalent,
    ...rest.flatMap((block) => blockContent(block, frame, CONTENT)),
  ];
}

/** How many blocks at the start of a section stay on the page of its heading: its first paragraphs. */
function keptWithHeading(body: readonly Block<Words>[]): number {
  const other = body.findIndex((block) => block.kind !== 'paragraph');
  return Math.min(other === -1 ? body.length : other, 3);
}

/** Code stands out by its ground; inside tables, whose cells have grounds of their own, it does not. */
const CODE = { background: '#f0f3f6' };
const IN_TABLE = { background: undefined };

type Run = { text: string } & Record<string, unknown>;

function runs(words: Words, base: Record<string, unknown> = {}): Run[] {
  return words.flatMap((span) => spanRuns(span, base));
}

function spanRuns(span: Span, base: Record<string, unknown>): Run[] {
  switch (span.kind) {
    case 'text':
      return [{ text: span.text, ...base }];
    case 'code':
      return [{ text: span.text, ...CODE, ...base }];
    case 'cite':
      return span.ids.map((id) => ({
        text: ` [${id}]`,
        ...base,
        fontSize: 7,
        color: ACCENT,
        bold: false,
        linkToDestination: id,
      }));
    case 'badge': {
      const { ink, ground } = TONES[span.tone];
      return [
        { text: ` ${plain(span.content)} `, ...base, bold: true, color: ink, background: ground },
        { text: ' ', ...base },
      ];
    }
    case 'strong':
      return runs(span.content, { ...base, bold: true });
    case 'link':
      return /^https?:\/\//.test(span.href)
        ? runs(span.content, { ...base, link: span.href, color: ACCENT })
        : runs(span.content, base);
  }
}

function blockContent(block: Block<Words>, frame: Frame, width: number, tight = false): Content[] {
  const inner = (body: readonly Block<Words>[], available = width) =>
    body.flatMap((item) => blockContent(item, frame, available, tight));
  switch (block.kind) {
    case 'paragraph':
      return [{ text: runs(block.content), margin: [0, 0, 0, tight ? 3 : 6] }];
    case 'list': {
      const items = block.items.map(
        (item): Content => ({
          text: runs(item),
          margin: [0, 0, 0, tight ? 0.5 : 2.5],
        }),
      );
      return [
        block.ordered
          ? { ol: items, margin: [0, 0, 0, tight ? 3 : 6] }
          : { ul: items, markerColor: SOFT, margin: [0, 0, 0, tight ? 3 : 6] },
      ];
    }
    case 'facts':
      return [facts(block.rows, width)];
    case 'table':
      return tableContent(block, width);
    case 'callout':
      return [
        boxed(
          block.tone,
          [
            { text: runs(block.title, { bold: true }), margin: [0, 0, 0, 3] },
            ...inner(block.body, width - 26),
          ],
          width,
          true,
        ),
      ];
    case 'answers':
      return block.items.map((item, index) =>
        boxed(
          item.tone,
          [
            { text: `${index + 1}. ${plain(item.question)}`, color: SOFT, bold: true, fontSize: 8 },
            { text: runs(item.answer, { bold: true }), fontSize: 10, margin: [0, 0, 0, 2] },
            {
              stack: item.body.flatMap((inside) => blockContent(inside, frame, width - 26, true)),
              fontSize: 8.5,
              lineHeight: 1.25,
            },
          ],
          width,
          false,
        ),
      );
    case 'steps':
      return block.items.map((step) => stepContent(step, frame, width));
    case 'commands':
      return [commands(block.lines, width)];
    case 'evidence':
      return block.entries.map((entry) => evidenceContent(entry, frame));
    case 'figure':
      return [
        {
          stack: [
            {
              svg: svg(draw(block.picture, frame.language), block.id),
              width: block.picture.kind === 'timeline' ? width : Math.min(width, 420),
            },
            { text: runs(block.caption), fontSize: 8, color: SOFT, margin: [0, 2, 0, 6] },
          ],
          unbreakable: true,
        },
        ...inner(block.equivalent),
      ];
    case 'group':
      return groupContent(block, frame, width);
  }
}

function groupContent(
  group: Extract<Block<Words>, { kind: 'group' }>,
  frame: Frame,
  width: number,
): Content[] {
  const kept = group.body.findIndex((block) => block.kind !== 'paragraph' && block.kind !== 'facts');
  const first = group.body.slice(0, kept === -1 ? group.body.length : kept);
  return [
    {
      stack: [
        anchored(group.id, {
          text: runs(group.heading),
          fontSize: 10.5,
          bold: true,
          margin: [0, 8, 0, 3],
        }),
        ...first.flatMap((block) => blockContent(block, frame, width)),
      ],
      unbreakable: true,
    },
    ...group.body.slice(first.length).flatMap((block) => blockContent(block, frame, width)),
  ];
}

function facts(rows: readonly { term: Words; value: Words }[], width: number): Content {
  return {
    table: {
      widths: [Math.min(110, width * 0.25), '*'],
      dontBreakRows: true,
      body: rows.map((row): TableCell[] => [
        { text: runs(row.term), color: SOFT },
        { text: runs(row.value) },
      ]),
    },
    layout: {
      hLineWidth: (index) => (index === 0 ? 0 : 0.5),
      vLineWidth: () => 0,
      hLineColor: () => LINE,
      paddingLeft: () => 0,
      paddingTop: () => 2,
      paddingBottom: () => 1,
    },
    margin: [0, 0, 0, 8],
  };
}

/** A box with a thick rule on its left: a tone that also shows in grey. */
function boxed(tone: Tone, body: Content[], width: number, filled: boolean): Content {
  const { ink, ground } = TONES[tone];
  return {
    table: { widths: [width - 20], dontBreakRows: true, body: [[{ stack: body }]] },
    layout: {
      hLineWidth: () => 0.5,
      vLineWidth: (index) => (index === 0 ? 4 : 0.5),
      hLineColor: () => LINE,
      vLineColor: (index) => (index === 0 ? ink : LINE),
      ...(filled ? { fillColor: () => ground } : {}),
      paddingLeft: () => 9,
      paddingRight: () => 7,
      paddingTop: () => 5,
      paddingBottom: () => 1,
    },
    margin: [0, 0, 0, 6],
  };
}

/**
 * Column widths: first what the longest piece that does not break needs (within reason), then the rest by what the
 * widest cell would like.
 */
function columnWidths(
  cells: readonly (readonly string[])[],
  width: number,
  padding: number,
  size: number,
): number[] {
  const count = cells[0]?.length ?? 0;
  const available = width - count * padding;
  const columns = Array.from({ length: count }, (_, column) => {
    const texts = cells.map((row) => row[column] ?? '');
    const longest = Math.max(...texts.flatMap((text) => text.split(/[\s、。]/).map(piece)));
    const heading = Math.min(widthInEm(texts[0] ?? ''), 7);
    const least = Math.max(Math.min(longest, 13), heading, 2) + 0.8;
    return { least: least * size, wish: Math.min(Math.max(...texts.map(widthInEm)), 90) };
  });
  const least = columns.reduce((sum, column) => sum + column.least, 0);
  if (least >= available) return columns.map((column) => (column.least / least) * available);
  const wishes = columns.map((column) => Math.max(0.5, column.wish - column.least / size));
  const wished = wishes.reduce((sum, wish) => sum + wish, 0);
  return columns.map((column, index) => column.least + ((wishes[index] ?? 0) / wished) * (available - least));
}

/** Width of the longest run without a place to break: Japanese text breaks anywhere. */
function piece(text: string): number {
  return Math.max(...text.split(/[\u3040-\u9fff]/).map(widthInEm));
}

function tableContent(table: Extract<Block<Words>, { kind: 'table' }>, width: number): Content[] {
  const padding = 7;
  const size = table.head.length > 5 ? 7 : 7.8;
  const plainRows = [table.head.map(plain), ...table.rows.map((row) => row.cells.map(plain))];
  const node: ContentTable = {
    table: {
      headerRows: 2,
      keepWithHeaderRows: 1,
      dontBreakRows: true,
      widths: columnWidths(plainRows, width, padding, size),
      body: [
        [
          { text: runs(table.caption, { bold: true }), colSpan: table.head.length, fontSize: 8.5 },
          ...table.head.slice(1).map(() => ({ text: '' })),
        ],
        table.head.map((cell): TableCell => ({ text: runs(cell, { bold: true }), fillColor: '#f0f3f6' })),
        ...table.rows.map((row) =>
          row.cells.map(
            (cell, index): TableCell => ({
              text: runs(cell, row.marked && index === 0 ? { ...IN_TABLE, bold: true } : IN_TABLE),
              ...(row.marked ? { fillColor: '#fdf6e3' } : {}),
            }),
          ),
        ),
      ],
    },
    layout: {
      hLineWidth: (index) => (index === 0 ? 0 : index === 2 ? 1 : 0.5),
      vLineWidth: () => 0,
      hLineColor: (index) => (index === 2 ? SOFT : LINE),
      paddingLeft: () => 3.5,
      paddingRight: () => 3.5,
      paddingTop: () => 2.5,
      paddingBottom: () => 1.5,
    },
    fontSize: size,
    lineHeight: 1.25,
    margin: [0, 0, 0, 9],
  };
  return [node];
}

function stepContent(step: Step<Words>, frame: Frame, width: number): Content {
  const labelled = (label: Words, content: Words | null): Content[] =>
    content === null
      ? []
      : [{ text: [{ text: `${plain(label)}  `, color: SOFT }, ...runs(content)], margin: [0, 1, 0, 1] }];
  return {
    table: {
      widths: [32, width - 52],
      dontBreakRows: true,
      body: [
        [
          { text: step.number, bold: true, color: ACCENT },
          {
            stack: [
              { text: runs(step.instruction, { bold: true }) },
              ...(step.runOn === null ? [] : [{ text: runs(step.runOn), color: SOFT }]),
              ...(step.overwrite === null
                ? []
                : [
                    {
                      text: runs(step.overwrite, { bold: true, color: TONES.danger.ink }),
                      margin: [0, 1, 0, 1] as [number, number, number, number],
                    },
                  ]),
              ...(step.commands.length === 0 ? [] : [commands(step.commands, width - 52)]),
              ...labelled(frame.label('steps.expected'), step.expected),
              ...labelled(frame.label('steps.stop'), step.stop),
            ],
          },
        ],
      ],
    },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: () => 0,
      paddingLeft: () => 2,
      paddingTop: () => 2,
      paddingBottom: () => 3,
    },
  };
}

function commands(lines: readonly string[], width: number): Content {
  return {
    table: {
      widths: [width - 16],
      body: [[{ text: lines.map(visible).join('\n'), preserveLeadingSpaces: true }]],
    },
    layout: {
      hLineWidth: () => 0.8,
      vLineWidth: () => 0.8,
      hLineColor: () => SOFT,
      vLineColor: () => SOFT,
      fillColor: () => '#f6f8fa',
      paddingLeft: () => 7,
      paddingTop: () => 3,
      paddingBottom: () => 2,
    },
    margin: [0, 2, 0, 4],
  };
}

function evidenceContent(entry: EvidenceEntry<Words>, frame: Frame): Content {
  const position =
    entry.line === 0
      ? frame.label('evidence.position.member')
      : frame.label('evidence.position.line', {
          line: entry.line,
          offset: entry.offset,
          length: entry.length,
        });
  const times = [
    ...(entry.loggedTime === null
      ? []
      : [`${plain(frame.label('resync.logged'))}${plain(frame.label('colon'))}${visible(entry.loggedTime)}`]),
    `${plain(frame.label('resync.time'))}${plain(frame.label('colon'))}${plain(entry.inferredTime)}`,
  ];
  return anchored(entry.id, {
    text: [
      { text: entry.id, bold: true, color: ACCENT },
      { text: `   ${visible(entry.bundle)}   ${visible(entry.member)}\n` },
      {
        text: `${plain(position)}   ${times.join('   ')}${entry.text === '' ? '' : '\n'}`,
        color: SOFT,
        fontSize: 7.5,
      },
      { text: visible(entry.text) },
    ],
    fontSize: 8,
    margin: [0, 0, 0, 6],
  });
}
