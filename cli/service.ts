import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ProblemDocument } from '../shared/api/problem.ts';
import {
  ArrivedParts,
  BundleView,
  CaseSummary as CaseSummaryView,
  CaseView,
  PartsPlan,
  SignedPart,
  SignedRequest,
} from '../shared/api/schemas.ts';
import { CommandError, EXIT } from './exit_codes.ts';
import { type Authorize, authorizeWith, type ServiceCredentials } from './service_credentials.ts';

export type CaseState = z.infer<typeof CaseView>;
export type BundleState = z.infer<typeof BundleView>;
export type CaseSummary = z.infer<typeof CaseSummaryView>;

const AnnouncedBundle = BundleView.extend({ upload: SignedRequest.nullable(), parts: PartsPlan.nullable() });
const ReanalysisPage = z.object({
  knowledge: z.string(),
  looked: z.int(),
  items: z.array(CaseSummaryView),
  cursor: z.string().optional(),
});
const SignedParts = z.object({ items: z.array(SignedPart) });

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

/** An upload that ended on the way; what arrived in parts is kept, and the same command goes on from there. */
export class BrokenUpload extends CommandError {}

/** Talks to a Bundle Advisor service. Every failure is a {@link CommandError} with exit code 4. */
export class ServiceClient {
  readonly #api: string;
  readonly #authorize: Authorize;
  readonly #signal: AbortSignal;

  constructor(api: string, credentials: ServiceCredentials, signal: AbortSignal) {
    this.#api = api;
    this.#authorize = authorizeWith(credentials, api);
    this.#signal = signal;
  }

  async #fetch(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json, */*;q=0.5' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    try {
      const request = new Request(`${this.#api}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return await fetch(await this.#authorize(request), { signal: this.#signal });
    } catch (cause) {
      this.#signal.throwIfAborted();
      throw new CommandError(`The service at ${this.#api} cannot be reached.`, EXIT.service, { cause });
    }
  }

  async #call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
    const response = await this.#fetch(method, path, body);
    if (response.ok) return response;
    const hint =
      response.status === 401
        ? ' Give its token with --token or BUNDLE_ADVISOR_TOKEN.'
        : response.status === 403 && response.headers.has('x-amzn-errortype')
          ? ' It goes by IAM: sign the requests with --iam.'
          : '';
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

  /** The case, or null when there is none any more. */
  async findCase(caseId: string): Promise<CaseState | null> {
    const path = `/cases/${encodeURIComponent(caseId)}`;
    const response = await this.#fetch('GET', path);
    if (response.status === 404) return null;
    return this.#json(CaseView, response.ok ? response : await this.#call('GET', path));
  }

  /** Has one page of cases judged again; answers those cases as they were before. */
  async reanalyze(wanted: {
    scope: 'outdated' | 'all';
    dryRun: boolean;
    limit: number;
    cursor?: string;
  }): Promise<z.infer<typeof ReanalysisPage>> {
    return this.#json(ReanalysisPage, await this.#call('POST', '/reanalysis', wanted));
  }

  /** The rendered advisory, as the service made it. */
  async report(caseId: string, language: 'ja' | 'en', format: string): Promise<Uint8Array> {
    const response = await this.#call(
      'GET',
      `/cases/${encodeURIComponent(caseId)}/report?lang=${language}&format=${format}`,
    );
    return new Uint8Array(await response.arrayBuffer());
  }

  /**
   * Announces the file and sends it to signed URLs, streamed from disk: in one piece up to `partBytes`, in parts
   * above. An upload in parts that broke off is found again in the case by name and size, and only what is missing
   * is sent.
   */
  async uploadBundle(
    caseId: string,
    path: string,
    partBytes: number,
    onProgress: (sent: number, total: number) => void,
  ): Promise<BundleState> {
    const { size } = await stat(path).catch((cause: unknown) => {
      throw new CommandError(`${path} cannot be read.`, EXIT.unreadable, { cause });
    });
    if (size <= partBytes) {
      const { upload, parts: _, ...bundle } = await this.#announce(caseId, path, size, undefined);
      if (upload === null) throw new CommandError(`The service wants ${path} in parts.`, EXIT.service);
      await this.#put(path, { start: 0, bytes: size }, upload, (sent) => onProgress(sent, size));
      return bundle;
    }
    const bundle =
      (await this.#unfinished(caseId, path, size)) ?? (await this.#announce(caseId, path, size, partBytes));
    await this.#sendParts(
      `/cases/${encodeURIComponent(caseId)}/bundles/${bundle.id}`,
      path,
      size,
      onProgress,
    );
    return bundle;
  }

  async #announce(caseId: string, path: string, bytes: number, partBytes: number | undefined) {
    return this.#json(
      AnnouncedBundle,
      await this.#call('POST', `/cases/${encodeURIComponent(caseId)}/bundles`, {
        fileName: basename(path),
        bytes,
        ...(partBytes === undefined ? {} : { partBytes }),
      }),
    );
  }

  /** The bundle of an upload in parts that broke off; undefined when there is none that can go on. */
  async #unfinished(caseId: string, path: string, bytes: number): Promise<BundleState | undefined> {
    const { bundles } = await this.getCase(caseId);
    const waiting = bundles.filter(
      (bundle) =>
        bundle.fileName === basename(path) &&
        bundle.bytes === bytes &&
        bundle.state === 'awaiting_upload' &&
        Date.parse(bundle.uploadExpiresAt) > Date.now(),
    );
    for (const bundle of waiting) {
      const route = `/cases/${encodeURIComponent(caseId)}/bundles/${bundle.id}/parts`;
      if ((await this.#fetch('GET', route)).ok) return bundle;
    }
    return undefined;
  }

  async #sendParts(
    route: string,
    path: string,
    size: number,
    onProgress: (sent: number, total: number) => void,
  ): Promise<void> {
    const { partBytes, parts, arrived } = await this.#json(
      ArrivedParts,
      await this.#call('GET', `${route}/parts`),
    );
    const have = new Set(arrived);
    let done = 0;
    for (let part = 1; part <= parts; part++) {
      const start = (part - 1) * partBytes;
      const bytes = Math.min(partBytes, size - start);
      if (!have.has(part)) {
        // A fresh URL for every try: the last one may have expired while the line was down.
        await this.#trying(async () => {
          const { items } = await this.#json(
            SignedParts,
            await this.#call('POST', `${route}/parts`, { parts: [part] }),
          );
          const [signed] = items;
          if (signed === undefined) throw new CommandError('The service signs no part.', EXIT.service);
          await this.#put(path, { start, bytes }, signed.upload, (sent) => onProgress(done + sent, size));
        });
      }
      done += bytes;
      onProgress(done, size);
    }
    await this.#call('POST', `${route}/complete`);
  }

  /** Repeats a piece of work that failed on the way to the service, with growing pauses. */
  async #trying(work: () => Promise<void>): Promise<void> {
    for (let pause = 500; ; pause *= 2) {
      try {
        return await work();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!(error instanceof CommandError) || pause > 8_000) throw error;
        await delay(pause, undefined, { signal: this.#signal });
      }
    }
  }

  /** Sends a stretch of the file to a signed URL. */
  async #put(
    path: string,
    { start, bytes }: { start: number; bytes: number },
    upload: z.infer<typeof SignedRequest>,
    onSent: (sent: number) => void,
  ): Promise<void> {
    const send = upload.url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = send(upload.url, {
      method: upload.method,
      headers: { ...upload.headers, 'Content-Length': bytes },
      signal: this.#signal,
    });
    const answered = new Promise<number>((resolve, reject) => {
      outgoing.once('error', reject);
      outgoing.once('response', (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
        response.once('error', reject);
      });
    });
    let sent = 0;
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        yield chunk;
        sent += chunk.length;
        onSent(sent);
      }
    };
    const content =
      bytes === 0 ? Readable.from([]) : createReadStream(path, { start, end: start + bytes - 1 });
    const [, status] = await Promise.all([
      // A refusal may close the connection while there is still something to send; the answer tells why.
      pipeline(content, counted, outgoing).catch(() => {}),
      answered,
    ]).catch((cause: unknown) => {
      this.#signal.throwIfAborted();
      throw new BrokenUpload(`The upload of ${path} broke off.`, EXIT.service, { cause });
    });
    if (status < 200 || status > 299) {
      throw new CommandError(`The upload of ${path} was refused with ${status}.`, EXIT.service);
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
