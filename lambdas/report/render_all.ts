import { FORMATS, type Format, render, reportId } from '../../shared/advisory/render.ts';
import type { RenderAll } from '../../shared/cases/ports.ts';
import type { Fonts } from '../../shared/fonts/load.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';

const LANGUAGES = ['ja', 'en'] as const;

/**
 * Renders every language and format, one after another so that only one is in memory. A form that fails keeps no
 * other from being written: it is answered as an error in its place.
 */
export function renderAllWith(
  knowledge: Knowledge,
  fonts: Fonts,
  formats: readonly Format[] = FORMATS,
): RenderAll {
  return async function* (analysis, { generatedAt, caseLabel, earlier }) {
    const previous = earlier.at(-1)?.analysis;
    const revisions = earlier.map(({ number, at, analysis: edition }) => ({
      number,
      at,
      reason: reportId(edition),
    }));
    for (const language of LANGUAGES) {
      for (const format of formats) {
        try {
          const options = {
            language,
            format,
            generatedAt,
            caseLabel,
            fonts,
            revisions,
            ...(previous === undefined ? {} : { previous }),
          };
          const { mediaType, body } = await render(analysis, knowledge, options);
          yield { language, format, mediaType, body };
        } catch (error) {
          yield { language, format, error };
        }
      }
    }
  };
}
