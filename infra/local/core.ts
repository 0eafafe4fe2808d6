import type { ReportFormat } from '../../shared/api/ports.ts';
import type { Extract, Judge, RenderAll } from '../../shared/cases/ports.ts';

/** The product's core as the stages call it, with its knowledge loaded. */
export interface Core {
  readonly extract: Extract;
  readonly judge: Judge;
  readonly renderAll: RenderAll;
  readonly formats: readonly ReportFormat[];
  readonly knowledgeVersion: string;
}
