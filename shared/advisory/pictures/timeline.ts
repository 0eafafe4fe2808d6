import type { Mark, Picture, Words } from '../document.ts';
import { epoch, instantText } from '../instant.ts';
import { plain } from '../localize.ts';
import type { Language } from '../texts/catalogue.ts';
import { visible } from '../visible.ts';
import { cutTo, escapeXml, FONT, px } from './svg.ts';

type Timeline = Extract<Picture<Words>, { kind: 'timeline' }>;

const WIDTH = 960;
const LEFT = 150;
const RIGHT = 24;
const LANE = 44;
const TOP = 34;

/**
 * The cluster on one time axis: a lane per node, a bar where its log reaches, hatching where it is silent, and
 * marks that differ in shape, so that a grey print says the same. Its text equivalent stands beside it.
 */
export function drawTimeline(picture: Timeline, language: Language, id: string): string {
  const start = epoch(picture.from);
  const span = Math.max(1, epoch(picture.to) - start);
  const x = (at: string) => LEFT + ((epoch(at) - start) / span) * (WIDTH - LEFT - RIGHT);
  const lanes = picture.lanes;
  const legendTop = TOP + lanes.length * LANE + 36;
  const legend = legendOf(picture, legendTop);
  const height = legendTop + legend.rows * 24 + 8;
  const title = escapeXml(plain(picture.title));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="${id}-title" font-family="${FONT}" font-size="12" fill="#1b2430">`,
    `<title id="${id}-title">${title}</title>`,
    `<defs><pattern id="${id}-gap" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#ffffff"/><path d="M0 6L6 0" stroke="#4a5666" stroke-width="1"/></pattern></defs>`,
    axis(picture, language, lanes.length, x),
    ...lanes.map((lane, index) => laneOf(lane, index, x, id)),
    legend.drawing.replaceAll('{id}', id),
    '</svg>',
  ];
  return parts.join('');
}

function axis(picture: Timeline, language: Language, lanes: number, x: (at: string) => number): string {
  const bottom = TOP + lanes * LANE;
  const start = epoch(picture.from);
  const end = epoch(picture.to);
  const days = (end - start) / 86_400_000;
  const ticks = ticksBetween(picture.from, picture.to, days);
  return ticks
    .map((at, index) => {
      const label = instantText(at, language, days < 3 ? 'minute' : 'day');
      const anchor = index === 0 ? 'start' : index === ticks.length - 1 ? 'end' : 'middle';
      return `<path d="M${px(x(at))} ${TOP - 4}V${bottom}" stroke="#d5dbe3"/><text x="${px(x(at))}" y="${TOP - 12}" text-anchor="${anchor}" font-size="11" fill="#4a5666">${escapeXml(label)}</text>`;
    })
    .join('');
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

function laneOf(
  lane: Timeline['lanes'][number],
  index: number,
  x: (at: string) => number,
  id: string,
): string {
  const middle = TOP + index * LANE + LANE / 2;
  const label = `<text x="${LEFT - 12}" y="${middle + 4}" text-anchor="end" font-weight="700">${escapeXml(cutTo(visible(lane.label), 11))}</text>`;
  const line = `<path d="M${LEFT} ${middle}H${WIDTH - RIGHT}" stroke="#d5dbe3" stroke-dasharray="2 4"/>`;
  const covered =
    lane.covered === null
      ? ''
      : `<rect x="${px(x(lane.covered.from))}" y="${middle - 7}" width="${px(Math.max(2, x(lane.covered.to) - x(lane.covered.from)))}" height="14" rx="3" fill="#dfe6ee" stroke="#8494a7"/>`;
  const gaps = lane.gaps
    .map(
      (gap) =>
        `<rect x="${px(x(gap.from))}" y="${middle - 7}" width="${px(Math.max(2, x(gap.to) - x(gap.from)))}" height="14" fill="url(#${id}-gap)" stroke="#8494a7"/>`,
    )
    .join('');
  const marks = lane.marks.map((mark) => drawMark(mark.mark, x(mark.at), middle, mark.weight)).join('');
  return label + line + covered + gaps + marks;
}

function drawMark(mark: Mark, x: number, y: number, weight: number): string {
  const size = 4 + weight * 8;
  switch (mark) {
    case 'partial_resync':
      return `<circle cx="${px(x)}" cy="${px(y)}" r="${px(size)}" fill="#8c1c13" fill-opacity="0.85" stroke="#ffffff"/>`;
    case 'zero_resync':
      return `<circle cx="${px(x)}" cy="${px(y)}" r="4" fill="#ffffff" stroke="#1b2430" stroke-width="1.5"/>`;
    case 'role_change':
      return `<path d="M${px(x)} ${px(y - 17)}L${px(x + 7)} ${px(y - 7)}H${px(x - 7)}Z" fill="#1f4e79"/>`;
    case 'reboot':
      return `<path d="M${px(x - 5)} ${px(y - 5)}L${px(x + 5)} ${px(y + 5)}M${px(x + 5)} ${px(y - 5)}L${px(x - 5)} ${px(y + 5)}" stroke="#1b2430" stroke-width="2.5"/>`;
    case 'comm_lost':
      return `<path d="M${px(x)} ${px(y + 17)}L${px(x + 7)} ${px(y + 7)}H${px(x - 7)}Z" fill="#ffffff" stroke="#1b2430" stroke-width="1.5"/>`;
    case 'confirmed':
      return `<rect x="${px(x - 5)}" y="${px(y - 5)}" width="10" height="10" fill="#14532d" stroke="#ffffff"/>`;
    case 'other':
      return `<path d="M${px(x)} ${px(y - 4)}V${px(y + 4)}" stroke="#4a5666"/>`;
  }
}

function legendOf(picture: Timeline, top: number): { drawing: string; rows: number } {
  const columns = 4;
  const width = (WIDTH - 40) / columns;
  const drawing = picture.legend
    .map((entry, index) => {
      const x = 28 + (index % columns) * width;
      const y = top + Math.floor(index / columns) * 24;
      const symbol =
        entry.mark === 'covered'
          ? `<rect x="${px(x - 10)}" y="${y - 6}" width="20" height="12" rx="3" fill="#dfe6ee" stroke="#8494a7"/>`
          : entry.mark === 'gap'
            ? `<rect x="${px(x - 10)}" y="${y - 6}" width="20" height="12" fill="url(#{id}-gap)" stroke="#8494a7"/>`
            : entry.mark === 'role_change'
              ? drawMark(entry.mark, x, y + 12, 0.2)
              : entry.mark === 'comm_lost'
                ? drawMark(entry.mark, x, y - 12, 0.2)
                : drawMark(entry.mark, x, y, 0.2);
      return `${symbol}<text x="${px(x + 18)}" y="${y + 4}" font-size="11">${escapeXml(cutTo(plain(entry.label), 18))}</text>`;
    })
    .join('');
  return { drawing, rows: Math.ceil(picture.legend.length / columns) };
}
