import { FORMATS, render } from '../../shared/advisory/render.ts';
import type { ReportFormat } from '../../shared/api/ports.ts';
import type { RenderAll } from '../../shared/cases/ports.ts';
import type { Fonts } from '../../shared/fonts/load.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';

const LANGUAGES = ['ja', 'en'] as const;

/** What each form is called and kept as: the same as the renderer says (a test sees to that), without rendering. */
const FORMS: Readonly<Record<string, Omit<ReportFormat, 'format'>>> = {
  html: { mediaType: 'text/html; charset=utf-8', extension: 'html' },
  md: { mediaType: 'text/markdown; charset=utf-8', extension: 'md' },
  text: { mediaType: 'text/plain; charset=utf-8', extension: 'txt' },
  json: { mediaType: 'application/json', extension: 'json' },
  pdf: { mediaType: 'application/pdf', extension: 'pdf' },
  csaf: { mediaType: 'application/json', extension: 'csaf.json' },
  openvex: { mediaType: 'application/json', extension: 'openvex.json' },
  sarif: { mediaType: 'application/sarif+json', extension: 'sarif' },
  csv: { mediaType: 'text/csv; charset=utf-8', extension: 'csv' },
  bilingual: { mediaType: 'text/html; charset=utf-8', extension: 'html' },
};

/** The forms every report is kept in, the preferred first. */
export const REPORT_FORMATS: readonly ReportFormat[] = FORMATS.map((format) => ({
  format,
  ...(FORMS[format] ?? { mediaType: 'application/octet-stream', extension: format }),
}));

/**
 * Renders every language and format, one after another so that only one is in memory. A form that fails keeps no
 * other from being written: it is answered as an error in its place.
 */
export function renderAllWith(knowledge: Knowledge, fonts: Fonts): RenderAll {
  return async function* (analysis, { generatedAt, caseLabel }) {
    for (const language of LANGUAGES) {
      for (const format of FORMATS) {
        try {
          const options = { language, format, generatedAt, caseLabel, fonts };
          const { mediaType, body } = await render(analysis, knowledge, options);
          yield { language, format, mediaType, body };
        } catch (error) {
          yield { language, format, error };
        }
      }
    }
  };
}
