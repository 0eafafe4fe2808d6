import type { Block, Document, Words } from '../document.ts';
import { plain } from '../localize.ts';
import { visible } from '../visible.ts';
import type { Frame } from './frame.ts';

/** Columns of a terminal line. */
const WIDTH = 88;

/** The sections a person reads on a terminal; the files have the rest. */
const SHOWN: ReadonlySet<string> = new Set(['summary', 'changes', 'actions', 'avoid']);

/**
 * A summary for the terminal: the decision, the actions, what to avoid and the records cited there. Plain text
 * without colours; nothing of a bundle can reach the terminal as a control sequence.
 */
export function terminalText(document: Document<Words>, frame: Frame): string {
  const lines = [
    plain(document.title),
    ...document.identity.map((row) => `${plain(row.term)}${plain(frame.label('colon'))}${plain(row.value)}`),
    ...document.sections
      .filter((section) => SHOWN.has(section.id))
      .flatMap((section) => ['', underlined(plain(section.heading)), ...blocks(section.body, frame, 0)]),
  ];
  const cited = new Set([...lines.join('\n').matchAll(/\[(E\d+)\]/g)].map((match) => match[1]));
  const records = document.sections.flatMap((section) =>
    section.body.flatMap((block) => (block.kind === 'evidence' ? block.entries : [])),
  );
  const shown = records.filter((entry) => cited.has(entry.id));
  const evidence =
    shown.length === 0
      ? []
      : [
          '',
          underlined(plain(document.sections.find((section) => section.id === 'evidence')?.heading ?? [])),
          ...shown.flatMap((entry) => [
            `[${entry.id}] ${visible(entry.bundle)}: ${visible(entry.member)}${entry.line === 0 ? '' : `:${entry.line}`}`,
            ...(entry.text === '' ? [] : [`     ${visible(entry.text)}`]),
          ]),
        ];
  return `${[...lines, ...evidence].join('\n').replaceAll(/\n{3,}/g, '\n\n')}\n`;
}

function underlined(text: string): string {
  return `${text}\n${'-'.repeat(columns(text))}`;
}

/** Columns a text takes on a terminal: full-width characters take two (UAX #11, wide and full-width ranges). */
export function columns(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    width +=
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1f300 && code <= 0x1faff) ||
      (code >= 0x20000 && code <= 0x3fffd)
        ? 2
        : 1;
  }
  return width;
}

/**
 * What stays together on a line: a Latin word, blanks, or one Japanese character with the brackets and marks that
 * may not stand at the end or the start of a line (kinsoku, JIS X 4051).
 */
const PIECES =
  /[「『（【]*(?:[^\s\u2e80-\uffef]+|[\u2e80-\uffef])[、。，．：」』）】！？ーぁぃぅぇぉっゃゅょァィゥェォッャュョ]*|\s+/gu;

/** Breaks a text into terminal lines: at blanks in Latin text, between any two characters of Japanese. */
function wrapped(text: string, indent: number, first = ''): string[] {
  const space = ' '.repeat(indent);
  const lines: string[] = [];
  let line = '';
  for (const [piece] of text.matchAll(PIECES)) {
    if (columns(line + piece.trimEnd()) > WIDTH - indent && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = '';
    }
    if (line !== '' || piece.trim() !== '') line += piece;
  }
  if (line.trim() !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines.map((content, index) =>
    index === 0 && first !== ''
      ? `${' '.repeat(Math.max(0, indent - columns(first)))}${first}${content}`
      : `${space}${content}`,
  );
}

function blocks(body: readonly Block<Words>[], frame: Frame, indent: number): string[] {
  return body.flatMap((block) => blockText(block, frame, indent));
}

function blockText(block: Block<Words>, frame: Frame, indent: number): string[] {
  switch (block.kind) {
    case 'paragraph':
      return wrapped(plain(block.content), indent);
    case 'list':
      return block.items.flatMap((item) => wrapped(plain(item), indent + 2, '- '));
    case 'facts':
      return block.rows.flatMap((row) =>
        wrapped(`${plain(row.term)}${plain(frame.label('colon'))}${plain(row.value)}`, indent + 2),
      );
    case 'table':
      return [
        ...wrapped(plain(block.caption), indent),
        ...block.rows.flatMap((row) => wrapped(row.cells.map(plain).join(' | '), indent + 2)),
      ];
    case 'callout':
      return ['', ...wrapped(plain(block.title), indent + 2, '! '), ...blocks(block.body, frame, indent + 2)];
    case 'answers':
      return block.items.flatMap((item, index) => [
        ...(index === 0 ? [] : ['']),
        ...wrapped(plain(item.question), indent + 3, `${index + 1}. `),
        ...wrapped(plain(item.answer), indent + 3),
        ...blocks(item.body, frame, indent + 3),
      ]);
    case 'steps':
      return block.items.flatMap((step) => [
        '',
        ...wrapped(plain(step.instruction), indent + 7, `${step.number} `),
        ...(step.runOn === null ? [] : wrapped(plain(step.runOn), indent + 7)),
        ...(step.overwrite === null ? [] : wrapped(plain(step.overwrite), indent + 7, '! ')),
        ...step.commands.map((command) => `${' '.repeat(indent + 7)}  $ ${visible(command)}`),
        ...(step.expected === null
          ? []
          : wrapped(
              `${plain(frame.label('steps.expected'))}${plain(frame.label('colon'))}${plain(step.expected)}`,
              indent + 7,
            )),
        ...(step.stop === null
          ? []
          : wrapped(
              `${plain(frame.label('steps.stop'))}${plain(frame.label('colon'))}${plain(step.stop)}`,
              indent + 7,
            )),
      ]);
    case 'commands':
      return block.lines.map((line) => `${' '.repeat(indent + 2)}$ ${visible(line)}`);
    case 'evidence':
      return [];
    case 'figure':
      return blocks(block.equivalent, frame, indent);
    case 'group':
      return ['', ...wrapped(plain(block.heading), indent), ...blocks(block.body, frame, indent), ''];
  }
}
