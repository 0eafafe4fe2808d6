import type { Fonts } from '../../../fonts/load.ts';

/** What is asked of a font: the part of a fontkit font that stands behind it. */
export interface FontTables {
  readonly unitsPerEm: number;
  hasGlyphForCodePoint(code: number): boolean;
  glyphForCodePoint(code: number): { id: number; advanceWidth: number };
  layout(text: string): { positions: readonly { xAdvance: number }[] };
}

/** One font: which characters it has and how wide they are. Widths in em. */
export class Face {
  readonly #font: FontTables;
  /** By code point: 0 not yet asked for, 1 there, 2 not there. */
  readonly #has = new Uint8Array(0x10000);
  /** By code point, not a number where not yet asked for; those beyond the BMP are rare. */
  readonly #advances = new Float64Array(0x10000).fill(Number.NaN);
  /** By both characters, which are ASCII. */
  readonly #kerns = new Float64Array(0x80 * 0x80).fill(Number.NaN);

  constructor(font: FontTables) {
    this.#font = font;
  }

  has(code: number): boolean {
    const known = this.#has[code] ?? 0;
    if (known !== 0) return known === 1;
    const has = this.#font.hasGlyphForCodePoint(code);
    if (code < this.#has.length) this.#has[code] = has ? 1 : 2;
    return has;
  }

  glyph(code: number): number {
    return this.#font.glyphForCodePoint(code).id;
  }

  advance(code: number): number {
    const known = this.#advances[code] ?? Number.NaN;
    if (!Number.isNaN(known)) return known;
    const advance = this.#font.glyphForCodePoint(code).advanceWidth / this.#font.unitsPerEm;
    if (code < this.#advances.length) this.#advances[code] = advance;
    return advance;
  }

  /** What the font adds between two ASCII characters, mostly less than zero. */
  kern(left: number, right: number): number {
    const key = left * 0x80 + right;
    const known = this.#kerns[key] ?? Number.NaN;
    if (!Number.isNaN(known)) return known;
    const { positions } = this.#font.layout(String.fromCodePoint(left, right));
    const [first] = positions;
    const kern =
      first === undefined || positions.length !== 2
        ? 0
        : first.xAdvance / this.#font.unitsPerEm - this.advance(left);
    this.#kerns[key] = kern;
    return kern;
  }
}

export interface Faces {
  regular: Face;
  bold: Face;
}

const made = new WeakMap<Fonts, Faces>();

/** The faces of font files: measured once for all documents. */
export function facesOf(fonts: Fonts, tables: Record<keyof Faces, FontTables>): Faces {
  const known = made.get(fonts);
  if (known !== undefined) return known;
  const faces = { regular: new Face(tables.regular), bold: new Face(tables.bold) };
  made.set(fonts, faces);
  return faces;
}
