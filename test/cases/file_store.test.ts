import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  clearIncoming,
  type FileStore,
  fileStore,
  type Grant,
  verifyGrant,
} from '../../shared/cases/adapters/file_store.ts';

const SECRET = Buffer.from('a secret');
const NOW = new Date('2026-11-22T00:00:00Z');
const secondsLater = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

describe('the file store', () => {
  let directory: string;
  let store: FileStore;
  let announced: string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bundle-advisor-store-'));
    announced = [];
    store = fileStore({
      directory,
      bucket: 'uploads',
      secret: SECRET,
      endpoint: () => 'http://127.0.0.1:1/objects',
      now: () => NOW,
      created: async ({ key, bytes }) => {
        announced.push(`${key} ${bytes}`);
      },
    });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const signed = async (key = 'bundles/a/b', bytes = 4) => {
    const { url } = await store.signUpload(key, { bytes, expiresInSeconds: 60 });
    return new URL(url);
  };
  const putGrant = async (): Promise<Extract<Grant, { action: 'put' }>> => {
    const grant = verifyGrant(SECRET, await signed(), NOW);
    if (typeof grant === 'string' || grant.action !== 'put') throw new Error('no grant');
    return grant;
  };
  const filesLeft = async () =>
    (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

  test('grants what it signed until it expires, to the second', async () => {
    const url = await signed();
    expect(verifyGrant(SECRET, url, secondsLater(60))).toMatchObject({ key: 'bundles/a/b', bytes: 4 });
    expect(verifyGrant(SECRET, url, secondsLater(61))).toBe('url_expired');
  });

  test.each([
    ['key', 'bundles/a/c'],
    ['bytes', '5'],
    ['expires', '9999999999'],
    ['bucket', 'results'],
    ['action', 'get'],
    ['signature', 'f'.repeat(64)],
    ['signature', ''],
  ])('refuses a URL with another %s', async (name, value) => {
    const url = await signed();
    url.searchParams.set(name, value);
    expect(verifyGrant(SECRET, url, NOW)).toBe('signature_mismatch');
  });

  test('refuses a URL whose path is not the one signed, or of another secret', async () => {
    const url = await signed();
    expect(verifyGrant(Buffer.from('another'), url, NOW)).toBe('signature_mismatch');
    url.pathname = url.pathname.replace('/b', '/c');
    expect(verifyGrant(SECRET, url, NOW)).toBe('signature_mismatch');
  });

  test('stores exactly the announced length, once, and announces it', async () => {
    expect(await store.receive(await putGrant(), Readable.from([Buffer.from('abc')]))).toBe(
      'length_mismatch',
    );
    expect(await store.receive(await putGrant(), Readable.from([Buffer.from('abcde')]))).toBe(
      'length_mismatch',
    );
    expect(announced).toEqual([]);
    expect(await filesLeft()).toEqual([]);
    expect(
      await store.receive(await putGrant(), Readable.from([Buffer.from('ab'), Buffer.from('cd')])),
    ).toEqual({
      etag: expect.any(String),
    });
    expect(announced).toEqual(['bundles/a/b 4']);
    expect(await store.receive(await putGrant(), Readable.from([Buffer.from('wxyz')]))).toBe(
      'already_uploaded',
    );
    expect(Buffer.from((await store.get('bundles/a/b')) ?? []).toString()).toBe('abcd');
  });

  test('keeps nothing of an upload that breaks off', async () => {
    const body = Readable.from(
      (async function* () {
        yield Buffer.from('ab');
        throw new Error('connection reset');
      })(),
    );
    expect(await store.receive(await putGrant(), body)).toBe('incomplete');
    expect(await filesLeft()).toEqual([]);
  });

  test('clears what a killed process left half-written', async () => {
    await store.put('bundles/a/b', Buffer.from('whole'), { contentType: 'text/plain' });
    const { writeFile, mkdir } = await import('node:fs/promises');
    await mkdir(join(directory, 'incoming'), { recursive: true });
    await writeFile(join(directory, 'incoming/half'), 'ha');
    await clearIncoming(directory);
    expect(await readdir(join(directory, 'incoming'))).toEqual([]);
    expect(await store.head('bundles/a/b')).not.toBeNull();
  });

  test('reads one version, whatever comes after it', async () => {
    const first = await store.put('k', Buffer.from('first'), { contentType: 'text/plain' });
    const second = await store.put('k', Buffer.from('second'), { contentType: 'text/plain' });
    expect(Buffer.from((await store.get('k', first.version)) ?? []).toString()).toBe('first');
    expect(await store.head('k')).toEqual(second);
    const chunks = [];
    for await (const chunk of store.read(first, { start: 1, end: 4 })) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('irs');
  });

  test.each(['../x', 'a/../../x', 'a//b', '/a', 'a/', '.', 'a\0b', 'a\\b', ''])(
    'takes no key that leads elsewhere: %j',
    async (key) => {
      await expect(store.put(key, Buffer.from('x'), { contentType: 'text/plain' })).rejects.toThrow(
        RangeError,
      );
    },
  );

  test.each(['../k', '..', 'x.json', '/etc/passwd'])('finds no version %j', async (version) => {
    await store.put('k', Buffer.from('x'), { contentType: 'text/plain' });
    expect(await store.head('k', version)).toBeNull();
  });

  test('removes a prefix with its versions and unfinished parts, and nothing beside it', async () => {
    for (const key of ['bundles/a/1', 'bundles/a/1', 'bundles/a/2', 'bundles/ab/1']) {
      await store.put(key, Buffer.from('x'), { contentType: 'text/plain' });
    }
    const uploadId = await store.startParts('bundles/a/3');
    expect(await store.deletePrefix('bundles/a/')).toBe(3);
    expect(await store.head('bundles/a/1')).toBeNull();
    expect(await store.listParts('bundles/a/3', uploadId)).toBeNull();
    expect(await store.head('bundles/ab/1')).not.toBeNull();
    expect(await store.deletePrefix('bundles/a/')).toBe(0);
  });
});
