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
export function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

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

/** Font of labels inside pictures. */
export const FONT = 'Noto Sans JP, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif';
