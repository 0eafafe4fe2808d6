import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ulid } from 'ulid';
import { z } from 'zod';
import type { ObjectStore, SignedUpload, StoredObject } from '../object_store.ts';

const CHUNK = 256 * 1024;

/** What a signed URL of the file store allows. */
export type Grant =
  | { action: 'put'; bucket: string; key: string; bytes: number; expires: number }
  | {
      action: 'part';
      bucket: string;
      key: string;
      uploadId: string;
      part: number;
      bytes: number;
      expires: number;
    }
  | { action: 'get'; bucket: string; key: string; type: string; disposition: string; expires: number };

/** Why a signed URL is refused. */
export type Refusal =
  | 'signature_mismatch'
  | 'url_expired'
  | 'length_mismatch'
  | 'already_uploaded'
  | 'incomplete';

const Metadata = z.strictObject({ bytes: z.int().min(0), storedAt: z.string(), contentType: z.string() });

export interface FileStore extends ObjectStore {
  readonly bucket: string;
  /** Stores a body of unknown length, as the upload endpoint receives it, under a grant that was verified. */
  receive(
    grant: Extract<Grant, { action: 'put' | 'part' }>,
    body: Readable,
  ): Promise<{ etag: string } | Refusal>;
}

/**
 * Objects on disk with the manners of a versioned S3 bucket: a version is visible once it is whole, uploads are
 * signed for one key, one length and a limited time, and every creation is announced.
 *
 * Layout: `<directory>/<bucket>/<key>/<version>` beside `<version>.json`; the latter is written last, by rename,
 * and makes the version exist. Half-written files lie in `<directory>/incoming` and are cleared at start.
 */
export function fileStore(options: {
  directory: string;
  bucket: string;
  secret: Buffer;
  /** Where the upload endpoint listens, e.g. `http://127.0.0.1:8080/objects`. Asked late: the port comes late. */
  endpoint: () => string;
  now: () => Date;
  created?: (object: StoredObject) => Promise<void>;
}): FileStore {
  const { bucket } = options;
  const root = join(options.directory, bucket);
  const incoming = join(options.directory, 'incoming');
  const parts = join(options.directory, 'parts', bucket);

  async function find(key: string, version?: string): Promise<StoredObject | null> {
    const folder = pathOf(root, key);
    const wanted = version ?? (await newestVersion(folder));
    if (wanted === null || !/^[0-9A-Za-z]+$/.test(wanted)) return null;
    const text = await readIfThere(join(folder, `${wanted}.json`));
    if (text === null) return null;
    const { bytes, storedAt } = Metadata.parse(JSON.parse(text.toString('utf8')));
    return { key, version: wanted, bytes, storedAt };
  }

  /** Puts a file that is whole into its place and announces it. */
  async function commit(key: string, file: string, contentType: string): Promise<StoredObject> {
    const folder = pathOf(root, key);
    await mkdir(folder, { recursive: true });
    const version = ulid();
    const { size } = await stat(file);
    const storedAt = options.now().toISOString();
    const draft = join(incoming, `${version}.json`);
    await writeFile(
      draft,
      JSON.stringify({ bytes: size, storedAt, contentType } satisfies z.infer<typeof Metadata>),
    );
    await rename(file, join(folder, version));
    await rename(draft, join(folder, `${version}.json`));
    const object = { key, version, bytes: size, storedAt };
    await options.created?.(object);
    return object;
  }

  async function draftOf(body: Readable, exactly?: number): Promise<string | Refusal> {
    await mkdir(incoming, { recursive: true });
    const file = join(incoming, ulid());
    let received = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        received += chunk.byteLength;
        if (exactly !== undefined && received > exactly) done(new LengthExceeded());
        else done(null, chunk);
      },
    });
    try {
      await pipeline(body, count, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      await rm(file, { force: true });
      return error instanceof LengthExceeded ? 'length_mismatch' : 'incomplete';
    }
    if (exactly === undefined || received === exactly) return file;
    await rm(file, { force: true });
    return 'length_mismatch';
  }

  function sign(grant: Grant): string {
    const query = new URLSearchParams(
      Object.fromEntries(Object.entries(grant).map(([name, value]) => [name, String(value)])),
    );
    query.set('signature', signatureOf(options.secret, grant));
    return `${options.endpoint()}/${bucket}/${grant.key}?${query}`;
  }

  function signedPut(grant: Extract<Grant, { action: 'put' | 'part' }>): SignedUpload {
    return {
      method: 'PUT',
      url: sign(grant),
      headers: { 'Content-Length': String(grant.bytes) },
      expiresAt: new Date(grant.expires * 1_000).toISOString(),
    };
  }

  const expiry = (seconds: number) => Math.floor(options.now().getTime() / 1_000) + seconds;

  return {
    bucket,

    head: find,

    async get(key, version) {
      const object = await find(key, version);
      return object === null ? null : readFile(join(pathOf(root, key), object.version));
    },

    async *read(object, { start, end }) {
      if (end <= start) return;
      const file = join(pathOf(root, object.key), object.version);
      yield* createReadStream(file, { start, end: end - 1, highWaterMark: CHUNK });
    },

    async put(key, body, { contentType }) {
      const draft = await draftOf(Readable.from([body]), body.byteLength);
      return commit(key, draft, contentType);
    },

    async signUpload(key, { bytes, expiresInSeconds }) {
      return signedPut({ action: 'put', bucket, key, bytes, expires: expiry(expiresInSeconds) });
    },

    async signDownload(key, { contentType, contentDisposition, expiresInSeconds }) {
      return sign({
        action: 'get',
        bucket,
        key,
        type: contentType,
        disposition: contentDisposition,
        expires: expiry(expiresInSeconds),
      });
    },

    async startParts(key) {
      const uploadId = randomBytes(16).toString('hex');
      await mkdir(pathOf(parts, `${key}/${uploadId}`), { recursive: true });
      return uploadId;
    },

    async signPart(key, uploadId, { partNumber, bytes, expiresInSeconds }) {
      const expires = expiry(expiresInSeconds);
      return signedPut({ action: 'part', bucket, key, uploadId, part: partNumber, bytes, expires });
    },

    async listParts(key, uploadId) {
      const folder = partsFolder(parts, key, uploadId);
      const names = folder === null ? null : await readdirIfThere(folder);
      if (folder === null || names === null) return null;
      const listed = await Promise.all(
        names
          .filter((name) => /^\d+$/.test(name))
          .map(async (name) => ({
            partNumber: Number(name),
            etag: partEtag(name),
            bytes: (await stat(join(folder, name))).size,
          })),
      );
      return listed.sort((a, b) => a.partNumber - b.partNumber);
    },

    async finishParts(key, uploadId, wanted) {
      const folder = partsFolder(parts, key, uploadId);
      const names = folder === null ? null : await readdirIfThere(folder);
      if (folder === null || names === null || wanted.length === 0) return false;
      const numbers = wanted.map(({ partNumber }) => partNumber);
      const ascending = numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
      if (!ascending || !numbers.every((number) => names.includes(String(number)))) return false;
      if ((await newestVersion(pathOf(root, key))) !== null) return false;
      const draft = await draftOf(
        Readable.from(
          (async function* () {
            for (const number of numbers) {
              yield* createReadStream(join(folder, String(number)), { highWaterMark: CHUNK });
            }
          })(),
        ),
      );
      if (isRefusal(draft)) return false;
      await commit(key, draft, 'application/octet-stream');
      await rm(folder, { recursive: true, force: true });
      return true;
    },

    async abortParts(key, uploadId) {
      const folder = partsFolder(parts, key, uploadId);
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },

    async deletePrefix(prefix) {
      const folder = pathOf(root, prefix.replace(/\/$/, ''));
      await rm(pathOf(parts, prefix.replace(/\/$/, '')), { recursive: true, force: true });
      const names = (await readdirIfThere(folder, true)) ?? [];
      await rm(folder, { recursive: true, force: true });
      await removeIfEmpty(dirname(folder));
      return names.filter((name) => name.endsWith('.json') && !name.includes('/.')).length;
    },

    async receive(grant, body) {
      if (grant.action === 'put' && (await newestVersion(pathOf(root, grant.key))) !== null) {
        return 'already_uploaded';
      }
      const folder = grant.action === 'part' ? partsFolder(parts, grant.key, grant.uploadId) : null;
      if (grant.action === 'part' && (folder === null || (await readdirIfThere(folder)) === null)) {
        return 'already_uploaded';
      }
      const draft = await draftOf(body, grant.bytes);
      if (isRefusal(draft)) return draft;
      if (grant.action === 'part' && folder !== null) {
        await rename(draft, join(folder, String(grant.part)));
        return { etag: partEtag(String(grant.part)) };
      }
      const object = await commit(grant.key, draft, 'application/octet-stream');
      return { etag: object.version };
    },
  };
}

class LengthExceeded extends Error {}

/** Clears what a crash left half-written. To be called once, before the store is used. */
export async function clearIncoming(directory: string): Promise<void> {
  await rm(join(directory, 'incoming'), { recursive: true, force: true });
  await mkdir(join(directory, 'incoming'), { recursive: true });
}

/** Reads and checks the grant of a signed URL. */
export function verifyGrant(secret: Buffer, url: URL, now: Date): Grant | Refusal {
  const parsed = SignedGrant.safeParse(Object.fromEntries(url.searchParams));
  if (!parsed.success) return 'signature_mismatch';
  const { signature, ...grant } = parsed.data;
  const expected = Buffer.from(signatureOf(secret, grant), 'hex');
  const given = Buffer.from(signature, 'hex');
  if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected))
    return 'signature_mismatch';
  if (!url.pathname.endsWith(`/${grant.bucket}/${grant.key}`)) return 'signature_mismatch';
  return now.getTime() / 1_000 > grant.expires ? 'url_expired' : grant;
}

const number = z.coerce.number().int().min(0);
const common = {
  bucket: z.string(),
  key: z.string(),
  expires: number,
  signature: z.string().regex(/^[0-9a-f]{64}$/),
};
const SignedGrant = z.discriminatedUnion('action', [
  z.object({ action: z.literal('put'), ...common, bytes: number }),
  z.object({ action: z.literal('part'), ...common, uploadId: z.string(), part: number, bytes: number }),
  z.object({ action: z.literal('get'), ...common, type: z.string(), disposition: z.string() }),
]);

function signatureOf(secret: Buffer, grant: Grant): string {
  const canonical = JSON.stringify(Object.entries(grant).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHmac('sha256', secret).update(canonical).digest('hex');
}

function isRefusal(draft: string): draft is Refusal {
  return !draft.includes('/') && !draft.includes('\\');
}

/** Keys are our own, but a key must never lead out of the bucket. */
function pathOf(root: string, key: string): string {
  if (
    !/^[0-9A-Za-z._-]+(\/[0-9A-Za-z._-]+)*$/.test(key) ||
    key.split('/').some((part) => /^\.+$/.test(part))
  ) {
    throw new RangeError('The key is not one this store takes.');
  }
  return join(root, ...key.split('/'));
}

function partsFolder(parts: string, key: string, uploadId: string): string | null {
  return /^[0-9a-f]{32}$/.test(uploadId) ? pathOf(parts, `${key}/${uploadId}`) : null;
}

function partEtag(name: string): string {
  return `part-${name}`;
}

async function newestVersion(folder: string): Promise<string | null> {
  const names = (await readdirIfThere(folder)) ?? [];
  const versions = names.filter((name) => name.endsWith('.json')).sort();
  return versions.at(-1)?.replace(/\.json$/, '') ?? null;
}

/** So that nothing is left of a case but the folders all cases share. */
async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!isNotFound(error) && !(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) {
      throw error;
    }
  }
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

async function readdirIfThere(folder: string, recursive = false): Promise<string[] | null> {
  try {
    return await readdir(folder, { recursive });
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
