import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportKey } from '../../shared/cases/keys.ts';
import type { CaseRecord } from '../../shared/cases/record.ts';
import { type ApiFixture, apiFixture } from './fixture.ts';

describe('the API', () => {
  let api: ApiFixture;
  beforeAll(async () => {
    api = await apiFixture();
  });
  afterAll(() => api.close());

  const open = async (json: object = { title: 'A case' }) => {
    const response = await api.request('POST', '/cases', json);
    expect(response.status).toBe(201);
    return (await response.json()) as { id: string; timezone: string; state: string };
  };

  test('describes itself in OpenAPI 3.1, every operation with its answers', async () => {
    const document = (await (await api.request('GET', '/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { summary: string; responses: Record<string, unknown> }>>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      '/cases',
      '/cases/{caseId}',
      '/cases/{caseId}/analysis',
      '/cases/{caseId}/bundles',
      '/cases/{caseId}/bundles/{bundleId}',
      '/cases/{caseId}/bundles/{bundleId}/complete',
      '/cases/{caseId}/bundles/{bundleId}/parts',
      '/cases/{caseId}/confirmations',
      '/cases/{caseId}/findings',
      '/cases/{caseId}/report',
      '/findings',
      '/knowledge',
      '/reanalysis',
    ]);
    for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
      expect(operation.summary).not.toBe('');
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
    }
  });

  test('takes Asia/Tokyo where no zone is given', async () => {
    expect(await open()).toMatchObject({ timezone: 'Asia/Tokyo', state: 'open' });
  });

  test.each([
    ['no title', {}, '/title'],
    ['an empty title', { title: ' ' }, '/title'],
    ['a title with control characters', { title: 'a\u0000b' }, '/title'],
    ['a zone that does not exist', { title: 'x', timezone: 'Asia/Edo' }, '/timezone'],
    ['a field nobody knows', { title: 'x', colour: 'red' }, '/'],
  ])('refuses a case with %s and points at it', async (_, json, pointer) => {
    const response = await api.request('POST', '/cases', json);
    expect(response.status).toBe(400);
    const problem = (await response.json()) as { code: string; errors: { pointer: string }[] };
    expect(problem.code).toBe('invalid_request');
    expect(problem.errors.map((error) => error.pointer)).toContain(pointer);
  });

  test('refuses a body that is no JSON', async () => {
    const { id } = await open();
    const response = await api.request('POST', `/cases/${id}/bundles`, undefined, {
      'content-type': 'application/json',
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  test.each([
    ['a negative size', { fileName: 'x', bytes: -1 }],
    ['half a byte', { fileName: 'x', bytes: 0.5 }],
    ['more than is taken at all', { fileName: 'x', bytes: 200 * 1024 ** 3 + 1 }],
    ['parts that S3 would refuse', { fileName: 'x', bytes: 10, partBytes: 5 * 1024 ** 2 - 1 }],
    ['a name with a line break', { fileName: 'a\nb', bytes: 1 }],
  ])('refuses a bundle of %s', async (_, json) => {
    const { id } = await open();
    expect((await api.request('POST', `/cases/${id}/bundles`, json)).status).toBe(400);
  });

  test.each([
    [5 * 1024 ** 3, undefined, null],
    [5 * 1024 ** 3 + 1, undefined, { partBytes: 64 * 1024 ** 2, parts: 81 }],
    [5 * 1024 ** 2 + 1, 5 * 1024 ** 2, { partBytes: 5 * 1024 ** 2, parts: 2 }],
    [200 * 1024 ** 3, 5 * 1024 ** 2, { partBytes: 21_474_837, parts: 10_000 }],
  ])('plans the upload of %i bytes in parts of %s', async (bytes, partBytes, plan) => {
    const { id } = await open();
    const response = await api.request('POST', `/cases/${id}/bundles`, {
      fileName: 'x',
      bytes,
      ...(partBytes === undefined ? {} : { partBytes }),
    });
    expect(response.status).toBe(201);
    const bundle = (await response.json()) as { parts: unknown; upload: unknown };
    expect(bundle.parts).toEqual(plan);
    expect(bundle.upload === null).toBe(plan !== null);
  });

  test('takes a file name for what it is: text', async () => {
    const { id } = await open();
    const fileName = '../../etc/passwd <script>.tar.gz';
    const response = await api.request('POST', `/cases/${id}/bundles`, { fileName, bytes: 1 });
    const { upload } = (await response.json()) as { upload: { url: string } };
    expect(upload.url).not.toContain('passwd');
  });

  test('pages through cases, newest first', async () => {
    const fresh = await apiFixture();
    const ids: string[] = [];
    for (let number = 0; number < 5; number += 1) {
      const response = await fresh.request('POST', '/cases', { title: `Case ${number}` });
      ids.unshift(((await response.json()) as { id: string }).id);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await (await fresh.request('GET', `/cases?limit=2${query}`)).json()) as {
        items: { id: string }[];
        cursor?: string;
      };
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((item) => item.id));
      ({ cursor } = page);
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
    await fresh.close();
  });

  test.each(['x', 'eyJwayI6IngifQ', Buffer.from('{"pk":"a","sk":"b"}').toString('base64url')])(
    'refuses the cursor %s',
    async (cursor) => {
      const response = await api.request('GET', `/cases?cursor=${cursor}`);
      expect(response.status).toBe(400);
    },
  );

  test('names an unknown path, a wrong id and an unknown form', async () => {
    expect(await (await api.request('GET', '/nowhere')).json()).toMatchObject({ code: 'not_found' });
    expect((await api.request('GET', '/cases/UPPER')).status).toBe(400);
    const { id } = await open();
    expect(await (await api.request('GET', `/cases/${id}/report?format=exe`)).json()).toMatchObject({
      code: 'not_acceptable',
      detail: expect.stringContaining('html'),
    });
  });

  describe('with a report', () => {
    const hash = 'a'.repeat(64);
    let record: CaseRecord;
    beforeAll(async () => {
      const { id } = await open();
      const due = '2026-11-23T00:00:00.000Z';
      await api.ports.repository.registerInput(id, `confirmations/${id}/${id}.json`, due);
      await api.ports.repository.publishAnalysis(id, {
        revision: 1,
        hash,
        verdict: 'affected',
        dataRisk: null,
        findings: 0,
        knowledge: 'test',
        at: '2026-11-22T00:00:00.000Z',
      });
      const text = new TextEncoder().encode('<p>ja</p>');
      const type = { contentType: 'text/html; charset=utf-8' };
      await api.ports.results.put(reportKey(id, hash, 'ja', 'html'), text, type);
      await api.ports.results.put(reportKey(id, hash, 'en', 'json'), new Uint8Array(2_000_000), type);
      const stored = await api.ports.repository.getCase(id);
      if (stored === null) throw new Error('the case is gone');
      record = stored;
    });

    test('serves it so that nothing in it can run or load', async () => {
      const response = await api.request('GET', `/cases/${record.caseId}/report`, undefined, {
        accept: 'text/html,application/xhtml+xml',
      });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('<p>ja</p>');
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain('sandbox');
      expect(policy).not.toContain('allow-scripts');
      expect(policy).not.toMatch(/script-src/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-disposition')).toBe(
        `inline; filename="advisory-${record.caseId}-ja.html"`,
      );
      expect(response.headers.get('cache-control')).toContain('private');
    });

    test('answers 304 to who has it', async () => {
      const first = await api.request('GET', `/cases/${record.caseId}/report?lang=ja`);
      const etag = first.headers.get('etag') ?? '';
      const again = await api.request('GET', `/cases/${record.caseId}/report?lang=ja`, undefined, {
        'if-none-match': etag,
      });
      expect([again.status, await again.text()]).toEqual([304, '']);
    });

    test('sends whoever wants a large one to a short-lived URL', async () => {
      const response = await api.request('GET', `/cases/${record.caseId}/report?lang=en&format=json`);
      expect(response.status).toBe(302);
      expect(response.headers.get('location')).toMatch(/^http:\/\/objects\/results\/reports\/.*signature=/);
    });

    test('says that a form is still being made', async () => {
      const response = await api.request('GET', `/cases/${record.caseId}/report?lang=en&format=html`);
      expect(response.status).toBe(409);
      expect(response.headers.get('retry-after')).toBe('2');
    });
  });

  test('logs each request by route, case and status, and nothing of what was sent', async () => {
    const { id } = await open({ title: 'A very secret title' });
    await api.request('POST', `/cases/${id}/bundles`, { fileName: 'secret-name.tar', bytes: 1 });
    expect(api.logged).toContainEqual(
      expect.objectContaining({
        message: 'request',
        method: 'POST',
        route: '/cases/:caseId/bundles',
        caseId: id,
        status: 201,
        subject: 'operator',
      }),
    );
    expect(JSON.stringify(api.logged)).not.toContain('secret');
  });

  test('answers a fault of ours without saying what it was', async () => {
    const broken = await apiFixture({
      authenticate: async () => {
        throw new Error('the password is hunter2');
      },
    });
    const response = await broken.request('GET', '/cases');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
    await broken.close();
  });
});
