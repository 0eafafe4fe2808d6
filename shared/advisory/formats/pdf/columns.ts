import type { Paragraph } from './lines.ts';

/** A piece that does not break may ask for this much of a column, in em; a longer one is broken. */
const LONGEST_PIECE = 14;
/** Columns that fit in one line are set this much wider at most; the last takes what is left. */
const WIDEST = 1.4;

/**
 * Widths of a table's columns, `padding` of each included: every column gets what its longest piece without a
 * place to break needs, short columns what sets them in one line, and the long ones share the rest by what they hold.
 */
export function columnsOf(
  rows: readonly (readonly Paragraph[])[],
  width: number,
  padding: number,
  size: number,
): { x: number; width: number }[] {
  const count = rows[0]?.length ?? 0;
  const needs = Array.from({ length: count }, (_, column): Need => {
    const need = { least: 2 * size, whole: 0, total: 0 };
    rows.forEach((row, index) => {
      const cell = row[column];
      if (cell === undefined) return;
      const whole = cell.width;
      need.least = Math.max(need.least, cell.widestPiece);
      need.whole = Math.max(need.whole, whole);
      if (index > 0) need.total += whole;
    });
    const least = Math.min(need.least, LONGEST_PIECE * size) + padding + 0.5;
    return { least, whole: Math.max(need.whole + padding + 0.5, least), total: need.total };
  });
  const widths = share(needs, width);
  let x = 0;
  return widths.map((own) => {
    const column = { x, width: own };
    x += own;
    return column;
  });
}

interface Need {
  least: number;
  whole: number;
  total: number;
}

function share(needs: readonly Need[], width: number): number[] {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const leasts = sum(needs.map((need) => need.least));
  if (leasts >= width) return needs.map((need) => (need.least / leasts) * width);
  const wholes = sum(needs.map((need) => need.whole));
  if (wholes <= width) {
    const wider = Math.min(width / wholes, WIDEST);
    return needs.map((need, index) =>
      index === needs.length - 1 ? width - (wholes - need.whole) * wider : need.whole * wider,
    );
  }
  const given = needs.map((need) => need.least);
  const open = new Set(needs.keys());
  for (let settled = true; settled && open.size > 0; ) {
    settled = false;
    const rest = width - sum(given);
    for (const index of open) {
      const need = needs[index];
      const own = given[index] ?? 0;
      if (need === undefined || need.whole - own > rest / open.size) continue;
      given[index] = need.whole;
      open.delete(index);
      settled = true;
      break;
    }
  }
  return shareByContent(needs, given, open, width - sum(given));
}

/** Long columns come out equally high: each gets of their room what it holds of their text, and its least at least. */
function shareByContent(
  needs: readonly Need[],
  given: readonly number[],
  long: ReadonlySet<number>,
  rest: number,
): number[] {
  const widths = [...given];
  const open = new Set(long);
  let room = rest + [...long].reduce((total, index) => total + (given[index] ?? 0), 0);
  const totalOf = (index: number) => Math.max(needs[index]?.total ?? 0, 1);
  for (let settled = true; settled; ) {
    settled = false;
    const all = [...open].reduce((total, index) => total + totalOf(index), 0);
    for (const index of open) {
      const least = needs[index]?.least ?? 0;
      const share = (room * totalOf(index)) / all;
      widths[index] = Math.max(share, least);
      if (share >= least) continue;
      open.delete(index);
      room -= least;
      settled = true;
      break;
    }
  }
  return widths;
}
