import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Core } from '../../infra/local/core.ts';
import { ask, openCase, settled, until, uploadBundle } from '../e2e/client.ts';
import { fakeCore } from '../e2e/fake_core.ts';
import { type LocalTarget, localTarget } from '../e2e/local_target.ts';
import { bundleAdvisor } from './command.ts';

/** Knowledge under which bundles named so are affected; judging those named `fault` fails with it. */
function knowledge(version: string, affected: string): Core {
  const core = fakeCore();
  return {
    ...core,
    knowledgeVersion: version,
    judge(evidence, options) {
      const has = (name: string) => evidence.some(({ bundle }) => bundle.fileName === name);
      if (version !== 'first' && has('fault')) throw new Error('a fault of the new knowledge');
      return { ...core.judge(evidence, options), verdict: has(affected) ? 'affected' : 'not_affected' };
    },
  };
}

/** The support lead at the terminal: one service, new knowledge deployed between the tests. */
describe('bundle-advisor reanalyze', () => {
  let folder: string;
  let target: LocalTarget;
  const ids: Record<string, string> = {};

  const deploy = async (core: Core) => {
    await target?.close();
    target = await localTarget(join(folder, 'data'), { core });
  };
  const judged = async (fileName: string, more: object = {}) => {
    const { id } = await openCase(target, `Case of ${fileName}`, more);
    const bundle = await uploadBundle(target, id, fileName, Buffer.from('text'));
    await settled(target, id, [bundle.id]);
    ids[fileName] = id;
  };
  const reanalyze = (...args: string[]) =>
    bundleAdvisor(['reanalyze', '--api', target.url, ...args], folder, {
      BUNDLE_ADVISOR_TOKEN: target.stack.token,
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-advisor-reanalyze-'));
    await deploy(knowledge('first', 'none'));
    await judged('a', { customer: 'Acme' });
    await judged('b');
    await judged('c');
    await deploy(knowledge('second', 'b'));
  });
  afterAll(async () => {
    await target.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('says with --dry-run which cases it would be, and changes nothing', async () => {
    for (const _ of ['once', 'twice']) {
      const { code, stdout, stderr } = await reanalyze('--dry-run', '--in-flight', '2');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.split('\n')).toEqual([
        'Knowledge of the service: second',
        '3 of 3 cases would be judged again.',
        `  ${ids.c} Case of c: not_affected`,
        `  ${ids.b} Case of b: not_affected`,
        `  ${ids.a} Case of a (Acme): not_affected`,
        '',
      ]);
    }
  });

  it('judges again and says whose verdict changed', async () => {
    const { code, stdout, stderr } = await reanalyze('--in-flight', '2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'Knowledge of the service: second',
      '3 of 3 cases judged again; the verdict changed in 1.',
      `  ${ids.b} Case of b: not_affected → affected`,
      '',
    ]);
  });

  it('has nothing to do the second time, unless told to judge all', async () => {
    const again = await reanalyze('--json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({ knowledge: 'second', dryRun: false, looked: 3, cases: [] });
    const all = await reanalyze('--json', '--all');
    const judgement = { verdict: 'affected', dataRisk: null, knowledge: 'second' };
    expect(JSON.parse(all.stdout).cases).toHaveLength(3);
    expect(JSON.parse(all.stdout).cases[1]).toEqual({
      caseId: ids.b,
      title: 'Case of b',
      customer: null,
      before: judgement,
      after: judgement,
    });
  });

  it('does not wait for a bundle that is being read', async () => {
    const core = knowledge('slow', 'b');
    await deploy({
      ...core,
      extract: (source, options) =>
        source.name === 'slow' ? new Promise(() => undefined) : core.extract(source, options),
    });
    const bundle = await uploadBundle(target, ids.a ?? '', 'slow', Buffer.from('text'));
    await until(async () => {
      const path = `/cases/${ids.a}/bundles/${bundle.id}`;
      return (await ask<{ state: string }>(target, 200, 'GET', path)).state === 'extracting';
    });
    const { stdout } = await reanalyze('--json');
    const { cases } = JSON.parse(stdout) as { cases: { caseId: string; after: object | null }[] };
    expect(cases.find(({ caseId }) => caseId === ids.a)?.after).toMatchObject({ knowledge: 'slow' });

    await deploy(knowledge('first', 'none'));
    await settled(target, ids.a ?? '', [bundle.id]);
  });

  it('names a case that cannot be judged, judges the others, and exits 4', { timeout: 120_000 }, async () => {
    await judged('fault');
    await deploy(knowledge('third', 'c'));
    const { code, stdout } = await reanalyze('--timeout', '6');
    expect(code).toBe(4);
    expect(stdout).toContain('3 of 4 cases judged again; the verdict changed in 2.');
    expect(stdout).toMatch(new RegExp(`Not judged in time.*\n  ${ids.fault} Case of fault\n`));
  });

  it('says in one sentence what the service refuses', async () => {
    const { code, stdout, stderr } = await reanalyze('--all', '--cursor', 'nonsense');
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toBe('The service answered 400: The cursor is not valid\n');
  });
});
