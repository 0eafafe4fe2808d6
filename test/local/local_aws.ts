import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');

/** Pinned: young and fast-moving. MIT, from PyPI. */
const MINISTACK = 'ministack==1.5.33';
const CACHE = join(ROOT, 'node_modules/.cache/bundle-advisor', MINISTACK.replace('==', '-'));

/** There is no local AWS here and none can be made; the sentence says why. */
export class NoLocalAws extends Error {
  override readonly name = 'NoLocalAws';
}

export interface LocalAws {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** What is at `AWS_ENDPOINT_URL`, or a MiniStack of our own on loopback, in a virtual environment of its own. */
export async function openLocalAws(env: Record<string, string | undefined>): Promise<LocalAws> {
  const given = env.AWS_ENDPOINT_URL;
  if (given !== undefined && given !== '') {
    if (!(await answers(given))) throw new NoLocalAws(`Nothing answers at AWS_ENDPOINT_URL=${given}.`);
    return { endpoint: given, stop: async () => undefined };
  }
  const program = await installMiniStack();
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'bundle-advisor-aws-'));
  const child = spawn(program, [], {
    cwd: directory,
    stdio: 'ignore',
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      EDGE_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
    },
  });
  const stop = async () => {
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 150; tries += 1) {
    if (child.exitCode !== null) break;
    if (await answers(endpoint)) return { endpoint, stop };
    await delay(200);
  }
  await stop();
  throw new NoLocalAws(`${MINISTACK} was installed but does not start.`);
}

async function installMiniStack(): Promise<string> {
  const program = join(CACHE, 'bin/ministack');
  if (existsSync(program)) return program;
  await mkdir(CACHE, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', CACHE]);
    await run(join(CACHE, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', MINISTACK]);
  } catch (cause) {
    await rm(CACHE, { recursive: true, force: true });
    throw new NoLocalAws(
      `${MINISTACK} cannot be installed here (Python 3.10 with venv and a PyPI index are needed). Start LocalStack with "docker compose up -d" and set AWS_ENDPOINT_URL=http://127.0.0.1:4566 instead.`,
      { cause },
    );
  }
  return program;
}

/** Runs a program to its end, its output going where ours goes; throws unless it succeeds. */
export async function run(
  program: string,
  parameters: readonly string[],
  env: Record<string, string | undefined> = process.env,
): Promise<void> {
  const child = spawn(program, parameters, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code !== 0) throw new Error(`${program} ${parameters[0]} ended with ${code ?? signal}.`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const gone = once(child, 'close');
  const patience = new AbortController();
  await Promise.race([gone, delay(5_000, undefined, { signal: patience.signal })]);
  patience.abort();
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port to be had.');
  return address.port;
}
