import type { Tone } from '../../document.ts';
import type { Colour } from '../../pictures/drawing.ts';
import type { Language } from '../../texts/catalogue.ts';

/** A4, in points. */
export const PAGE = { width: 595.28, height: 841.89, side: 50, top: 56, bottom: 58 };
export const CONTENT = PAGE.width - 2 * PAGE.side;

export const SOFT: Colour = '#4a5666';
export const LINE: Colour = '#d5dbe3';
export const ACCENT: Colour = '#1f4e79';
/** Behind code and table heads. */
export const GROUND: Colour = '#f0f3f6';
export const COMMAND_GROUND: Colour = '#f6f8fa';
/** Behind the customer's own row. */
export const MARKED: Colour = '#fdf6e3';

export const TONES: Readonly<Record<Tone, { ink: Colour; ground: Colour }>> = {
  danger: { ink: '#8c1c13', ground: '#fdf1ef' },
  caution: { ink: '#6b4700', ground: '#fdf6e3' },
  good: { ink: '#14532d', ground: '#eff8f1' },
  unknown: { ink: '#3f3a6b', ground: '#f2f1fa' },
  neutral: { ink: '#4a5666', ground: '#f6f8fa' },
};

/** From baseline to baseline, in em: Japanese characters fill their squares and need more room between lines. */
export const LEADING: Readonly<
  Record<Language, { body: number; tight: number; table: number; heading: number }>
> = {
  ja: { body: 1.7, tight: 1.55, table: 1.5, heading: 1.4 },
  en: { body: 1.52, tight: 1.42, table: 1.4, heading: 1.3 },
};

/** Sizes of text in points. */
export const SIZE = {
  title: 20,
  section: 13,
  group: 10.5,
  body: 9,
  tight: 8.5,
  small: 8,
  table: 7.8,
  wideTable: 7.2,
  cite: 6.8,
  furniture: 7.5,
};
