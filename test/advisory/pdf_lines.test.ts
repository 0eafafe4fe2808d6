import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { facesOf } from '../../shared/advisory/formats/pdf/face.ts';
import { beginFile } from '../../shared/advisory/formats/pdf/file.ts';
import { type Line, type Run, setLines } from '../../shared/advisory/formats/pdf/lines.ts';
import { loadFonts } from '../../shared/fonts/load.ts';

const fonts = await loadFonts();
const { regular, bold } = beginFile(
  { title: '', subject: '', keywords: '', language: 'ja-JP', at: new Date(0) },
  fonts,
).fonts;
const faces = facesOf(fonts, { regular: regular.font, bold: bold.font });

const SIZE = 9;
const run = (text: string, face: 'regular' | 'bold' = 'regular'): Run => ({
  text,
  style: { face, size: SIZE, colour: '#1b2430' },
});
const textOf = (line: Line) => line.segments.map((segment) => segment.text).join('');
const set = (text: string, width: number) => setLines([run(text)], width, faces).map(textOf);

const words = fc.array(
  fc.constantFrom(
    'データ',
    '確認、',
    '（Source）',
    '「node1」',
    'です。',
    'パッケージ',
    'サーバー',
    'datarep-dk-mirror ',
    '4.18.0-193.el8.x86_64',
    '2021/05/18 13:25 JST',
    'が ',
    '𠮟る',
  ),
  { minLength: 1, maxLength: 60 },
);

describe('lines', () => {
  it('hold the whole text, none wider than asked for', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 400 }), (parts, width) => {
        const runs = parts.map((part, index) => run(part, index % 3 === 0 ? 'bold' : 'regular'));
        const lines = setLines(runs, width, faces);
        expect(lines.map(textOf).join('').replaceAll(' ', '')).toBe(parts.join('').replaceAll(' ', ''));
        for (const line of lines) {
          expect(line.width).toBeLessThanOrEqual(width + 0.02);
          for (const { x, width: own } of line.segments)
            expect(x + own).toBeLessThanOrEqual(line.width + 0.02);
        }
      }),
    );
  });

  it('neither begin with closing punctuation, a small kana or a long sound mark, nor end with an opening one', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 140, max: 400 }), (parts, width) => {
        const lines = set(parts.join(''), width);
        for (const line of lines.slice(1)) expect(line).not.toMatch(/^[、。）」ーッャ\s]/);
        for (const line of lines.slice(0, -1)) expect(line).not.toMatch(/[（「]$/);
      }),
    );
  });

  it('leave no single character on the last line', () => {
    const sentence = '確認が終わるまで、ミラーの一時停止、再開、完全再同期を実施しないでください。';
    for (let width = 100; width < 330; width += 3) {
      const lines = set(sentence, width);
      expect(lines.at(-1)?.length).toBeGreaterThanOrEqual(3);
    }
  });

  it('break a name or a path only when it alone is too wide, and then at a soft place', () => {
    expect(set('See datarep-dk-mirror now', 80)).toEqual(['See', 'datarep-dk-mirror', 'now']);
    expect(set('See datarep-dk-mirror now', 60)).toEqual(['See', 'datarep-dk-', 'mirror now']);
    expect(set('/var/log/lifekeeper.log-20210401', 70).join('')).toBe('/var/log/lifekeeper.log-20210401');
    expect(set('abcdefghijklmnopqrstuvwxyz', 40).join('')).toBe('abcdefghijklmnopqrstuvwxyz');
  });

  it('set what stands between scripts closer than a reader takes for a blank', () => {
    const [line] = setLines([run('node2のデータ')], 400, faces);
    const apart = [...'node2のデータ'].reduce(
      (sum, character) => sum + (setLines([run(character)], 400, faces)[0]?.width ?? 0),
      0,
    );
    expect((line?.width ?? 0) - apart).toBeLessThan(0.1 * SIZE);
  });
});
