import type { Block, Document, EvidenceEntry, Section, Span, Step, Words } from '../../document.ts';
import { plain } from '../../localize.ts';
import { draw } from '../../pictures/draw.ts';
import { type Colour, INK } from '../../pictures/drawing.ts';
import type { TextKey } from '../../texts/catalogue.ts';
import { asCode, visible } from '../../visible.ts';
import { type Frame, positionOf } from '../frame.ts';
import { columnsOf } from './columns.ts';
import type { Faces } from './face.ts';
import {
  box,
  CELL,
  type Flow,
  labelled,
  space,
  stack,
  type TableRow,
  type Text,
  table,
  text,
} from './flow.ts';
import { type Line, Paragraph, type Run, type Style, setLines } from './lines.ts';
import {
  ACCENT,
  COMMAND_GROUND,
  CONTENT,
  GROUND,
  LEADING,
  LINE,
  MARKED,
  SIZE,
  SOFT,
  TONES,
} from './style.ts';
import type { Tag } from './tag.ts';

/** How text of a block is set; blocks in boxes are set smaller and closer. */
interface Setting {
  width: number;
  size: number;
  leading: number;
  /** Room after a block. */
  gap: number;
}

const PLAIN: Pick<Style, 'face' | 'colour'> = { face: 'regular', colour: INK };

/** A box higher than this is rather broken than moved to the next page as a whole. */
const LARGE_BOX = 160;
/** A picture, a heading and a few lines fit on a page together. */
const HIGHEST_PICTURE = 620;

/** Turns the document into measured flows. */
export class Typesetter {
  readonly #frame: Frame;
  readonly #faces: Faces;
  readonly #labels = new Map<TextKey, string>();

  constructor(frame: Frame, faces: Faces) {
    this.#frame = frame;
    this.#faces = faces;
  }

  document(document: Document<Words>, root: Tag): Flow[] {
    return [...this.#head(document, root), ...this.#sections(document.sections, root)];
  }

  /** One line in small letters, for the edges of the page. */
  edge(words: string): Line | null {
    const style = { ...PLAIN, size: SIZE.furniture, colour: SOFT };
    return setLines([{ text: this.#drawable(words), style }], CONTENT, this.#faces)[0] ?? null;
  }

  #head(document: Document<Words>, root: Tag): Flow[] {
    const { title, tight } = { title: LEADING[this.#frame.language].heading, tight: 1.6 };
    const identity = document.identity.flatMap((row, index): Run[] => {
      const style = { ...PLAIN, size: SIZE.tight };
      return [
        {
          text: `${index === 0 ? '' : '　 '}${this.#drawable(plain(row.term))} `,
          style: { ...style, colour: SOFT },
        },
        { text: this.#drawable(plain(row.value)), style },
      ];
    });
    return [
      this.#words(
        [
          {
            text: this.#drawable(plain(document.title)),
            style: { ...PLAIN, face: 'bold', size: SIZE.title },
          },
        ],
        root.child('H1'),
        CONTENT,
        SIZE.title * title,
      ),
      space(1),
      this.#words(
        [
          {
            text: this.#drawable(plain(document.subtitle)),
            style: { ...PLAIN, size: SIZE.body, colour: SOFT },
          },
        ],
        root.child('P'),
        CONTENT,
        SIZE.body * tight,
      ),
      space(5),
      this.#words(identity, root.child('P'), CONTENT, SIZE.tight * tight),
    ];
  }

  #words(runs: readonly Run[], tag: Tag | null, width: number, leading: number, x = 0): Text {
    return text(setLines(runs, width, this.#faces), leading, tag, x);
  }

  #sections(sections: readonly Section<Words>[], root: Tag): Flow[] {
    return sections.flatMap((section, index) => {
      const previous = sections[index - 1];
      const startsPage =
        previous?.place === 'decision' || (section.place === 'appendix' && previous?.place !== 'appendix');
      const tag = root.child('Sect');
      const setting = this.#body(CONTENT);
      return [
        startsPage ? { kind: 'page', height: 0 } : space(13),
        { kind: 'mark', height: 0, title: plain(section.heading), level: 1, anchor: null },
        stack(
          [
            this.#words(
              this.#runs(section.heading, { ...PLAIN, face: 'bold', size: SIZE.section, colour: ACCENT }),
              tag.child('H2'),
              CONTENT,
              SIZE.section * LEADING[this.#frame.language].heading,
            ),
            { kind: 'rule', height: 3, x: 0, width: CONTENT, thickness: 1.2, colour: ACCENT },
            space(6),
          ],
          { headsNext: true },
        ),
        ...this.#lead(section.body, tag, setting),
      ];
    });
  }

  #body(width: number): Setting {
    return {
      width,
      size: SIZE.body,
      leading: SIZE.body * LEADING[this.#frame.language].body,
      gap: 5,
    };
  }

  #tight(width: number): Setting {
    return {
      width,
      size: SIZE.tight,
      leading: SIZE.tight * LEADING[this.#frame.language].tight,
      gap: 2.5,
    };
  }

  /** Blocks of a section or group: a short paragraph stays with the table, picture, box or group it leads up to. */
  #lead(body: readonly Block<Words>[], tag: Tag, setting: Setting): Flow[] {
    return body.flatMap((block, index) => {
      const next = body[index + 1];
      const flows = this.#block(block, tag, setting);
      const leads = block.kind === 'paragraph' && next !== undefined && next.kind !== 'paragraph';
      return leads && flows.reduce((sum, flow) => sum + flow.height, 0) < 120
        ? [stack(flows, { headsNext: true })]
        : flows;
    });
  }

  #blocks(body: readonly Block<Words>[], tag: Tag, setting: Setting): Flow[] {
    return body.flatMap((block) => this.#block(block, tag, setting));
  }

  #block(block: Block<Words>, parent: Tag, setting: Setting): Flow[] {
    const { width, gap } = setting;
    switch (block.kind) {
      case 'paragraph':
        return [this.#paragraph(block.content, parent.child('P'), setting), space(gap)];
      case 'list':
        return [...this.#list(block.items, block.ordered, parent.child('L'), setting), space(gap)];
      case 'facts':
        return [stack(this.#facts(block.rows, parent.child('L'), setting), { whole: true }), space(gap + 2)];
      case 'table':
        return [this.#table(block, parent.child('Table'), width), space(gap + 4)];
      case 'callout': {
        const tag = parent.child('Div');
        const inner = { ...setting, width: width - 22 };
        return [
          this.#box(
            block.tone,
            [
              this.#paragraph(block.title, tag.child('P'), inner, { face: 'bold' }),
              space(2),
              ...this.#blocks(block.body, tag, inner),
            ],
            width,
            true,
          ),
          space(gap + 1),
        ];
      }
      case 'answers':
        return block.items.flatMap((item, index) => {
          const tag = parent.child('Sect');
          const inner = this.#tight(width - 22);
          const question = { ...PLAIN, face: 'bold', size: SIZE.small, colour: SOFT } as const;
          return [
            this.#box(
              item.tone,
              [
                this.#words(
                  [{ text: `${index + 1}. ${this.#drawable(plain(item.question))}`, style: question }],
                  tag.child('H3'),
                  inner.width,
                  SIZE.small * 1.5,
                ),
                this.#words(
                  this.#runs(item.answer, { ...PLAIN, face: 'bold', size: 10 }),
                  tag.child('P'),
                  inner.width,
                  10 * LEADING[this.#frame.language].tight,
                ),
                space(2),
                ...this.#blocks(item.body, tag, inner),
              ],
              width,
              false,
            ),
            space(5),
          ];
        });
      case 'steps': {
        const list = parent.child('L');
        return block.items.flatMap((step) => [this.#step(step, list.child('LI'), setting), space(4)]);
      }
      case 'commands':
        return [this.#commands(block.lines, parent.child('P'), setting), space(gap)];
      case 'evidence': {
        const list = parent.child('L');
        return block.entries.flatMap((entry) => this.#evidence(entry, list.child('LI'), width));
      }
      case 'figure': {
        const drawing = draw(block.picture, this.#frame.language);
        const wide = block.picture.kind === 'timeline' ? width : Math.min(width, 420);
        const scale = Math.min(wide / drawing.width, HIGHEST_PICTURE / drawing.height);
        const caption = { ...PLAIN, size: SIZE.small, colour: SOFT };
        return [
          stack(
            [
              {
                kind: 'picture',
                height: drawing.height * scale,
                x: 0,
                scale,
                drawing,
                tag: parent.child('Figure', { alt: drawing.title }),
              },
              space(2),
              this.#words(this.#runs(block.caption, caption), parent.child('P'), width, SIZE.small * 1.5),
              space(gap),
            ],
            { whole: true },
          ),
          ...this.#blocks(block.equivalent, parent, setting),
        ];
      }
      case 'group':
        return this.#group(block, parent, setting);
    }
  }

  #group(group: Extract<Block<Words>, { kind: 'group' }>, parent: Tag, setting: Setting): Flow[] {
    const tag = parent.child('Sect');
    const heading = { ...PLAIN, face: 'bold', size: SIZE.group } as const;
    return [
      space(8),
      { kind: 'mark', height: 0, title: plain(group.heading), level: 2, anchor: null },
      stack(
        [
          this.#words(
            this.#runs(group.heading, heading),
            tag.child('H3'),
            setting.width,
            SIZE.group * LEADING[this.#frame.language].heading,
          ),
          space(3),
        ],
        { headsNext: true },
      ),
      ...this.#lead(group.body, tag, setting),
    ];
  }

  #paragraph(words: Words, tag: Tag, { width, size, leading }: Setting, over: Partial<Style> = {}): Text {
    return this.#words(this.#runs(words, { ...PLAIN, size, ...over }), tag, width, leading);
  }

  #list(items: readonly Words[], ordered: boolean, tag: Tag, setting: Setting): Flow[] {
    const { size, leading } = setting;
    const indent = ordered ? size * (items.length > 9 ? 2 : 1.5) : size * 1.1;
    return items.flatMap((item, index) => {
      const entry = tag.child('LI');
      const label = this.#words(
        [{ text: ordered ? `${index + 1}.` : '•', style: { ...PLAIN, size, colour: SOFT } }],
        entry.child('Lbl'),
        indent,
        leading,
      );
      const body = this.#paragraph(item, entry.child('LBody'), { ...setting, width: setting.width - indent });
      return [
        labelled(label, indent, body, body.lines.length < 5),
        ...(index < items.length - 1 ? [space(setting.gap / 3)] : []),
      ];
    });
  }

  #facts(rows: readonly { term: Words; value: Words }[], tag: Tag, setting: Setting): Flow[] {
    const { width, size } = setting;
    const indent = Math.min(112, width * 0.25);
    const inner = { ...setting, leading: size * LEADING[this.#frame.language].tight };
    return rows.flatMap((row) => {
      const entry = tag.child('LI');
      const term = this.#paragraph(
        row.term,
        entry.child('Lbl'),
        { ...inner, width: indent - 8 },
        { colour: SOFT },
      );
      const value = this.#paragraph(row.value, entry.child('LBody'), { ...inner, width: width - indent });
      return [
        space(1.5),
        labelled(term, indent, value, true),
        { kind: 'rule', height: 3, x: 0, width, thickness: 0.5, colour: LINE } as const,
      ];
    });
  }

  /** A box with a thick rule on its left: a tone that also shows in grey. */
  #box(tone: keyof typeof TONES, body: Flow[], width: number, filled: boolean): Flow {
    const { ink, ground } = TONES[tone];
    if (body.at(-1)?.kind === 'space') body.pop();
    const inside = stack(body);
    return box({
      x: 0,
      width,
      inset: 13,
      ground: filled ? ground : null,
      edge: LINE,
      bar: ink,
      above: 6,
      below: 6,
      body: inside,
      whole: inside.height < LARGE_BOX,
    });
  }

  #table(block: Extract<Block<Words>, { kind: 'table' }>, tag: Tag, width: number): Flow {
    const size = block.head.length > 5 ? SIZE.wideTable : SIZE.table;
    const leading = size * LEADING[this.#frame.language].table;
    const pad = 3.5;
    const set = (words: Words, over: Partial<Style> = {}) =>
      new Paragraph(this.#runs(words, { ...PLAIN, size, ...over }, true), this.#faces);
    const head = block.head.map((cell) => set(cell, { face: 'bold' }));
    const rows = block.rows.map((row) =>
      row.cells.map((cell, index) => set(cell, row.marked && index === 0 ? { face: 'bold' } : {})),
    );
    const columns = columnsOf([head, ...rows], width, 2 * pad, size);
    const rowOf = (cells: readonly Paragraph[], tags: readonly Tag[], ground: Colour | null): TableRow => {
      const all = cells.map((cell, index) => cell.set((columns[index]?.width ?? 0) - 2 * pad));
      return {
        height: CELL.above + Math.max(1, ...all.map((cell) => cell.length)) * leading + CELL.below,
        ground,
        cells: all.flatMap((cell, index) => {
          const cellTag = tags[index];
          return cellTag === undefined
            ? []
            : [{ x: (columns[index]?.x ?? 0) + pad, lines: cell, tag: cellTag }];
        }),
      };
    };
    const caption = this.#words(
      this.#runs(block.caption, { ...PLAIN, face: 'bold', size: SIZE.tight }),
      tag.child('Caption'),
      width,
      SIZE.tight * 1.5,
    );
    const headTag = tag.child('TR');
    return table({
      width,
      leading,
      caption,
      head: rowOf(
        head,
        head.map(() => headTag.child('TH', { scope: 'Column' })),
        GROUND,
      ),
      rows: rows.map((row, index) => {
        const rowTag = tag.child('TR');
        return rowOf(
          row,
          row.map(() => rowTag.child('TD')),
          block.rows[index]?.marked === true ? MARKED : null,
        );
      }),
    });
  }

  #step(step: Step<Words>, tag: Tag, setting: Setting): Flow {
    const indent = 38;
    const { size } = setting;
    const inner = {
      ...setting,
      width: setting.width - indent,
      leading: size * LEADING[this.#frame.language].tight,
    };
    const body = tag.child('LBody');
    const line = (words: Words | null, over: Partial<Style>): Flow[] =>
      words === null ? [] : [this.#paragraph(words, body.child('P'), inner, over), space(1)];
    const named = (label: Words, words: Words | null): Flow[] =>
      words === null
        ? []
        : [
            this.#words(
              [
                ...this.#runs(label, { ...PLAIN, size, colour: SOFT }),
                { text: '  ', style: { ...PLAIN, size } },
                ...this.#runs(words, { ...PLAIN, size }),
              ],
              body.child('P'),
              inner.width,
              inner.leading,
            ),
            space(1),
          ];
    const number = this.#words(
      [{ text: this.#drawable(step.number), style: { ...PLAIN, face: 'bold', size, colour: ACCENT } }],
      tag.child('Lbl'),
      indent,
      inner.leading,
    );
    const content = stack([
      ...line(step.instruction, { face: 'bold' }),
      ...line(step.runOn, { colour: SOFT }),
      ...line(step.overwrite, { face: 'bold', colour: TONES.danger.ink }),
      ...(step.commands.length === 0
        ? []
        : [space(1), this.#commands(step.commands, body.child('P'), inner), space(4)]),
      ...named(this.#frame.label('steps.expected'), step.expected),
      ...named(this.#frame.label('steps.stop'), step.stop),
    ]);
    return labelled(number, indent, content, true);
  }

  #commands(lines: readonly string[], parent: Tag, { width, size }: Setting): Flow {
    const style = { ...PLAIN, size };
    const leading = size * 1.45;
    const code = parent.child('Code');
    const body = lines.map((line) =>
      this.#words([{ text: this.#drawable(line), style }], code, width - 16, leading),
    );
    return box({
      x: 0,
      width,
      inset: 8,
      ground: COMMAND_GROUND,
      edge: SOFT,
      bar: null,
      above: 2.5,
      below: 2.5,
      body: stack(body),
      whole: true,
    });
  }

  #evidence(entry: EvidenceEntry<Words>, tag: Tag, width: number): Flow[] {
    const frame = this.#frame;
    const style = { ...PLAIN, size: SIZE.small };
    const small = { ...PLAIN, size: SIZE.furniture, colour: SOFT };
    const colon = this.#label('colon');
    const position = positionOf(entry, frame);
    const facts = [
      plain(position),
      ...(entry.loggedTime === null ? [] : [`${this.#label('resync.logged')}${colon}${entry.loggedTime}`]),
      `${this.#label('resync.time')}${colon}${plain(entry.inferredTime)}`,
    ];
    const indent = 34;
    const inner = width - indent;
    const leading = SIZE.small * LEADING[frame.language].table;
    const body = tag.child('LBody');
    const paragraph = (runs: readonly Run[]) => this.#words(runs, body, inner, leading);
    const label = this.#words(
      [{ text: entry.id, style: { ...style, face: 'bold', colour: ACCENT } }],
      tag.child('Lbl'),
      indent,
      leading,
    );
    return [
      { kind: 'mark', height: 0, title: null, level: 2, anchor: entry.id },
      labelled(
        label,
        indent,
        stack([
          paragraph([{ text: this.#drawable(`${entry.bundle}   ${entry.member}`), style }]),
          paragraph([{ text: this.#drawable(facts.join('   ')), style: small }]),
          ...(entry.text === '' ? [] : [paragraph([{ text: this.#drawable(entry.text), style }])]),
        ]),
        true,
      ),
      space(5),
    ];
  }

  /** A label that holds no values, put into words once. */
  #label(key: TextKey): string {
    const known = this.#labels.get(key);
    if (known !== undefined) return known;
    const label = plain(this.#frame.label(key));
    this.#labels.set(key, label);
    return label;
  }

  /** Words as runs; inside tables, whose cells have grounds of their own, code has none. */
  #runs(words: Words, style: Style, inTable = false): Run[] {
    return words.flatMap((span) => this.#spanRuns(span, style, inTable));
  }

  #spanRuns(span: Span, style: Style, inTable: boolean): Run[] {
    switch (span.kind) {
      case 'text':
        return [{ text: this.#drawable(span.text), style }];
      case 'code':
        return [
          {
            text: this.#drawable(span.text),
            style: inTable ? style : { ...style, ground: style.ground ?? GROUND, pad: 0.08 * style.size },
          },
        ];
      case 'cite': {
        const cited: Style = {
          face: 'regular',
          size: Math.min(SIZE.cite, style.size),
          colour: ACCENT,
        };
        return span.ids.flatMap((id, index): Run[] => [
          ...(index === 0 ? [{ text: ' ', style: cited }] : []),
          { text: index === 0 ? `[${id}]` : ` [${id}]`, style: { ...cited, link: { kind: 'entry', id } } },
        ]);
      }
      case 'badge': {
        const { ink, ground } = TONES[span.tone];
        return [
          {
            text: this.#drawable(plain(span.content)),
            style: { ...style, face: 'bold', colour: ink, ground, pad: 3 },
          },
          { text: ' ', style },
        ];
      }
      case 'strong':
        return this.#runs(span.content, { ...style, face: 'bold' }, inTable);
      case 'link':
        return this.#runs(
          span.content,
          /^https?:\/\//.test(span.href)
            ? { ...style, colour: ACCENT, link: { kind: 'page', href: span.href } }
            : style,
          inTable,
        );
    }
  }

  /** Text with hidden characters, and those the fonts lack, written as their codes: nothing is lost as a blank box. */
  #drawable(value: string): string {
    const { regular } = this.#faces;
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (!(code >= 0x20 && code < 0x7f) && !(isPlain(code) && regular.has(code))) {
        return visible(value).replace(/\P{ASCII}/gu, (character) =>
          regular.has(character.codePointAt(0) ?? 0) ? character : asCode(character),
        );
      }
    }
    return value;
  }
}

/** Whether a character is surely none that {@link visible} writes as a code: Japanese letters and punctuation. */
function isPlain(code: number): boolean {
  return (
    (code >= 0x3000 && code <= 0x30ff) ||
    (code >= 0x3400 && code <= 0x9fff) ||
    (code >= 0xff01 && code <= 0xff9f)
  );
}
