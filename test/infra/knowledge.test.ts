import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFunction } from '../../infra/code/bundle.ts';
import { loadCore } from '../../infra/local/core.ts';
import { identifiedKnowledge } from '../../shared/cases/identified_knowledge.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { ask, openCase, settled, until, uploadBundle } from '../e2e/client.ts';
import { localTarget } from '../e2e/local_target.ts';
import { OTHER_ADVISORY } from '../fixtures/advisory.ts';
import { gzip, tar } from '../fixtures/archive.ts';
import { affectedPair } from '../fixtures/node.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A folder of the desk's own, with an advisory that the product does not bring. */
describe('a folder of further advisories', () => {
  let folder: string;
  let own: string;
  let faulty: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-advisor-advisories-'));
    own = join(folder, 'own');
    faulty = join(folder, 'faulty');
    await mkdir(own);
    await mkdir(faulty);
    await writeFile(join(own, 'acme.yaml'), OTHER_ADVISORY);
    await writeFile(join(faulty, 'acme.yaml'), OTHER_ADVISORY.replace('revision: "1"', 'revision: 1'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (script: string, ...parameters: string[]) => {
    const child = spawn(process.execPath, [join(ROOT, script), ...parameters], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    return { code, errors };
  };
  const code = (directory: string, data: 'knowledge' | 'knowledge-version', knowledge: string[]) => ({
    folder: data === 'knowledge' ? 'analyze' : 'api',
    outputDirectory: join(folder, directory),
    architecture: 'arm64' as const,
    data: [data],
    knowledge,
  });

  test('is deployed with the functions, which name it alike', async () => {
    const knowledge = identifiedKnowledge(await loadKnowledge([own]));
    await bundleFunction(code('analyze', 'knowledge', [own]));
    await bundleFunction(code('api', 'knowledge-version', [own]));
    const deployed = JSON.parse(await readFile(join(folder, 'analyze/knowledge.json'), 'utf8'));
    expect(deployed).toEqual(knowledge);
    const version = await readFile(join(folder, 'api/knowledge-version'), 'utf8');
    expect(version).toBe(knowledge.version);
    expect(version).not.toBe(identifiedKnowledge(await loadKnowledge()).version);
  });

  test.each([
    ['the deployment', 'infra/code/bundle.ts', () => [JSON.stringify(code('x', 'knowledge', [faulty]))], 1],
    [
      'the start of the embedded service',
      'infra/local/main.ts',
      () => ['--data', join(folder, 'data'), '--port', '0', '--knowledge', faulty],
      2,
    ],
  ])('stops %s at a fault, naming file and line', async (_, script, parameters, exitCode) => {
    const { code: answered, errors } = await run(script, ...parameters());
    expect(answered).toBe(exitCode);
    expect(errors).toMatch(/^\S+acme\.yaml:\d+: advisories\.0\.revision: [^\n]+\n$/);
  });

  test('reaches cases that were judged before it, without an upload', async () => {
    const dataDir = join(folder, 'judged');
    const formats = ['md', 'json'] as const;
    let target = await localTarget(dataDir, { core: await loadCore({ formats }) });
    const { id } = await openCase(target, 'Judged before');
    const bundles: string[] = [];
    for (const { host, tree } of affectedPair()) {
      bundles.push((await uploadBundle(target, id, `${host}.tar.gz`, gzip(tar(tree)))).id);
    }
    await settled(target, id, bundles);
    expect((await target.request('GET', `/cases/${id}/report?lang=en&format=md`)).status).toBe(200);
    await target.close();

    target = await localTarget(dataDir, { core: await loadCore({ formats, knowledge: [own] }) });
    try {
      const { items, knowledge } = await ask<{ items: unknown[]; knowledge: string }>(
        target,
        200,
        'POST',
        '/reanalysis',
        {},
      );
      expect(items).toHaveLength(1);
      const record = await until(async () => {
        const one = await settled(target, id, bundles);
        return one.analysis?.knowledge === knowledge && one;
      });
      expect(record.analysis?.revision).toBe(3);
      const analysis = await ask<{ knowledge: { advisories: { id: string }[] } }>(
        target,
        200,
        'GET',
        `/cases/${id}/analysis`,
      );
      expect(analysis.knowledge.advisories.map((one) => one.id)).toContain('acme-nbd-hang');
      const report = await (await target.request('GET', `/cases/${id}/report?lang=en&format=md`)).text();
      expect(report).toContain('has changed since the previous report');
      expect(report).toMatch(/Rule set version: 2[\d.]+\+[0-9a-f]{12} → 2[\d.]+\+[0-9a-f]{12}/);
      expect(report).toContain('A defect for the test');
    } finally {
      await target.close();
    }
  });
});
