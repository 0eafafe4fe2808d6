import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPlaces } from '../../cli/evidence_check.ts';
import type { FileMember } from '../../shared/archive/member.ts';
import type { Place } from '../../shared/evidence/place.ts';

function memberOf(content: Buffer, chunkSize = 7): FileMember {
  return {
    path: 'var/log/lifekeeper.log',
    kind: 'file',
    mtime: null,
    size: content.length,
    linkTarget: null,
    async *bytes() {
      for (let at = 0; at < content.length; at += chunkSize) yield content.subarray(at, at + chunkSize);
    },
    cut: () => null,
  };
}

/** The place of every line of `lines`, as extract states it. */
function placesOf(lines: readonly string[], encode = (line: string) => Buffer.from(line)): Place[] {
  let offset = 0;
  return lines.map((text, index) => {
    const length = encode(text).length;
    const place = { member: 'var/log/lifekeeper.log', line: index + 1, offset, length, text };
    offset += length + encode('\n').length;
    return place;
  });
}

const LINES = ['node1 a[1]: INFO:dr:::104009:x', '', 'ミラーの再同期', 'last without a line ending'];

describe('checkPlaces', () => {
  it('accepts every line of any text, however it is chunked', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'ミ', ' ', ':', '0', '\t') });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1 }),
        fc.integer({ min: 1, max: 64 }),
        async (lines, chunk) => {
          const places = placesOf(lines);
          const result = await checkPlaces(memberOf(Buffer.from(`${lines.join('\n')}\n`), chunk), places);
          expect([...result.values()]).toEqual(places.map(() => null));
        },
      ),
    );
  });

  it.each([
    ['a changed byte', (place: Place) => ({ ...place, text: `${place.text.slice(0, -1)}!` }), 'text_differs'],
    ['a line number off by one', (place: Place) => ({ ...place, line: place.line + 1 }), 'wrong_line_number'],
    [
      'a range that starts inside a line',
      (place: Place) => ({ ...place, offset: place.offset + 1, length: place.length - 1 }),
      'not_a_line',
    ],
    [
      'a range that ends inside a line',
      (place: Place) => ({ ...place, length: place.length - 1 }),
      'not_a_line',
    ],
    ['a range beyond the end', (place: Place) => ({ ...place, offset: 10_000 }), 'outside_member'],
  ])('refuses %s', async (_, change, reason) => {
    for (const place of placesOf(LINES).filter((candidate) => candidate.length > 1)) {
      const changed = change(place);
      const result = await checkPlaces(memberOf(Buffer.from(LINES.join('\n'))), [changed]);
      expect(result.get(changed)).toBe(reason);
    }
  });

  it('reads UTF-16 and Shift_JIS lines and masked secrets', async () => {
    const utf16 = (line: string) => Buffer.from(line, 'utf16le');
    const wide = placesOf(LINES, utf16);
    const checkedWide = await checkPlaces(memberOf(utf16(LINES.join('\n'))), wide);
    expect([...checkedWide.values()]).toEqual(wide.map(() => null));

    const shiftJis = Buffer.from([0x83, 0x7e, 0x83, 0x89, 0x81, 0x5b]);
    const place = { member: 'm', line: 1, offset: 0, length: 6, text: 'ミラー' };
    expect((await checkPlaces(memberOf(shiftJis), [place])).get(place)).toBeNull();

    const secret = Buffer.from('user=a password=hunter2 host=b');
    const masked = {
      member: 'm',
      line: 1,
      offset: 0,
      length: secret.length,
      text: 'user=a password=*** host=b',
    };
    expect((await checkPlaces(memberOf(secret), [masked])).get(masked)).toBeNull();
  });
});
