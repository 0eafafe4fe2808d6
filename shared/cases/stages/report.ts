import { Analysis } from '../../analysis/analysis.ts';
import { analysisKey, parseAnalysisKey, reportKey } from '../keys.ts';
import type { ObjectEvent } from '../object_event.ts';
import type { Edition, Ports, RenderAll } from '../ports.ts';
import { type CaseRecord, earlierEditions } from '../record.ts';

export type ReportOutcome =
  | { kind: 'reported'; caseId: string; hash: string; reports: number }
  | { kind: 'superseded'; caseId: string }
  | { kind: 'dropped'; reason: 'foreign_key' | 'case_gone' | 'object_gone' };

/** Some forms of a report could not be made; the others are written. */
export class ReportsFailed extends Error {
  readonly code = 'reports_failed';
}

/**
 * An analysis has been published: renders it in every language and format. The time a report carries is that of
 * the publication, so that rendering again writes the same bytes.
 */
export async function reportStage(
  ports: Ports & { renderAll: RenderAll },
  event: ObjectEvent,
): Promise<ReportOutcome> {
  const ids = parseAnalysisKey(event.key);
  if (ids === null) return { kind: 'dropped', reason: 'foreign_key' };
  const { caseId, hash } = ids;
  const record = await ports.repository.getCase(caseId);
  if (record === null || record.deleting) return { kind: 'dropped', reason: 'case_gone' };
  if (record.analysis === null || record.analysis.hash !== hash) return { kind: 'superseded', caseId };
  const body = await ports.results.get(event.key);
  if (body === null) return { kind: 'dropped', reason: 'object_gone' };

  const analysis = parse(body);
  let reports = 0;
  const failures: unknown[] = [];
  const rendered = ports.renderAll(analysis, {
    generatedAt: record.analysis.at,
    caseLabel: record.title,
    earlier: await editionsBefore(ports, record),
  });
  for await (const report of rendered) {
    if ('error' in report) {
      failures.push(report.error);
      continue;
    }
    await ports.results.put(reportKey(caseId, hash, report.language, report.format), report.body, {
      contentType: report.mediaType,
    });
    reports += 1;
  }
  if (failures.length > 0) {
    throw new ReportsFailed(`${failures.length} forms of the report could not be written.`, {
      cause: failures[0],
    });
  }
  const settled = await ports.repository.settleReports(caseId, record.analysis);
  return settled ? { kind: 'reported', caseId, hash, reports } : { kind: 'superseded', caseId };
}

/** What the report compares itself with and lists: the newest editions that people have, oldest first. */
async function editionsBefore(ports: Ports, record: CaseRecord): Promise<readonly Edition[]> {
  const editions = earlierEditions(record).map(({ at, hash }, index) => ({ number: index + 1, at, hash }));
  const loaded = await Promise.all(
    editions.slice(-MAX_EDITIONS).map(async ({ number, at, hash }) => {
      const body = await ports.results.get(analysisKey(record.caseId, hash));
      return body === null ? [] : [{ number, at, analysis: parse(body) }];
    }),
  );
  return loaded.flat();
}

/** Editions listed in a report. */
const MAX_EDITIONS = 20;

function parse(body: Uint8Array): Analysis {
  return Analysis.parse(JSON.parse(new TextDecoder().decode(body)));
}
