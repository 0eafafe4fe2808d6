import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gzip, tar } from '../fixtures/archive.ts';
import { affectedPair } from '../fixtures/node.ts';
import { ask, openCase, settled, uploadBundle } from './client.ts';
import type { Target } from './target.ts';

const MAIN = join(import.meta.dirname, '../../infra/local/main.ts');

/** Every process, so that none outlives a failed test. */
const started = new Set<ChildProcess>();

interface Running {
  readonly child: ChildProcess;
  readonly target: Target;
}

/** `npm start` as a process of its own. */
async function start(dataDir: string, port = 0): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, '--data', dataDir, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.add(child);
  if (child.stdout === null) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /listens on (http:\S+)/.exec(line) ?? [];
    if (url !== undefined) return { child, target: await targetOf(url, dataDir) };
  }
  throw new Error('The stack ended before it listened.');
}

async function targetOf(url: string, dataDir: string): Promise<Target> {
  const token = (await readFile(join(dataDir, 'token'), 'utf8')).trim();
  const unused = () => Promise.reject(new Error('not in this target'));
  return {
    name: 'embedded process',
    url,
    request: (method, path, { json, headers } = {}) =>
      fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    deliver: unused,
    deadLetters: async () => [],
    redrive: unused,
    objectsOf: unused,
    close: async () => undefined,
  };
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGINT'): Promise<number | null> {
  const closed = once(child, 'exit');
  child.kill(signal);
  await closed;
  return child.exitCode;
}

describe('a restart', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'bundle-advisor-restart-'));
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  const pair = affectedPair().map(({ host, tree }) => ({
    name: `${host}.tar.gz`,
    body: gzip(tar(tree)),
  }));

  /** The analysis with the generated bundle ids replaced by file names. */
  async function analysisOf(target: Target, caseId: string): Promise<unknown> {
    const { bundles } = await ask<{ bundles: { id: string; fileName: string }[] }>(
      target,
      200,
      'GET',
      `/cases/${caseId}`,
    );
    const text = await (await target.request('GET', `/cases/${caseId}/analysis`)).text();
    return JSON.parse(bundles.reduce((all, { id, fileName }) => all.replaceAll(id, fileName), text));
  }

  test('after being killed at any moment ends in the same analysis, once', { timeout: 120_000 }, async () => {
    let running = await start(dataDir);
    const undisturbed = await openCase(running.target, 'Undisturbed');
    const ids = [];
    for (const { name, body } of pair)
      ids.push((await uploadBundle(running.target, undisturbed.id, name, body)).id);
    await settled(running.target, undisturbed.id, ids);
    const expected = await analysisOf(running.target, undisturbed.id);

    const disturbed = await openCase(running.target, 'Disturbed');
    const uploaded = [];
    for (const { name, body } of pair) {
      uploaded.push((await uploadBundle(running.target, disturbed.id, name, body)).id);
    }
    for (const pause of [0, 60, 400]) {
      await delay(pause);
      await end(running.child, 'SIGKILL');
      running = await start(dataDir);
    }
    const record = await settled(running.target, disturbed.id, uploaded);
    expect(record.bundles.map(({ state }) => state)).toEqual(['analyzed', 'analyzed']);
    expect(record.analysis?.revision).toBe(2);
    expect(await analysisOf(running.target, disturbed.id)).toEqual(expected);
    expect(await end(running.child, 'SIGINT')).toBe(0);
  });

  test('leaves token and secret to their owner alone', async () => {
    for (const file of ['token', 'secret']) {
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
    }
  });

  test('is refused in one sentence where the port is taken, or the data', async () => {
    const running = await start(dataDir);
    const { port } = new URL(running.target.url);
    const complaintOf = async (...parameters: string[]) => {
      const second = spawn(process.execPath, [MAIN, ...parameters], { stdio: ['ignore', 'ignore', 'pipe'] });
      let complaint = '';
      second.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaint += text;
      });
      const [code] = await once(second, 'close');
      return [code, complaint.trim()];
    };
    expect(await complaintOf('--data', join(dataDir, 'other'), '--port', port)).toEqual([
      2,
      `Port ${port} is in use; give another one with --port.`,
    ]);
    expect(await complaintOf('--data', dataDir, '--port', '0')).toEqual([
      2,
      `Another process works on the data in ${dataDir}.`,
    ]);
    await end(running.child, 'SIGINT');
  });
});
