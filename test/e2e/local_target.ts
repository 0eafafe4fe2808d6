import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type LocalOptions, type LocalStack, startLocal } from '../../infra/local/start.ts';
import { DEFAULT_DEADLINES } from '../../shared/cases/deadlines.ts';
import type { RequestOptions, Target } from './target.ts';

export type LocalTarget = Target & { readonly stack: LocalStack };

/** The embedded stack in this process; redeliveries come at once. */
export async function localTarget(
  dataDir: string,
  options: Partial<LocalOptions> = {},
): Promise<LocalTarget> {
  const stack = await startLocal({
    dataDir,
    port: 0,
    retryDelay: () => 10,
    sweepEvery: 3_600,
    deadlines: DEFAULT_DEADLINES,
    ...options,
  });
  return {
    name: 'embedded',
    url: stack.url,
    stack,
    request: (method, path, { json, headers }: RequestOptions = {}) =>
      fetch(`${stack.url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${stack.token}`,
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    deliver: (stage, body) => stack.queues[stage].send(body),
    deadLetters: async (stage) => (await stack.queues[stage].deadLetters()).map(({ body }) => body),
    redrive: async (stage) => {
      await stack.queues[stage].redrive();
    },
    objectsOf: async (caseId) =>
      (await listed(join(dataDir, 'objects'))).filter((name) => name.includes(caseId)),
    close: () => stack.close(),
  };
}

/** All paths under a folder in which others delete meanwhile: a folder that goes while it is listed starts it over. */
async function listed(folder: string): Promise<string[]> {
  for (;;) {
    try {
      return await readdir(folder, { recursive: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      if ('path' in error && error.path === folder) return [];
    }
  }
}
