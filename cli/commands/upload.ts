import { basename } from 'node:path';
import { CommandError, EXIT } from '../exit_codes.ts';
import { BrokenUpload, type CaseState, isFinal, ServiceClient } from '../service.ts';
import { print, progress } from '../terminal.ts';

export interface UploadOptions {
  api: string;
  token?: string;
  iam: boolean;
  case?: string;
  title?: string;
  timezone: string;
  partMib: number;
  wait: boolean;
  json: boolean;
}

const MIB = 1024 * 1024;

/** What a person wants to read after an upload: the verdict, each bundle, where the advisories are. */
function summary(api: string, state: CaseState): string {
  const lines = [`Case ${state.id}: ${state.title}`];
  for (const bundle of state.bundles) {
    const why = bundle.problems.map((problem) => `\n    ${problem.code}: ${problem.detail}`).join('');
    lines.push(
      `  ${bundle.fileName}: ${bundle.state}${bundle.reason === null ? '' : ` (${bundle.reason.detail})`}${why}`,
    );
  }
  if (state.analysis !== null) {
    lines.push(`Verdict: ${state.analysis.verdict}; data: ${state.analysis.dataRisk ?? 'no mirror seen'}`);
  }
  if (state.reports.length > 0) lines.push('Advisories:');
  for (const { language, format, href } of state.reports) {
    if (format === 'html' || format === 'md' || format === 'pdf')
      lines.push(`  ${language} ${format}: ${api}${href}`);
  }
  return lines.join('\n');
}

/** `bundle-advisor upload FILE… --api URL`: uploads one after the other, waits, prints. Answers the exit code. */
export async function upload(files: string[], options: UploadOptions, signal: AbortSignal): Promise<number> {
  const client = new ServiceClient(options.api, options, signal);
  const first = files[0];
  if (first === undefined) throw new CommandError('Name at least one bundle.', EXIT.usage);
  const caseId =
    options.case ?? (await client.createCase(options.title ?? basename(first), options.timezone)).id;
  if (!options.json) await print(`Case ${caseId}`);
  const bundleIds = new Set<string>();
  for (const file of files) {
    const bar = await progress(basename(file));
    try {
      const bundle = await client.uploadBundle(caseId, file, options.partMib * MIB, (sent, total) =>
        bar.update(sent, total),
      );
      bundleIds.add(bundle.id);
    } catch (error) {
      if (!(error instanceof BrokenUpload)) throw error;
      const onward = `The same command with --case ${caseId} goes on where it stopped.`;
      throw new CommandError(`${error.message} ${onward}`, error.exitCode, { cause: error.cause });
    } finally {
      bar.stop();
    }
  }
  if (!options.wait) {
    if (options.json) await print(JSON.stringify(await client.getCase(caseId), null, 2));
    return EXIT.ok;
  }
  const bar = await progress('analysing', 'steps');
  const state = await client
    .waitUntilReady(caseId, bundleIds, ({ bundles }) => {
      const own = bundles.filter((bundle) => bundleIds.has(bundle.id));
      bar.update(own.filter(isFinal).length, own.length);
    })
    .finally(() => bar.stop());
  await print(options.json ? JSON.stringify(state, null, 2) : summary(options.api, state));
  const unreadable = state.bundles.some((bundle) => bundleIds.has(bundle.id) && bundle.state !== 'analyzed');
  return unreadable ? EXIT.unreadable : EXIT.ok;
}
