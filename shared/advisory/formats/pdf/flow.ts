import type { Colour, Drawing } from '../../pictures/drawing.ts';
import type { Line } from './lines.ts';
import type { Tag } from './tag.ts';

/**
 * What stands on pages, measured but not yet placed: lengths in points, positions from the left edge of what it stands in.
 * Every piece knows its height when it is not broken.
 */
export type Flow =
  | Text
  | Stack
  | Labelled
  | Box
  | Table
  | { kind: 'space'; height: number }
  | { kind: 'rule'; height: number; x: number; width: number; thickness: number; colour: Colour }
  | { kind: 'picture'; height: number; x: number; scale: number; drawing: Drawing; tag: Tag }
  /** The next thing begins a page, unless one has just begun. */
  | { kind: 'page'; height: 0 }
  /** A place that bookmarks (`title`) or links (`anchor`) point to. */
  | { kind: 'mark'; height: 0; title: string | null; level: 1 | 2; anchor: string | null };

export interface Text {
  kind: 'text';
  height: number;
  x: number;
  lines: readonly Line[];
  /** From one baseline to the next. */
  leading: number;
  /** Null for text that is no content: it is repeated, or drawn for the eye only. */
  tag: Tag | null;
}

export interface Stack {
  kind: 'stack';
  height: number;
  children: readonly Flow[];
  /** Stays on one page if it fits on any. */
  whole: boolean;
  /** Stays with the beginning of what follows. */
  headsNext: boolean;
}

/** A label at the left, such as a bullet or a number, with its body beside it. */
export interface Labelled {
  kind: 'labelled';
  height: number;
  label: Text;
  /** From the label's left edge to the body's. */
  indent: number;
  body: Flow;
  whole: boolean;
}

/** A frame around a body; it may be broken over pages and is then open there. */
export interface Box {
  kind: 'box';
  height: number;
  x: number;
  width: number;
  ground: Colour | null;
  edge: Colour;
  /** Thick line at the left. */
  bar: Colour | null;
  /** From the left edge to the body. */
  inset: number;
  above: number;
  below: number;
  body: Flow;
  whole: boolean;
}

export interface Cell {
  x: number;
  lines: readonly Line[];
  tag: Tag;
}

export interface TableRow {
  height: number;
  cells: readonly Cell[];
  ground: Colour | null;
}

/** Rows are not broken unless higher than a page; caption and head are repeated on every page. */
export interface Table {
  kind: 'table';
  height: number;
  width: number;
  leading: number;
  caption: Text;
  head: TableRow;
  rows: readonly TableRow[];
}

export function space(height: number): Flow {
  return { kind: 'space', height };
}

export function text(lines: readonly Line[], leading: number, tag: Tag | null, x = 0): Text {
  return { kind: 'text', height: lines.length * leading, x, lines, leading, tag };
}

export function stack(children: readonly Flow[], over: { whole?: boolean; headsNext?: boolean } = {}): Stack {
  return {
    kind: 'stack',
    height: children.reduce((sum, child) => sum + child.height, 0),
    children,
    whole: over.whole ?? false,
    headsNext: over.headsNext ?? false,
  };
}

export function labelled(label: Text, indent: number, body: Flow, whole: boolean): Labelled {
  return { kind: 'labelled', height: Math.max(label.height, body.height), label, indent, body, whole };
}

export function box(parts: Omit<Box, 'kind' | 'height'>): Box {
  return { kind: 'box', height: parts.above + parts.body.height + parts.below, ...parts };
}

export function table(parts: Omit<Table, 'kind' | 'height'>): Table {
  return { kind: 'table', height: headHeight(parts) + heightOf(parts.rows), ...parts };
}

/** The height of rows, in points. */
export function heightOf(rows: readonly TableRow[]): number {
  return rows.reduce((sum, row) => sum + row.height, 0);
}

/** What stands above the rows of a table on every page. */
export function headHeight({ caption, head }: Pick<Table, 'caption' | 'head'>): number {
  return caption.height + CAPTION_GAP + head.height;
}

export const CAPTION_GAP = 3;
/** Room above and below the lines of a table's cells. */
export const CELL = { above: 2.5, below: 2.5 };

/** Lines of a paragraph that stay together at the foot of a page and at the head of the next. */
export const TOGETHER = 2;
/** Rows of a table that stay together at its beginning and at its end. */
export const ROWS_TOGETHER = 2;

/** How much of a flow must fit for it to begin on a page; `page` is what a whole page takes. */
export function lead(flow: Flow, page: number): number {
  switch (flow.kind) {
    case 'text': {
      const { length } = flow.lines;
      return (length <= TOGETHER + 1 ? length : TOGETHER) * flow.leading;
    }
    case 'stack':
      return flow.whole && flow.height <= page ? flow.height : leadOf(flow.children, page);
    case 'labelled':
      return flow.whole && flow.height <= page
        ? flow.height
        : Math.max(flow.label.height, lead(flow.body, page));
    case 'box':
      return flow.whole && flow.height <= page
        ? flow.height
        : flow.above + lead(flow.body, page) + flow.below;
    case 'table':
      return headHeight(flow) + heightOf(flow.rows.slice(0, ROWS_TOGETHER));
    default:
      return flow.height;
  }
}

/** How much must fit for the first of several flows to begin, with those that stay together. */
export function leadOf(flows: readonly Flow[], page: number, from = 0): number {
  let height = 0;
  for (let index = from; index < flows.length; index++) {
    const flow = flows[index];
    if (flow === undefined || flow.kind === 'page') break;
    const carries = flow.kind === 'space' || flow.kind === 'mark';
    if (!carries && !(flow.kind === 'stack' && flow.headsNext)) return height + lead(flow, page);
    height += flow.height;
  }
  return height;
}
