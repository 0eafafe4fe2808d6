import { createHash } from 'node:crypto';
import type { Analysis } from '../analysis/analysis.ts';
import type { Fonts } from '../fonts/load.ts';
import type { Knowledge } from '../knowledge/schema.ts';
import { buildDocument } from './build.ts';
import type { Document, Phrase, Words } from './document.ts';
import { bilingualPage } from './formats/bilingual.ts';
import { csaf, DEFAULT_PUBLISHER, type Publisher } from './formats/csaf.ts';
import { csv } from './formats/csv.ts';
import { frameOf } from './formats/frame.ts';
import { htmlPage } from './formats/html.ts';
import { markdown } from './formats/markdown.ts';
import { openvex } from './formats/openvex.ts';
import { sarif } from './formats/sarif.ts';
import { terminalText } from './formats/text.ts';
import { localize } from './localize.ts';
import { planActions } from './plan.ts';
import { type Receipt, type Redaction, redact } from './redact.ts';
import type { Control } from './sections/context.ts';
import type { Language } from './texts/catalogue.ts';
import { TOOL_VERSION } from './version.ts';

export const FORMATS = [
  'html',
  'md',
  'text',
  'json',
  'pdf',
  'csaf',
  'openvex',
  'sarif',
  'csv',
  'bilingual',
] as const;
export type Format = (typeof FORMATS)[number];

export interface RenderOptions {
  language: Language;
  format: Format;
  /** RFC 3339; the only thing in a report that is not decided by the analysis and these options. */
  generatedAt: string;
  caseLabel?: string;
  /** The analysis of the previous revision; the report then says what changed. */
  previous?: Analysis;
  /** Earlier revisions of this report, oldest first. */
  revisions?: readonly { number: number; at: string; reason: string }[];
  contact?: string;
  /** Which language prevails; default `ja`. */
  languageOfRecord?: Language;
  confidentiality?: boolean;
  /** Names to replace by pseudonyms in this rendering. */
  redact?: Redaction;
  /** Named in CSAF and OpenVEX. */
  publisher?: Publisher;
  /** The fonts to embed; needed by `pdf` alone. */
  fonts?: Fonts;
}

export interface Rendered {
  mediaType: string;
  /** Of the file name, without a dot. */
  extension: string;
  body: Uint8Array;
  /** What was replaced, when redaction was asked for. */
  redaction?: Receipt;
}

/**
 * Renders the advisory of a case. Pure: the same analysis, knowledge and options give the same bytes.
 *
 * The document is built once, free of language and format; see {@link buildDocument}.
 */
export async function render(
  analysis: Analysis,
  knowledge: Knowledge,
  options: RenderOptions,
): Promise<Rendered> {
  const { format, language } = options;
  const redaction = options.redact;
  const redacted = redaction === undefined ? null : redact(analysis, redaction);
  const shown = redacted?.analysis ?? analysis;
  const text = redacted?.text ?? ((value: string) => value);
  const previous =
    options.previous === undefined ? null : (redacted?.again(options.previous) ?? options.previous);
  const control: Control = {
    reportId: reportId(analysis),
    generatedAt: options.generatedAt,
    caseLabel: options.caseLabel === undefined ? null : text(options.caseLabel),
    toolVersion: TOOL_VERSION,
    contact: options.contact ?? null,
    confidentiality: options.confidentiality ?? true,
    languageOfRecord: options.languageOfRecord ?? 'ja',
    revisions: (options.revisions ?? []).map((entry) => ({ ...entry, reason: text(entry.reason) })),
    revision: (options.revisions?.at(-1)?.number ?? 0) + 1,
    receipt: redacted?.receipt ?? null,
  };
  const made = (file: Omit<Rendered, 'redaction'>): Rendered =>
    control.receipt === null ? file : { ...file, redaction: control.receipt };
  if (format === 'json') return made(json('json', shown));
  if (format === 'csaf' || format === 'openvex' || format === 'sarif') {
    const { plan } = draftOf(shown, knowledge, control, previous);
    const source = { analysis: shown, knowledge, plan, previous, control, language };
    const publisher = options.publisher ?? DEFAULT_PUBLISHER;
    if (format === 'csaf') return made(json('csaf.json', csaf(source, publisher)));
    if (format === 'openvex') return made(json('openvex.json', openvex(source, publisher)));
    return made(json('sarif', sarif(source), 'application/sarif+json'));
  }
  const draft = draftOf(shown, knowledge, control, previous);
  if (format === 'bilingual') {
    const page = bilingualPage(draft.in('ja'), draft.in('en'));
    return made(rendered('text/html; charset=utf-8', 'html', page));
  }
  const document = draft.in(language);
  const frame = frameOf(language);
  switch (format) {
    case 'html':
      return made(rendered('text/html; charset=utf-8', 'html', htmlPage(document, frame)));
    case 'md':
      return made(rendered('text/markdown; charset=utf-8', 'md', markdown(document, frame)));
    case 'text':
      return made(rendered('text/plain; charset=utf-8', 'txt', terminalText(document, frame)));
    case 'csv':
      return made(rendered('text/csv; charset=utf-8', 'csv', csv(document, frame)));
    case 'pdf': {
      if (options.fonts === undefined) throw new TypeError('render: the format pdf needs fonts');
      // The PDF library is large; whoever renders no PDF does not load it.
      const { pdf } = await import('./formats/pdf/pdf.ts');
      const body = pdf(document, frame, options.fonts, options.generatedAt);
      return made({ mediaType: 'application/pdf', extension: 'pdf', body });
    }
  }
}

function json(extension: string, value: unknown, mediaType = 'application/json'): Rendered {
  return rendered(mediaType, extension, `${JSON.stringify(value, null, 2)}\n`);
}

function rendered(mediaType: string, extension: string, text: string): Rendered {
  return { mediaType, extension, body: new TextEncoder().encode(text) };
}

/** What the formats of a report are drawn from; each part is made when first asked for. */
class Draft {
  readonly #words = new Map<Language, Document<Words>>();
  readonly #analysis: Analysis;
  readonly #knowledge: Knowledge;
  readonly #control: Control;
  readonly #previous: Analysis | null;
  #document: Document<Phrase> | undefined;
  #plan: ReturnType<typeof planActions> | undefined;

  constructor(analysis: Analysis, knowledge: Knowledge, control: Control, previous: Analysis | null) {
    this.#analysis = analysis;
    this.#knowledge = knowledge;
    this.#control = control;
    this.#previous = previous;
  }

  get plan(): ReturnType<typeof planActions> {
    this.#plan ??= planActions(this.#analysis, this.#knowledge);
    return this.#plan;
  }

  in(language: Language): Document<Words> {
    this.#document ??= buildDocument(this.#analysis, this.#knowledge, this.#control, this.#previous);
    const known = this.#words.get(language);
    if (known !== undefined) return known;
    const words = localize(this.#document, language);
    this.#words.set(language, words);
    return words;
  }

  /** Whether it was made from the same things. */
  isOf(knowledge: Knowledge, control: Control, previous: Analysis | null): boolean {
    return (
      this.#knowledge === knowledge &&
      this.#previous === previous &&
      JSON.stringify(this.#control) === JSON.stringify(control)
    );
  }
}

const drafts = new WeakMap<Analysis, Draft>();

/** The draft of an analysis, kept for its next format: a report is rendered in all of them one after another. */
function draftOf(
  analysis: Analysis,
  knowledge: Knowledge,
  control: Control,
  previous: Analysis | null,
): Draft {
  const known = drafts.get(analysis);
  if (known?.isOf(knowledge, control, previous) === true) return known;
  const made = new Draft(analysis, knowledge, control, previous);
  drafts.set(analysis, made);
  return made;
}

/** Values are treated as frozen: an analysis that is changed in place keeps its number. */
const reportIds = new WeakMap<Analysis, string>();

/** The number of a report: the same for every language and format of one analysis. */
export function reportId(analysis: Analysis): string {
  const known = reportIds.get(analysis);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(JSON.stringify(analysis)).digest('hex');
  const id = `BA-${digest.slice(0, 12).toUpperCase()}`;
  reportIds.set(analysis, id);
  return id;
}
