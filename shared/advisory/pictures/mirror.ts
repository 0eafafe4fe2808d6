import type { Picture, Words } from '../document.ts';
import { plain } from '../localize.ts';
import { visible } from '../visible.ts';
import { cutTo, escapeXml, FONT, px } from './svg.ts';

type MirrorState = Extract<Picture<Words>, { kind: 'mirror' }>;

const BOX = { width: 220, height: 92, gap: 250, top: 20 };

/** Outlines that tell the states apart in grey: full line, thick dashes, dots. */
const OUTLINE: Readonly<Record<'trusted' | 'suspect' | 'unknown', string>> = {
  trusted: 'stroke="#14532d" stroke-width="2.5"',
  suspect: 'stroke="#8c1c13" stroke-width="3" stroke-dasharray="9 5"',
  unknown: 'stroke="#4a5666" stroke-width="2" stroke-dasharray="2 4"',
};
const FILL = { trusted: '#eff8f1', suspect: '#fdf1ef', unknown: '#f6f8fa' } as const;
const SIGN = { trusted: '○', suspect: '△', unknown: '?' } as const;

/** The copies of a mirror as boxes, with the way the advised resync copies, or the one that must not be made. */
export function drawMirror(picture: MirrorState, id: string): string {
  const perRow = 2;
  const rows = Math.max(1, Math.ceil(picture.copies.length / perRow));
  const width = 2 * BOX.width + BOX.gap + 20;
  const height = rows * (BOX.height + 30) + BOX.top + 6;
  const place = (index: number) => ({
    x: 10 + (index % perRow) * (BOX.width + BOX.gap),
    y: BOX.top + Math.floor(index / perRow) * (BOX.height + 30),
  });
  const boxes = picture.copies.map((copy, index) => {
    const { x, y } = place(index);
    return [
      `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8" fill="${FILL[copy.state]}" ${OUTLINE[copy.state]}/>`,
      `<text x="${x + 16}" y="${y + 28}" font-size="16" font-weight="700">${escapeXml(cutTo(visible(copy.node), 12))}</text>`,
      `<text x="${x + 16}" y="${y + 50}" font-size="12" fill="#4a5666">${escapeXml(cutTo(plain(copy.role), 16))}</text>`,
      `<text x="${x + 16}" y="${y + 76}" font-size="13" font-weight="700">${SIGN[copy.state]} ${escapeXml(cutTo(plain(copy.label), 14))}</text>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-title" font-family="${FONT}" fill="#1b2430">`,
    `<title id="${id}-title">${escapeXml(plain(picture.title))}</title>`,
    ...boxes,
    arrowOf(picture, place),
    '</svg>',
  ].join('');
}

function arrowOf(picture: MirrorState, place: (index: number) => { x: number; y: number }): string {
  const { arrow, copies } = picture;
  if (arrow === null) return '';
  const from = copies.findIndex((copy) => copy.node === arrow.from);
  const to = copies.findIndex((copy) => copy.node === arrow.to);
  if (from === -1 || to === -1 || from === to) return '';
  const a = place(from);
  const b = place(to);
  const rightward = b.x > a.x;
  const sameColumn = a.x === b.x;
  const y1 = a.y + BOX.height / 2;
  const y2 = b.y + BOX.height / 2;
  const x1 = sameColumn || rightward ? a.x + BOX.width + 6 : a.x - 6;
  const x2 = sameColumn ? b.x + BOX.width + 6 : rightward ? b.x - 6 : b.x + BOX.width + 6;
  const path = sameColumn
    ? `M${x1} ${y1}C${x1 + 60} ${y1} ${x2 + 60} ${y2} ${x2} ${y2}`
    : `M${x1} ${y1}L${x2} ${y2}`;
  const direction = sameColumn || !rightward ? -1 : 1;
  const head = `M${x2} ${y2}l${px(-14 * direction)} -8v16z`;
  const colour = arrow.blocked ? '#8c1c13' : '#1f4e79';
  const middle = { x: (x1 + x2) / 2 + (sameColumn ? 45 : 0), y: (y1 + y2) / 2 };
  const cross = arrow.blocked
    ? `<path d="M${px(middle.x - 11)} ${px(middle.y - 11)}l22 22m0 -22l-22 22" stroke="#8c1c13" stroke-width="4"/>`
    : '';
  return [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="3"${arrow.blocked ? ' stroke-dasharray="6 5"' : ''}/>`,
    `<path d="${head}" fill="${colour}"/>`,
    cross,
    `<text x="${px(middle.x)}" y="${px(middle.y - 18)}" text-anchor="middle" font-size="12" font-weight="700" fill="${colour}">${escapeXml(cutTo(plain(arrow.label), 19))}</text>`,
  ].join('');
}
