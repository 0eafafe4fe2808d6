import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gzip, tar, xz, zip } from '../fixtures/archive.ts';
import { affectedPair } from '../fixtures/node.ts';
import { bundleAdvisor } from './command.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** The built command finds its libraries as an installed one does: from a folder inside `node_modules`. */
let folder: string;

beforeAll(async () => {
  const cache = join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'built-'));
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await run(process.execPath, [join(ROOT, 'cli/build.ts'), join(folder, 'dist')]);
  const [one, two] = affectedPair();
  const large = { ...one.tree, 'var/crash/core': randomBytes(5_000_000) };
  await writeFile(join(folder, 'large.tar.gz'), gzip(tar(large, { top: one.host })));
  await writeFile(join(folder, 'small.tar.gz'), gzip(tar(one.tree, { top: one.host })));
  await writeFile(join(folder, 'other.tar.xz'), xz(tar(two.tree, { top: two.host })));
  await writeFile(
    join(folder, 'both.zip'),
    zip({ 'a.tar.gz': gzip(tar(one.tree)), 'b.tar.xz': xz(tar(two.tree)) }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const built = (args: readonly string[]) =>
  run(process.execPath, [join(folder, 'dist/cli/main.js'), ...args], { cwd: folder, maxBuffer: 1e8 });

describe('the built command', () => {
  it.each([
    ['a large bundle and one of xz', ['large.tar.gz', 'other.tar.xz']],
    ['a small bundle', ['small.tar.gz']],
    ['a zip of bundles', ['both.zip']],
  ])('says of %s the same as the source', async (_, files) => {
    const { stdout, stderr } = await built(['analyze', '--json', ...files]);
    const source = await bundleAdvisor(['analyze', '--json', ...files], folder);
    expect(stderr).toBe('');
    expect(stdout).toBe(source.stdout);
    expect(JSON.parse(stdout).verdict).toBe('affected');
  });

  it('writes its reports and checks its evidence', async () => {
    await built(['analyze', '--out', 'report', '--formats', 'html,pdf,md', 'large.tar.gz', 'other.tar.xz']);
    expect((await readdir(join(folder, 'report'))).sort()).toEqual(
      ['en.html', 'en.md', 'en.pdf', 'ja.html', 'ja.md', 'ja.pdf']
        .map((name) => `advisory.${name}`)
        .concat('analysis.json'),
    );
    const { stdout } = await built([
      'verify',
      '--json',
      'report/analysis.json',
      'large.tar.gz',
      'other.tar.xz',
    ]);
    expect(JSON.parse(stdout)).toMatchObject([{ mismatches: [] }, { mismatches: [] }]);
  });

  it('says its version and lists its knowledge', async () => {
    expect((await built(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await built(['knowledge', 'list', '--lang', 'en'])).stdout).toContain('104009');
  });
});
