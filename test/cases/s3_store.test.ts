import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3Store } from '../../shared/cases/adapters/s3_store.ts';

/** Pages of three parts. */
const PAGE = 3;

/**
 * Lists the parts of one upload as S3 does: the last page names a next one as well, and asked for what is behind the
 * last part it answers none, and 0 as the next.
 */
function partsPage(total: number, marker: number): string {
  const numbers = Array.from({ length: total }, (_, index) => index + 1).filter((number) => number > marker);
  const page = numbers.slice(0, PAGE);
  const parts = page.map(
    (number) => `<Part><PartNumber>${number}</PartNumber><ETag>"${number}"</ETag></Part>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><ListPartsResult><NextPartNumberMarker>${page.at(-1) ?? 0}</NextPartNumberMarker><IsTruncated>${numbers.length > PAGE}</IsTruncated>${parts.join('')}</ListPartsResult>`;
}

describe('objects in S3', () => {
  let server: Server;
  let asked = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked += 1;
      const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
      const total = Number(query.get('uploadId'));
      response.setHeader('Content-Type', 'application/xml');
      response.end(partsPage(total, Number(query.get('part-number-marker') ?? 0)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  test.each([
    [0, 1],
    [1, 1],
    [3, 1],
    [4, 2],
    [7, 3],
  ])('lists %i parts, each once, in %i requests', async (total, requests) => {
    const store = s3Store('bucket', {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'local',
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    asked = 0;
    const parts = await store.listParts('key', String(total));
    expect(parts?.map(({ partNumber }) => partNumber)).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    expect(asked).toBe(requests);
  });
});
