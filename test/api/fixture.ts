import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { LOCAL_TABLE, type LocalRecords, openRecords } from '../../infra/local/records.ts';
import type { Principal } from '../../shared/api/access.ts';
import { SCOPES } from '../../shared/api/access.ts';
import { createApi } from '../../shared/api/app.ts';
import type { ApiPorts } from '../../shared/api/ports.ts';
import { dynamoDbRepository } from '../../shared/cases/adapters/dynamodb_repository.ts';
import { fileStore } from '../../shared/cases/adapters/file_store.ts';
import { DEFAULT_DEADLINES } from '../../shared/cases/deadlines.ts';
import { fakeCore } from '../e2e/fake_core.ts';

export interface ApiFixture {
  readonly ports: ApiPorts;
  readonly records: LocalRecords;
  /** Log lines the API wrote. */
  readonly logged: Record<string, unknown>[];
  request(method: string, path: string, json?: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** Staff that may do everything. */
export const OPERATOR: Principal = { subject: 'operator', scopes: SCOPES, customer: null };

/** The API over empty stores; who asks is decided per fixture. */
export async function apiFixture(overrides: Partial<ApiPorts> = {}): Promise<ApiFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'bundle-advisor-api-'));
  const records = await openRecords();
  const logged: Record<string, unknown>[] = [];
  const write = (message: string, fields: Record<string, unknown>) => logged.push({ message, ...fields });
  const now = () => new Date('2026-11-22T00:00:00Z');
  const store = (bucket: string) =>
    fileStore({ directory, bucket, secret: Buffer.from('secret'), endpoint: () => 'http://objects', now });
  const ports: ApiPorts = {
    uploads: store('uploads'),
    results: store('results'),
    repository: dynamoDbRepository(records.client, LOCAL_TABLE),
    clock: { now: () => now().toISOString() },
    log: { info: write, warn: write, error: write },
    meter: { count: () => undefined, bytes: () => undefined, milliseconds: () => undefined },
    deadlines: DEFAULT_DEADLINES,
    queue: { send: async () => undefined },
    knowledgeVersion: 'test',
    authenticate: async () => OPERATOR,
    newId: () => ulid().toLowerCase(),
    formats: fakeCore().formats,
    maxAnswerBytes: 1_000_000,
    ...overrides,
  };
  const api = createApi(ports);
  return {
    ports,
    records,
    logged,
    request: async (method, path, json, headers = {}) =>
      api.request(path, {
        method,
        headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    close: async () => {
      await records.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
