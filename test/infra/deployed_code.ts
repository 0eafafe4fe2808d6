import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesise } from './synth.ts';

/** A function as `cdk deploy` would put it into Lambda. */
export interface DeployedCode {
  /** As in the stack: Extract, Analyze, … */
  readonly name: string;
  /** Folder with `index.mjs`, as it is zipped. */
  readonly directory: string;
  /** What the function is given; what only a deployment knows reads `-`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Synthesises the stack with the functions' code, into a folder. */
export function deployedCode(outdir: string): readonly DeployedCode[] {
  const { template } = synthesise({}, outdir);
  return Object.entries(template.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => ({
    name: id.replace(/Function[0-9A-F]{8}$/, ''),
    directory: join(outdir, `asset.${String(Properties.Code.S3Key).replace(/\.zip$/, '')}`),
    environment: Object.fromEntries(
      Object.entries(Properties.Environment.Variables as Record<string, unknown>).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : '-',
      ]),
    ),
  }));
}

/** Bytes of JavaScript: all there is, and what is loaded before the first event. */
export function codeBytes({ directory }: DeployedCode): { all: number; atStart: number } {
  const bytes = (file: string) => statSync(join(directory, file)).size;
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const code = readFileSync(join(directory, file), 'utf8');
    for (const [, next = ''] of code.matchAll(/(?:from|import)"\.\/(chunk-\w+\.mjs)"/g)) load(next);
  };
  load('index.mjs');
  const sum = (files: Iterable<string>) => [...files].reduce((total, file) => total + bytes(file), 0);
  return {
    all: sum(readdirSync(directory).filter((file) => file.endsWith('.mjs'))),
    atStart: sum(loaded),
  };
}

/** What came of one start of a function in a process of its own, as in a fresh sandbox. */
export interface Start {
  /** Milliseconds from the import of the code to a handler that can be called. */
  readonly initialised: number;
  /** What the handler answered; null when it was not called. */
  readonly answer: unknown;
  /** What it wrote: log lines, and metrics in CloudWatch's embedded format. */
  readonly output: readonly Record<string, unknown>[];
  /** File names of the native addons that were loaded. */
  readonly addons: readonly string[];
}

/**
 * Starts a function in a fresh Node process with the flags and the environment it has in Lambda, and calls it with
 * the event if there is one.
 *
 * @throws when it fails, with what it wrote to standard error.
 */
export async function startFunction(
  { directory, environment }: DeployedCode,
  more: Readonly<Record<string, string>>,
  event?: unknown,
): Promise<Start> {
  const child = spawn(process.execPath, [CALLER, directory], {
    env: { ...environment, ...LAMBDA, ...more },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(event === undefined ? '' : JSON.stringify(event));
  const texts = ['', '', ''];
  for (const [index, stream] of [child.stderr, child.stdout, child.stdio[3]].entries()) {
    stream?.on('data', (chunk: Buffer) => {
      texts[index] += chunk.toString();
    });
  }
  const [code] = await once(child, 'close');
  const [errors, output = '', result = ''] = texts;
  if (code !== 0) throw new Error(`The function in ${directory} failed:\n${errors}`);
  const lines = `${output}\n${errors}`.split('\n').filter((line) => line.startsWith('{'));
  return { ...JSON.parse(result), output: lines.map((line) => JSON.parse(line)) };
}

const CALLER = fileURLToPath(new URL('call_function.js', import.meta.url));

/** What Lambda itself sets. */
const LAMBDA = {
  AWS_REGION: 'local',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_LAMBDA_FUNCTION_NAME: 'function',
  QUEUE_URL: 'http://127.0.0.1:9/queue',
  EXTRACT_QUEUE_URL: 'http://127.0.0.1:9/extract',
  ANALYZE_QUEUE_URL: 'http://127.0.0.1:9/analyze',
  REPORT_QUEUE_URL: 'http://127.0.0.1:9/report',
};
