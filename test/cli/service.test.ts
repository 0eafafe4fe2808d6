import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCore } from '../../infra/local/core.ts';
import { type LocalStack, startLocal } from '../../infra/local/start.ts';
import { gzip, tar } from '../fixtures/archive.ts';
import { affectedPair } from '../fixtures/node.ts';
import { bundleAdvisor } from './command.ts';

const MIB = 1024 * 1024;
let folder: string;
let stack: LocalStack;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-advisor-upload-'));
  for (const { host, tree } of affectedPair()) {
    await writeFile(join(folder, `${host}.tar.gz`), gzip(tar(tree, { top: host })));
  }
  await writeFile(join(folder, 'notes.txt'), 'nothing of a cluster\n');
  stack = await startLocal({ dataDir: join(folder, 'data'), port: 0, core: await loadCore() });
});

afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

describe('bundle-advisor upload', () => {
  const upload = (args: readonly string[], token = stack.token) =>
    bundleAdvisor(['upload', '--api', stack.url, ...args], folder, { BUNDLE_ADVISOR_TOKEN: token });

  it('uploads, waits, and prints the verdict and where the advisories are', async () => {
    const { code, stdout, stderr } = await upload(['node1.tar.gz', 'node2.tar.gz']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Verdict: affected; data: source_suspect/);
    expect(stdout).toMatch(/ja html: http.*\/report\?lang=ja&format=html/);
  });

  it('goes on with an upload in parts where it broke off', async () => {
    const [{ tree }] = affectedPair();
    const whole = tar({ ...tree, 'core.bin': randomBytes(11 * MIB) });
    await writeFile(join(folder, 'large.tar'), whole);
    const call = async (path: string, body: unknown) => {
      const response = await fetch(`${stack.url}${path}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${stack.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      return response.json();
    };
    const { id } = (await call('/cases', { title: 'broken off' })) as { id: string };
    const announced = { fileName: 'large.tar', bytes: whole.length, partBytes: 5 * MIB };
    const bundle = (await call(`/cases/${id}/bundles`, announced)) as { id: string };
    const route = `/cases/${id}/bundles/${bundle.id}/parts`;
    const { items } = (await call(route, { parts: [1] })) as { items: { upload: { url: string } }[] };
    await fetch(items[0]?.upload.url ?? '', {
      method: 'PUT',
      body: new Uint8Array(whole.subarray(0, 5 * MIB)),
    });

    const { code, stdout } = await upload(['--json', '--part-mib', '5', '--case', id, 'large.tar']);
    const state = JSON.parse(stdout) as { bundles: { id: string; state: string; sha256: string }[] };
    expect(code).toBe(0);
    expect(state.bundles).toMatchObject([
      { id: bundle.id, state: 'analyzed', sha256: createHash('sha256').update(whole).digest('hex') },
    ]);
  });

  it('names the bundle that could not be read and exits 3', async () => {
    const { code, stdout } = await upload(['--json', 'node2.tar.gz', 'notes.txt']);
    const state = JSON.parse(stdout) as { bundles: { fileName: string; state: string }[] };
    expect(code).toBe(3);
    expect(Object.fromEntries(state.bundles.map((bundle) => [bundle.fileName, bundle.state]))).toEqual({
      'node2.tar.gz': 'analyzed',
      'notes.txt': 'rejected',
    });
  });

  it('says in one sentence what is wrong with the service or the token', async () => {
    const refused = await upload(['node1.tar.gz'], 'wrong');
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toMatch(/401.*token/);
    const nobody = await bundleAdvisor(['upload', '--api', 'http://127.0.0.1:9', 'node1.tar.gz'], folder);
    expect(nobody).toMatchObject({
      code: 4,
      stdout: '',
      stderr: 'The service at http://127.0.0.1:9 cannot be reached.\n',
    });
  });
});

describe('the launcher', () => {
  const bin = join(import.meta.dirname, '../../cli/bin.js');

  it('runs from any folder', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [bin, '--version'], { cwd: tmpdir() });
    const manifest = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(stdout.trim()).toBe(manifest.version);
  });

  it('passes the exit code and the sentence of the command on', async () => {
    const child = spawn(
      process.execPath,
      [bin, 'upload', 'node1.tar.gz', '--api', stack.url, '--case', 'x'],
      {
        cwd: folder,
        env: { ...process.env, BUNDLE_ADVISOR_TOKEN: stack.token },
      },
    );
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    // The case does not exist: a problem of the service, told in one sentence.
    expect(code).toBe(4);
    expect(stderr).toMatch(/^The service answered 4\d\d: [^\n]+\n$/);
  });
});
