import { REPORT_FORMATS } from '../../lambdas/report/forms.ts';
import { renderAllWith } from '../../lambdas/report/render_all.ts';
import type { Format } from '../../shared/advisory/render.ts';
import { judge } from '../../shared/analysis/judge.ts';
import type { ReportFormat } from '../../shared/api/ports.ts';
import { limitsFromEnvironment } from '../../shared/archive/limits.ts';
import { extractBundle } from '../../shared/bundle/extract.ts';
import { identifiedKnowledge } from '../../shared/cases/identified_knowledge.ts';
import type { Extract, Judge, RenderAll } from '../../shared/cases/ports.ts';
import { loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';

/** The product's core as the stages call it, with its knowledge loaded. */
export interface Core {
  readonly extract: Extract;
  readonly judge: Judge;
  readonly renderAll: RenderAll;
  readonly formats: readonly ReportFormat[];
  readonly knowledgeVersion: string;
}

/**
 * The core with the knowledge that ships with the product.
 *
 * @param options.knowledge Folders of further advisories.
 * @param options.formats Forms the report is written in; all by default.
 */
export async function loadCore(
  options: {
    env?: Record<string, string | undefined>;
    formats?: readonly Format[];
    knowledge?: readonly string[];
  } = {},
): Promise<Core> {
  const { env = process.env, formats } = options;
  const [loaded, fonts] = await Promise.all([loadKnowledge(options.knowledge), loadFonts()]);
  const knowledge = identifiedKnowledge(loaded);
  const limits = limitsFromEnvironment(env);
  return {
    extract: (source, options) => extractBundle(source, { ...options, limits }),
    judge: (evidence, options) => judge(evidence, knowledge, options),
    renderAll: renderAllWith(knowledge, fonts, formats),
    formats: REPORT_FORMATS.filter(
      ({ format }) => formats === undefined || formats.some((wanted) => wanted === format),
    ),
    knowledgeVersion: knowledge.version,
  };
}
