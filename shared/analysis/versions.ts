/**
 * Orders version and release strings the way rpm does (`rpmvercmp`): runs of digits are compared as numbers, runs
 * of letters as text, digits beat letters, more runs beat fewer, `~` sorts before everything and `^` after.
 * Separators only separate. A total preorder over all strings: `1.0` and `1_0` are equal.
 *
 * @returns negative, zero or positive, as for `Array.prototype.sort`.
 */
export function compareVersions(left: string, right: string): number {
  const a = tokens(left);
  const b = tokens(right);
  for (let index = 0; ; index++) {
    const x = a[index];
    const y = b[index];
    if (x === undefined && y === undefined) return 0;
    const order = compareTokens(x, y);
    if (order !== 0) return order;
  }
}

function tokens(version: string): string[] {
  return version.match(/\d+|[A-Za-z]+|~|\^/g) ?? [];
}

function compareTokens(x: string | undefined, y: string | undefined): number {
  if (x === '~' || y === '~') return (x === '~' ? 0 : 1) - (y === '~' ? 0 : 1);
  if (x === '^' || y === '^') {
    if (x === y) return 0;
    if (x === '^') return y === undefined ? 1 : -1;
    return x === undefined ? -1 : 1;
  }
  if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
  const xNumber = isDigits(x);
  const yNumber = isDigits(y);
  if (xNumber !== yNumber) return xNumber ? 1 : -1;
  return xNumber ? compareDigits(x, y) : compareText(x, y);
}

function isDigits(token: string): boolean {
  const first = token.charCodeAt(0);
  return first >= 48 && first <= 57;
}

/** Compares digit runs of any length without losing precision. */
function compareDigits(x: string, y: string): number {
  const a = x.replace(/^0+/, '');
  const b = y.replace(/^0+/, '');
  return a.length === b.length ? compareText(a, b) : a.length - b.length;
}

/** By code unit, never by locale. */
export function compareText(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
