import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Format } from '../../shared/advisory/render.ts';
import type { Analysis, Confirmation } from '../../shared/analysis/analysis.ts';
import type { Evidence } from '../../shared/evidence/evidence.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { extractFile } from '../bundles.ts';
import { CommandError, EXIT } from '../exit_codes.ts';
import { knowledgeOf } from '../knowledge_source.ts';
import { print } from '../terminal.ts';

export interface AnalyzeOptions {
  json: boolean;
  out?: string;
  formats: string;
  lang: 'ja' | 'en';
  timezone: string;
  failOn?: 'affected' | 'cannot_determine';
  confirmations?: string;
  knowledge: string[];
  expectedNodes: string[];
}

/** Formats whose one file holds both languages or none. */
const WITHOUT_LANGUAGE: ReadonlySet<Format> = new Set(['json', 'bilingual']);

async function parseFormats(list: string): Promise<Format[]> {
  const { FORMATS } = await import('../../shared/advisory/render.ts');
  return list.split(',').map((name) => {
    const format = FORMATS.find((candidate) => candidate === name.trim());
    if (format !== undefined) return format;
    throw new CommandError(`"${name}" is not a format; there are ${FORMATS.join(', ')}.`, EXIT.usage);
  });
}

/** Reads operator confirmations from a JSON file: a list, each as in `GET /cases/{id}/confirmations`. */
async function readConfirmations(path: string | undefined): Promise<Confirmation[]> {
  if (path === undefined) return [];
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CommandError(`${path} cannot be read.`, EXIT.usage, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path} is not JSON.`, EXIT.usage, { cause });
  }
  const [{ z }, { Confirmation }] = await Promise.all([
    import('zod'),
    import('../../shared/analysis/analysis.ts'),
  ]);
  const parsed = z.array(Confirmation).safeParse(value);
  if (!parsed.success) {
    throw new CommandError(
      `${path} is not a list of confirmations: ${z.prettifyError(parsed.error)}`,
      EXIT.usage,
    );
  }
  return parsed.data;
}

function exitCodeOf(analysis: Analysis, failOn: AnalyzeOptions['failOn']): number {
  if (failOn === 'affected' && analysis.verdict === 'affected') return EXIT.matched;
  if (failOn === 'cannot_determine' && ['affected', 'cannot_determine'].includes(analysis.verdict))
    return EXIT.matched;
  return analysis.bundles.some((bundle) => bundle.status === 'rejected') ? EXIT.unreadable : EXIT.ok;
}

/** Writes the advisories and `analysis.json`; answers their paths. */
async function writeAll(
  folder: string,
  formats: readonly Format[],
  analysis: Analysis,
  knowledge: Knowledge,
  generatedAt: string,
): Promise<string[]> {
  const written: string[] = [];
  const save = async (name: string, body: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, body);
    written.push(path);
  };
  await mkdir(folder, { recursive: true });
  const { render } = await import('../../shared/advisory/render.ts');
  const { loadFonts } = await import('../../shared/fonts/load.ts');
  const fonts = formats.includes('pdf') ? { fonts: await loadFonts() } : {};
  for (const format of formats) {
    for (const language of WITHOUT_LANGUAGE.has(format) ? (['ja'] as const) : (['ja', 'en'] as const)) {
      const advisory = await render(analysis, knowledge, { language, format, generatedAt, ...fonts });
      const middle = WITHOUT_LANGUAGE.has(format) ? format : language;
      await save(`advisory.${middle}.${advisory.extension}`, advisory.body);
    }
  }
  await save('analysis.json', `${JSON.stringify(analysis, null, 2)}\n`);
  return written;
}

async function prepare(options: AnalyzeOptions) {
  const { timezone } = options;
  const [{ judge }, { Zone }, knowledge, confirmations] = await Promise.all([
    import('../../shared/analysis/judge.ts'),
    import('../../shared/analysis/zone.ts'),
    knowledgeOf(options.knowledge),
    readConfirmations(options.confirmations),
  ]);
  if (Zone.parse(timezone) === null) {
    const message = `"${timezone}" is not a time zone; use a name such as Asia/Tokyo, UTC, or an offset such as +09:00.`;
    throw new CommandError(message, EXIT.usage);
  }
  return { judge, knowledge, confirmations };
}

/**
 * Reads the bundles and loads meanwhile what judges them: when a bundle is begun, other threads have work for a
 * while. A wrong option stops the reading.
 */
async function readAndPrepare(files: readonly string[], options: AnalyzeOptions, signal: AbortSignal) {
  const mistake = new AbortController();
  const begun = Promise.withResolvers<void>();
  const readAll = async () => {
    const evidence: Evidence[] = [];
    for (const [index, file] of files.entries()) {
      const either = AbortSignal.any([signal, mistake.signal]);
      evidence.push(await extractFile(file, `bundle-${index + 1}`, either, begun.resolve));
    }
    return evidence;
  };
  const reading = readAll();
  try {
    await Promise.race([begun.promise, reading]);
    // What was read first is on its way to the decoder when this goes on.
    await setImmediate();
    const prepared = await prepare(options);
    return { ...prepared, evidence: await reading };
  } catch (error) {
    mistake.abort();
    await reading.catch(() => undefined);
    throw error;
  }
}

/**
 * `bundle-advisor analyze FILE…`: the whole pipeline in process. Bundles are read one after the other (each
 * already uses the cores for decompression and scanning); a bundle that cannot be read is named in the result and
 * the others are still analysed. Answers the exit code.
 */
export async function analyze(
  files: string[],
  options: AnalyzeOptions,
  signal: AbortSignal,
): Promise<number> {
  const formats = options.out === undefined ? [] : await parseFormats(options.formats);
  const { evidence, knowledge, confirmations, judge } = await readAndPrepare(files, options, signal);
  const analysis = judge(evidence, knowledge, {
    timezone: options.timezone,
    confirmations,
    expectedNodes: options.expectedNodes,
  });
  const generatedAt = new Date().toISOString();
  const written =
    options.out === undefined ? [] : await writeAll(options.out, formats, analysis, knowledge, generatedAt);
  if (options.json) {
    await print(JSON.stringify(analysis, null, 2));
  } else {
    const { render } = await import('../../shared/advisory/render.ts');
    const summary = await render(analysis, knowledge, {
      language: options.lang,
      format: 'text',
      generatedAt,
    });
    await print(new TextDecoder().decode(summary.body));
    if (written.length > 0) await print(written.map((path) => `  ${path}`).join('\n'));
  }
  return exitCodeOf(analysis, options.failOn);
}
