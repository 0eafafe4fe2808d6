import type { Picture, Words } from '../document.ts';
import { plain } from '../localize.ts';
import { visible } from '../visible.ts';
import { type Colour, cutTo, type Drawing, type PathStep, type Shape, type Stroke } from './drawing.ts';

type MirrorState = Extract<Picture<Words>, { kind: 'mirror' }>;

const BOX = { width: 220, height: 92, gap: 250, top: 20 };

/** Outlines that tell the states apart in grey: full line, thick dashes, dots. */
const OUTLINE: Readonly<Record<'trusted' | 'suspect' | 'unknown', Stroke>> = {
  trusted: { colour: '#14532d', width: 2.5 },
  suspect: { colour: '#8c1c13', width: 3, dash: [9, 5] },
  unknown: { colour: '#4a5666', width: 2, dash: [2, 4] },
};
const FILL = { trusted: '#eff8f1', suspect: '#fdf1ef', unknown: '#f6f8fa' } as const;
const SIGN = { trusted: '○', suspect: '△', unknown: '?' } as const;

/** The copies of a mirror as boxes, with the way the advised resync copies, or the one that must not be made. */
export function drawMirror(picture: MirrorState): Drawing {
  const perRow = 2;
  const rows = Math.max(1, Math.ceil(picture.copies.length / perRow));
  const place = (index: number) => ({
    x: 10 + (index % perRow) * (BOX.width + BOX.gap),
    y: BOX.top + Math.floor(index / perRow) * (BOX.height + 30),
  });
  return {
    width: 2 * BOX.width + BOX.gap + 20,
    height: rows * (BOX.height + 30) + BOX.top + 6,
    title: plain(picture.title),
    shapes: [
      ...picture.copies.flatMap((copy, index): Shape[] => {
        const { x, y } = place(index);
        return [
          {
            kind: 'rect',
            x,
            y,
            width: BOX.width,
            height: BOX.height,
            radius: 8,
            fill: FILL[copy.state],
            stroke: OUTLINE[copy.state],
          },
          { kind: 'text', x: x + 16, y: y + 28, text: cutTo(visible(copy.node), 12), size: 16, bold: true },
          {
            kind: 'text',
            x: x + 16,
            y: y + 50,
            text: cutTo(plain(copy.role), 16),
            size: 12,
            colour: '#4a5666',
          },
          {
            kind: 'text',
            x: x + 16,
            y: y + 76,
            text: `${SIGN[copy.state]} ${cutTo(plain(copy.label), 14)}`,
            size: 13,
            bold: true,
          },
        ];
      }),
      ...arrowOf(picture, place),
    ],
  };
}

function arrowOf(picture: MirrorState, place: (index: number) => { x: number; y: number }): Shape[] {
  const { arrow, copies } = picture;
  if (arrow === null) return [];
  const from = copies.findIndex((copy) => copy.node === arrow.from);
  const to = copies.findIndex((copy) => copy.node === arrow.to);
  if (from === -1 || to === -1 || from === to) return [];
  const a = place(from);
  const b = place(to);
  const rightward = b.x > a.x;
  const sameColumn = a.x === b.x;
  const y1 = a.y + BOX.height / 2;
  const y2 = b.y + BOX.height / 2;
  const x1 = sameColumn || rightward ? a.x + BOX.width + 6 : a.x - 6;
  const x2 = sameColumn ? b.x + BOX.width + 6 : rightward ? b.x - 6 : b.x + BOX.width + 6;
  const way: PathStep = sameColumn ? ['C', x1 + 60, y1, x2 + 60, y2, x2, y2] : ['L', x2, y2];
  const back = sameColumn || !rightward ? 14 : -14;
  const colour: Colour = arrow.blocked ? '#8c1c13' : '#1f4e79';
  const middle = { x: (x1 + x2) / 2 + (sameColumn ? 45 : 0), y: (y1 + y2) / 2 };
  const shaft: Stroke = { colour, width: 3, ...(arrow.blocked ? { dash: [6, 5] } : {}) };
  const cross: Shape = {
    kind: 'path',
    steps: [
      ['M', middle.x - 11, middle.y - 11],
      ['L', middle.x + 11, middle.y + 11],
      ['M', middle.x + 11, middle.y - 11],
      ['L', middle.x - 11, middle.y + 11],
    ],
    stroke: { colour, width: 4 },
  };
  return [
    { kind: 'path', steps: [['M', x1, y1], way], stroke: shaft },
    {
      kind: 'path',
      steps: [['M', x2, y2], ['L', x2 + back, y2 - 8], ['L', x2 + back, y2 + 8], ['Z']],
      fill: colour,
    },
    ...(arrow.blocked ? [cross] : []),
    {
      kind: 'text',
      x: middle.x,
      y: middle.y - 18,
      text: cutTo(plain(arrow.label), 19),
      size: 12,
      bold: true,
      colour,
      anchor: 'middle',
    },
  ];
}
