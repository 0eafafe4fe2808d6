import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Core } from '../../infra/local/core.ts';
import { ask, openCase, settled, until, uploadBundle } from './client.ts';
import { fakeCore } from './fake_core.ts';
import { type LocalTarget, localTarget } from './local_target.ts';

type Case = Awaited<ReturnType<typeof openCase>>;
type Reanalysis = { knowledge: string; looked: number; items: { id: string }[]; cursor?: string };

/** Knowledge under which every case that was judged is affected. */
function newKnowledge(): Core {
  const core = fakeCore();
  return {
    ...core,
    knowledgeVersion: 'new',
    judge: (evidence, options) => ({ ...core.judge(evidence, options), verdict: 'affected' }),
  };
}

describe('new knowledge', () => {
  let dataDir: string;
  let target: LocalTarget;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'bundle-advisor-reanalysis-'));
    target = await localTarget(dataDir, { core: fakeCore() });
  });
  afterEach(async () => {
    await target.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Stops the service and starts it with other knowledge, as a deployment does. */
  async function deploy(core: Core, options: Parameters<typeof localTarget>[1] = {}): Promise<void> {
    await target.close();
    target = await localTarget(dataDir, { core, ...options });
  }
  async function judged(title: string, customer?: string): Promise<Case> {
    const { id } = await openCase(target, title, customer === undefined ? {} : { customer });
    const bundle = await uploadBundle(target, id, 'a', Buffer.from('some text'));
    return settled(target, id, [bundle.id]);
  }
  const reanalyze = (wanted: object = {}) => ask<Reanalysis>(target, 200, 'POST', '/reanalysis', wanted);
  const look = (id: string) => ask<Case>(target, 200, 'GET', `/cases/${id}`);
  const report = async (id: string) => {
    const response = await target.request('GET', `/cases/${id}/report?lang=en&format=json`);
    return { status: response.status, ...((await response.json()) as { earlier: unknown }) };
  };
  const judgedWith = (knowledge: string, id: string) =>
    until(async () => {
      const record = await look(id);
      return record.analysis?.knowledge === knowledge && record.state === 'ready' && record;
    });

  test('judges again, when told, what was judged with other knowledge, page by page', async () => {
    const before = [await judged('First'), await judged('Second'), await judged('Third')];
    const ids = before.map(({ id }) => id);
    const { id: open } = await openCase(target, 'Nothing uploaded');
    await report(ids[0] ?? '');
    await deploy(newKnowledge());
    expect(await ask(target, 200, 'GET', '/knowledge')).toEqual({ version: 'new' });

    const dry = await reanalyze({ dryRun: true, limit: 100 });
    expect(dry).toMatchObject({ knowledge: 'new', looked: 4 });
    expect(dry.items.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(await Promise.all(ids.map(look))).toEqual(before);

    const chosen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await reanalyze({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.looked).toBeLessThanOrEqual(2);
      chosen.push(...page.items.map(({ id }) => id));
      ({ cursor } = page);
    } while (cursor !== undefined);
    expect(chosen.sort()).toEqual([...ids].sort());

    const after = await Promise.all(ids.map((id) => judgedWith('new', id)));
    for (const { analysis } of after) expect(analysis).toMatchObject({ revision: 2, verdict: 'affected' });
    // What somebody has is an edition that the new report compares itself with; what nobody has is not.
    expect((await report(ids[0] ?? '')).earlier).toEqual([[1, 1]]);
    expect((await report(ids[1] ?? '')).earlier).toEqual([]);
    expect(await look(open)).toMatchObject({ state: 'open', analysis: null });

    expect(await reanalyze({ limit: 100 })).toMatchObject({ looked: 4, items: [] });
    expect(await Promise.all(ids.map(look))).toEqual(after);
  });

  test('keeps the old report in force until the new one is made', async () => {
    const { id } = await judged('Waits');
    await deploy(newKnowledge(), { copies: () => [] });
    expect((await reanalyze()).items).toHaveLength(1);
    expect(await report(id)).toMatchObject({ status: 200 });
    expect(await look(id)).toMatchObject({ state: 'ready', analysis: { knowledge: 'test' } });
    expect((await reanalyze({ scope: 'all' })).items).toHaveLength(1);
    expect(await look(id)).toMatchObject({ state: 'ready', analysis: { knowledge: 'test' } });
    // The message was lost: telling it again is all there is to do.
    await deploy(newKnowledge());
    expect((await reanalyze()).items).toHaveLength(1);
    await judgedWith('new', id);
  });

  test('with a fault leaves the old report in force', async () => {
    const { id } = await judged('Fails');
    const judge = () => {
      throw new Error('a fault of the new knowledge');
    };
    await deploy({ ...newKnowledge(), judge });
    for (const scope of ['outdated', 'all']) {
      const before = (await target.deadLetters('analyze')).length;
      expect((await reanalyze({ scope })).items).toHaveLength(1);
      await until(async () => (await target.deadLetters('analyze')).length > before);
      expect(await look(id)).toMatchObject({ state: 'ready', analysis: { revision: 1, knowledge: 'test' } });
      expect(await report(id)).toMatchObject({ status: 200 });
    }
    await deploy(newKnowledge());
    await target.redrive('analyze');
    expect((await judgedWith('new', id)).analysis?.revision).toBe(2);
  });

  test('makes one revision, however often it is told and the messages come', async () => {
    const { id } = await judged('Often');
    await deploy(newKnowledge(), { copies: () => [0, 0, 20], concurrency: { analyze: 4 } });
    await Promise.all([1, 2, 3].map(() => reanalyze()));
    const record = await judgedWith('new', id);
    expect(record.analysis?.revision).toBe(2);
    const behind = await judged('Behind the copies');
    expect(behind.analysis?.knowledge).toBe('new');
    expect(await look(id)).toEqual(record);
  });

  test('is what any later input is judged with, without being told', async () => {
    const { id } = await judged('Goes on');
    await deploy(newKnowledge());
    const bundle = await uploadBundle(target, id, 'b', Buffer.from('more'));
    const record = await settled(target, id, [bundle.id]);
    expect(record.analysis).toMatchObject({ knowledge: 'new', revision: 2, verdict: 'affected' });
  });

  test('that is the same judges again only what it is told to', async () => {
    const { id, analysis } = await judged('The same');
    expect((await reanalyze()).items).toEqual([]);
    expect((await reanalyze({ scope: 'all' })).items).toHaveLength(1);
    const again = await until(async () => {
      const record = await look(id);
      return record.state === 'ready' && record.analysis?.revision === 2 && record;
    });
    expect(again.analysis).toMatchObject({ verdict: analysis?.verdict, knowledge: 'test' });
  });
});
