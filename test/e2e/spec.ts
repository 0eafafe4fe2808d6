import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectEventMessage } from '../../shared/cases/object_event.ts';
import { gzip, tar } from '../fixtures/archive.ts';
import { affectedPair } from '../fixtures/node.ts';
import { announce, ask, openCase, put, settled, type Upload, until, uploadBundle } from './client.ts';
import type { Target } from './target.ts';

type Findings = {
  items: { id: string; verdict: string; caseId: string; findingId: string }[];
  cursor?: string;
};
type Problem = { code: string; type: string; title: string };

/** The end-to-end spec: what a user relies on, through the API and signed URLs only, wherever the service runs. */
export function describeService(open: () => Promise<Target>): void {
  describe('the service', () => {
    let target: Target;
    let pair: readonly { name: string; bundle: Buffer }[];
    beforeAll(async () => {
      target = await open();
      pair = affectedPair().map(({ host, tree }) => ({ name: host, bundle: gzip(tar(tree)) }));
    });
    afterAll(() => target.close());

    async function uploadPair(caseId: string): Promise<string[]> {
      const uploaded = [];
      for (const { name, bundle } of pair) {
        uploaded.push((await uploadBundle(target, caseId, `${name}.tar.gz`, bundle)).id);
      }
      return uploaded;
    }

    test('turns two uploads into one advisory in both languages', async () => {
      const { id } = await openCase(target, 'An affected pair');
      const bundles = await uploadPair(id);
      const record = await settled(target, id, bundles);

      expect(record.analysis).toMatchObject({ verdict: 'affected' });
      expect(record.bundles.map(({ state }) => state)).toEqual(['analyzed', 'analyzed']);
      for (const { href } of record.reports) {
        const report = await target.request('GET', href);
        expect(report.status).toBe(200);
        expect((await report.arrayBuffer()).byteLength).toBeGreaterThan(0);
        expect(report.headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(report.headers.get('x-content-type-options')).toBe('nosniff');
      }
      const japanese = await target.request('GET', `/cases/${id}/report?format=html`, {
        headers: { 'accept-language': 'ja' },
      });
      expect(japanese.headers.get('content-language')).toBe('ja');
      expect(await japanese.text()).toContain('lang="ja"');
    });

    test('answers which cases are affected', async () => {
      const { id } = await openCase(target, 'For the fleet');
      await settled(target, id, await uploadPair(id));
      const own = await ask<Findings>(target, 200, 'GET', `/cases/${id}/findings?verdict=affected`);
      expect(own.items.length).toBeGreaterThan(0);

      const fleet: string[] = [];
      let cursor: string | undefined;
      do {
        const page: Findings = await ask(
          target,
          200,
          'GET',
          `/findings?verdict=affected&limit=3${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        );
        fleet.push(...page.items.filter(({ caseId }) => caseId === id).map(({ findingId }) => findingId));
        ({ cursor } = page);
      } while (cursor !== undefined);
      expect(fleet.sort()).toEqual(own.items.map((finding) => finding.id).sort());
    });

    test('names a bundle that cannot be read, beside one that can', async () => {
      const { id } = await openCase(target, 'One good, one bad');
      const [first] = pair;
      const good = await uploadBundle(target, id, 'good.tar.gz', first?.bundle ?? Buffer.alloc(0));
      const bad = await uploadBundle(target, id, 'bad.tar.gz', Buffer.from('no archive at all\n'));
      const record = await settled(target, id, [good.id, bad.id]);

      expect(record.bundles.find(({ id: one }) => one === good.id)?.state).toBe('analyzed');
      const rejected = record.bundles.find(({ id: one }) => one === bad.id);
      expect(rejected).toMatchObject({ state: 'rejected', reason: { code: expect.any(String) } });
      expect(record.analysis?.verdict).toBe('affected');
      const analysis = await ask<{ bundles: { fileName: string; status: string }[] }>(
        target,
        200,
        'GET',
        `/cases/${id}/analysis`,
      );
      expect(analysis.bundles.find(({ fileName }) => fileName === 'bad.tar.gz')?.status).toBe('rejected');
    });

    test('says what a case is doing while there is no report', async () => {
      const { id } = await openCase(target);
      await announce(target, id, 'later.tar.gz', 10);
      const problem = await ask<Problem & { state: string }>(target, 409, 'GET', `/cases/${id}/report`);
      expect(problem).toMatchObject({ code: 'nothing_analysed', state: 'open' });
    });

    test('changes nothing when events come again, late or in another order', async () => {
      const { id } = await openCase(target, 'Again');
      const bundles = await uploadPair(id);
      const before = await settled(target, id, bundles);
      const report = await (await target.request('GET', `/cases/${id}/report?lang=en&format=json`)).text();

      const event = (key: string) =>
        objectEventMessage({ bucket: 'any', key, version: undefined }, '2026-01-01T00:00:00.000Z');
      for (const bundle of [...bundles].reverse()) {
        await target.deliver('extract', event(`bundles/${id}/${bundle}`));
        await target.deliver('extract', event(`bundles/${id}/${bundle}`));
      }
      // A message behind the duplicates in the same queue: once it is through, so are they.
      const { id: other } = await openCase(target, 'Behind');
      const behind = await uploadBundle(target, other, 'behind.tar.gz', pair[0]?.bundle ?? Buffer.alloc(0));
      await settled(target, other, [behind.id]);

      const after = await settled(target, id, bundles);
      expect(after).toEqual(before);
      expect(await (await target.request('GET', `/cases/${id}/report?lang=en&format=json`)).text()).toBe(
        report,
      );
    });

    test('judges again when an operator confirms something', async () => {
      const { id } = await openCase(target, 'Confirmed');
      const bundles = await uploadPair(id);
      const before = await settled(target, id, bundles);
      const stated = {
        kind: 'data_verified',
        mirror: 'datarep-test',
        node: 'node1',
        at: '2026-01-01T09:00:00+09:00',
        by: 'An operator',
        comment: 'Compared with the backup.',
      };
      const { id: confirmation } = await ask<{ id: string }>(
        target,
        201,
        'POST',
        `/cases/${id}/confirmations`,
        stated,
      );
      const after = await settled(target, id, bundles);
      expect(after.analysis?.revision).toBe((before.analysis?.revision ?? 0) + 1);
      expect(await ask(target, 200, 'GET', `/cases/${id}/confirmations`)).toEqual({
        items: [{ ...stated, id: confirmation, target: null }],
      });
      const analysis = await ask<{ confirmations: { id: string }[] }>(
        target,
        200,
        'GET',
        `/cases/${id}/analysis`,
      );
      expect(analysis.confirmations.map((one) => one.id)).toEqual([confirmation]);
    });

    test('judges again when told, without an upload, and only then', async () => {
      const { id } = await openCase(target, 'Judged again');
      const bundles = await uploadPair(id);
      const before = await settled(target, id, bundles);
      const { version } = await ask<{ version: string }>(target, 200, 'GET', '/knowledge');
      expect(before.analysis?.knowledge).toBe(version);

      const again = (json: object) =>
        ask<{ items: { id: string }[] }>(target, 200, 'POST', '/reanalysis', { limit: 1, ...json });
      // The newest case is the first of the list, once the list has it.
      await until(
        async () => (await again({ scope: 'all', dryRun: true })).items.map((one) => one.id)[0] === id,
      );
      expect((await again({})).items).toEqual([]);
      expect((await again({ scope: 'all' })).items).toHaveLength(1);
      const after = await until(async () => {
        const record = await settled(target, id, bundles);
        return record.analysis?.revision !== before.analysis?.revision && record;
      });
      expect(after.analysis).toEqual({ ...before.analysis, revision: 3, at: after.analysis?.at });
    });

    test('gives up what cannot be read as an event, and takes it up again when told', async () => {
      const garbage = JSON.stringify({ not: 'an event', nonce: Math.random() });
      await target.deliver('extract', garbage);
      await until(async () => (await target.deadLetters('extract')).includes(garbage));
      await target.redrive('extract');
      await until(async () => (await target.deadLetters('extract')).includes(garbage));
    });

    test('ignores the test event of S3', async () => {
      await target.deliver('extract', JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }));
      const { id } = await openCase(target, 'After the test event');
      const bundle = await uploadBundle(target, id, 'x.tar.gz', pair[0]?.bundle ?? Buffer.alloc(0));
      await settled(target, id, [bundle.id]);
      expect((await target.deadLetters('extract')).some((body) => body.includes('TestEvent'))).toBe(false);
    });

    test('refuses a wrong length, a changed URL and a second upload', async () => {
      const { id } = await openCase(target, 'Refused');
      const body = Buffer.from('0123456789');
      const { upload } = await announce(target, id, 'x.tar.gz', body.byteLength);
      expect((await put(upload, Buffer.from('012345678'))).status).toBeGreaterThanOrEqual(400);
      expect((await put(upload, Buffer.from('0123456789a'))).status).toBeGreaterThanOrEqual(400);
      const other = new URL(upload.url);
      other.pathname = `${other.pathname.slice(0, -1)}${other.pathname.endsWith('0') ? '1' : '0'}`;
      expect((await put({ ...upload, url: other.href }, body)).status).toBe(403);
      expect((await put(upload, body)).status).toBe(200);
      expect((await put(upload, body)).status).toBe(412);
    });

    test('takes a bundle in parts, and goes on where an upload broke off', async () => {
      const { id } = await openCase(target, 'In parts');
      const partBytes = 5 * 1024 ** 2;
      const [node] = affectedPair();
      const noise = Buffer.alloc(partBytes + 1_000);
      crypto.getRandomValues(new Uint8Array(noise.buffer, noise.byteOffset, 65_536));
      const whole = tar({ ...node.tree, 'var/lib/noise.bin': noise });
      const bundle = await ask<{ id: string; upload: null; parts: { partBytes: number; parts: number } }>(
        target,
        201,
        'POST',
        `/cases/${id}/bundles`,
        { fileName: 'parts.tar', bytes: whole.byteLength, partBytes },
      );
      expect(bundle).toMatchObject({ upload: null, parts: { partBytes, parts: 2 } });
      const path = `/cases/${id}/bundles/${bundle.id}`;
      const { items } = await ask<{ items: { part: number; bytes: number; upload: Upload }[] }>(
        target,
        200,
        'POST',
        `${path}/parts`,
        { parts: [1, 2] },
      );
      const send = (part: number) => {
        const signed = items.find((one) => one.part === part);
        if (signed === undefined) throw new Error(`no URL for part ${part}`);
        const start = (part - 1) * partBytes;
        return put(signed.upload, whole.subarray(start, start + signed.bytes));
      };
      expect((await send(2)).status).toBe(200);
      expect(await ask(target, 409, 'POST', `${path}/complete`)).toMatchObject({ code: 'upload_incomplete' });
      expect(await ask(target, 200, 'GET', `${path}/parts`)).toMatchObject({ arrived: [2] });
      expect((await send(1)).status).toBe(200);
      expect(await ask(target, 200, 'GET', `${path}/parts`)).toMatchObject({ arrived: [1, 2] });
      await ask(target, 200, 'POST', `${path}/complete`);
      const record = await settled(target, id, [bundle.id]);
      expect(record.bundles[0]).toMatchObject({ state: 'analyzed', bytes: whole.byteLength });
    });

    test('removes every trace of a deleted case', async () => {
      const { id } = await openCase(target, 'To be forgotten');
      const bundles = await uploadPair(id);
      await settled(target, id, bundles);
      expect(await target.objectsOf(id)).not.toEqual([]);
      const pending = await announce(target, id, 'late.tar.gz', 4);

      await ask(target, 204, 'DELETE', `/cases/${id}`);
      await ask(target, 404, 'GET', `/cases/${id}`);
      expect(await target.objectsOf(id)).toEqual([]);
      const fleet = await ask<Findings>(target, 200, 'GET', '/findings?verdict=affected&limit=200');
      expect(fleet.items.filter(({ caseId }) => caseId === id)).toEqual([]);

      // The URL signed before still works; what it brings must not stay.
      await put(pending.upload, Buffer.from('late'));
      await until(async () => (await target.objectsOf(id)).length === 0);
    });

    test('answers problems in the language asked for', async () => {
      const path = '/cases/00000000000000000000000000';
      const japanese = await target.request('GET', path, {
        headers: { 'accept-language': 'ja-JP,en;q=0.5' },
      });
      expect(japanese.status).toBe(404);
      expect(japanese.headers.get('content-type')).toContain('application/problem+json');
      expect(await japanese.json()).toMatchObject({
        type: 'urn:bundle-advisor:problem:case_not_found',
        title: '指定されたケースは見つかりません',
      });
    });
  });
}
