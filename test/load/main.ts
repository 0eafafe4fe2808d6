/**
 * `npm run load -- --bundles 500 --concurrency 20 [--api URL --token TOKEN] [--kill SECONDS]`
 *
 * Uploads bundles, two a case, and reports what was lost, doubled or late. Without `--api` it runs against an
 * embedded stack of its own that duplicates and reorders messages and, with `--kill`, is killed about that often and
 * started again. Exit code 1 when anything was lost or doubled.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzip, tar } from '../fixtures/archive.ts';
import { affectedPair } from '../fixtures/node.ts';

const { values } = parseArgs({
  options: {
    bundles: { type: 'string', default: '100' },
    concurrency: { type: 'string', default: '10' },
    api: { type: 'string' },
    token: { type: 'string' },
    kill: { type: 'string' },
    port: { type: 'string', default: '18080' },
  },
});

interface Service {
  readonly url: string;
  token(): Promise<string>;
  readonly kills: () => number;
  close(): Promise<void>;
}

/** An embedded stack in a process of its own, killed and started again now and then. */
async function embedded(): Promise<Service> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bundle-advisor-load-'));
  const start = async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'stack.ts'), dataDir, values.port], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout === null) throw new Error('no standard output');
    for await (const _ of createInterface({ input: child.stdout })) return child;
    throw new Error('The embedded stack did not start.');
  };
  let child: ChildProcess = await start();
  let kills = 0;
  const stop = new AbortController();
  const every = Number(values.kill ?? 0) * 1_000;
  const killing = (async () => {
    while (every > 0) {
      await delay(every * (0.5 + Math.random()), undefined, { signal: stop.signal });
      child.kill('SIGKILL');
      await once(child, 'exit');
      kills += 1;
      child = await start();
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    url: `http://127.0.0.1:${values.port}`,
    token: () => readFile(join(dataDir, 'token'), 'utf8'),
    kills: () => kills,
    close: async () => {
      stop.abort();
      await killing;
      child.kill('SIGKILL');
      await once(child, 'exit');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const service: Service =
  values.api === undefined
    ? await embedded()
    : {
        url: values.api.replace(/\/$/, ''),
        token: async () => values.token ?? '',
        kills: () => 0,
        close: async () => undefined,
      };
const token = await service.token();

/** Sends a request until it is answered: the service may be dead for a moment. */
async function call<T>(method: string, path: string, json?: unknown): Promise<T> {
  for (;;) {
    try {
      const response = await fetch(`${service.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      if (response.ok) return (await response.json()) as T;
      if (response.status < 500 && response.status !== 409) {
        throw new Refused(`${method} ${path}: ${response.status} ${await response.text()}`);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    await delay(200);
  }
}

class Refused extends Error {}

/** PUTs until it is taken; 412 means that an earlier try was taken after all. */
async function put(url: string, body: Buffer, headers: Record<string, string>): Promise<void> {
  const { 'Content-Length': _, ...rest } = headers;
  for (;;) {
    try {
      const response = await fetch(url, { method: 'PUT', headers: rest, body: new Uint8Array(body) });
      await response.arrayBuffer();
      if (response.ok || response.status === 412) return;
    } catch {}
    await delay(200);
  }
}

interface View {
  state: string;
  analysis: { revision: number } | null;
  bundles: { id: string; state: string }[];
}

const bodies = affectedPair().map(({ host, tree }) => ({ name: `${host}.tar.gz`, body: gzip(tar(tree)) }));
const total = Math.ceil(Number(values.bundles) / bodies.length);
const seconds: number[] = [];
const faults: string[] = [];
const cases: string[] = [];
let begun = 0;

async function worker(): Promise<void> {
  while (begun < total) {
    begun += 1;
    const { id } = await call<{ id: string }>('POST', '/cases', { title: `Load ${begun}` });
    cases.push(id);
    for (const { name, body } of bodies) {
      const { upload } = await call<{ upload: { url: string; headers: Record<string, string> } }>(
        'POST',
        `/cases/${id}/bundles`,
        { fileName: name, bytes: body.byteLength },
      );
      await put(upload.url, body, upload.headers);
    }
    const uploaded = performance.now();
    for (;;) {
      const view = await call<View>('GET', `/cases/${id}`);
      const final = view.bundles.filter(({ state }) => ['analyzed', 'rejected', 'failed'].includes(state));
      // A case whose announcement was answered by a process that died may hold a bundle nobody uploads.
      const uploadedOnes = view.bundles.filter(({ state }) => state !== 'awaiting_upload');
      if (view.state === 'ready' && final.length === uploadedOnes.length && final.length >= bodies.length)
        break;
      if (performance.now() - uploaded > 300_000) {
        faults.push(
          `lost: case ${id} is ${view.state}: ${view.bundles.map(({ state }) => state).join(', ')}`,
        );
        break;
      }
      await delay(250);
    }
    seconds.push((performance.now() - uploaded) / 1_000);
  }
}

async function check(id: string, fleet: readonly { caseId: string; findingId: string }[]): Promise<void> {
  const view = await call<View>('GET', `/cases/${id}`);
  const analysis = await call<{ bundles: { id: string }[]; findings: { id: string; verdict: string }[] }>(
    'GET',
    `/cases/${id}/analysis`,
  );
  const read = view.bundles.filter(({ state }) => state === 'analyzed');
  if (read.length !== bodies.length)
    faults.push(`lost: case ${id} read ${read.length} of ${bodies.length} bundles`);
  if (view.analysis?.revision !== read.length) {
    faults.push(`doubled: case ${id} is at revision ${view.analysis?.revision} for ${read.length} bundles`);
  }
  if (analysis.bundles.length !== read.length) {
    faults.push(`${analysis.bundles.length > read.length ? 'doubled' : 'lost'}: analysis of ${id}`);
  }
  const own = fleet.filter((finding) => finding.caseId === id).map(({ findingId }) => findingId);
  const expected = analysis.findings
    .filter(({ verdict }) => verdict === 'affected')
    .map((finding) => finding.id);
  if (own.sort().join() !== expected.sort().join()) {
    faults.push(`${own.length > expected.length ? 'doubled' : 'lost'}: findings of ${id} in the fleet query`);
  }
}

const started = performance.now();
await Promise.all(Array.from({ length: Number(values.concurrency) }, worker));
const took = (performance.now() - started) / 1_000;
const fleet: { caseId: string; findingId: string }[] = [];
let cursor: string | undefined;
do {
  const query: string = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  const page = await call<{ items: typeof fleet; cursor?: string }>(
    'GET',
    `/findings?verdict=affected&limit=200${query}`,
  );
  fleet.push(...page.items);
  ({ cursor } = page);
} while (cursor !== undefined);
for (const id of cases) await check(id, fleet);
await service.close();

const sorted = seconds.sort((a, b) => a - b);
const at = (share: number) =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
console.log(`${cases.length * bodies.length} bundles in ${cases.length} cases, ${took.toFixed(0)} s`);
console.log(`killed ${service.kills()} times`);
console.log(`upload to report: median ${at(0.5)} s, 95 % ${at(0.95)} s, longest ${at(1)} s`);
console.log(`lost ${faults.filter((fault) => fault.startsWith('lost')).length}`);
console.log(`doubled ${faults.filter((fault) => fault.startsWith('doubled')).length}`);
for (const fault of faults) console.log(`  ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
