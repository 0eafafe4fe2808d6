import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { ulid } from 'ulid';
import { createHandler as createAnalyze } from '../../lambdas/analyze/handler.ts';
import { createHandler as createExtract } from '../../lambdas/extract/handler.ts';
import { createHandler as createReport } from '../../lambdas/report/handler.ts';
import { bearerToken, type Principal, SCOPES } from '../../shared/api/access.ts';
import { createApi } from '../../shared/api/app.ts';
import { ApiProblem, problemResponse } from '../../shared/api/problem.ts';
import { dynamoDbRepository } from '../../shared/cases/adapters/dynamodb_repository.ts';
import { clearIncoming, fileStore } from '../../shared/cases/adapters/file_store.ts';
import { DEFAULT_DEADLINES, type Deadlines } from '../../shared/cases/deadlines.ts';
import { ANALYSES, BUNDLES, CONFIRMATIONS, EVIDENCE } from '../../shared/cases/keys.ts';
import { objectEventMessage } from '../../shared/cases/object_event.ts';
import type { StoredObject } from '../../shared/cases/object_store.ts';
import type { Log, Meter, Ports, Stage, WorkQueue } from '../../shared/cases/ports.ts';
import { sweepStage } from '../../shared/cases/stages/sweep.ts';
import { type Core, loadCore } from './core.ts';
import { serveObjects } from './objects_endpoint.ts';
import { DiskQueue } from './queue.ts';
import { LOCAL_TABLE, openRecords, RecordsLocked } from './records.ts';

export interface LocalOptions {
  /** Where everything is kept; made when it is not there. */
  readonly dataDir: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The product's own by default. */
  readonly core?: Core;
  readonly log?: Log;
  readonly meter?: Meter;
  readonly deadlines?: Deadlines;
  /** Wall clock of records and of URL expiry; the tests turn it. */
  readonly now?: () => Date;
  /** Seconds between sweeps. */
  readonly sweepEvery?: number;
  readonly concurrency?: Partial<Record<Stage, number>>;
  readonly retryDelay?: (receives: number) => number;
  /** Delivers copies of messages, for tests: see `DiskQueue`. */
  readonly copies?: (stage: Stage, body: string) => readonly number[];
}

export interface LocalStack {
  readonly url: string;
  /** Bearer token of the API; also in `<dataDir>/token`. */
  readonly token: string;
  readonly queues: Readonly<Record<Stage, DiskQueue>>;
  /** Runs the sweep now. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** The embedded stack cannot start, for a reason people can do something about. */
export class StartError extends Error {
  readonly code: 'port_in_use' | 'data_dir_unusable' | 'data_dir_in_use';

  constructor(code: StartError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StartError';
    this.code = code;
  }
}

const STAGES: readonly Stage[] = ['extract', 'analyze', 'report'];

/** Which stage an object's creation wakes; the same filters are on the buckets in AWS. */
function stageOf(key: string): Stage | null {
  if (key.startsWith(BUNDLES)) return 'extract';
  if (key.startsWith(EVIDENCE) || key.startsWith(CONFIRMATIONS)) return 'analyze';
  return key.startsWith(ANALYSES) ? 'report' : null;
}

/**
 * The whole service in one process, on loopback only: the Lambda handlers, fed with the same events from queues on
 * disk; objects as files behind signed URLs; records through the DynamoDB adapter. A restart goes on where the last
 * process stopped.
 *
 * @throws {StartError} when the port or the data directory cannot be had.
 */
export async function startLocal(options: LocalOptions): Promise<LocalStack> {
  const dataDir = resolve(options.dataDir);
  const now = options.now ?? (() => new Date());
  const deadlines = options.deadlines ?? DEFAULT_DEADLINES;
  const log = options.log ?? SILENT;
  const core = options.core ?? (await loadCore());
  const [secret, token] = await openDataDir(dataDir);

  const server = createServer();
  server.requestTimeout = 0;
  const url = await listen(server, options.port);
  const records = await openRecords(join(dataDir, 'records')).catch((cause: unknown) => {
    server.close();
    throw cause instanceof RecordsLocked
      ? new StartError('data_dir_in_use', `Another process works on the data in ${dataDir}.`, cause)
      : new StartError('data_dir_unusable', `The records in ${dataDir} cannot be opened.`, cause);
  });

  await clearIncoming(join(dataDir, 'objects'));

  const queues = {} as Record<Stage, DiskQueue>;
  const queue: WorkQueue = {
    send: (stage, event) => queues[stage].send(objectEventMessage(event, now().toISOString())),
  };
  const announce = (bucket: string) => async (object: StoredObject) => {
    const stage = stageOf(object.key);
    if (stage !== null) await queue.send(stage, { bucket, key: object.key, version: object.version });
  };
  const store = (bucket: string) =>
    fileStore({
      directory: join(dataDir, 'objects'),
      bucket,
      secret,
      endpoint: () => `${url}/objects`,
      now,
      created: announce(bucket),
    });
  const uploads = store('uploads');
  const results = store('results');
  const ports: Ports & Core & { deadlines: Deadlines; queue: WorkQueue } = {
    ...core,
    uploads,
    results,
    repository: dynamoDbRepository(records.client, LOCAL_TABLE),
    clock: { now: () => now().toISOString() },
    log,
    meter: options.meter ?? UNMETERED,
    deadlines,
    queue,
  };
  const handlers = {
    extract: createExtract(ports),
    analyze: createAnalyze(ports),
    report: createReport(ports),
  };
  for (const stage of STAGES) {
    const { copies } = options;
    queues[stage] = new DiskQueue({
      directory: join(dataDir, 'queues'),
      name: stage,
      maxReceives: 3,
      concurrency: options.concurrency?.[stage] ?? 2,
      retryDelay: options.retryDelay ?? ((receives) => 1_000 * 2 ** receives),
      handler: handlers[stage],
      ...(copies === undefined ? {} : { copies: (body: string) => copies(stage, body) }),
    });
  }

  const operator: Principal = { subject: 'local', scopes: SCOPES, customer: null };
  const api = createApi({
    ...ports,
    authenticate: async (request) => (sameToken(bearerToken(request), token) ? operator : null),
    newId: () => ulid().toLowerCase(),
    maxAnswerBytes: 5_000_000,
  });
  const answer = getRequestListener((request) => api.fetch(request));
  server.on('request', (request, response) => {
    const refusal = foreign(request, url);
    if (refusal !== null) {
      const problem = problemResponse(refusal, request.headers['accept-language']);
      response.writeHead(problem.status, Object.fromEntries(problem.headers));
      problem.text().then((text) => response.end(text));
    } else if (request.url?.startsWith('/objects/')) {
      serveObjects({ stores: [uploads, results], secret, now }, request, response).catch((error: unknown) => {
        log.error('upload endpoint failed', { error: error instanceof Error ? error.message : 'unknown' });
        response.destroy();
      });
    } else void answer(request, response);
  });

  await Promise.all(STAGES.map((stage) => queues[stage].start()));
  await sweepStage(ports, { unfinished: true });
  const sweep = async () => {
    await sweepStage(ports);
  };
  const timer = setInterval(
    () => {
      sweep().catch((error: unknown) =>
        log.error('sweep failed', { error: error instanceof Error ? error.message : 'unknown' }),
      );
    },
    (options.sweepEvery ?? 60) * 1_000,
  );

  return {
    url,
    token,
    queues,
    sweep,
    close: async () => {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      await Promise.all(STAGES.map((stage) => queues[stage].stop(2_000)));
      await records.close();
    },
  };
}

async function openDataDir(dataDir: string): Promise<[Buffer, string]> {
  try {
    await mkdir(join(dataDir, 'objects'), { recursive: true, mode: 0o700 });
    const secret = await keptSecret(join(dataDir, 'secret'));
    const token = await keptSecret(join(dataDir, 'token'));
    return [Buffer.from(secret, 'utf8'), token];
  } catch (cause) {
    throw new StartError('data_dir_unusable', `The data directory ${dataDir} cannot be written to.`, cause);
  }
}

/** A random secret that only its owner can read, made at first use. */
async function keptSecret(file: string): Promise<string> {
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFile(file, 'utf8');
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new StartError('port_in_use', `Port ${port} is in use; give another one with --port.`, error)
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => done());
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * Loopback is reachable from every web page the user has open. A request must name us as its host (against DNS
 * rebinding), and one that a page sent must come from ourselves.
 */
function foreign(request: IncomingMessage, url: string): ApiProblem | null {
  const { port } = new URL(url);
  const own = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!own.includes(request.headers.host ?? ''))
    return new ApiProblem('origin_refused', 'The host is not ours.');
  const { origin } = request.headers;
  if (origin !== undefined && !own.some((host) => origin === `http://${host}`)) {
    return new ApiProblem('origin_refused');
  }
  return null;
}

function sameToken(given: string | null, token: string): boolean {
  return (
    given !== null && given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token))
  );
}

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const UNMETERED: Meter = {
  count: () => undefined,
  bytes: () => undefined,
  milliseconds: () => undefined,
};
