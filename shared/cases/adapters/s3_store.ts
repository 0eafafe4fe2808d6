import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NoSuchUpload,
  PutObjectCommand,
  paginateListParts,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ObjectStore, SignedUpload, StoredObject } from '../object_store.ts';

/** Marks a version that is really an ETag: the bucket keeps no versions. */
const ETAG = 'etag-';

/**
 * One S3 bucket. Reads are pinned to a version id, or to the ETag where the bucket keeps no versions.
 *
 * Signed uploads carry exact length and `If-None-Match: *` in their signature: one URL creates one object of one
 * size, once.
 */
export function s3Store(bucket: string, configuration: S3ClientConfig = {}): ObjectStore {
  const client = new S3Client(configuration);
  // Otherwise the checksum of an empty body is signed into every upload URL.
  const signer = new S3Client({ ...configuration, requestChecksumCalculation: 'WHEN_REQUIRED' });

  async function head(key: string, version?: string): Promise<StoredObject | null> {
    const answer = await unlessMissing(() =>
      client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ...pinned(version) })),
    );
    if (answer === null) return null;
    return {
      key,
      version: versionOf(answer),
      bytes: answer.ContentLength ?? 0,
      storedAt: (answer.LastModified ?? new Date(0)).toISOString(),
    };
  }

  async function deleteVersions(
    versions: readonly { Key?: string | undefined; VersionId?: string | undefined }[],
  ): Promise<number> {
    if (versions.length === 0) return 0;
    const answer = await client.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: versions.map(({ Key, VersionId }) => ({ Key, VersionId })), Quiet: true },
      }),
    );
    const [failed] = answer.Errors ?? [];
    if (failed !== undefined) throw new Error(`S3 did not delete an object: ${failed.Code}`);
    return versions.length;
  }

  return {
    head,

    async get(key, version) {
      const answer = await unlessMissing(() =>
        client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...pinned(version) })),
      );
      return (await answer?.Body?.transformToByteArray()) ?? null;
    },

    async *read({ key, version }, { start, end }) {
      if (end <= start) return;
      const answer = await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          Range: `bytes=${start}-${end - 1}`,
          ...pinned(version),
        }),
      );
      if (answer.Body === undefined) return;
      yield* answer.Body as AsyncIterable<Uint8Array>;
    },

    async put(key, body, { contentType }) {
      const answer = await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }),
      );
      return {
        key,
        version: versionOf(answer),
        bytes: body.byteLength,
        storedAt: new Date().toISOString(),
      };
    },

    async signUpload(key, { bytes, expiresInSeconds }) {
      const url = await getSignedUrl(
        signer,
        new PutObjectCommand({ Bucket: bucket, Key: key, ContentLength: bytes, IfNoneMatch: '*' }),
        { expiresIn: expiresInSeconds },
      );
      return signedPut(url, { 'Content-Length': String(bytes), 'If-None-Match': '*' }, expiresInSeconds);
    },

    async signDownload(key, { contentType, contentDisposition, expiresInSeconds }) {
      return getSignedUrl(
        signer,
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          ResponseContentType: contentType,
          ResponseContentDisposition: contentDisposition,
        }),
        { expiresIn: expiresInSeconds },
      );
    },

    async startParts(key) {
      const answer = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
      if (answer.UploadId === undefined) throw new Error('S3 began an upload in parts without an id.');
      return answer.UploadId;
    },

    async signPart(key, uploadId, { partNumber, bytes, expiresInSeconds }) {
      const url = await getSignedUrl(
        signer,
        new UploadPartCommand({
          Bucket: bucket,
          Key: key,
          UploadId: uploadId,
          PartNumber: partNumber,
          ContentLength: bytes,
        }),
        { expiresIn: expiresInSeconds },
      );
      return signedPut(url, { 'Content-Length': String(bytes) }, expiresInSeconds);
    },

    async listParts(key, uploadId) {
      return unlessMissing(async () => {
        const parts = [];
        const pages = paginateListParts({ client }, { Bucket: bucket, Key: key, UploadId: uploadId });
        for await (const page of pages) {
          for (const { PartNumber, ETag, Size } of page.Parts ?? []) {
            if (PartNumber !== undefined && ETag !== undefined) {
              parts.push({ partNumber: PartNumber, etag: ETag, bytes: Size ?? 0 });
            }
          }
          // The last page names a next one too, which S3 answers with the first page after: the paginator never ends.
          if (page.IsTruncated !== true) break;
        }
        return parts;
      });
    },

    async finishParts(key, uploadId, parts) {
      try {
        await client.send(
          new CompleteMultipartUploadCommand({
            Bucket: bucket,
            Key: key,
            UploadId: uploadId,
            IfNoneMatch: '*',
            MultipartUpload: {
              Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
            },
          }),
        );
        return true;
      } catch (error) {
        if (isMissing(error) || (error instanceof S3ServiceException && REFUSED_PARTS.has(error.name))) {
          return false;
        }
        throw error;
      }
    },

    async abortParts(key, uploadId) {
      await unlessMissing(() =>
        client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId })),
      );
    },

    async deletePrefix(prefix) {
      let removed = 0;
      for (let marker: { KeyMarker?: string; VersionIdMarker?: string } | null = {}; marker !== null; ) {
        const page: ListObjectVersionsCommandOutput = await client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...marker }),
        );
        removed += await deleteVersions([...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]);
        marker = page.IsTruncated === true ? nextMarker(page) : null;
      }
      const unfinished = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
      );
      for (const { Key, UploadId } of unfinished.Uploads ?? []) {
        await unlessMissing(() =>
          client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
        );
      }
      return removed;
    },
  };
}

/** Answers to CompleteMultipartUpload that mean the client's parts do not make an object. */
const REFUSED_PARTS = new Set([
  'InvalidPart',
  'InvalidPartOrder',
  'EntityTooSmall',
  'MalformedXML',
  'PreconditionFailed',
  'InvalidRequest',
]);

function nextMarker(page: ListObjectVersionsCommandOutput): { KeyMarker?: string; VersionIdMarker?: string } {
  const { NextKeyMarker, NextVersionIdMarker } = page;
  return {
    ...(NextKeyMarker === undefined ? {} : { KeyMarker: NextKeyMarker }),
    ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
  };
}

function signedPut(url: string, headers: Record<string, string>, expiresInSeconds: number): SignedUpload {
  return {
    method: 'PUT',
    url,
    headers,
    expiresAt: new Date(Date.now() + expiresInSeconds * 1_000).toISOString(),
  };
}

function pinned(version: string | undefined): { VersionId?: string; IfMatch?: string } {
  if (version === undefined) return {};
  return version.startsWith(ETAG) ? { IfMatch: `"${version.slice(ETAG.length)}"` } : { VersionId: version };
}

function versionOf(answer: { VersionId?: string | undefined; ETag?: string | undefined }): string {
  const { VersionId, ETag = '' } = answer;
  return VersionId === undefined || VersionId === 'null' ? `${ETAG}${ETag.replaceAll('"', '')}` : VersionId;
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Absent, absent in this version, or replaced since (412 for an ETag). */
function isMissing(error: unknown): boolean {
  if (error instanceof NoSuchUpload) return true;
  return error instanceof S3ServiceException && [404, 412].includes(error.$metadata.httpStatusCode ?? 0);
}
