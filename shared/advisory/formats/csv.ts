import type { Document, EvidenceEntry, Words } from '../document.ts';
import { plain } from '../localize.ts';
import { visible } from '../visible.ts';
import type { Frame } from './frame.ts';

/** First characters that spreadsheet programs take as the start of a formula, their full-width forms included. */
const FORMULA = /^[\s]*[=+\-@＝＋－＠|%]/;

/** The evidence appendix as CSV (RFC 4180) with a byte order mark, so that Excel reads Japanese as UTF-8. */
export function csv(document: Document<Words>, frame: Frame): string {
  const entries = document.sections.flatMap((section) =>
    section.body.flatMap((block) => (block.kind === 'evidence' ? block.entries : [])),
  );
  const label = (key: Parameters<Frame['label']>[0]) => plain(frame.label(key));
  const rows = [
    [
      label('section.evidence'),
      label('evidence.bundle'),
      label('evidence.member'),
      label('csv.line'),
      label('csv.offset'),
      label('csv.length'),
      label('resync.logged'),
      label('resync.time'),
      label('evidence.text'),
    ],
    ...entries.map((entry) => [
      entry.id,
      entry.bundle,
      entry.member,
      String(entry.line),
      String(entry.offset),
      String(entry.length),
      entry.loggedTime ?? '',
      timeOf(entry, label('none.value')),
      entry.text,
    ]),
  ];
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** The time as text; an empty cell where there is none. */
function timeOf(entry: EvidenceEntry<Words>, none: string): string {
  const time = plain(entry.inferredTime);
  return time === none ? '' : time;
}

/** A cell no spreadsheet takes as a formula (CWE-1236): such text gets an apostrophe in front. */
function cell(text: string): string {
  const shown = visible(text);
  const inert = FORMULA.test(shown) ? `'${shown}` : shown;
  return `"${inert.replaceAll('"', '""')}"`;
}
