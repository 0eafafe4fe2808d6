import type { Mark, Picture, Words } from '../document.ts';
import { epoch, instantText } from '../instant.ts';
import { plain } from '../localize.ts';
import type { Language } from '../texts/catalogue.ts';
import { visible } from '../visible.ts';
import { cutTo, type Drawing, INK, type PathStep, type Shape, type Stroke } from './drawing.ts';

type Timeline = Extract<Picture<Words>, { kind: 'timeline' }>;

const WIDTH = 960;
const LEFT = 150;
const RIGHT = 24;
/** Height of a lane; of many lanes, so that they fill the width of a page and not only its height. */
const LANE = 44;
const NARROW_LANE = 36;
const MANY_LANES = 20;
const TOP = 34;
const LEGEND_COLUMNS = 4;

const WHITE = '#ffffff';
const SOFT = '#4a5666';
const GRID = '#d5dbe3';
const COVERED = '#dfe6ee';
const EDGE: Stroke = { colour: '#8494a7', width: 1 };

/**
 * The cluster on one time axis: a lane per node, a bar where its log reaches, hatching where it is silent, and
 * marks that differ in shape, so that a grey print says the same. Its text equivalent stands beside it.
 */
export function drawTimeline(picture: Timeline, language: Language): Drawing {
  const start = epoch(picture.from);
  const span = Math.max(1, epoch(picture.to) - start);
  const x = (at: string) => LEFT + ((epoch(at) - start) / span) * (WIDTH - LEFT - RIGHT);
  const lanes = picture.lanes;
  const lane = lanes.length > MANY_LANES ? NARROW_LANE : LANE;
  const bottom = TOP + lanes.length * lane;
  const legendTop = bottom + 36;
  return {
    width: WIDTH,
    height: legendTop + Math.ceil(picture.legend.length / LEGEND_COLUMNS) * 24 + 8,
    title: plain(picture.title),
    shapes: [
      ...axis(picture, language, bottom, x),
      ...lanes.flatMap((one, index) => laneOf(one, TOP + (index + 0.5) * lane, x)),
      ...legendOf(picture, legendTop),
    ],
  };
}

function axis(picture: Timeline, language: Language, bottom: number, x: (at: string) => number): Shape[] {
  const days = (epoch(picture.to) - epoch(picture.from)) / 86_400_000;
  const ticks = ticksBetween(picture.from, picture.to, days);
  return ticks.flatMap((at, index): Shape[] => [
    line(x(at), TOP - 4, x(at), bottom, { colour: GRID, width: 1 }),
    {
      kind: 'text',
      x: x(at),
      y: TOP - 12,
      text: instantText(at, language, days < 3 ? 'minute' : 'day'),
      size: 11,
      colour: SOFT,
      anchor: index === 0 ? 'start' : index === ticks.length - 1 ? 'end' : 'middle',
    },
  ]);
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: Stroke): Shape {
  return {
    kind: 'path',
    steps: [
      ['M', x1, y1],
      ['L', x2, y2],
    ],
    stroke,
  };
}

/** Four or five instants at even distances, in the offset of the first. */
function ticksBetween(from: string, to: string, days: number): string[] {
  const offset = /(Z|[+-]\d{2}:\d{2})$/.exec(from)?.[1] ?? 'Z';
  const minutes =
    offset === 'Z'
      ? 0
      : (offset.startsWith('-') ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));
  const start = epoch(from);
  const end = epoch(to);
  if (end <= start) return [from];
  const count = days < 3 ? 4 : 5;
  return Array.from({ length: count }, (_, index) => {
    const at = start + ((end - start) * index) / (count - 1);
    return new Date(at + minutes * 60_000).toISOString().replace(/\.\d+Z$/, offset);
  });
}

function laneOf(lane: Timeline['lanes'][number], middle: number, x: (at: string) => number): Shape[] {
  const bar = ({ from, to }: { from: string; to: string }) => ({
    x: x(from),
    y: middle - 7,
    width: Math.max(2, x(to) - x(from)),
    height: 14,
    stroke: EDGE,
  });
  return [
    {
      kind: 'text',
      x: LEFT - 12,
      y: middle + 4,
      text: cutTo(visible(lane.label), 11),
      size: 12,
      bold: true,
      anchor: 'end',
    },
    line(LEFT, middle, WIDTH - RIGHT, middle, { colour: GRID, width: 1, dash: [2, 4] }),
    ...(lane.covered === null
      ? []
      : [{ kind: 'rect', ...bar(lane.covered), radius: 3, fill: COVERED } as const]),
    ...lane.gaps.map((gap): Shape => ({ kind: 'rect', ...bar(gap), fill: 'hatch' })),
    ...lane.marks.map((mark) => drawMark(mark.mark, x(mark.at), middle, mark.weight)),
  ];
}

function drawMark(mark: Mark, x: number, y: number, weight: number): Shape {
  const triangle = (tip: number, base: number): readonly PathStep[] => [
    ['M', x, y + tip],
    ['L', x + 7, y + base],
    ['L', x - 7, y + base],
    ['Z'],
  ];
  switch (mark) {
    case 'partial_resync':
      return {
        kind: 'circle',
        x,
        y,
        radius: 4 + weight * 8,
        fill: '#8c1c13',
        stroke: { colour: WHITE, width: 1 },
      };
    case 'zero_resync':
      return { kind: 'circle', x, y, radius: 4, fill: WHITE, stroke: { colour: INK, width: 1.5 } };
    case 'role_change':
      return { kind: 'path', steps: triangle(-17, -7), fill: '#1f4e79' };
    case 'reboot':
      return {
        kind: 'path',
        steps: [
          ['M', x - 5, y - 5],
          ['L', x + 5, y + 5],
          ['M', x + 5, y - 5],
          ['L', x - 5, y + 5],
        ],
        stroke: { colour: INK, width: 2.5 },
      };
    case 'comm_lost':
      return { kind: 'path', steps: triangle(17, 7), fill: WHITE, stroke: { colour: INK, width: 1.5 } };
    case 'confirmed':
      return {
        kind: 'rect',
        x: x - 5,
        y: y - 5,
        width: 10,
        height: 10,
        fill: '#14532d',
        stroke: { colour: WHITE, width: 1 },
      };
    case 'other':
      return line(x, y - 4, x, y + 4, { colour: SOFT, width: 1 });
  }
}

function legendOf(picture: Timeline, top: number): Shape[] {
  const width = (WIDTH - 40) / LEGEND_COLUMNS;
  return picture.legend.flatMap((entry, index): Shape[] => {
    const x = 28 + (index % LEGEND_COLUMNS) * width;
    const y = top + Math.floor(index / LEGEND_COLUMNS) * 24;
    return [
      legendMark(entry.mark, x, y),
      { kind: 'text', x: x + 18, y: y + 4, text: cutTo(plain(entry.label), 18), size: 11 },
    ];
  });
}

function legendMark(mark: Timeline['legend'][number]['mark'], x: number, y: number): Shape {
  const bar = { kind: 'rect', x: x - 10, y: y - 6, width: 20, height: 12, stroke: EDGE } as const;
  switch (mark) {
    case 'covered':
      return { ...bar, radius: 3, fill: COVERED };
    case 'gap':
      return { ...bar, fill: 'hatch' };
    case 'role_change':
      return drawMark(mark, x, y + 12, 0.2);
    case 'comm_lost':
      return drawMark(mark, x, y - 12, 0.2);
    default:
      return drawMark(mark, x, y, 0.2);
  }
}
