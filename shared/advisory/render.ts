import { createHash } from 'node:crypto';
import type { Analysis } from '../analysis/analysis.ts';
import type { Fonts } from '../fonts/load.ts';
import type { Knowledge } from '../knowledge/schema.ts';
import { buildDocument } from './build.ts';
import { type Frame, htmlPage } from './formats/html.ts';
import { markdown } from './formats/markdown.ts';
import { pdf } from './formats/pdf.ts';
import { terminalText } from './formats/text.ts';
import { inWords, localize } from './localize.ts';
import { say } from './phrase.ts';
import type { Language } from './texts/catalogue.ts';
import { TOOL_VERSION } from './version.ts';

export const FORMATS = ['html', 'md', 'text', 'json', 'pdf'] as const;
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
  /** The fonts to embed; needed by `pdf` alone. */
  fonts?: Fonts;
}

export interface Rendered {
  mediaType: string;
  /** Of the file name, without a dot. */
  extension: string;
  body: Uint8Array;
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
  const { language } = options;
  if (options.format === 'json')
    return rendered('application/json', 'json', `${JSON.stringify(analysis, null, 2)}\n`);
  const document = localize(
    buildDocument(
      analysis,
      knowledge,
      {
        reportId: reportId(analysis),
        generatedAt: options.generatedAt,
        caseLabel: options.caseLabel ?? null,
        toolVersion: TOOL_VERSION,
        contact: options.contact ?? null,
        confidentiality: options.confidentiality ?? true,
        languageOfRecord: options.languageOfRecord ?? 'ja',
        revisions: options.revisions ?? [],
        receipt: null,
      },
      options.previous ?? null,
    ),
    language,
  );
  const frame: Frame = {
    language,
    label: (key, values = {}) => inWords(say(key, values), language),
    anchors: true,
  };
  switch (options.format) {
    case 'html':
      return rendered('text/html; charset=utf-8', 'html', htmlPage(document, frame));
    case 'md':
      return rendered('text/markdown; charset=utf-8', 'md', markdown(document, frame));
    case 'pdf': {
      if (options.fonts === undefined) throw new TypeError('render: the format pdf needs fonts');
      const body = await pdf(document, frame, options.fonts, options.generatedAt);
      return { mediaType: 'application/pdf', extension: 'pdf', body };
    }
    case 'text':
      return rendered('text/plain; charset=utf-8', 'txt', terminalText(document, frame));
  }
}

function rendered(mediaType: string, extension: string, text: string): Rendered {
  return { mediaType, extension, body: new TextEncoder().encode(text) };
}

/** The number of a report: the same for every language and format of one analysis. */
export function reportId(analysis: Analysis): string {
  const digest = createHash('sha256').update(JSON.stringify(analysis)).digest('hex');
  return `BA-${digest.slice(0, 12).toUpperCase()}`;
}
