import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../shared/logs/lines.ts';
import { chunks, LineCollector, type SplitLine } from './scanning.ts';

function split(text: string, sizes: readonly number[], limit?: number): LineCollector & { overlong: number } {
  const collector = new LineCollector();
  const splitter = new LineSplitter(collector, limit);
  for (const chunk of chunks(Buffer.from(text, 'latin1'), sizes)) splitter.push(chunk);
  splitter.end();
  return Object.assign(collector, { overlong: splitter.overlong });
}

/** What anyone would write who had the whole text in memory. */
function reference(text: string): SplitLine[] {
  const pieces = text.split('\n');
  if (pieces.at(-1) === '') pieces.pop();
  let offset = 0;
  return pieces.map((piece, index) => {
    const line = piece.endsWith('\r') ? piece.slice(0, -1) : piece;
    const at = offset;
    offset += piece.length + 1;
    return { number: index + 1, offset: at, length: line.length, text: line };
  });
}

describe('line splitter', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '\r', '\r\n', '\0', '\xe3') });
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

  it('finds the lines of any text, however it is cut into chunks', () => {
    fc.assert(
      fc.property(text, sizes, (log, cuts) => {
        expect(split(log, cuts).lines).toEqual(reference(log));
      }),
    );
  });

  it('cuts a line over the limit, keeps its true length and goes on with the next', () => {
    fc.assert(
      fc.property(text, sizes, fc.integer({ min: 1, max: 6 }), (log, cuts, limit) => {
        const expected = reference(log).map((line) => ({ ...line, text: line.text.slice(0, limit) }));
        const found = split(log, cuts, limit);
        expect(found.lines).toEqual(expected);
        expect(found.overlong).toBe(expected.filter(({ length }) => length > limit).length);
      }),
    );
  });

  it('reads a line of 64 MiB without keeping it', () => {
    const collector = new LineCollector();
    const splitter = new LineSplitter(collector, 1_000);
    const block = Buffer.alloc(65_536, 'x');
    for (let written = 0; written < 64 * 1_048_576; written += block.length) splitter.push(block);
    splitter.push(Buffer.from('\nnext\n'));
    splitter.end();
    expect(collector.lines).toEqual([
      { number: 1, offset: 0, length: 64 * 1_048_576, text: 'x'.repeat(1_000) },
      { number: 2, offset: 64 * 1_048_576 + 1, length: 4, text: 'next' },
    ]);
  });
});
