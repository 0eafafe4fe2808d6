import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../shared/analysis/versions.ts';

/** `rpmvercmp` of rpm 4.18, statement by statement: the ordering that package managers use. */
function rpmvercmp(a: string, b: string): number {
  let one = a;
  let two = b;
  const isDigit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9';
  const isAlpha = (c: string | undefined): boolean => c !== undefined && /[A-Za-z]/.test(c);
  const run = (text: string, test: (c: string | undefined) => boolean): string => {
    let end = 0;
    while (test(text[end])) end++;
    return text.slice(0, end);
  };
  while (one !== '' || two !== '') {
    one = one.replace(/^[^A-Za-z0-9~^]+/, '');
    two = two.replace(/^[^A-Za-z0-9~^]+/, '');
    if (one[0] === '~' || two[0] === '~') {
      if (one[0] !== '~') return 1;
      if (two[0] !== '~') return -1;
      one = one.slice(1);
      two = two.slice(1);
      continue;
    }
    if (one[0] === '^' || two[0] === '^') {
      if (one === '') return -1;
      if (two === '') return 1;
      if (one[0] !== '^') return 1;
      if (two[0] !== '^') return -1;
      one = one.slice(1);
      two = two.slice(1);
      continue;
    }
    if (one === '' || two === '') break;
    const numeric = isDigit(one[0]);
    let x = run(one, numeric ? isDigit : isAlpha);
    let y = run(two, numeric ? isDigit : isAlpha);
    if (x === '') return -1;
    if (y === '') return numeric ? 1 : -1;
    one = one.slice(x.length);
    two = two.slice(y.length);
    if (numeric) {
      x = x.replace(/^0+/, '');
      y = y.replace(/^0+/, '');
      if (x.length !== y.length) return x.length > y.length ? 1 : -1;
    }
    if (x !== y) return x < y ? -1 : 1;
  }
  if (one === '' && two === '') return 0;
  return one === '' ? -1 : 1;
}

const segment = fc.oneof(
  fc.nat({ max: 3_000 }).map(String),
  fc.constantFrom('el8', 'el8_2', 'el7uek', 'lp151', 'rt7', 'default', '00', '007', '~rc1', '^git1'),
);
const version = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'));
const anything = fc.string({ unit: fc.constantFrom(...'0123456789abAB.-_+~^'), maxLength: 12 });

describe('the order of versions', () => {
  it.each([
    ['95.51', '95.6', 1],
    ['197.37', '197.37.1', -1],
    ['197.37-default', '197.37.1', -1],
    ['24.53.4', '24.52', 1],
    ['193.el8', '193.1.2.el8_2', -1],
    ['2025.400.8', '2025.400.10', -1],
    ['150100.197.111', '197.37.1', 1],
    ['9.5.2', '9.5.10', -1],
    ['9.10.0', '9.9.0', 1],
    ['10.0', '9.9.9', 1],
    ['1.0', '1.0', 0],
    ['1.0', '1_0', 0],
    ['1.0~rc1', '1.0', -1],
    ['1.0^git', '1.0', 1],
  ])('of %s and %s is that of rpm', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order);
    expect(Math.sign(rpmvercmp(a, b))).toBe(order);
  });

  it('agrees with rpm on all strings', () => {
    fc.assert(
      fc.property(fc.oneof(version, anything), fc.oneof(version, anything), (a, b) => {
        expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(rpmvercmp(a, b)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is a total order: antisymmetric, transitive, and reflexive', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        const sorted = [a, b, c].sort(compareVersions);
        expect(compareVersions(sorted[0] ?? '', sorted[2] ?? '')).toBeLessThanOrEqual(0);
        expect(compareVersions(sorted[0] ?? '', sorted[1] ?? '')).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
