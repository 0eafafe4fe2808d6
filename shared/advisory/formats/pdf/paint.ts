import { deflateSync } from 'node:zlib';
import { INK, type Paint, type PathStep, type Shape, type Stroke } from '../../pictures/drawing.ts';
import type { Faces } from './face.ts';
import type { Embedded, PdfFile } from './file.ts';
import { type Line, type Link, type Segment, setLines } from './lines.ts';
import type { Operation, Page } from './pages.ts';
import { isKerned, spaceBetween } from './spacing.ts';
import type { Tag } from './tag.ts';

/** What stands on every page beside its content, drawn for the eye only. */
export type Furniture = (
  page: number,
  pages: number,
) => readonly { line: Line; x: number; baseline: number }[];

/** PDFKit beside its types, which stop at an earlier version. */
interface Untyped {
  page: {
    fonts: Record<string, unknown>;
    content: { compress: boolean; data: Record<string, unknown>; write(chunk: Uint8Array): void };
  };
  annotate(x: number, y: number, width: number, height: number, options: Record<string, unknown>): unknown;
  ref(data: Record<string, unknown>): { end(): void };
}

/** Half the time of PDFKit's own level, for two hundredths of the file. */
const PAGE_DEFLATE = 4;

type Structure = PDFKit.PDFStructureElement;
/** Draws pages into a file. Its bytes depend on the arguments alone. */
export function paint(file: PdfFile, pages: readonly Page[], furniture: Furniture, faces: Faces): void {
  new Painter(file, faces).paint(pages, furniture);
}

class Painter {
  readonly #document: PDFKit.PDFDocument;
  readonly #untyped: Untyped;
  readonly #faces: Faces;
  readonly #fonts: Record<keyof Faces, Embedded>;
  /** The glyphs of a character, by face and code point. */
  readonly #glyphs: Record<keyof Faces, Map<number, string>> = { regular: new Map(), bold: new Map() };
  readonly #structures = new Map<Tag, Structure>();
  readonly #destinations = new Set<string>();
  #bookmark: PDFKit.PDFOutline | null = null;
  #out: string[] = [];
  #fill = '';
  #font = '';

  constructor(file: PdfFile, faces: Faces) {
    this.#document = file.document;
    this.#untyped = file.document as unknown as Untyped;
    this.#fonts = file.fonts;
    this.#faces = faces;
    // What PDFKit draws goes where we draw; a page's content is handed over whole.
    this.#document.addContent = (content: string) => {
      this.#out.push(content);
      return this.#document;
    };
  }

  paint(pages: readonly Page[], furniture: Furniture): void {
    for (const { operations } of pages)
      for (const operation of operations)
        if (operation.kind === 'mark' && operation.anchor !== null) this.#destinations.add(operation.anchor);
    pages.forEach((page, index) => {
      this.#document.addPage();
      this.#fill = '';
      this.#font = '';
      for (const font of Object.values(this.#fonts)) this.#untyped.page.fonts[font.id] = font.ref();
      for (const operation of page.operations) this.#operation(operation);
      this.#artifact('<</Type /Pagination>>', () => {
        for (const { line, x, baseline } of furniture(index + 1, pages.length))
          for (const segment of line.segments) this.#segment(segment, x, baseline);
      });
      this.#endPage();
    });
    for (const structure of this.#structures.values()) structure.end();
  }

  #operation(operation: Operation): void {
    switch (operation.kind) {
      case 'fill':
        this.#artifact('', () => {
          this.#colour(operation.colour);
          this.#out.push(`${box(operation.x, operation.y, operation.width, operation.height)} f`);
        });
        return;
      case 'line':
        this.#artifact('', () => {
          this.#stroke(operation.stroke);
          this.#out.push(`${n(operation.x1)} ${n(operation.y1)} m ${n(operation.x2)} ${n(operation.y2)} l S`);
        });
        return;
      case 'text':
        this.#text(operation);
        return;
      case 'picture':
        this.#picture(operation);
        return;
      case 'mark':
        this.#mark(operation);
        return;
      case 'tags':
        for (const tag of operation.tags) this.#structure(tag);
        return;
    }
  }

  /** Content that is no part of the text: readers skip it. */
  #artifact(properties: string, draw: () => void): void {
    this.#out.push(properties === '' ? '/Artifact BMC' : `/Artifact ${properties} BDC`);
    draw();
    this.#out.push('EMC');
  }

  #endPage(): void {
    const { content } = this.#untyped.page;
    content.compress = false;
    content.data.Filter = 'FlateDecode';
    content.write(deflateSync(Buffer.from(this.#out.join('\n'), 'latin1'), { level: PAGE_DEFLATE }));
    this.#out = [];
  }

  /** The element of a tag, made with those above it when it is first used: in reading order. */
  #structure(tag: Tag, place: { bbox?: readonly number[] } = {}): Structure {
    const known = this.#structures.get(tag);
    if (known !== undefined) return known;
    const options = {
      ...(tag.alt === null ? {} : { alt: tag.alt }),
      ...(tag.scope === null ? {} : { scope: tag.scope }),
      ...place,
    };
    const structure = this.#document.struct(tag.type, options);
    if (tag.parent === null) this.#document.addStructure(structure);
    else this.#structure(tag.parent).add(structure);
    this.#structures.set(tag, structure);
    return structure;
  }

  /** Begins content of a structure element, until {@link #close}. */
  #open(type: string, structure: Structure): void {
    structure.add(this.#document.markStructureContent(type));
  }

  #close(): void {
    this.#document.endMarkedContent();
  }

  #text({ tag, lines }: Extract<Operation, { kind: 'text' }>): void {
    if (tag === null) {
      this.#artifact('<</Type /Pagination>>', () => {
        for (const { line, x, baseline } of lines)
          for (const segment of line.segments) this.#segment(segment, x, baseline);
      });
      return;
    }
    const structure = this.#structure(tag);
    let open = false;
    const close = () => {
      if (open) this.#close();
      open = false;
    };
    for (const { line, x, baseline } of lines) {
      for (const segment of line.segments) {
        const { link } = segment.style;
        if (link !== undefined && this.#leads(link)) {
          close();
          this.#link(structure, segment, link, x, baseline);
          continue;
        }
        if (!open) this.#open(tag.type, structure);
        open = true;
        this.#segment(segment, x, baseline);
      }
    }
    close();
  }

  #leads(link: Link): boolean {
    return link.kind === 'page' || this.#destinations.has(link.id);
  }

  #link(parent: Structure, segment: Segment, link: Link, x: number, baseline: number): void {
    const structure = this.#document.struct('Link');
    parent.add(structure);
    this.#open('Link', structure);
    this.#segment(segment, x, baseline);
    this.#close();
    const { size } = segment.style;
    this.#untyped.annotate(x + segment.x, baseline - size * 0.95, segment.width, size * 1.3, {
      Subtype: 'Link',
      Contents: new String(segment.text.trim()),
      structParent: structure,
      ...(link.kind === 'entry' ? { Dest: link.id } : { A: this.#address(link.href) }),
    });
    structure.end();
  }

  #address(href: string): unknown {
    const action = this.#untyped.ref({ S: 'URI', URI: new String(href) });
    action.end();
    return action;
  }

  #mark({ y, title, level, anchor }: Extract<Operation, { kind: 'mark' }>): void {
    if (anchor !== null) this.#document.addNamedDestination(anchor, 'XYZ', 0, y - 6, 0);
    if (title === null) return;
    const above = level === 1 || this.#bookmark === null ? this.#document.outline : this.#bookmark;
    const options = { expanded: false, top: y - 12, left: this.#document.page.width, fit: false };
    const item = above.addItem(title, options);
    if (level === 1) this.#bookmark = item;
  }

  #segment({ text, style, x, width, inset }: Segment, left: number, baseline: number): void {
    if (style.ground !== undefined) {
      this.#colour(style.ground);
      this.#out.push(`${box(left + x, baseline - style.size * 0.97, width, style.size * 1.28)} f`);
    }
    this.#colour(style.colour);
    this.#show(text, style.face, style.size, left + x + inset, baseline);
  }

  /** Shows text upright on pages whose vertical axis points down. */
  #show(text: string, face: keyof Faces, size: number, x: number, baseline: number): void {
    const font = `/${this.#fonts[face].id} ${n(size)} Tf`;
    this.#out.push(
      `BT${font === this.#font ? '' : ` ${font}`} 1 0 0 -1 ${n(x)} ${n(baseline)} Tm [<${this.#encoded(text, face)}>] TJ ET`,
    );
    this.#font = font;
  }

  #encoded(text: string, face: keyof Faces): string {
    const glyphs = this.#glyphs[face];
    let encoded = '';
    let before = 0;
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0;
      let glyph = glyphs.get(code);
      if (glyph === undefined) {
        glyph = this.#embed(code, face);
        glyphs.set(code, glyph);
      }
      if (before !== 0) {
        const between = isKerned(before, code)
          ? this.#faces[face].kern(before, code)
          : spaceBetween(before, code);
        if (between !== 0) encoded += `> ${Math.round(-between * 1000)} <`;
      }
      encoded += glyph;
      before = code;
    }
    return encoded;
  }

  /** Takes the glyph of a character into the subset; answers its number there as a content stream names it. */
  #embed(code: number, face: keyof Faces): string {
    const { subset, widths, unicode, font, scale } = this.#fonts[face];
    const glyph = subset.includeGlyph(this.#faces[face].glyph(code));
    widths[glyph] ??= this.#faces[face].advance(code) * font.unitsPerEm * scale;
    unicode[glyph] ??= [code];
    return glyph.toString(16).padStart(4, '0');
  }

  #colour(colour: string): void {
    if (colour === this.#fill) return;
    this.#fill = colour;
    this.#out.push(`${rgb(colour)} rg`);
  }

  #stroke({ colour, width, dash }: Stroke): void {
    this.#out.push(
      `${rgb(colour)} RG ${n(width)} w [${dash?.map((length) => n(length)).join(' ') ?? ''}] 0 d`,
    );
  }

  #picture({ x, y, scale, drawing, tag }: Extract<Operation, { kind: 'picture' }>): void {
    const bbox = [x, y, x + drawing.width * scale, y + drawing.height * scale];
    this.#open(tag.type, this.#structure(tag, { bbox }));
    this.#out.push(`q ${n(scale, 1e5)} 0 0 ${n(scale, 1e5)} ${n(x)} ${n(y)} cm`);
    this.#fill = '';
    this.#font = '';
    for (const shape of drawing.shapes) this.#shape(shape);
    this.#out.push('Q');
    this.#fill = '';
    this.#font = '';
    this.#close();
  }

  #shape(shape: Shape): void {
    if (shape.kind === 'text') {
      const style = {
        face: shape.bold === true ? 'bold' : 'regular',
        size: shape.size,
        colour: shape.colour ?? INK,
      } as const;
      for (const line of setLines([{ text: shape.text, style }], Number.POSITIVE_INFINITY, this.#faces)) {
        const shift = { start: 0, middle: line.width / 2, end: line.width }[shape.anchor ?? 'start'];
        for (const segment of line.segments) this.#segment(segment, shape.x - shift, shape.y);
      }
      return;
    }
    const outline = outlineOf(shape);
    if (shape.fill === 'hatch') {
      this.#out.push(`q ${outline} W n`);
      this.#hatch(shape);
      this.#out.push('Q');
      this.#fill = '';
    }
    this.#outline(outline, shape);
  }

  #outline(outline: string, { fill, stroke }: Paint): void {
    const filled = fill !== undefined && fill !== 'hatch';
    if (filled) this.#colour(fill);
    if (stroke !== undefined) this.#stroke(stroke);
    if (filled || stroke !== undefined)
      this.#out.push(`${outline} ${stroke === undefined ? 'f' : filled ? 'B' : 'S'}`);
  }

  #hatch(shape: Exclude<Shape, { kind: 'text' }>): void {
    if (shape.kind !== 'rect') return;
    const { x, y, width, height } = shape;
    this.#out.push(`1 1 1 rg ${box(x, y, width, height)} f`);
    this.#stroke({ colour: '#4a5666', width: 1 });
    const lines: string[] = [];
    for (let from = Math.floor((x - height) / 6) * 6; from < x + width; from += 6)
      lines.push(`${n(from)} ${n(y + height)} m ${n(from + height)} ${n(y)} l`);
    this.#out.push(`${lines.join(' ')} S`);
  }
}

/** A number for a content stream: hundredths of a point are finer than any eye. */
function n(value: number, precision = 100): string {
  return String(Math.round(value * precision) / precision);
}

function box(x: number, y: number, width: number, height: number): string {
  return `${n(x)} ${n(y)} ${n(width)} ${n(height)} re`;
}

const colours = new Map<string, string>();

/** `#rrggbb` as a content stream takes it. */
function rgb(colour: string): string {
  const known = colours.get(colour);
  if (known !== undefined) return known;
  const parts = [1, 3, 5].map((at) => n(Number.parseInt(colour.slice(at, at + 2), 16) / 255, 1000));
  const made = parts.join(' ');
  colours.set(colour, made);
  return made;
}

/** How far the handles of a quarter circle's curve stand out, for a radius of one. */
const HANDLE = 0.5523;

function outlineOf(shape: Exclude<Shape, { kind: 'text' }>): string {
  switch (shape.kind) {
    case 'path':
      return shape.steps.map(stepOf).join(' ');
    case 'circle': {
      const { x, y, radius } = shape;
      return rounded(x - radius, y - radius, 2 * radius, 2 * radius, radius);
    }
    case 'rect': {
      const { x, y, width, height, radius } = shape;
      if (radius === undefined) return box(x, y, width, height);
      return rounded(x, y, width, height, Math.min(radius, width / 2, height / 2));
    }
  }
}

function stepOf([command, ...numbers]: PathStep): string {
  const operator = { M: 'm', L: 'l', C: 'c', Z: 'h' }[command];
  return [...numbers.map((value) => n(value)), operator].join(' ');
}

function rounded(x: number, y: number, width: number, height: number, radius: number): string {
  const right = x + width;
  const bottom = y + height;
  const handle = radius * (1 - HANDLE);
  const corner = (x1: number, y1: number, x2: number, y2: number, x3: number, y3: number) =>
    `${n(x1)} ${n(y1)} ${n(x2)} ${n(y2)} ${n(x3)} ${n(y3)} c`;
  return [
    `${n(x + radius)} ${n(y)} m ${n(right - radius)} ${n(y)} l`,
    corner(right - handle, y, right, y + handle, right, y + radius),
    `${n(right)} ${n(bottom - radius)} l`,
    corner(right, bottom - handle, right - handle, bottom, right - radius, bottom),
    `${n(x + radius)} ${n(bottom)} l`,
    corner(x + handle, bottom, x, bottom - handle, x, bottom - radius),
    `${n(x)} ${n(y + radius)} l`,
    corner(x, y + handle, x + handle, y, x + radius, y),
    'h',
  ].join(' ');
}
