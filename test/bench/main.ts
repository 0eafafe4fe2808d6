/**
 * `npm run bench [-- --quick] [-- --built] [-- --only plain,wide] [-- --repeat N]`
 *
 * Builds bundles in the folder for temporary files, runs the analysis and its peers on them in turns, and prints the
 * best wall time of each, CPU time and peak RSS, with the ratios against the goals. Nothing is left behind.
 * Needs Linux with bash, GNU tar, gzip, zgrep and xz. `--quick` makes everything a twentieth of its size: fit to
 * see that the bench works, not to compare, as starting up is most of it. `--built` races the command as it is
 * installed (`npm run build` first) instead of the source, from which Node strips the types at every start.
 */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchBundle, b200, huge, plain, sosXz, wide } from './bundles.ts';
import { type Measurement, measure } from './measure.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    built: { type: 'boolean' },
    only: { type: 'string' },
    repeat: { type: 'string' },
  },
});
const scale = values.quick === true ? 0.05 : 1;
const repeat = Number(values.repeat ?? 3);
const only = values.only?.split(',');

const root = resolve(import.meta.dirname, '../..');
const here = (file: string) => `'${process.execPath}' '${join(root, 'test/bench', file)}'`;
const OURS = 'bundle-advisor analyze --json';
const DRAIN = 'gunzip drain in Node';

/** A bundle, the commands that race on it, and the goals: `ours / peer <= ratio`. */
interface Race {
  readonly name: string;
  readonly make: (folder: string, scale: number) => Promise<BenchBundle>;
  readonly peers: Readonly<Record<string, (path: string) => string>>;
  readonly goals: Readonly<Record<string, number>>;
}

const command = join(root, values.built === true ? 'dist/cli/main.js' : 'cli/main.ts');
const analyze = (path: string) =>
  `'${process.execPath}' '${command}' analyze --json '${path}' >/dev/null || [ $? -lt 2 ]`;
const grepped = (flags: string) => (path: string) => `tar ${flags} '${path}' | grep -c 104009`;
const extracted = (path: string) =>
  `mkdir '${path}.d' && tar xzf '${path}' -C '${path}.d' && find '${path}.d' -type f -print0 | xargs -0 zgrep -Hn ':104009:' >/dev/null; rm -r '${path}.d'`;

const RACES: readonly Race[] = [
  {
    name: 'plain',
    make: plain,
    peers: { 'tar xzO | grep -c': grepped('xzOf'), [DRAIN]: (path) => `${here('drain.ts')} '${path}'` },
    goals: { 'tar xzO | grep -c': 0.6, [DRAIN]: 1.25 },
  },
  {
    name: 'b200',
    make: b200,
    peers: { 'tar xz, zgrep -Hn': extracted, 'tar xzO | grep -c': grepped('xzOf') },
    goals: { 'tar xz, zgrep -Hn': 0.7 },
  },
  {
    name: 'sos-xz',
    make: sosXz,
    peers: { 'tar xJO | grep -c': grepped('xJOf') },
    goals: { 'tar xJO | grep -c': 1 },
  },
  {
    name: 'wide',
    make: wide,
    peers: { 'tar xzO | grep -c': grepped('xzOf'), [DRAIN]: (path) => `${here('drain.ts')} '${path}'` },
    goals: {},
  },
];
const MAX_PEAK_MIB = 160;
const MAX_ZIP_SHARE = 0.03;

let missed = 0;

function row(name: string, result: Measurement, logBytes: number, note = ''): void {
  const speed = logBytes / 1e6 / result.seconds;
  console.log(
    `  ${name.padEnd(30)} ${result.seconds.toFixed(2).padStart(7)} s  cpu ${result.cpuSeconds.toFixed(2).padStart(7)} s  ${speed.toFixed(0).padStart(5)} MB/s  peak ${result.peakMiB.toFixed(0).padStart(4)} MiB  ${note}`,
  );
}

function goal(what: string, value: number, limit: number, digits = 2): void {
  const met = value <= limit;
  if (!met) missed += 1;
  console.log(`  ${met ? 'met   ' : 'missed'} ${what}: ${value.toFixed(digits)} (goal <= ${limit})`);
}

async function race({ name, make, peers, goals }: Race, folder: string): Promise<void> {
  const bundle = await make(folder, scale);
  const { size } = await stat(bundle.path);
  console.log(`\n${name}: ${(size / 1e6).toFixed(1)} MB, ${(bundle.logBytes / 1e6).toFixed(0)} MB unpacked`);
  const commands = { [OURS]: analyze, ...peers };
  const best = new Map<string, Measurement>();
  for (let turn = 0; turn < repeat; turn += 1) {
    for (const [command, line] of Object.entries(commands)) {
      const result = await measure(line(bundle.path));
      const before = best.get(command);
      best.set(command, {
        ...(before !== undefined && before.seconds < result.seconds ? before : result),
        peakMiB: Math.max(before?.peakMiB ?? 0, result.peakMiB),
      });
    }
  }
  const ours = best.get(OURS);
  if (ours === undefined) return;
  for (const [command, result] of best)
    row(
      command,
      result,
      bundle.logBytes,
      command === OURS ? '' : `ours is ${(ours.seconds / result.seconds).toFixed(2)} x`,
    );
  for (const [peer, limit] of Object.entries(goals))
    goal(`wall time against ${peer}`, ours.seconds / (best.get(peer)?.seconds ?? Number.NaN), limit);
  goal('peak RSS in MiB', ours.peakMiB, MAX_PEAK_MIB, 0);
  const truths = join(folder, 'truths.json');
  await writeFile(truths, JSON.stringify(bundle.truths));
  const recall = JSON.parse((await measure(`${here('recall.ts')} '${bundle.path}' '${truths}'`)).stdout);
  console.log(
    `  recall: ${recall.right} of ${recall.written} events at their line and byte, ${recall.wrong} wrong`,
  );
  if (recall.right !== recall.written || recall.wrong > 0) missed += 1;
  await rm(bundle.path);
}

async function streamed(): Promise<void> {
  const { source, logBytes } = huge(scale);
  console.log(
    `\nhuge: ${(source.size / 1e6).toFixed(1)} MB, ${(logBytes / 1e6).toFixed(0)} MB unpacked, streamed, never stored`,
  );
  const ours = await measure(`${here('extract.ts')} huge ${scale}`);
  const said = JSON.parse(ours.stdout);
  const tarred = await measure('tar xzO | grep -c 104009', source.stream());
  const drained = await measure(here('drain.ts'), source.stream());
  row('extractBundle', { ...ours, seconds: said.seconds }, logBytes);
  row('tar xzO | grep -c', tarred, logBytes, `ours is ${(said.seconds / tarred.seconds).toFixed(2)} x`);
  row(DRAIN, drained, logBytes, `ours is ${(said.seconds / drained.seconds).toFixed(2)} x`);
  goal('peak RSS in MiB', ours.peakMiB, MAX_PEAK_MIB, 0);
  console.log(`  recall: ${said.found} of ${said.truths} events counted`);
  if (said.found !== said.truths) missed += 1;
}

async function zipped(): Promise<void> {
  const said = JSON.parse((await measure(`${here('extract.ts')} zip ${scale}`)).stdout);
  console.log(
    `\nzip: ${(said.size / 1e6).toFixed(0)} MB of which one log matters; ${(said.read / 1e6).toFixed(1)} MB read`,
  );
  goal('share of the bytes read', said.read / said.size, MAX_ZIP_SHARE, 4);
  console.log(`  recall: ${said.found} of ${said.truths} events counted`);
  if (said.found !== said.truths) missed += 1;
}

const folder = await mkdtemp(join(tmpdir(), 'bundle-advisor-bench-'));
try {
  for (const one of RACES) if (only === undefined || only.includes(one.name)) await race(one, folder);
  if (only === undefined || only.includes('huge')) await streamed();
  if (only === undefined || only.includes('zip')) await zipped();
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`\n${missed === 0 ? 'All goals met.' : `${missed} missed.`}`);
process.exitCode = missed === 0 ? 0 : 1;
