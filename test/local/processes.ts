import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');

/** What a check needs is not here and cannot be installed; the sentence says what. Ends a script with exit code 77. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}

/** Runs a script's work; its failures become a sentence on standard error and an exit code. */
export async function asScript(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof NotHere ? 77 : 1;
  }
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

/** What a program writes to standard output; null when it is not there or fails. */
export async function outputOf(program: string, parameters: readonly string[]): Promise<string | null> {
  const child = spawn(program, parameters, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return child.exitCode === 0 ? output : null;
  } catch {
    return null;
  }
}

export interface Service {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Seconds a service may take to start: machines differ, and one that fails to start ends before. */
const PATIENCE = 300;

/** Waits until a process serves HTTP at an endpoint; null, and it is gone, when it ends before or takes too long. */
export async function serving(child: ChildProcess, endpoint: string): Promise<Service | null> {
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  for (const until = Date.now() + PATIENCE * 1_000; Date.now() < until; await delay(200)) {
    if (failed || child.exitCode !== null || child.signalCode !== null) return null;
    if (await answers(endpoint)) return { endpoint, stop: () => end(child) };
  }
  await end(child);
  return null;
}

export async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const gone = once(child, 'close');
  const patience = new AbortController();
  await Promise.race([gone, delay(30_000, undefined, { signal: patience.signal })]);
  patience.abort();
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

/** A port on loopback that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port to be had.');
  return address.port;
}
