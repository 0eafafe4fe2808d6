import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { ProblemDocument } from '../shared/api/problem.ts';
import { BundleView, CaseView, SignedRequest } from '../shared/api/schemas.ts';
import { CommandError, EXIT } from './exit_codes.ts';

export type CaseState = z.infer<typeof CaseView>;
export type BundleState = z.infer<typeof BundleView>;

const AnnouncedBundle = BundleView.extend({ upload: SignedRequest });

/** States a bundle does not leave by itself. */
const FINAL: ReadonlySet<BundleState['state']> = new Set(['analyzed', 'rejected', 'failed']);

export function isFinal(bundle: BundleState): boolean {
  return FINAL.has(bundle.state);
}

async function sentenceOf(response: Response): Promise<string> {
  const problem = ProblemDocument.safeParse(await response.json().catch(() => null));
  if (!problem.success) return `The service answered ${response.status}.`;
  const { title, detail } = problem.data;
  return `The service answered ${response.status}: ${title}${detail === undefined ? '' : ` (${detail})`}`;
}

/** Talks to a Bundle Advisor service. Every failure is a {@link CommandError} with exit code 4. */
export class ServiceClient {
  readonly #api: string;
  readonly #token: string | undefined;
  readonly #signal: AbortSignal;

  constructor(api: string, token: string | undefined, signal: AbortSignal) {
    this.#api = api;
    this.#token = token;
    this.#signal = signal;
  }

  async #call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json, */*;q=0.5' };
    if (this.#token !== undefined) headers.Authorization = `Bearer ${this.#token}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let response: Response;
    try {
      response = await fetch(`${this.#api}${path}`, {
        method,
        headers,
        signal: this.#signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      this.#signal.throwIfAborted();
      throw new CommandError(`The service at ${this.#api} cannot be reached.`, EXIT.service, { cause });
    }
    if (response.ok) return response;
    const hint = response.status === 401 ? ' Give its token with --token or BUNDLE_ADVISOR_TOKEN.' : '';
    throw new CommandError(`${await sentenceOf(response)}${hint}`, EXIT.service);
  }

  async #json<T extends z.ZodType>(schema: T, response: Response): Promise<z.infer<T>> {
    const parsed = schema.safeParse(await response.json().catch(() => null));
    if (parsed.success) return parsed.data;
    throw new CommandError(`${this.#api} does not answer like a Bundle Advisor service.`, EXIT.service);
  }

  async createCase(title: string, timezone: string): Promise<CaseState> {
    return this.#json(CaseView, await this.#call('POST', '/cases', { title, timezone }));
  }

  async getCase(caseId: string): Promise<CaseState> {
    return this.#json(CaseView, await this.#call('GET', `/cases/${encodeURIComponent(caseId)}`));
  }

  /** The rendered advisory, as the service made it. */
  async report(caseId: string, language: 'ja' | 'en', format: string): Promise<Uint8Array> {
    const response = await this.#call(
      'GET',
      `/cases/${encodeURIComponent(caseId)}/report?lang=${language}&format=${format}`,
    );
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Announces the file and sends it to the signed URL, streamed from disk. */
  async uploadBundle(
    caseId: string,
    path: string,
    onProgress: (sent: number, total: number) => void,
  ): Promise<BundleState> {
    const { size } = await stat(path).catch((cause: unknown) => {
      throw new CommandError(`${path} cannot be read.`, EXIT.unreadable, { cause });
    });
    const { upload, ...bundle } = await this.#json(
      AnnouncedBundle,
      await this.#call('POST', `/cases/${encodeURIComponent(caseId)}/bundles`, {
        fileName: basename(path),
        bytes: size,
      }),
    );
    await this.#put(path, size, upload, onProgress);
    return bundle;
  }

  async #put(
    path: string,
    size: number,
    upload: z.infer<typeof SignedRequest>,
    onProgress: (sent: number, total: number) => void,
  ): Promise<void> {
    const send = upload.url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = send(upload.url, {
      method: upload.method,
      headers: { ...upload.headers, 'Content-Length': size },
      signal: this.#signal,
    });
    const answered = new Promise<{ status: number; body: string }>((resolve, reject) => {
      outgoing.once('error', reject);
      outgoing.once('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body = (body + chunk).slice(0, 2_000);
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.once('error', reject);
      });
    });
    let sent = 0;
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        yield chunk;
        sent += chunk.length;
        onProgress(sent, size);
      }
    };
    const [, answer] = await Promise.all([
      pipeline(createReadStream(path), counted, outgoing).catch(() => {}),
      answered,
    ]).catch((cause: unknown) => {
      this.#signal.throwIfAborted();
      throw new CommandError(`The upload of ${path} broke off; run the command again.`, EXIT.service, {
        cause,
      });
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new CommandError(`The upload of ${path} was refused with ${answer.status}.`, EXIT.service);
    }
  }

  /**
   * Waits until every bundle of the case is in a final state and the reports hold them all; `onChange` is told
   * each state seen. Bundles announced but never uploaded are not waited for.
   */
  async waitUntilReady(
    caseId: string,
    bundleIds: ReadonlySet<string>,
    onChange: (state: CaseState) => void,
  ): Promise<CaseState> {
    for (let pause = 200; ; pause = Math.min(2_000, pause * 1.3)) {
      const state = await this.getCase(caseId);
      onChange(state);
      const own = state.bundles.filter((bundle) => bundleIds.has(bundle.id));
      if (own.every(isFinal) && state.state === 'ready') return state;
      if (own.every(isFinal) && state.analysis === null && own.every((bundle) => bundle.state === 'failed'))
        return state;
      await delay(pause, undefined, { signal: this.#signal });
    }
  }
}
