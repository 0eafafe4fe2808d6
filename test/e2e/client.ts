import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { BundleView, CaseView } from '../../shared/api/schemas.ts';
import type { Target } from './target.ts';

type Case = z.infer<typeof CaseView>;
type Bundle = z.infer<typeof BundleView> & {
  upload: Upload;
};

export interface Upload {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly expiresAt: string;
}

/** States a bundle does not leave by itself. */
const FINAL = ['analyzed', 'rejected', 'failed'];

/** Asks a target and insists on a status; answers the parsed body. */
export async function ask<T>(
  target: Target,
  status: number,
  method: string,
  path: string,
  json?: unknown,
): Promise<T> {
  const response = await target.request(method, path, json === undefined ? {} : { json });
  const text = await response.text();
  if (response.status !== status) {
    throw new Error(`${method} ${path}: ${response.status} instead of ${status}: ${text.slice(0, 500)}`);
  }
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

export function openCase(target: Target, title = 'A case', more: object = {}): Promise<Case> {
  return ask(target, 201, 'POST', '/cases', { title, ...more });
}

export function announce(target: Target, caseId: string, fileName: string, bytes: number): Promise<Bundle> {
  return ask(target, 201, 'POST', `/cases/${caseId}/bundles`, { fileName, bytes });
}

export async function put(upload: Upload, body: Uint8Array): Promise<Response> {
  const { 'Content-Length': _, ...headers } = upload.headers;
  return fetch(upload.url, { method: upload.method, headers, body: new Uint8Array(body) });
}

export async function uploadBundle(
  target: Target,
  caseId: string,
  fileName: string,
  body: Uint8Array,
): Promise<Bundle> {
  const bundle = await announce(target, caseId, fileName, body.byteLength);
  const response = await put(bundle.upload, body);
  if (!response.ok) throw new Error(`PUT of ${fileName}: ${response.status} ${await response.text()}`);
  return bundle;
}

/** Waits until these bundles are final and the reports hold everything; throws when a stage gave the case up. */
export async function settled(target: Target, caseId: string, bundleIds: readonly string[]): Promise<Case> {
  for (;;) {
    for (const stage of ['extract', 'analyze', 'report'] as const) {
      const dead = (await target.deadLetters(stage)).filter((body) => body.includes(caseId));
      if (dead.length > 0) throw new Error(`The stage ${stage} gave up: ${dead[0]}`);
    }
    const record = await ask<Case>(target, 200, 'GET', `/cases/${caseId}`);
    const own = record.bundles.filter(({ id }) => bundleIds.includes(id));
    if (record.state === 'ready' && own.every(({ state }) => FINAL.includes(state))) return record;
    await delay(50);
  }
}

/** Waits until a condition holds. The time limit is the test's. */
export async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await delay(50);
  }
}
