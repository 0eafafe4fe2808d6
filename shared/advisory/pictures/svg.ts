import { type Drawing, INK, type Paint, type PathStep, type Shape } from './drawing.ts';

/** Escapes text for SVG and XML content and attributes. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A number as SVG takes it: at most two decimals, no trailing zeros, so that bytes do not depend on rounding. */
function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

const FONT = 'Noto Sans JP, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif';

/**
 * A drawing as an SVG element that stands in HTML and needs nothing around it. `id` must be unique in the page.
 * Coordinates are rounded to hundredths, so that the bytes do not depend on the last digits of a division.
 */
export function svg({ width, height, title, shapes }: Drawing, id: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-title" font-family="${FONT}" fill="${INK}">`,
    `<title id="${id}-title">${escapeXml(title)}</title>`,
    shapes.some((shape) => shape.kind !== 'text' && shape.fill === 'hatch')
      ? `<defs><pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#ffffff"/><path d="M0 6L6 0" stroke="#4a5666" stroke-width="1"/></pattern></defs>`
      : '',
    ...shapes.map((shape) => shapeOf(shape, id)),
    '</svg>',
  ].join('');
}

function shapeOf(shape: Shape, id: string): string {
  switch (shape.kind) {
    case 'rect':
      return `<rect x="${px(shape.x)}" y="${px(shape.y)}" width="${px(shape.width)}" height="${px(shape.height)}"${shape.radius === undefined ? '' : ` rx="${px(shape.radius)}"`}${paintOf(shape, id)}/>`;
    case 'circle':
      return `<circle cx="${px(shape.x)}" cy="${px(shape.y)}" r="${px(shape.radius)}"${paintOf(shape, id)}/>`;
    case 'path':
      return `<path d="${shape.steps.map(stepOf).join('')}"${paintOf(shape, id)}/>`;
    case 'text':
      return `<text x="${px(shape.x)}" y="${px(shape.y)}"${shape.anchor === undefined || shape.anchor === 'start' ? '' : ` text-anchor="${shape.anchor}"`} font-size="${shape.size}"${shape.bold === true ? ' font-weight="700"' : ''}${shape.colour === undefined ? '' : ` fill="${shape.colour}"`}>${escapeXml(shape.text)}</text>`;
  }
}

function stepOf([command, ...numbers]: PathStep): string {
  return `${command}${numbers.map(px).join(' ')}`;
}

function paintOf({ fill, stroke }: Paint, id: string): string {
  const filled = fill === undefined ? 'none' : fill === 'hatch' ? `url(#${id}-hatch)` : fill;
  return ` fill="${filled}"${
    stroke === undefined
      ? ''
      : ` stroke="${stroke.colour}"${stroke.width === 1 ? '' : ` stroke-width="${px(stroke.width)}"`}${stroke.dash === undefined ? '' : ` stroke-dasharray="${stroke.dash.map(px).join(' ')}"`}`
  }`;
}
