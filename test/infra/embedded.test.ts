import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { announce, openCase, until } from '../e2e/client.ts';
import { fakeCore } from '../e2e/fake_core.ts';
import { type LocalTarget, localTarget } from '../e2e/local_target.ts';

describe('the embedded stack', () => {
  let target: LocalTarget;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'bundle-advisor-embedded-'));
    target = await localTarget(dataDir, { core: fakeCore() });
  });
  afterAll(async () => {
    await target.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const status = async (path: string, headers: Record<string, string>): Promise<[number, string]> => {
    const { hostname, port } = new URL(target.url);
    const outgoing = request({ hostname, port, path, headers });
    outgoing.end();
    const [response] = await once(outgoing, 'response');
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return [response.statusCode, JSON.parse(body).code];
  };
  const own = () => new URL(target.url).host;

  test('listens on loopback only', () => {
    expect(new URL(target.url).hostname).toBe('127.0.0.1');
  });

  test.each([
    ['without a token', {}],
    ['with a wrong token', { authorization: `Bearer ${'x'.repeat(43)}` }],
    ['with a token of another length', { authorization: 'Bearer x' }],
  ])('refuses a request %s', async (_, headers) => {
    expect(await status('/cases', { host: own(), ...headers })).toEqual([401, 'unauthenticated']);
  });

  test('refuses a request that another web page sent, token or not', async () => {
    const headers = { host: own(), authorization: `Bearer ${target.stack.token}` };
    expect(await status('/cases', { ...headers, origin: 'https://evil.example' })).toEqual([
      403,
      'origin_refused',
    ]);
    expect(await status('/cases', { ...headers, origin: 'null' })).toEqual([403, 'origin_refused']);
    expect((await status('/cases', { ...headers, origin: target.url }))[0]).toBe(200);
  });

  test('refuses a request under a name that is not ours, as after DNS rebinding', async () => {
    const headers = { authorization: `Bearer ${target.stack.token}` };
    const port = new URL(target.url).port;
    expect(await status('/cases', { ...headers, host: `evil.example:${port}` })).toEqual([
      403,
      'origin_refused',
    ]);
    expect((await status('/cases', { ...headers, host: `localhost:${port}` }))[0]).toBe(200);
  });

  test('keeps nothing of an upload whose connection was cut', async () => {
    const { id } = await openCase(target);
    const { upload } = await announce(target, id, 'cut', 1_000_000);
    const outgoing = request(upload.url, { method: 'PUT', headers: { 'content-length': 1_000_000 } });
    outgoing.on('error', () => undefined);
    outgoing.write(Buffer.alloc(400_000));
    const incoming = join(dataDir, 'objects/incoming');
    await until(async () => (await readdir(incoming)).length === 1);
    outgoing.destroy();
    await until(async () => (await readdir(incoming)).length === 0);
    expect(await target.objectsOf(id)).toEqual([]);
  });

  test('refuses an upload of unknown length that grows beyond what was announced', async () => {
    const { id } = await openCase(target);
    const { upload } = await announce(target, id, 'chunked', 10);
    const outgoing = request(upload.url, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } });
    outgoing.end(Buffer.alloc(11));
    const [response] = await once(outgoing, 'response');
    expect(response.statusCode).toBe(400);
    expect(await target.objectsOf(id)).toEqual([]);
  });
});
