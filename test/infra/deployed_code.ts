import { fork } from 'node:child_process';
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

/** A function in a process of its own, with the flags and the environment it has in Lambda. */
export interface RunningFunction {
  /** Milliseconds from the import of the code to a handler that can be called. */
  readonly initialised: number;
  /** Calls the handler. @throws what the handler throws. */
  call(event: unknown): Promise<Answer>;
  stop(): void;
}

export interface Answer {
  readonly answer: unknown;
  /** What was written meanwhile: log lines, and metrics in CloudWatch's embedded format. */
  readonly output: readonly Record<string, unknown>[];
  /** File names of the native addons that are loaded. */
  readonly addons: readonly string[];
}

/** Starts a function as in a fresh sandbox. @throws when its code cannot be initialised. */
export async function startFunction(
  { directory, environment }: DeployedCode,
  more: Readonly<Record<string, string>>,
): Promise<RunningFunction> {
  const child = fork(CALLER, [directory], {
    env: { ...environment, ...LAMBDA, ...more },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const next = async (): Promise<Record<string, unknown>> => {
    const [message] = await once(child, 'message');
    if (message.fault !== undefined) throw new Error(message.fault);
    return message;
  };
  const { initialised } = await next();
  return {
    initialised: Number(initialised),
    async call(event) {
      child.send(event as object);
      const { answer, written, addons } = await next();
      const lines = String(written)
        .split('\n')
        .filter((line) => line.startsWith('{'));
      return { answer, addons: addons as string[], output: lines.map((line) => JSON.parse(line)) };
    },
    stop: () => {
      child.kill();
    },
  };
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
