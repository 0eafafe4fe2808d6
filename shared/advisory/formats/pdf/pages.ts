import type { Colour, Drawing, Stroke } from '../../pictures/drawing.ts';
import {
  type Box,
  CAPTION_GAP,
  CELL,
  type Flow,
  headHeight,
  heightOf,
  lead,
  leadOf,
  ROWS_TOGETHER,
  type Stack,
  type Table,
  type TableRow,
  type Text,
  TOGETHER,
} from './flow.ts';
import type { Line } from './lines.ts';
import type { Tag } from './tag.ts';

/** What is drawn on a page, in this order; positions in points from its top left corner. */
export type Operation =
  | { kind: 'fill'; x: number; y: number; width: number; height: number; colour: Colour }
  | { kind: 'line'; x1: number; y1: number; x2: number; y2: number; stroke: Stroke }
  | { kind: 'text'; tag: Tag | null; lines: readonly { line: Line; x: number; baseline: number }[] }
  | { kind: 'picture'; x: number; y: number; scale: number; drawing: Drawing; tag: Tag }
  | { kind: 'mark'; y: number; title: string | null; level: 1 | 2; anchor: string | null }
  /** Tags that stand in the tree even when nothing is drawn for them: empty cells. */
  | { kind: 'tags'; tags: readonly Tag[] };

export interface Page {
  operations: Operation[];
}

export interface Area {
  left: number;
  top: number;
  width: number;
  bottom: number;
}

/** Height of letters over and under the baseline, in em: that of the square of a Japanese character. */
const ASCENT = 0.88;

/** Where the baseline of a line stands under the top of its room. */
export function baselineIn(leading: number, line: Line): number {
  const size = line.segments[0]?.style.size ?? 0;
  return (leading - size) / 2 + size * ASCENT;
}

/** Places flows on pages. */
export function paginate(flows: readonly Flow[], area: Area): Page[] {
  const pager = new Pager(area);
  pager.placeAll(flows);
  pager.finish();
  return pager.pages;
}

/** A box that has begun and not yet ended. */
interface OpenBox {
  box: Box;
  left: number;
  /** Where its frame goes among the operations of the page: before what stands in it. */
  slot: number;
  from: number;
  begun: boolean;
}

class Pager {
  readonly pages: Page[] = [];
  readonly #area: Area;
  readonly #boxes: OpenBox[] = [];
  #y: number;
  #left: number;
  /** True while nothing has been placed on the page. */
  #fresh = true;

  constructor(area: Area) {
    this.#area = area;
    this.#y = area.top;
    this.#left = area.left;
    this.pages.push({ operations: [] });
  }

  get #operations(): Operation[] {
    return this.pages.at(-1)?.operations ?? [];
  }

  /** The lowest point that may be filled: open boxes keep room for their lower edge. */
  get #bottom(): number {
    return this.#boxes.reduce((bottom, { box }) => bottom - box.below, this.#area.bottom);
  }

  get #rest(): number {
    return this.#bottom - this.#y;
  }

  /** What a page takes inside the open boxes. */
  get #whole(): number {
    return this.#boxes.reduce(
      (height, { box }) => height - box.above - box.below,
      this.#area.bottom - this.#area.top,
    );
  }

  placeAll(flows: readonly Flow[]): void {
    flows.forEach((flow, index) => {
      const needed = leadOf(flows, this.#whole, index);
      if (!this.#fresh && flow.kind !== 'space' && needed > this.#rest && needed <= this.#whole) this.#turn();
      this.place(flow);
    });
  }

  place(flow: Flow): void {
    switch (flow.kind) {
      case 'space':
        if (!this.#fresh) this.#y += flow.height;
        return;
      case 'page':
        if (!this.#fresh) this.#turn();
        return;
      case 'mark':
        this.#operations.push({ ...flow, y: this.#y });
        return;
      case 'rule': {
        if (this.#fresh) return;
        const y = this.#y + flow.height / 2;
        const x = this.#left + flow.x;
        const stroke = { colour: flow.colour, width: flow.thickness };
        this.#operations.push({ kind: 'line', x1: x, y1: y, x2: x + flow.width, y2: y, stroke });
        this.#y += flow.height;
        return;
      }
      case 'picture': {
        const { drawing, scale, tag } = flow;
        this.#operations.push({ kind: 'picture', x: this.#left + flow.x, y: this.#y, scale, drawing, tag });
        this.#advance(flow.height);
        return;
      }
      case 'text':
        this.#text(flow);
        return;
      case 'stack':
        this.#stack(flow);
        return;
      case 'labelled': {
        this.#keep(flow.whole, flow.height, lead(flow, this.#whole));
        const page = this.pages.length;
        const end = this.#y + flow.label.height;
        this.#lines(flow.label, flow.label.lines, this.#y);
        this.#left += flow.indent;
        this.place(flow.body);
        this.#left -= flow.indent;
        if (this.pages.length === page) this.#y = Math.max(this.#y, end);
        return;
      }
      case 'box':
        this.#box(flow);
        return;
      case 'table':
        this.#table(flow);
        return;
    }
  }

  finish(): void {
    if (this.pages.length > 1 && this.#fresh) this.pages.pop();
  }

  /** Turns the page where a flow that fits on one would be broken, or could not even begin. */
  #keep(whole: boolean, height: number, least: number): void {
    if (this.#fresh) return;
    const needed = whole && height <= this.#whole ? height : least;
    if (needed > this.#rest) this.#turn();
  }

  #advance(height: number): void {
    this.#y += height;
    this.#fresh = false;
  }

  #stack(flow: Stack): void {
    if (flow.whole) this.#keep(true, flow.height, 0);
    this.placeAll(flow.children);
  }

  #text(flow: Text): void {
    let from = 0;
    const count = flow.lines.length;
    while (from < count) {
      let fit = Math.min(count - from, Math.floor((this.#rest + 0.01) / flow.leading));
      const left = count - from - fit;
      if (left > 0 && left < TOGETHER && fit > TOGETHER) fit = count - from - TOGETHER;
      if (left > 0 && fit < TOGETHER && !this.#fresh) fit = 0;
      if (fit <= 0 && this.#fresh) fit = 1;
      if (fit > 0) {
        this.#lines(flow, flow.lines.slice(from, from + fit), this.#y);
        this.#advance(fit * flow.leading);
        from += fit;
      }
      if (from < count) this.#turn();
    }
  }

  #lines(
    { leading, tag, x }: Pick<Text, 'leading' | 'tag' | 'x'>,
    lines: readonly Line[],
    top: number,
  ): void {
    if (lines.length === 0) return;
    this.#operations.push({
      kind: 'text',
      tag,
      lines: lines.map((line, index) => ({
        line,
        x: this.#left + x,
        baseline: top + index * leading + baselineIn(leading, line),
      })),
    });
  }

  #box(box: Box): void {
    this.#keep(box.whole, box.height, lead(box, this.#whole));
    this.#open({ box, left: this.#left, slot: 0, from: 0, begun: false });
    this.#left += box.x + box.inset;
    this.place(box.body);
    this.#left -= box.x + box.inset;
    const opened = this.#boxes.pop();
    this.#y += box.below;
    if (opened !== undefined) this.#frame(opened, this.#y, true);
    this.#fresh = false;
  }

  #open(opened: OpenBox): void {
    opened.slot = this.#operations.length;
    opened.from = this.#y;
    this.#boxes.push(opened);
    this.#y += opened.box.above;
  }

  /** Puts the frame of a box's part on this page under what stands in it. */
  #frame({ box, left, slot, from, begun }: OpenBox, to: number, ends: boolean): void {
    const x = left + box.x;
    const edge: Stroke = { colour: box.edge, width: 0.5 };
    const right = x + box.width;
    const line = (x1: number, y1: number, x2: number, y2: number, stroke = edge): Operation => ({
      kind: 'line',
      x1,
      y1,
      x2,
      y2,
      stroke,
    });
    const drawn: Operation[] = [
      ...(box.ground === null
        ? []
        : [{ kind: 'fill', x, y: from, width: box.width, height: to - from, colour: box.ground } as const]),
      ...(begun ? [] : [line(x, from, right, from)]),
      line(right, from, right, to),
      ...(ends ? [line(x, to, right, to)] : []),
      box.bar === null
        ? line(x, from, x, to)
        : { kind: 'fill', x, y: from, width: 4, height: to - from, colour: box.bar },
    ];
    this.#operations.splice(slot, 0, ...drawn);
  }

  #turn(): void {
    const open = this.#boxes.splice(0);
    let bottom = Math.min(this.#y + open.reduce((sum, { box }) => sum + box.below, 0), this.#area.bottom);
    for (const opened of open.toReversed()) {
      this.#frame(opened, bottom, false);
      bottom -= opened.box.below;
    }
    this.pages.push({ operations: [] });
    this.#y = this.#area.top;
    this.#fresh = true;
    for (const opened of open) this.#open({ ...opened, begun: true });
  }

  #table(flow: Table): void {
    this.#keep(false, 0, lead(flow, this.#whole));
    this.#tableHead(flow, false);
    const room = this.#whole - headHeight(flow);
    const end = flow.rows.length - ROWS_TOGETHER;
    for (const [index, row] of flow.rows.entries()) {
      if (index === end && index >= ROWS_TOGETHER) {
        const last = heightOf(flow.rows.slice(end));
        if (last > this.#rest + 0.01 && last <= room) this.#turnTable(flow);
      }
      for (const part of row.height <= room ? [row] : split(row, room, flow.leading)) {
        if (part.height > this.#rest + 0.01) this.#turnTable(flow);
        this.#row(flow, part, 0.5, '#d5dbe3', false);
      }
    }
  }

  #turnTable(flow: Table): void {
    this.#turn();
    this.#tableHead(flow, true);
  }

  #tableHead(flow: Table, repeated: boolean): void {
    const { caption } = flow;
    this.#lines(repeated ? { ...caption, tag: null } : caption, caption.lines, this.#y);
    this.#y += caption.height + CAPTION_GAP;
    this.#row(flow, flow.head, 1, '#4a5666', repeated);
  }

  #row(flow: Table, row: TableRow, thickness: number, colour: Colour, repeated: boolean): void {
    const { width, leading } = flow;
    const x = this.#left;
    if (row.ground !== null)
      this.#operations.push({ kind: 'fill', x, y: this.#y, width, height: row.height, colour: row.ground });
    if (!repeated) this.#operations.push({ kind: 'tags', tags: row.cells.map((cell) => cell.tag) });
    for (const cell of row.cells)
      this.#lines({ leading, tag: repeated ? null : cell.tag, x: cell.x }, cell.lines, this.#y + CELL.above);
    this.#advance(row.height);
    const stroke = { colour, width: thickness };
    this.#operations.push({ kind: 'line', x1: x, y1: this.#y, x2: x + width, y2: this.#y, stroke });
  }
}

/** A row that is higher than a page, in parts that are not. */
function split(row: TableRow, room: number, leading: number): TableRow[] {
  const each = Math.max(1, Math.floor((room - CELL.above - CELL.below) / leading));
  const count = Math.max(...row.cells.map((cell) => cell.lines.length));
  return Array.from({ length: Math.ceil(count / each) }, (_, part) => {
    const cells = row.cells.map((cell) => ({
      ...cell,
      lines: cell.lines.slice(part * each, (part + 1) * each),
    }));
    const most = Math.max(...cells.map((cell) => cell.lines.length));
    return { ...row, cells, height: CELL.above + most * leading + CELL.below };
  });
}
