import LineBreaker from 'linebreak';
import type { Faces } from './face.ts';
import { isKerned, spaceBetween } from './spacing.ts';

export type Link = { kind: 'entry'; id: string } | { kind: 'page'; href: string };

export interface Style {
  face: keyof Faces;
  /** In points. */
  size: number;
  colour: string;
  /** Colour behind the text. */
  ground?: string;
  /** Room between the edge of the ground and the text, in points; between two runs the wider of both. */
  pad?: number;
  link?: Link;
}

/** Text in one style. It holds no line breaks. */
export interface Run {
  text: string;
  style: Style;
}

/** A part of a line in one style. `x` from the start of the line, in points; both with the room of the ground. */
export interface Segment {
  text: string;
  style: Style;
  x: number;
  width: number;
  /** Where the text begins, from `x`. */
  inset: number;
}

export interface Line {
  segments: readonly Segment[];
  width: number;
}

/** Characters after which a piece longer than a line is rather broken than anywhere. */
const SOFT = /[-_./:,=@)]/;
/** The last line of a paragraph is not left shorter than this, in em of its first run, where that can be helped. */
const SHORTEST_END = 4;

/**
 * Runs measured once, to be set into lines of any width. A line breaks where UAX #14 allows it (which keeps 、。）ー
 * and small kana from the start of a line and （「 from its end), inside a piece only when the piece alone is wider
 * than the line; and no paragraph ends in a line of a character or two where that can be helped.
 */
export class Paragraph {
  readonly #runs: readonly Run[];
  readonly #text: string;
  /** For every run: the UTF-16 unit after its last. */
  readonly #bounds: number[] = [];
  /** Where each unit begins and ends, in points, if all stood on one line. */
  readonly #start: number[];
  readonly #end: number[];

  constructor(runs: readonly Run[], faces: Faces) {
    this.#runs = runs;
    this.#text = runs.length === 1 ? (runs[0]?.text ?? '') : runs.map((run) => run.text).join('');
    const { length } = this.#text;
    const start = new Array<number>(length);
    const end = new Array<number>(length);
    let unit = 0;
    let x = 0;
    let before = 0;
    for (let index = 0; index < runs.length; index++) {
      const run = runs[index];
      if (run === undefined) continue;
      const { text, style } = run;
      const face = faces[style.face];
      const { size, pad = 0 } = style;
      const padBefore = runs[index - 1]?.style.pad ?? 0;
      x += Math.max(pad, padBefore);
      for (let at = 0; at < text.length; at++) {
        const unitCode = text.charCodeAt(at);
        const wide = isHighSurrogate(unitCode) && at + 1 < text.length;
        const code = wide ? (text.codePointAt(at) ?? unitCode) : unitCode;
        if (at > 0 && isKerned(before, code)) x += face.kern(before, code) * size;
        else if (at > 0 || (pad === 0 && padBefore === 0)) x += spaceBetween(before, code) * size;
        start[unit] = x;
        x += face.advance(code) * size;
        end[unit] = x;
        unit++;
        if (wide) {
          start[unit] = x;
          end[unit] = x;
          unit++;
          at++;
        }
        before = code;
      }
      this.#bounds.push(unit);
    }
    this.#start = start;
    this.#end = end;
  }

  /** The width of all on one line, in points. */
  get width(): number {
    return this.#width(0, this.#text.length);
  }

  /** The width of the widest piece between blanks or Japanese characters. */
  get widestPiece(): number {
    let widest = 0;
    let from = 0;
    for (let at = 0; at <= this.#text.length; at++) {
      const code = at === this.#text.length ? 0x20 : this.#text.charCodeAt(at);
      if (code !== 0x20 && code < 0x3000) continue;
      if (at > from) widest = Math.max(widest, this.#width(from, at));
      from = at + 1;
    }
    return widest;
  }

  /** Lines no wider than `width` points. */
  set(width: number): Line[] {
    const { length } = this.#text;
    if (length === 0) return [];
    const limit = width + 0.01;
    if (this.#width(0, length) <= limit) return [this.#line(0, length)];
    const breaks = breaksOf(this.#text);
    const starts = [0];
    let start = 0;
    let last = 0;
    for (const at of breaks) {
      while (this.#width(start, at) > limit) {
        start = last > start ? last : this.#inside(start, at, limit);
        last = start;
        starts.push(start);
      }
      last = at;
    }
    this.#evenOut(starts, breaks, width);
    return starts.map((from, index) => this.#line(from, starts[index + 1] ?? length));
  }

  #runAt(unit: number): number {
    let index = 0;
    while (index < this.#bounds.length - 1 && (this.#bounds[index] ?? 0) <= unit) index++;
    return index;
  }

  #pad(unit: number): number {
    return this.#runs[this.#runAt(unit)]?.style.pad ?? 0;
  }

  /** The unit after the last that is no blank; trailing blanks of a line are not set. */
  #trimmed(from: number, to: number): number {
    let end = to;
    while (end > from && this.#text.charCodeAt(end - 1) === 0x20) end--;
    return end;
  }

  #width(from: number, to: number): number {
    const end = this.#trimmed(from, to);
    if (end === from) return 0;
    return (this.#end[end - 1] ?? 0) - (this.#start[from] ?? 0) + this.#pad(from) + this.#pad(end - 1);
  }

  #line(from: number, to: number): Line {
    const end = this.#trimmed(from, to);
    const origin = (this.#start[from] ?? 0) - this.#pad(from);
    const segments: Segment[] = [];
    let at = from;
    for (let index = this.#runAt(from); at < end; index++) {
      const next = Math.min(this.#bounds[index] ?? end, end);
      const style = this.#runs[index]?.style;
      if (style !== undefined) {
        const inset = style.pad ?? 0;
        const x = (this.#start[at] ?? 0) - inset - origin;
        const width = (this.#end[next - 1] ?? 0) + inset - origin - x;
        segments.push({ text: this.#text.slice(at, next), style, x, width, inset });
      }
      at = next;
    }
    return { segments, width: this.#width(from, to) };
  }

  /** Where a piece that does not fit a line is cut: after the last soft place that fits, else where it is full. */
  #inside(from: number, to: number, limit: number): number {
    let full = from + 1;
    while (full < to && this.#width(from, full + 1) <= limit) full++;
    if (isLowSurrogate(this.#text.charCodeAt(full))) full++;
    for (let soft = full; soft > from + (full - from) * 0.5; soft--)
      if (SOFT.test(this.#text[soft - 1] ?? '')) return soft;
    return full;
  }

  /** Takes a piece of the line before the last into a last line that would else hold next to nothing. */
  #evenOut(starts: number[], breaks: readonly number[], width: number): void {
    const last = starts.at(-1) ?? 0;
    const previous = starts.at(-2);
    if (previous === undefined) return;
    const end = this.#text.length;
    const least = SHORTEST_END * (this.#runs[0]?.style.size ?? 0);
    if (this.#width(last, end) >= least) return;
    const better = breaks.findLast(
      (at) => at > previous && at < last && this.#width(at, end) >= Math.min(least, width / 3),
    );
    if (better === undefined || this.#width(previous, better) < width * 0.5) return;
    if (this.#width(better, end) <= width) starts[starts.length - 1] = better;
  }
}

/** Sets runs into lines no wider than `width` points. */
export function setLines(runs: readonly Run[], width: number, faces: Faces): Line[] {
  return new Paragraph(runs, faces).set(width);
}

/**
 * Where a line may break. UAX #14 also allows it after the hyphens and slashes of names, kernels and paths, where a
 * reader could not tell the hyphen from one of hyphenation: such names stay whole.
 */
function breaksOf(text: string): number[] {
  const breaks: number[] = [];
  const breaker = new LineBreaker(text);
  for (let next = breaker.nextBreak(); next !== null; next = breaker.nextBreak()) {
    const at = next.position;
    if (!isPrintableAscii(text.charCodeAt(at - 1)) || !isPrintableAscii(text.charCodeAt(at))) breaks.push(at);
  }
  return breaks;
}

function isPrintableAscii(unit: number): boolean {
  return unit > 0x20 && unit < 0x7f;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
