import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Analysis } from '../../shared/analysis/analysis.ts';
import { entriesOf, gzip, tar, zip } from '../fixtures/archive.ts';
import { affectedPair } from '../fixtures/node.ts';
import { bundleAdvisor } from './command.ts';

let folder: string;
const GOOD = ['node1.tar.gz', 'node2.tar.gz'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-advisor-cli-'));
  for (const { host, tree } of affectedPair()) {
    await writeFile(join(folder, `${host}.tar.gz`), gzip(tar(tree, { top: host })));
  }
  const [{ tree }] = affectedPair();
  const whole = gzip(tar(tree));
  await writeFile(join(folder, 'truncated.tar.gz'), whole.subarray(0, whole.length >> 1));
  await writeFile(join(folder, 'notes.txt'), 'Dear support,\nplease find nothing attached.\n');
  await writeFile(join(folder, 'empty.tar.gz'), '');
  const lying = entriesOf(tree).map((entry) => ({
    ...entry,
    ...(String(entry.name).endsWith('lifekeeper.log') ? { lies: { size: 7 } } : {}),
  }));
  await writeFile(join(folder, 'lying.zip'), zip(lying));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function analysisOf(args: readonly string[], env: Record<string, string> = {}) {
  const answer = await bundleAdvisor(['analyze', '--json', ...args], folder, env);
  return { ...answer, analysis: Analysis.parse(JSON.parse(answer.stdout)) };
}

describe('bundle-advisor analyze', () => {
  it('judges an affected pair and says so to scripts', async () => {
    const { code, stderr, analysis } = await analysisOf(GOOD);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(analysis.nodes.map(({ id, affectedness }) => [id, affectedness.verdict])).toEqual([
      ['node1', 'affected'],
      ['node2', 'affected'],
    ]);
    expect(analysis.mirrors.map(({ tag, outcome }) => [tag, outcome])).toEqual([
      ['datarep-dk-mirror', 'source_suspect'],
    ]);
    expect((await bundleAdvisor(['analyze', '--fail-on', 'affected', ...GOOD], folder)).code).toBe(1);
  });

  it('takes zones by name or offset, and says what is none before it has read everything', async () => {
    for (const zone of ['Mars/Phobos', 'EST', '']) {
      const answer = await bundleAdvisor(['analyze', '--json', '--timezone', zone, ...GOOD], folder);
      expect(answer).toMatchObject({ code: 2, stdout: '' });
      expect(answer.stderr).toContain(`"${zone}" is not a time zone; use a name such as Asia/Tokyo`);
    }
    expect((await analysisOf(['--timezone', '+09:00', ...GOOD])).analysis.timezone).toBe('+09:00');
  });

  it('prints the same bytes whatever the zone, the folder and the order of the day', async () => {
    const tokyo = await bundleAdvisor(['analyze', '--json', ...GOOD], folder, { TZ: 'Asia/Tokyo' });
    const utc = await bundleAdvisor(
      ['analyze', '--json', ...GOOD.map((name) => join(folder, name))],
      tmpdir(),
      { TZ: 'UTC' },
    );
    expect(tokyo.stdout).toBe(utc.stdout);
  });

  it('prints a summary a person reads, in the language asked for', async () => {
    const en = await bundleAdvisor(['analyze', '--lang', 'en', ...GOOD], folder);
    const ja = await bundleAdvisor(['analyze', '--lang', 'ja', ...GOOD], folder);
    expect(en.code).toBe(0);
    expect(en.stdout).toMatch(/affected/i);
    expect(ja.stdout).toContain('該当');
    expect(en.stdout).not.toMatch(/[ぁ-んァ-ヶ]/);
  });

  it('writes advisories in both languages', async () => {
    const out = join(folder, 'out');
    await bundleAdvisor(['analyze', '--out', out, ...GOOD], folder);
    expect((await readdir(out)).sort()).toEqual([
      'advisory.en.html',
      'advisory.en.md',
      'advisory.en.pdf',
      'advisory.ja.html',
      'advisory.ja.md',
      'advisory.ja.pdf',
      'analysis.json',
    ]);
    expect(await readFile(join(out, 'advisory.ja.html'), 'utf8')).toContain('datarep-dk-mirror');
  });

  it.each([
    ['a text file', 'notes.txt', 'not_a_bundle', 'rejected', 3],
    ['an empty file', 'empty.tar.gz', 'empty_file', 'rejected', 3],
    ['a truncated tar.gz', 'truncated.tar.gz', 'truncated', 'partial', 0],
    ['a zip with a lying size', 'lying.zip', 'size_mismatch', 'partial', 0],
    ['a file that is not there', 'missing.tar.gz', 'source_unavailable', 'rejected', 3],
    ['a folder', '.', 'source_unavailable', 'rejected', 3],
  ])('names the problem of %s and analyses the rest', async (_, name, problem, status, exit) => {
    const { code, stderr, analysis } = await analysisOf([name, 'node2.tar.gz']);
    const bad = analysis.bundles.find((bundle) => bundle.id === 'bundle-1');
    const good = analysis.bundles.find((bundle) => bundle.id === 'bundle-2');
    expect(bad?.problems.map((entry) => entry.code)).toContain(problem);
    expect(bad?.status).toBe(status);
    expect(good?.status).toBe('complete');
    expect(analysis.nodes.map((node) => node.id)).toContain('node2');
    expect({ code, stderr }).toEqual({ code: exit, stderr: '' });
  });

  it.each([
    [['analyze'], /missing required argument/],
    [['analyze', '--lang', 'fr', 'node1.tar.gz'], /Allowed choices are ja, en/],
    [['analyze', '--timezone', 'Mars/Olympus', 'node1.tar.gz'], /not a time zone/],
    [['analyze', '--confirmations', 'notes.txt', 'node1.tar.gz'], /not JSON/],
    [['frobnicate'], /unknown command/],
  ])('answers wrong usage %j with one sentence and exit code 2', async (args, sentence) => {
    const { code, stderr } = await bundleAdvisor(args, folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('bundle-advisor verify', () => {
  it('finds every piece of evidence again in the original bundles, under any name', async () => {
    const { stdout } = await bundleAdvisor(['analyze', '--json', ...GOOD], folder);
    await writeFile(join(folder, 'analysis.json'), stdout);
    await writeFile(join(folder, 'renamed.bin'), await readFile(join(folder, 'node1.tar.gz')));
    const answer = await bundleAdvisor(
      ['verify', '--json', 'analysis.json', 'renamed.bin', 'node2.tar.gz'],
      folder,
    );
    const results = JSON.parse(answer.stdout) as { places: number; mismatches: unknown[] }[];
    expect(results.every((result) => result.places > 5)).toBe(true);
    expect(results.flatMap((result) => result.mismatches)).toEqual([]);
    expect(answer.code).toBe(0);
  });

  it('says which evidence was changed, and which bundle is not there', async () => {
    const { stdout } = await bundleAdvisor(['analyze', '--json', ...GOOD], folder);
    await writeFile(join(folder, 'forged.json'), stdout.replaceAll('662.2 MB', '0.0 B'));
    const forged = await bundleAdvisor(['verify', 'forged.json', ...GOOD], folder);
    expect(forged.code).toBe(1);
    expect(forged.stdout).toMatch(/the text differs/);
    const missing = await bundleAdvisor(['verify', 'forged.json', 'node2.tar.gz'], folder);
    expect(missing.stdout).toMatch(/node1\.tar\.gz: not among the given files/);
  });
});
