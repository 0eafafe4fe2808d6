/**
 * A picture as shapes, free of the format it ends up in: HTML writes it as SVG ({@link import('./svg.ts')}), PDF
 * draws it. Coordinates in CSS pixels, the origin at the top left.
 */
export interface Drawing {
  width: number;
  height: number;
  /** What the picture shows, for readers who do not see it. */
  title: string;
  shapes: readonly Shape[];
}

export type Colour = `#${string}`;

export interface Stroke {
  colour: Colour;
  width: number;
  /** Lengths of dashes and gaps; a full line without. */
  dash?: readonly [number, number];
}

/** How an outline is painted; `hatch` is white with thin diagonal lines. */
export interface Paint {
  fill?: Colour | 'hatch';
  stroke?: Stroke;
}

export type PathStep =
  | readonly ['M' | 'L', number, number]
  | readonly ['C', number, number, number, number, number, number]
  | readonly ['Z'];

export type Shape =
  | ({ kind: 'rect'; x: number; y: number; width: number; height: number; radius?: number } & Paint)
  | ({ kind: 'circle'; x: number; y: number; radius: number } & Paint)
  | ({ kind: 'path'; steps: readonly PathStep[] } & Paint)
  /** One line of text; `y` is its baseline, `anchor` what `x` is of it. */
  | {
      kind: 'text';
      x: number;
      y: number;
      text: string;
      size: number;
      bold?: boolean;
      colour?: Colour;
      anchor?: 'start' | 'middle' | 'end';
    };

/** Colour of text that names none. */
export const INK = '#1b2430';

/** Width of a text in em: full-width characters count one, others a little more than half. */
export function widthInEm(text: string): number {
  let width = 0;
  for (const character of text) width += (character.codePointAt(0) ?? 0) > 0x2e7f ? 1 : 0.56;
  return width;
}

/** Cuts a text to a width in em, with an ellipsis. */
export function cutTo(text: string, em: number): string {
  if (widthInEm(text) <= em) return text;
  let cut = '';
  for (const character of text) {
    if (widthInEm(`${cut}${character}…`) > em) break;
    cut += character;
  }
  return `${cut}…`;
}
