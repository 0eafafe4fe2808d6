/** One stored version of an object. `version` is opaque: an S3 version id, or the like of another store. */
export interface StoredObject {
  readonly key: string;
  readonly version: string;
  readonly bytes: number;
  /** RFC 3339 in UTC. */
  readonly storedAt: string;
}

/** A request that anybody who holds it may send once, until it expires. */
export interface SignedUpload {
  readonly method: 'PUT';
  readonly url: string;
  /** Headers that must be sent exactly so; they are part of the signature. */
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 3339 in UTC. */
  readonly expiresAt: string;
}

/** One part of a multipart upload: parts count from 1; all but the last have the same size. */
export interface UploadPart {
  readonly partNumber: number;
  readonly etag: string;
}

/**
 * The objects of one bucket. Uploads and results live in two of them, so that a grant on one says nothing about
 * the other. Every method that finds nothing answers `null`; anything else that goes wrong throws.
 */
export interface ObjectStore {
  head(key: string, version?: string): Promise<StoredObject | null>;
  /** The whole object in memory: for our own documents, never for bundles. */
  get(key: string, version?: string): Promise<Uint8Array | null>;
  /**
   * Bytes `[start, end)` of exactly this version, in order, in one request; throws where the connection breaks.
   * {@link objectSource} makes a reader of it that survives that.
   */
  read(object: StoredObject, range: { start: number; end: number }): AsyncIterable<Uint8Array>;
  put(key: string, body: Uint8Array, options: { contentType: string }): Promise<StoredObject>;
  /** Signs one PUT of exactly `bytes` bytes that creates the object and never replaces it. */
  signUpload(key: string, options: { bytes: number; expiresInSeconds: number }): Promise<SignedUpload>;
  /** A short-lived GET, for documents too large for an API answer. */
  signDownload(
    key: string,
    options: { contentType: string; contentDisposition: string; expiresInSeconds: number },
  ): Promise<string>;
  /** Begins an upload in parts and answers its id. */
  startParts(key: string): Promise<string>;
  /** Signs one PUT of exactly `bytes` bytes as part `partNumber`; may be sent again to replace the part. */
  signPart(
    key: string,
    uploadId: string,
    options: { partNumber: number; bytes: number; expiresInSeconds: number },
  ): Promise<SignedUpload>;
  /** The parts that have arrived, in order; `null` when the upload is unknown, finished or given up. */
  listParts(key: string, uploadId: string): Promise<readonly (UploadPart & { bytes: number })[] | null>;
  /** Joins the parts into the object; `false` when the upload is unknown or a part does not fit. */
  finishParts(key: string, uploadId: string, parts: readonly UploadPart[]): Promise<boolean>;
  abortParts(key: string, uploadId: string): Promise<void>;
  /** Removes every version of every object, and every unfinished upload, under a prefix; answers how many. */
  deletePrefix(prefix: string): Promise<number>;
}
