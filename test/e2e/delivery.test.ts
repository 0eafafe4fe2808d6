import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_DEADLINES } from '../../shared/cases/deadlines.ts';
import { announce, ask, openCase, put, settled, until, uploadBundle } from './client.ts';
import { fakeCore } from './fake_core.ts';
import { type LocalTarget, localTarget } from './local_target.ts';

const affected = Buffer.from('affected');

describe('delivery', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'bundle-advisor-delivery-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  test('of events several times, late and in any order changes nothing in the outcome', {
    timeout: 120_000,
  }, async () => {
    const target = await localTarget(dataDir, {
      core: fakeCore(),
      concurrency: { extract: 4, analyze: 4, report: 4 },
      copies: (() => {
        const delays = fc.sample(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 }), {
          numRuns: 500,
          seed: 20_261_122,
        });
        let next = 0;
        return () => delays[next++ % delays.length] ?? [0];
      })(),
    });
    const cases = [];
    for (let number = 0; number < 6; number += 1) {
      const { id } = await openCase(target, `Case ${number}`);
      const texts = ['affected', 'other', 'reject', 'affected'];
      const bundles = await Promise.all(
        texts.map((text, index) => uploadBundle(target, id, `${index}-${text}`, Buffer.from(text))),
      );
      cases.push({ id, bundles: bundles.map((bundle) => bundle.id) });
    }
    for (const { id, bundles } of cases) {
      const record = await settled(target, id, bundles);
      expect(record.bundles.map(({ state }) => state).sort()).toEqual([
        'analyzed',
        'analyzed',
        'analyzed',
        'rejected',
      ]);
      expect(record.analysis).toMatchObject({ revision: 4, verdict: 'affected', findings: 3 });
      const analysis = await ask<{ bundles: unknown[] }>(target, 200, 'GET', `/cases/${id}/analysis`);
      expect(analysis.bundles).toHaveLength(4);
    }
    const fleet = await ask<{ items: unknown[] }>(target, 200, 'GET', '/findings?verdict=affected&limit=200');
    expect(fleet.items).toHaveLength(6 * 3);
    for (const stage of ['extract', 'analyze', 'report'] as const) {
      expect(await target.deadLetters(stage)).toEqual([]);
    }
    await target.close();
  });

  test('of further bundles makes a new edition, compared with the last one somebody has', async () => {
    const target = await localTarget(dataDir, { core: fakeCore() });
    const { id } = await openCase(target);
    const report = async () =>
      (await (await target.request('GET', `/cases/${id}/report?lang=en&format=json`)).json()) as {
        earlier: number[][];
      };
    const add = async (count: number) => {
      const added = [];
      for (let number = 0; number < count; number += 1) {
        added.push((await uploadBundle(target, id, `${number}`, affected)).id);
      }
      await settled(target, id, added);
    };
    await add(1);
    expect((await report()).earlier).toEqual([]);
    expect((await report()).earlier).toEqual([]);
    await add(2);
    await add(1);
    expect((await report()).earlier).toEqual([[1, 1]]);
    await add(1);
    expect((await report()).earlier).toEqual([
      [1, 1],
      [2, 4],
    ]);
    await target.close();
  });

  describe('that fails', () => {
    let target: LocalTarget;
    let now: Date;
    beforeEach(async () => {
      now = new Date('2026-11-22T00:00:00Z');
    });
    afterEach(() => target.close());

    const open = async (options: Parameters<typeof localTarget>[1] = {}) => {
      target = await localTarget(dataDir, { core: fakeCore(), now: () => now, ...options });
    };
    const pass = (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1_000);
    };

    test('for good ends in the dead-letter queue, is closed by the sweep and named in the analysis', async () => {
      await open();
      const { id } = await openCase(target);
      const good = await uploadBundle(target, id, 'good', affected);
      const bad = await uploadBundle(target, id, 'bad', Buffer.from('poison'));
      await until(async () => (await target.deadLetters('extract')).length > 0);
      for (let round = 0; round < 3; round += 1) {
        pass(DEFAULT_DEADLINES.work + 1);
        const before = (await target.deadLetters('extract')).length;
        await target.stack.sweep();
        const bundle = await ask<{ state: string }>(target, 200, 'GET', `/cases/${id}/bundles/${bad.id}`);
        if (bundle.state === 'failed') break;
        await until(async () => (await target.deadLetters('extract')).length > before);
      }
      const closed = await until(async () => {
        const record = await ask<{
          state: string;
          bundles: { id: string; state: string; reason: unknown }[];
        }>(target, 200, 'GET', `/cases/${id}`);
        return record.state === 'ready' && record;
      });
      expect(closed.bundles.find((one) => one.id === bad.id)).toMatchObject({
        state: 'failed',
        reason: { code: 'extraction_failed', detail: expect.stringContaining('6 times') },
      });
      expect(closed.bundles.find((one) => one.id === good.id)?.state).toBe('analyzed');
      const analysis = await ask<{ bundles: { fileName: string; status: string }[] }>(
        target,
        200,
        'GET',
        `/cases/${id}/analysis`,
      );
      expect(analysis.bundles.find(({ fileName }) => fileName === 'bad')?.status).toBe('rejected');
    });

    test('and is put back by hand goes on at once', async () => {
      const core = fakeCore();
      let broken = true;
      await open({
        core: {
          ...core,
          extract: (source, options) =>
            broken ? Promise.reject(new Error('the store is away')) : core.extract(source, options),
        },
      });
      const { id } = await openCase(target);
      const bundle = await uploadBundle(target, id, 'good', affected);
      await until(async () => (await target.deadLetters('extract')).length > 0);
      broken = false;
      await target.redrive('extract');
      expect((await settled(target, id, [bundle.id])).analysis?.verdict).toBe('affected');
    });

    test('because the event was lost is made good by the sweep', async () => {
      let lose = true;
      await open({ copies: () => (lose ? [] : [0]) });
      const { id } = await openCase(target);
      const bundle = await uploadBundle(target, id, 'good', affected);
      pass(DEFAULT_DEADLINES.upload + DEFAULT_DEADLINES.arrival + 1);
      lose = false;
      await target.stack.sweep();
      expect((await settled(target, id, [bundle.id])).analysis?.verdict).toBe('affected');
    });

    test('because nothing was uploaded closes the bundle, in words', async () => {
      await open();
      const { id } = await openCase(target);
      const { id: bundleId, upload } = await announce(target, id, 'never', 8);
      pass(DEFAULT_DEADLINES.upload + 1);
      await target.stack.sweep();
      const waiting = await ask<{ state: string }>(target, 200, 'GET', `/cases/${id}/bundles/${bundleId}`);
      expect(waiting.state).toBe('awaiting_upload');
      pass(DEFAULT_DEADLINES.arrival);
      await target.stack.sweep();
      expect(await ask(target, 200, 'GET', `/cases/${id}/bundles/${bundleId}`)).toMatchObject({
        state: 'failed',
        reason: { code: 'upload_expired' },
      });
      const late = await put(upload, affected);
      expect(late.status).toBe(403);
      expect(await late.json()).toMatchObject({ code: 'url_expired' });
    });

    test('in the report stage keeps no form that can be written from being served', async () => {
      const core = fakeCore();
      await open({
        core: {
          ...core,
          async *renderAll(analysis, options) {
            for await (const report of core.renderAll(analysis, options)) {
              yield report.format === 'json'
                ? { language: report.language, format: report.format, error: new Error('broken') }
                : report;
            }
          },
        },
      });
      const { id } = await openCase(target);
      await uploadBundle(target, id, 'good', affected);
      await until(async () => (await target.deadLetters('report')).length > 0);
      expect((await target.request('GET', `/cases/${id}/report?format=html&lang=en`)).status).toBe(200);
      expect(await ask(target, 409, 'GET', `/cases/${id}/report?format=json&lang=en`)).toMatchObject({
        code: 'report_not_ready',
      });
    });
  });
});
