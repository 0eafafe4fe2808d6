import type { FileMember } from '../shared/archive/member.ts';
import type { Place } from '../shared/evidence/place.ts';

/** Why a place does not match the original bytes; null when it does. */
export type Mismatch =
  | null
  | 'member_missing'
  | 'outside_member'
  | 'not_a_line'
  | 'wrong_line_number'
  | 'text_differs';

const LF = 0x0a;
const CR = 0x0d;
/** Bytes of a line that are compared with its text; the rest of a longer line is only measured. */
const COMPARED_BYTES = 16 * 1024;
const ENCODINGS = ['utf-8', 'shift_jis', 'euc-jp', 'utf-16le', 'utf-16be', 'latin1'] as const;

type Width = 'bytes' | 'utf-16le' | 'utf-16be';

function widthOf(head: Buffer): Width {
  if (head.length < 2) return 'bytes';
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] !== 0 && head[1] === 0)) return 'utf-16le';
  if ((head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0 && head[1] !== 0)) return 'utf-16be';
  return 'bytes';
}

/** True when `text` is `decoded`, its beginning, or `decoded` with secrets masked as `***`. */
function sameText(text: string, decoded: string, whole: boolean): boolean {
  if (whole ? decoded === text : decoded.startsWith(text)) return true;
  if (decoded.startsWith(text)) return true;
  if (!text.includes('***')) return false;
  let from = 0;
  for (const [index, piece] of text.split('***').entries()) {
    const found = decoded.indexOf(piece, from);
    if (found < 0 || (index === 0 && found !== 0)) return false;
    from = found + piece.length;
  }
  return true;
}

function textMatches(place: Place, bytes: Buffer): boolean {
  const whole = bytes.length === place.length;
  return ENCODINGS.some((encoding) =>
    sameText(place.text, new TextDecoder(encoding, { ignoreBOM: false }).decode(bytes), whole),
  );
}

interface Open {
  place: Place;
  line: number;
  startsLine: boolean;
  head: Buffer[];
  headBytes: number;
}

/**
 * Re-reads one member and compares every place with the original bytes: that it lies inside the member, begins
 * and ends at a line boundary, has the stated line number, and decodes to the stated text. Memory is bounded by
 * the open places, not by the member.
 */
export async function checkPlaces(
  member: FileMember,
  places: readonly Place[],
): Promise<Map<Place, Mismatch>> {
  const result = new Map<Place, Mismatch>();
  const waiting = [...places].sort((a, b) => a.offset - b.offset);
  let open: Open[] = [];
  let position = 0;
  let line = 1;
  let previous: number | null = null;
  let width: Width | null = null;

  const close = (entry: Open, next: number | null) => {
    const { place } = entry;
    const ends =
      next === null || next === LF || next === CR || width !== 'bytes' || place.length >= 1024 * 1024;
    if (!entry.startsLine || !ends) result.set(place, 'not_a_line');
    else if (entry.line !== place.line) result.set(place, 'wrong_line_number');
    else
      result.set(
        place,
        textMatches(place, Buffer.concat(entry.head, entry.headBytes)) ? null : 'text_differs',
      );
  };

  const isLineFeed = (chunk: Buffer, index: number): boolean => {
    if (width === 'bytes') return true;
    const other = width === 'utf-16le' ? chunk[index + 1] : chunk[index - 1];
    const aligned = (position + index) % 2 === (width === 'utf-16le' ? 0 : 1);
    return aligned && (other === 0 || other === undefined);
  };

  for await (const chunk of member.bytes()) {
    width ??= widthOf(chunk);
    let scanned = 0;
    const countTo = (end: number) => {
      for (let at = chunk.indexOf(LF, scanned); at >= 0 && at < end; at = chunk.indexOf(LF, at + 1)) {
        if (isLineFeed(chunk, at)) line += 1;
      }
      scanned = Math.max(scanned, end);
    };
    while (waiting[0] !== undefined && waiting[0].offset < position + chunk.length) {
      const place = waiting.shift() as Place;
      if (place.line === 0) {
        result.set(place, null);
        continue;
      }
      const start = place.offset - position;
      countTo(start);
      const before = start > 0 ? chunk[start - 1] : previous;
      const startsLine = place.offset === 0 || before === LF || width !== 'bytes';
      open.push({ place, line, startsLine, head: [], headBytes: 0 });
    }
    countTo(chunk.length);
    open = open.filter((entry) => {
      const start = Math.max(0, entry.place.offset - position);
      const end = entry.place.offset + entry.place.length - position;
      const wanted = Math.min(chunk.length, end, start + COMPARED_BYTES - entry.headBytes);
      if (wanted > start) {
        entry.head.push(Buffer.from(chunk.subarray(start, wanted)));
        entry.headBytes += wanted - start;
      }
      if (end >= chunk.length) return true;
      close(entry, chunk[end] ?? null);
      return false;
    });
    previous = chunk[chunk.length - 1] ?? previous;
    position += chunk.length;
  }
  for (const entry of open) {
    if (entry.place.offset + entry.place.length > position) result.set(entry.place, 'outside_member');
    else close(entry, null);
  }
  for (const place of waiting) result.set(place, place.line === 0 ? null : 'outside_member');
  return result;
}
