import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * As much of S3 as a function needs that reads and writes whole objects: by key, in memory, without versions. And as
 * much of SQS as takes messages.
 */
export interface ServiceStandIn {
  readonly endpoint: string;
  /** By `/bucket/key`. */
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly messages: readonly { queue: string; body: string }[];
  close(): Promise<void>;
}

export async function serveInMemory(): Promise<ServiceStandIn> {
  const objects = new Map<string, Buffer>();
  const messages: { queue: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'PUT') {
      objects.set(pathname, await buffer(request));
      response.setHeader('ETag', '"whole"').end();
      return;
    }
    if (request.headers['x-amz-target'] === 'AmazonSQS.SendMessage') {
      const { QueueUrl: queue, MessageBody: body } = JSON.parse((await buffer(request)).toString());
      messages.push({ queue, body });
      const MD5OfMessageBody = createHash('md5').update(body).digest('hex');
      response.end(JSON.stringify({ MessageId: `${messages.length}`, MD5OfMessageBody }));
      return;
    }
    const object = objects.get(pathname);
    if (object === undefined) {
      response.writeHead(404).end();
      return;
    }
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const body = start === undefined ? object : object.subarray(Number(start), Number(end) + 1);
    response.writeHead(start === undefined ? 200 : 206, {
      ETag: '"whole"',
      'Content-Length': body.byteLength,
      'Last-Modified': new Date(0).toUTCString(),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    messages,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
