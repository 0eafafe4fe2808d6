/**
 * Serves one AWS Lambda function in this process, over the socket whose descriptor is the first argument: one line
 * of JSON per invocation in, one out. Started by `host.py` with the environment AWS gives a function.
 */
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

interface Invocation {
  readonly 'invoke-id': string;
  readonly 'invoked-function-arn': string;
  readonly 'trace-id': string;
  /** JSON. */
  readonly payload: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

async function loadHandler(): Promise<Handler> {
  const { LAMBDA_TASK_ROOT: root = '', _HANDLER: name = '' } = process.env;
  const [module = '', member = ''] = name.split('.');
  const file = ['.mjs', '.js', '.cjs'].map((ending) => join(root, module + ending)).find(existsSync);
  if (file === undefined) throw new Error(`Cannot find module '${module}' in ${root}`);
  const handler = (await import(pathToFileURL(file).href))[member];
  if (typeof handler !== 'function') throw new Error(`${name} is undefined or not exported`);
  return handler;
}

function contextOf(invocation: Invocation): object {
  const { env } = process;
  return {
    awsRequestId: invocation['invoke-id'],
    invokedFunctionArn: invocation['invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - Date.now()),
  };
}

async function answer(handler: Handler, line: string): Promise<object> {
  try {
    const invocation = JSON.parse(line) as Invocation;
    process.env._X_AMZN_TRACE_ID = invocation['trace-id'];
    const result = await handler(JSON.parse(invocation.payload), contextOf(invocation));
    return { response: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    return { error: failure(error) };
  }
}

function failure(error: unknown): string {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return JSON.stringify({ errorType: name, errorMessage: message, trace: stack?.split('\n') ?? [] });
}

const socket = new Socket({ fd: Number(process.argv[2]) });
const send = (message: object) => socket.write(`${JSON.stringify(message)}\n`);
try {
  const handler = await loadHandler();
  send({ ready: true });
  for await (const line of createInterface({ input: socket })) send(await answer(handler, line));
} catch (error) {
  send({ error: failure(error) });
}
// What the function left open must not keep it alive.
socket.end(() => process.exit());
