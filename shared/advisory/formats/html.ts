import { createHash } from 'node:crypto';
import type { Block, Document, EvidenceEntry, Section, Span, Step, Words } from '../document.ts';
import { plain } from '../localize.ts';
import { draw } from '../pictures/draw.ts';
import { svg } from '../pictures/svg.ts';
import type { Language } from '../texts/catalogue.ts';
import { visible } from '../visible.ts';
import { type Frame, positionOf } from './frame.ts';
import { STYLE } from './html_style.ts';

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * A self-contained page: no script, no request, styles allowed by their hash alone, so that even a mark-up fault
 * could not make it run or load anything. Prints to A4 without cut rows.
 */
export function htmlPage(document: Document<Words>, frame: Frame): string {
  return htmlShell(
    { language: frame.language, title: plain(document.title), reportId: document.reportId, style: '' },
    [
      header(document),
      contents(document, frame),
      `<main id="main">${document.sections.map((section) => sectionHtml(section, frame)).join('')}</main>`,
      `<footer class="foot"><p>${words(document.footer)}</p></footer>`,
    ],
  );
}

/** The frame around the body: policy, properties and the style sheet. `style` is the class of the body. */
export function htmlShell(
  about: { language: Language; title: string; reportId: string; style: '' | 'bilingual' },
  body: readonly string[],
): string {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return [
    '<!doctype html>',
    `<html lang="${about.language}">`,
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(about.title)} ${escapeHtml(about.reportId)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    about.style === '' ? '<body>' : `<body class="${about.style}">`,
    ...body,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function header(document: Document<Words>): string {
  const identity = document.identity
    .map((row) => `<div><dt>${words(row.term)}</dt><dd>${words(row.value)}</dd></div>`)
    .join('');
  return `<header class="head"><h1>${words(document.title)}</h1><p class="subtitle">${words(document.subtitle)}</p><dl class="identity">${identity}</dl></header>`;
}

function contents(document: Document<Words>, frame: Frame): string {
  const title = escapeHtml(plain(frame.label('contents')));
  const items = document.sections
    .filter((section) => section.place !== 'decision')
    .map((section) => `<li><a href="#${section.id}">${words(section.heading)}</a></li>`)
    .join('');
  return `<nav class="contents" aria-label="${title}"><ol>${items}</ol></nav>`;
}

function sectionHtml(section: Section<Words>, frame: Frame): string {
  const id = frame.anchors ? ` id="${section.id}"` : '';
  const heading = `${section.id}-heading`;
  return `<section class="section ${section.place}"${id} aria-labelledby="${heading}"><h2 id="${heading}">${words(section.heading)}</h2>${section.body.map((block) => blockHtml(block, frame, 3)).join('')}</section>\n`;
}

export function words(content: Words): string {
  return content.map(spanHtml).join('');
}

function spanHtml(span: Span): string {
  switch (span.kind) {
    case 'text':
      return escapeHtml(span.text);
    case 'code':
      return `<code>${escapeHtml(span.text)}</code>`;
    case 'cite':
      return span.ids.map((id) => `<a class="cite" href="#${id}">[${id}]</a>`).join('');
    case 'badge':
      return `<span class="badge ${span.tone}">${words(span.content)}</span>`;
    case 'strong':
      return `<strong>${words(span.content)}</strong>`;
    case 'link':
      return /^https?:\/\//.test(span.href)
        ? `<a href="${escapeHtml(span.href)}" rel="noreferrer">${words(span.content)}</a>`
        : words(span.content);
  }
}

export function blockHtml(block: Block<Words>, frame: Frame, level: number): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${words(block.content)}</p>`;
    case 'list': {
      const tag = block.ordered ? 'ol' : 'ul';
      return `<${tag}>${block.items.map((item) => `<li>${words(item)}</li>`).join('')}</${tag}>`;
    }
    case 'facts':
      return `<dl class="facts">${block.rows.map((row) => `<div><dt>${words(row.term)}</dt><dd>${words(row.value)}</dd></div>`).join('')}</dl>`;
    case 'table':
      return tableHtml(block);
    case 'callout':
      return `<div class="callout ${block.tone}"><p class="callout-title">${words(block.title)}</p>${inner(block.body, frame, level)}</div>`;
    case 'answers':
      return `<ol class="answers">${block.items
        .map(
          (item) =>
            `<li class="answer ${item.tone}"><h3>${words(item.question)}</h3><p class="verdict">${words(item.answer)}</p>${inner(item.body, frame, level)}</li>`,
        )
        .join('')}</ol>`;
    case 'steps':
      return `<ol class="steps">${block.items.map((step) => stepHtml(step, frame)).join('')}</ol>`;
    case 'commands':
      return commandsHtml(block.lines);
    case 'evidence':
      return block.entries.map((entry) => evidenceHtml(entry, frame)).join('');
    case 'figure': {
      const drawing = svg(draw(block.picture, frame.language), `${block.id}-${frame.language}`);
      return `<figure>${drawing}<figcaption>${words(block.caption)}</figcaption></figure>${inner(block.equivalent, frame, level)}`;
    }
    case 'group': {
      const id = frame.anchors ? ` id="${block.id}"` : '';
      return `<div class="group"${id}><h${level}>${words(block.heading)}</h${level}>${inner(block.body, frame, level + 1)}</div>`;
    }
  }
}

function inner(body: readonly Block<Words>[], frame: Frame, level: number): string {
  return body.map((block) => blockHtml(block, frame, level)).join('');
}

function tableHtml(table: Extract<Block<Words>, { kind: 'table' }>): string {
  const head = table.head.map((cell) => `<th scope="col">${words(cell)}</th>`).join('');
  const rows = table.rows
    .map((row) => {
      const [first, ...rest] = row.cells;
      const marked = row.marked ? ' class="marked"' : '';
      return `<tr${marked}><th scope="row">${words(first ?? [])}</th>${rest.map((cell) => `<td>${words(cell)}</td>`).join('')}</tr>`;
    })
    .join('');
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(plain(table.caption))}"><table><caption>${words(table.caption)}</caption><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function stepHtml(step: Step<Words>, frame: Frame): string {
  const line = (name: string, label: Words, content: Words | null) =>
    content === null
      ? ''
      : `<p class="${name}"><span class="label">${words(label)}</span> ${words(content)}</p>`;
  return [
    `<li class="step"><p class="instruction"><span class="number">${escapeHtml(step.number)}</span> ${words(step.instruction)}</p>`,
    step.runOn === null ? '' : `<p class="run-on">${words(step.runOn)}</p>`,
    step.overwrite === null ? '' : `<p class="overwrite"><strong>${words(step.overwrite)}</strong></p>`,
    step.commands.length === 0 ? '' : commandsHtml(step.commands),
    line('expected', frame.label('steps.expected'), step.expected),
    line('stop', frame.label('steps.stop'), step.stop),
    '</li>',
  ].join('');
}

function commandsHtml(lines: readonly string[]): string {
  return `<pre class="commands" tabindex="0"><code>${lines.map((line) => escapeHtml(visible(line))).join('\n')}</code></pre>`;
}

function evidenceHtml(entry: EvidenceEntry<Words>, frame: Frame): string {
  const id = frame.anchors ? ` id="${entry.id}"` : '';
  const position = positionOf(entry, frame);
  const row = (term: Words, value: string) => `<div><dt>${words(term)}</dt><dd>${value}</dd></div>`;
  const found = (text: string) => `<code>${escapeHtml(visible(text))}</code>`;
  return [
    `<article class="evidence"${id} aria-label="${entry.id}"><p class="evidence-id">${entry.id}</p>`,
    `<dl class="facts">`,
    row(frame.label('evidence.bundle'), found(entry.bundle)),
    row(frame.label('evidence.member'), found(entry.member)),
    row(frame.label('evidence.position'), words(position)),
    entry.loggedTime === null ? '' : row(frame.label('resync.logged'), escapeHtml(visible(entry.loggedTime))),
    row(frame.label('resync.time'), words(entry.inferredTime)),
    '</dl>',
    entry.text === ''
      ? ''
      : `<pre class="log" tabindex="0"><code>${escapeHtml(visible(entry.text))}</code></pre>`,
    '</article>',
  ].join('');
}
