import { buildDocument } from '../../shared/advisory/build.ts';
import type { Block, Document, Span, Words } from '../../shared/advisory/document.ts';
import { localize, plain } from '../../shared/advisory/localize.ts';
import { reportId } from '../../shared/advisory/render.ts';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { GENERATED_AT } from './sample.ts';

/** The document of a case in one language, before a format is chosen. */
export function documentOf(of: Analysis, knowledge: Knowledge, language: 'ja' | 'en'): Document<Words> {
  const facts = {
    reportId: reportId(of),
    generatedAt: GENERATED_AT,
    caseLabel: null,
    toolVersion: '0',
    contact: null,
    confidentiality: true,
    languageOfRecord: 'ja',
    revision: 1,
    revisions: [],
    receipt: null,
  } as const;
  return localize(buildDocument(of, knowledge, facts, null), language);
}

/** Everything a document says in words, each phrase a line, without the commands and the evidence quoted. */
export function wordsOf(document: Document<Words>): string[] {
  return [
    document.title,
    document.subtitle,
    ...document.identity.flatMap((row) => [row.term, row.value]),
    ...document.sections.flatMap((section) => [section.heading, ...section.body.flatMap(phrasesOf)]),
    document.footer,
  ].map(plain);
}

function phrasesOf(block: Block<Words>): Words[] {
  switch (block.kind) {
    case 'paragraph':
      return [block.content];
    case 'list':
      return [...block.items];
    case 'facts':
      return block.rows.flatMap((row) => [row.term, row.value]);
    case 'table':
      return [block.caption, ...block.head, ...block.rows.flatMap((row) => row.cells)];
    case 'callout':
      return [block.title, ...block.body.flatMap(phrasesOf)];
    case 'answers':
      return block.items.flatMap((item) => [item.question, item.answer, ...item.body.flatMap(phrasesOf)]);
    case 'steps':
      return block.items.flatMap((step) =>
        [step.instruction, step.runOn, step.overwrite, step.expected, step.stop].filter(
          (content) => content !== null,
        ),
      );
    case 'commands':
      return [];
    case 'evidence':
      return block.entries.map((entry) => entry.inferredTime);
    case 'figure':
      return [block.caption, ...block.equivalent.flatMap(phrasesOf)];
    case 'group':
      return [block.heading, ...block.body.flatMap(phrasesOf)];
  }
}

/** A document with its words taken out and its references to evidence kept: what no language may change. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return isWords(items) ? citesIn(items) : items.map(shapeOf);
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
}

const SPANS = new Set(['text', 'code', 'cite', 'badge', 'strong', 'link']);

function isWords(value: readonly unknown[]): value is Span[] {
  return value.every(
    (item) => item !== null && typeof item === 'object' && 'kind' in item && SPANS.has(String(item.kind)),
  );
}

function citesIn(words: Words): string[] {
  return words.flatMap((span) =>
    span.kind === 'cite' ? [...span.ids] : 'content' in span ? citesIn(span.content) : [],
  );
}
