/**
 * `npm run bench:reports [-- --nodes 32] [-- --events 10000] [-- --repeat 3]`
 *
 * Judges a cluster of that many nodes and events, then renders it in every format and each language, in a process of
 * its own each time: the wall time of each format the first time (cold, the loading of its code included) and once
 * more (warm), how long the process took to start and read its data, and its peak memory. The best of the repetitions
 * is printed. Exit code 1 when a goal is missed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FORMATS, render } from '../../shared/advisory/render.ts';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import { loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { measure } from './measure.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '32' },
    events: { type: 'string', default: '10000' },
    repeat: { type: 'string', default: '3' },
    language: { type: 'string' },
    render: { type: 'string' },
    keep: { type: 'string' },
  },
});

/** What a process that renders everything says of itself; times in seconds. */
interface Run {
  start: number;
  cold: Record<string, number>;
  warm: Record<string, number>;
  whole: number;
  bytes: Record<string, number>;
  peakMiB: number;
}

/** Of one process that renders a case in every format of a language: the goals. */
const MAX_SECONDS = 2;
const MAX_PEAK_MIB = 512;

async function renderEverything(path: string, language: 'ja' | 'en'): Promise<Run> {
  const analysis = JSON.parse(await readFile(path, 'utf8')) as Analysis;
  const [knowledge, fonts] = await Promise.all([loadKnowledge(), loadFonts()]);
  const start = performance.now() / 1000;
  const bytes: Record<string, number> = {};
  const round = async () => {
    const seconds: Record<string, number> = {};
    for (const format of FORMATS) {
      const before = performance.now();
      const { body } = await render(analysis, knowledge, {
        language,
        format,
        generatedAt: '2026-11-22T00:30:00Z',
        fonts,
      });
      seconds[format] = (performance.now() - before) / 1000;
      bytes[format] = body.length;
      if (values.keep !== undefined) await writeFile(join(values.keep, `${language}.${format}`), body);
    }
    return seconds;
  };
  const cold = await round();
  const whole = performance.now() / 1000;
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  return { start, cold, warm: await round(), whole, bytes, peakMiB };
}

function sum(seconds: Record<string, number>): number {
  return Object.values(seconds).reduce((total, one) => total + one, 0);
}

async function main(): Promise<void> {
  const { clusterOf } = await import('./cluster.ts');
  const folder = await mkdtemp(join(tmpdir(), 'bundle-advisor-bench-'));
  let missed = 0;
  const goal = (what: string, value: number, limit: number, digits: number) => {
    if (value > limit) missed += 1;
    console.log(
      `  ${value <= limit ? 'met   ' : 'missed'} ${what}: ${value.toFixed(digits)} (goal <= ${limit})`,
    );
  };
  try {
    const knowledge = await loadKnowledge();
    const analysis = clusterOf(Number(values.nodes), Number(values.events), knowledge);
    const path = join(folder, 'analysis.json');
    await writeFile(path, JSON.stringify(analysis));
    for (const language of values.language === undefined ? ['ja', 'en'] : [values.language]) {
      const keep = values.keep === undefined ? '' : ` --keep '${values.keep}'`;
      const line = `'${process.execPath}' '${import.meta.filename}' --render '${path}' --language ${language}${keep}`;
      let best: Run | undefined;
      for (let turn = 0; turn < Number(values.repeat); turn += 1) {
        const run = JSON.parse((await measure(line)).stdout) as Run;
        if (best === undefined || sum(run.cold) < sum(best.cold)) best = run;
      }
      if (best === undefined) continue;
      console.log(`\n${values.nodes} nodes, ${values.events} events, ${language}`);
      for (const format of FORMATS)
        console.log(
          `  ${format.padEnd(10)} cold ${best.cold[format]?.toFixed(3)} s  warm ${best.warm[format]?.toFixed(3)} s  ${((best.bytes[format] ?? 0) / 1000).toFixed(0).padStart(6)} kB`,
        );
      console.log(
        `  together   cold ${sum(best.cold).toFixed(3)} s  warm ${sum(best.warm).toFixed(3)} s  start ${best.start.toFixed(3)} s, whole ${best.whole.toFixed(3)} s`,
      );
      goal('seconds to render all formats in a new process', sum(best.cold), MAX_SECONDS, 2);
      goal('peak RSS in MiB', best.peakMiB, MAX_PEAK_MIB, 0);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  process.exitCode = missed === 0 ? 0 : 1;
}

if (values.render === undefined) await main();
else
  console.log(JSON.stringify(await renderEverything(values.render, values.language === 'en' ? 'en' : 'ja')));
