import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiProblem, problemResponse } from '../../shared/api/problem.ts';
import { type FileStore, verifyGrant } from '../../shared/cases/adapters/file_store.ts';

/**
 * The place of signed URLs in the embedded stack: takes uploads to disk as a stream and hands large documents out.
 * A signed URL is all the authority there is, as with S3.
 */
export async function serveObjects(
  options: { stores: readonly FileStore[]; secret: Buffer; now: () => Date },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (problem: ApiProblem) =>
    send(response, problemResponse(problem, request.headers['accept-language']));
  const grant = verifyGrant(options.secret, new URL(request.url ?? '/', 'http://local'), options.now());
  if (typeof grant === 'string') return refuse(new ApiProblem(grant));
  const store = options.stores.find(({ bucket }) => bucket === grant.bucket);
  if (store === undefined) return refuse(new ApiProblem('signature_mismatch'));

  if (grant.action === 'get') {
    if (request.method !== 'GET') return refuse(new ApiProblem('method_not_allowed'));
    const object = await store.head(grant.key);
    if (object === null) return refuse(new ApiProblem('not_found'));
    response.writeHead(200, {
      'Content-Type': grant.type,
      'Content-Disposition': grant.disposition,
      'Content-Length': object.bytes,
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
      'X-Content-Type-Options': 'nosniff',
    });
    await pipeline(Readable.from(store.read(object, { start: 0, end: object.bytes })), response);
    return;
  }

  if (request.method !== 'PUT') return refuse(new ApiProblem('method_not_allowed'));
  const stated = request.headers['content-length'];
  if (stated !== undefined && Number(stated) !== grant.bytes) {
    return refuse(new ApiProblem('length_mismatch', `The URL is for exactly ${grant.bytes} bytes.`));
  }
  const received = await store.receive(grant, request);
  if (typeof received === 'string') {
    const detail =
      received === 'length_mismatch' ? `The URL is for exactly ${grant.bytes} bytes.` : undefined;
    return refuse(new ApiProblem(received, detail));
  }
  response.writeHead(200, { ETag: `"${received.etag}"`, 'Content-Length': 0 }).end();
}

async function send(response: ServerResponse, answer: Response): Promise<void> {
  if (response.destroyed) return;
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), Connection: 'close' });
  response.end(await answer.text());
}
