import type { Text } from '../knowledge/schema.ts';
import type { TextKey } from './texts/catalogue.ts';

/**
 * The document model: what the advisory says, before a language and a format are chosen. It is built once per
 * case from the analysis ({@link import('./build.ts')}), put into words per language
 * ({@link import('./localize.ts')}) and only then drawn. `P` is what stands where words stand: a
 * {@link Phrase} before localisation, a list of {@link Span} after it. Both languages therefore have the same
 * sections, findings, rows, actions and evidence by construction.
 */

/** How a statement weighs. Never shown by colour alone: every use has words beside it. */
export type Tone = 'danger' | 'caution' | 'good' | 'neutral' | 'unknown';

/** Values of a message by name; a nested phrase is put into words in the same language. */
export type Values = Readonly<Record<string, string | number | readonly string[] | Phrase>>;

/** One part of a phrase, free of language. */
export type Part =
  /** A message of the advisory's own catalogue. */
  | { kind: 'say'; key: TextKey; values: Values }
  /** A text of the knowledge. */
  | { kind: 'known'; text: Text; values: Values }
  /** A value as found in a bundle; `code` values are set in code style. */
  | { kind: 'value'; text: string; style: 'code' | 'plain' }
  /** RFC 3339 with offset; null reads "unknown". */
  | { kind: 'instant'; at: string | null; precision: 'second' | 'minute' | 'day' }
  /** References to the evidence appendix, as ids such as `E3`. */
  | { kind: 'cite'; ids: readonly string[] }
  | { kind: 'badge'; tone: Tone; content: Phrase }
  | { kind: 'strong'; content: Phrase }
  /** A page for each language; `href` is https only. */
  | { kind: 'link'; href: Text; content: Phrase };
export type Phrase = readonly Part[];

/** One run of words in a language, with control and bidi characters of found values already made visible. */
export type Span =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'cite'; ids: readonly string[] }
  | { kind: 'badge'; tone: Tone; content: readonly Span[] }
  | { kind: 'strong'; content: readonly Span[] }
  | { kind: 'link'; href: string; content: readonly Span[] };
export type Words = readonly Span[];

export interface Step<P> {
  number: string;
  instruction: P;
  /** The node to run it on, in words; null when it is not bound to one. */
  runOn: P | null;
  /** What is overwritten with what, said before the command; null when nothing is. */
  overwrite: P | null;
  commands: readonly string[];
  expected: P | null;
  stop: P | null;
}

export interface Row<P> {
  cells: readonly P[];
  /** The customer's own row, said in words in one of the cells as well. */
  marked: boolean;
}

/** One piece of the evidence appendix. Its text is the same in every language. */
export interface EvidenceEntry<P> {
  id: string;
  bundle: string;
  member: string;
  line: number;
  offset: number;
  length: number;
  text: string;
  loggedTime: string | null;
  inferredTime: P;
}

export type Block<P> =
  | { kind: 'paragraph'; content: P }
  | { kind: 'list'; ordered: boolean; items: readonly P[] }
  | { kind: 'facts'; rows: readonly { term: P; value: P }[] }
  | { kind: 'table'; caption: P; head: readonly P[]; rows: readonly Row<P>[] }
  | { kind: 'callout'; tone: Tone; title: P; body: readonly Block<P>[] }
  | {
      kind: 'answers';
      items: readonly { id: string; question: P; tone: Tone; answer: P; body: readonly Block<P>[] }[];
    }
  | { kind: 'steps'; items: readonly Step<P>[] }
  | { kind: 'commands'; lines: readonly string[] }
  | { kind: 'evidence'; entries: readonly EvidenceEntry<P>[] }
  | { kind: 'figure'; id: string; picture: Picture<P>; caption: P; equivalent: readonly Block<P>[] }
  | { kind: 'group'; id: string; heading: P; body: readonly Block<P>[] };

/** Marks of the timeline, told apart by shape as well as by shade. */
export type Mark =
  | 'partial_resync'
  | 'zero_resync'
  | 'role_change'
  | 'reboot'
  | 'comm_lost'
  | 'confirmed'
  | 'other';

export type Picture<P> =
  | {
      kind: 'timeline';
      /** RFC 3339 bounds of the axis. */
      from: string;
      to: string;
      title: P;
      lanes: readonly {
        label: string;
        covered: { from: string; to: string } | null;
        gaps: readonly { from: string; to: string }[];
        marks: readonly { at: string; mark: Mark; size: string | null; weight: number }[];
      }[];
      legend: readonly { mark: Mark | 'covered' | 'gap'; label: P }[];
    }
  | {
      kind: 'mirror';
      title: P;
      copies: readonly { node: string; role: P; state: 'trusted' | 'suspect' | 'unknown'; label: P }[];
      /** The way a resync would copy; null when no copy is advised. */
      arrow: { from: string; to: string; label: P; blocked: boolean } | null;
    };

export interface Section<P> {
  id: string;
  heading: P;
  body: readonly Block<P>[];
  /** `decision` fills page one; appendices start a page of their own in print. */
  place: 'decision' | 'body' | 'appendix';
}

export interface Document<P> {
  title: P;
  subtitle: P;
  /** Case label, report id, generation time and the like, for the head of page one. */
  identity: readonly { term: P; value: P }[];
  sections: readonly Section<P>[];
  /** The line at the foot of every page. */
  footer: P;
  reportId: string;
}

/** Applies `words` to every phrase of a document, keeping its shape. */
export function mapDocument<A, B>(document: Document<A>, words: (phrase: A) => B): Document<B> {
  return {
    title: words(document.title),
    subtitle: words(document.subtitle),
    identity: document.identity.map((row) => ({ term: words(row.term), value: words(row.value) })),
    sections: document.sections.map((section) => ({
      ...section,
      heading: words(section.heading),
      body: section.body.map((block) => mapBlock(block, words)),
    })),
    footer: words(document.footer),
    reportId: document.reportId,
  };
}

function mapBlock<A, B>(block: Block<A>, words: (phrase: A) => B): Block<B> {
  const blocks = (body: readonly Block<A>[]) => body.map((inner) => mapBlock(inner, words));
  const optional = (phrase: A | null) => (phrase === null ? null : words(phrase));
  switch (block.kind) {
    case 'paragraph':
      return { kind: 'paragraph', content: words(block.content) };
    case 'list':
      return { ...block, items: block.items.map(words) };
    case 'facts':
      return {
        ...block,
        rows: block.rows.map((row) => ({ term: words(row.term), value: words(row.value) })),
      };
    case 'table':
      return {
        ...block,
        caption: words(block.caption),
        head: block.head.map(words),
        rows: block.rows.map((row) => ({ marked: row.marked, cells: row.cells.map(words) })),
      };
    case 'callout':
      return { ...block, title: words(block.title), body: blocks(block.body) };
    case 'answers':
      return {
        ...block,
        items: block.items.map((item) => ({
          ...item,
          question: words(item.question),
          answer: words(item.answer),
          body: blocks(item.body),
        })),
      };
    case 'steps':
      return {
        ...block,
        items: block.items.map((step) => ({
          ...step,
          instruction: words(step.instruction),
          runOn: optional(step.runOn),
          overwrite: optional(step.overwrite),
          expected: optional(step.expected),
          stop: optional(step.stop),
        })),
      };
    case 'commands':
      return block;
    case 'evidence':
      return {
        ...block,
        entries: block.entries.map((entry) => ({ ...entry, inferredTime: words(entry.inferredTime) })),
      };
    case 'figure':
      return {
        ...block,
        picture: mapPicture(block.picture, words),
        caption: words(block.caption),
        equivalent: blocks(block.equivalent),
      };
    case 'group':
      return { ...block, heading: words(block.heading), body: blocks(block.body) };
  }
}

function mapPicture<A, B>(picture: Picture<A>, words: (phrase: A) => B): Picture<B> {
  if (picture.kind === 'timeline') {
    return {
      ...picture,
      title: words(picture.title),
      legend: picture.legend.map((entry) => ({ mark: entry.mark, label: words(entry.label) })),
    };
  }
  return {
    ...picture,
    title: words(picture.title),
    copies: picture.copies.map((copy) => ({ ...copy, role: words(copy.role), label: words(copy.label) })),
    arrow: picture.arrow === null ? null : { ...picture.arrow, label: words(picture.arrow.label) },
  };
}
