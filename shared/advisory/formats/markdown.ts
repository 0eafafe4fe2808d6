import type { Block, Document, EvidenceEntry, Span, Step, Words } from '../document.ts';
import { plain } from '../localize.ts';
import { visible } from '../visible.ts';
import { type Frame, positionOf } from './frame.ts';

/** A list item `- term: value`, with the colon of the language. */
function termLine(frame: Frame, term: Words, value: string): string {
  return `- ${words(term)}${plain(frame.label('colon'))}${value}`;
}

/** GitHub-flavoured Markdown. Found text is escaped or in code, so that it can be no link, image, tag or table. */
export function markdown(document: Document<Words>, frame: Frame): string {
  const identity = document.identity.map((row) => termLine(frame, row.term, words(row.value)));
  const sections = document.sections.flatMap((section) => [
    `## ${words(section.heading)}`,
    ...section.body.flatMap((block) => blockLines(block, frame, 3)),
  ]);
  const lines = [
    `# ${words(document.title)}`,
    words(document.subtitle),
    identity.join('\n'),
    ...sections,
    '---',
    words(document.footer),
  ];
  return `${lines.join('\n\n')}\n`;
}

/** Characters that begin mark-up in GFM, escaped wherever they stand. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|~&#!$]/g, '\\$&').replace(/^(\s*)([-+]|\d+[.)])(?=\s)/, '$1\\$2');
}

/** A code span: its fence is longer than any run of back-ticks inside. */
function codeSpan(text: string, inTable: boolean): string {
  if (text.trim() === '') return '` `';
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  const content = inTable ? text.replaceAll('|', '\\|') : text;
  return `${fence}${pad}${content}${pad}${fence}`;
}

function words(content: Words, inTable = false): string {
  return content.map((span) => spanMarkdown(span, inTable)).join('');
}

/** What renderers turn into links by themselves, escaped or not: addresses with a scheme, `www.`, mail addresses. */
const AUTOLINK = /(\S*(?::\/\/|www\.|@)\S*)/i;

function textMarkdown(text: string, inTable: boolean): string {
  return text
    .split(AUTOLINK)
    .map((piece, index) => (index % 2 === 1 ? codeSpan(piece, inTable) : escapeMarkdown(piece)))
    .join('');
}

function spanMarkdown(span: Span, inTable: boolean): string {
  switch (span.kind) {
    case 'text':
      return textMarkdown(span.text, inTable);
    case 'code':
      return codeSpan(span.text, inTable);
    case 'cite':
      return span.ids.map((id) => `[\\[${id}\\]](#${id.toLowerCase()})`).join('');
    case 'badge':
    case 'strong':
      return `**${words(span.content, inTable)}**`;
    case 'link':
      return /^https?:\/\/[^\s<>()]+$/.test(span.href)
        ? `[${words(span.content, inTable)}](${span.href})`
        : words(span.content, inTable);
  }
}

function fenced(lines: readonly string[], info: string): string {
  const text = lines.map(visible).join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${info}\n${text}\n${fence}`;
}

function blockLines(block: Block<Words>, frame: Frame, level: number): string[] {
  const inner = (body: readonly Block<Words>[], depth = level) =>
    body.flatMap((item) => blockLines(item, frame, depth));
  switch (block.kind) {
    case 'paragraph':
      return [words(block.content)];
    case 'list':
      return [
        block.items
          .map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${words(item)}`)
          .join('\n'),
      ];
    case 'facts':
      return [block.rows.map((row) => termLine(frame, row.term, words(row.value))).join('\n')];
    case 'table':
      return [`**${words(block.caption)}**`, tableLines(block)];
    case 'callout':
      return [quoted([`**${words(block.title)}**`, ...inner(block.body)])];
    case 'answers':
      return block.items.flatMap((item, index) => [
        `### ${index + 1}. ${words(item.question)}`,
        words(item.answer),
        ...inner(item.body, 4),
      ]);
    case 'steps':
      return block.items.flatMap((step) => stepLines(step, frame));
    case 'commands':
      return [fenced(block.lines, 'sh')];
    case 'evidence':
      return block.entries.flatMap((entry) => evidenceLines(entry, frame));
    case 'figure':
      return [`*${words(block.caption)}*`, ...inner(block.equivalent)];
    case 'group':
      return [`${'#'.repeat(Math.min(6, level))} ${words(block.heading)}`, ...inner(block.body, level + 1)];
  }
}

function quoted(lines: readonly string[]): string {
  return lines
    .join('\n\n')
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
}

function tableLines(table: Extract<Block<Words>, { kind: 'table' }>): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(table.head.map((cell) => words(cell, true))),
    row(table.head.map(() => '---')),
    ...table.rows.map(({ cells, marked }) =>
      row(
        cells.map((cell, index) => {
          const text = words(cell, true);
          return marked && index === 0 && !text.startsWith('**') ? `**${text}**` : text;
        }),
      ),
    ),
  ].join('\n');
}

function stepLines(step: Step<Words>, frame: Frame): string[] {
  const line = (label: Words, content: Words | null) =>
    content === null ? [] : [termLine(frame, label, words(content))];
  return [
    `**${escapeMarkdown(step.number)}**${plain(frame.label('colon'))}${words(step.instruction)}`,
    ...(step.runOn === null ? [] : [words(step.runOn)]),
    ...(step.overwrite === null ? [] : [`**${words(step.overwrite)}**`]),
    ...(step.commands.length === 0 ? [] : [fenced(step.commands, 'sh')]),
    ...[
      [
        ...line(frame.label('steps.expected'), step.expected),
        ...line(frame.label('steps.stop'), step.stop),
      ].join('\n'),
    ].filter((text) => text !== ''),
  ];
}

function evidenceLines(entry: EvidenceEntry<Words>, frame: Frame): string[] {
  const position = positionOf(entry, frame);
  return [
    `### ${entry.id}`,
    [
      termLine(frame, frame.label('evidence.bundle'), codeSpan(visible(entry.bundle), false)),
      termLine(frame, frame.label('evidence.member'), codeSpan(visible(entry.member), false)),
      termLine(frame, frame.label('evidence.position'), plain(position)),
      ...(entry.loggedTime === null
        ? []
        : [termLine(frame, frame.label('resync.logged'), textMarkdown(visible(entry.loggedTime), false))]),
      termLine(frame, frame.label('resync.time'), words(entry.inferredTime)),
    ].join('\n'),
    ...(entry.text === '' ? [] : [fenced([entry.text], 'text')]),
  ];
}
