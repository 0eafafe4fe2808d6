import { setTimeout as delay } from 'node:timers/promises';
import { EXIT } from '../exit_codes.ts';
import { type CaseState, type CaseSummary, isFinal, ServiceClient } from '../service.ts';
import { print, progress } from '../terminal.ts';

export interface ReanalyzeOptions {
  api: string;
  token?: string;
  iam: boolean;
  all: boolean;
  dryRun: boolean;
  inFlight: number;
  timeout: number;
  cursor?: string;
  json: boolean;
}

interface Judgement {
  verdict: string;
  dataRisk: string | null;
  knowledge: string;
}

/** A case that was judged again; `after` is null when that did not end in time. */
interface Rejudged {
  caseId: string;
  title: string;
  customer: string | null;
  before: Judgement | null;
  after: Judgement | null;
}

/**
 * `bundle-advisor reanalyze --api URL`: has the service judge its cases again, a page at a time, and waits for each
 * page, so that new bundles never wait behind more than that. Cases already judged with the present knowledge are
 * passed over, so that the same command goes on where it was stopped.
 */
export async function reanalyze(options: ReanalyzeOptions, signal: AbortSignal): Promise<number> {
  const client = new ServiceClient(options.api, options, signal);
  const bar = await progress('cases looked at', 'steps');
  const rejudged: Rejudged[] = [];
  let { cursor } = options;
  let looked = 0;
  let knowledge = '';
  try {
    do {
      const page = await client.reanalyze({
        scope: options.all ? 'all' : 'outdated',
        dryRun: options.dryRun,
        limit: options.inFlight,
        ...(cursor === undefined ? {} : { cursor }),
      });
      looked += page.looked;
      knowledge = page.knowledge;
      rejudged.push(
        ...(options.dryRun
          ? page.items.map((before) => entry(before, null))
          : await outcomes(client, page.items, page.knowledge, options.timeout, signal)),
      );
      cursor = page.cursor;
      bar.update(looked, cursor === undefined ? looked : looked + options.inFlight);
    } while (cursor !== undefined);
  } catch (error) {
    if (options.all && cursor !== undefined && cursor !== options.cursor)
      process.stderr.write(`\nGo on with --all --cursor ${cursor}\n`);
    throw error;
  } finally {
    bar.stop();
  }
  const result = { knowledge, dryRun: options.dryRun, looked, cases: rejudged };
  await print(options.json ? JSON.stringify(result, null, 2) : summary(result));
  return !options.dryRun && rejudged.some(({ after }) => after === null) ? EXIT.service : EXIT.ok;
}

/** Waits until each case has a new report, or until nothing ended for `timeout` seconds. */
async function outcomes(
  client: ServiceClient,
  cases: readonly CaseSummary[],
  knowledge: string,
  timeout: number,
  signal: AbortSignal,
): Promise<readonly Rejudged[]> {
  const done = new Map<string, Rejudged>();
  let waiting = [...cases];
  let waited = 0;
  for (let pause = 0.2; waiting.length > 0 && waited < timeout; pause = Math.min(2, pause * 1.5)) {
    await delay(pause * 1_000, undefined, { signal });
    waited += pause;
    const left: CaseSummary[] = [];
    for (const before of waiting) {
      const after = await client.findCase(before.id);
      // A case that was deleted meanwhile has nothing to be judged.
      if (after === null) continue;
      if (isDone(before, after, knowledge)) done.set(before.id, entry(before, after.analysis));
      else left.push(before);
    }
    if (left.length < waiting.length) waited = 0;
    waiting = left;
  }
  for (const before of waiting) done.set(before.id, entry(before, null));
  return cases.flatMap(({ id }) => done.get(id) ?? []);
}

/** Judged again and reported; a case that reads a further bundle gets its report with that. */
function isDone({ analysis: before }: CaseSummary, after: CaseState, knowledge: string): boolean {
  const { analysis, state, bundles } = after;
  const judged = analysis?.knowledge === knowledge && analysis.revision > (before?.revision ?? 0);
  const reading = bundles.some((bundle) => bundle.state !== 'awaiting_upload' && !isFinal(bundle));
  return judged && (state === 'ready' || reading);
}

function entry(before: CaseSummary, after: CaseSummary['analysis']): Rejudged {
  const { id, title, customer, analysis } = before;
  return { caseId: id, title, customer, before: judgement(analysis), after: judgement(after) };
}

function judgement(analysis: CaseSummary['analysis']): Judgement | null {
  if (analysis === null) return null;
  const { verdict, dataRisk, knowledge } = analysis;
  return { verdict, dataRisk, knowledge };
}

function summary(result: {
  knowledge: string;
  dryRun: boolean;
  looked: number;
  cases: readonly Rejudged[];
}): string {
  const { knowledge, dryRun, looked, cases } = result;
  const lines = [`Knowledge of the service: ${knowledge}`];
  if (dryRun) {
    lines.push(`${cases.length} of ${counted(looked)} would be judged again.`);
    for (const one of cases) lines.push(`  ${name(one)}: ${words(one.before)}`);
    return lines.join('\n');
  }
  const finished = cases.filter(({ after }) => after !== null);
  const changed = finished.filter(({ before, after }) => words(before) !== words(after));
  const unfinished = cases.filter(({ after }) => after === null);
  lines.push(
    `${finished.length} of ${counted(looked)} judged again; the verdict changed in ${changed.length}.`,
  );
  for (const one of changed) lines.push(`  ${name(one)}: ${words(one.before)} → ${words(one.after)}`);
  if (unfinished.length > 0) {
    lines.push('Not judged in time; look at the dead letters of the service, then run the command again:');
    for (const one of unfinished) lines.push(`  ${name(one)}`);
  }
  return lines.join('\n');
}

function counted(cases: number): string {
  return cases === 1 ? '1 case' : `${cases} cases`;
}

function name({ caseId, title, customer }: Rejudged): string {
  return `${caseId} ${title}${customer === null ? '' : ` (${customer})`}`;
}

function words(judged: Judgement | null): string {
  if (judged === null) return 'not judged';
  return judged.dataRisk === null ? judged.verdict : `${judged.verdict}, data: ${judged.dataRisk}`;
}
