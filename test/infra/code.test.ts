import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFunction } from '../../infra/code/bundle.ts';
import { LOCAL_TABLE, type LocalRecords, openRecords } from '../../infra/local/records.ts';
import { identifiedKnowledge } from '../../shared/cases/identified_knowledge.ts';
import { objectEventMessage } from '../../shared/cases/object_event.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { gzip, tar, xz, zip, zstd } from '../fixtures/archive.ts';
import { affectedPair } from '../fixtures/node.ts';
import {
  type Answer,
  codeBytes,
  type DeployedCode,
  deployedCode,
  type RunningFunction,
  startFunction,
} from './deployed_code.ts';
import { type ServiceStandIn, serveInMemory } from './stand_in.ts';

/**
 * Kilobytes of code: loaded at the start, and in all. What is loaded on demand are decoders of archives in Extract,
 * the PDF renderer in Report, and the client of SQS, which has a failed message back.
 */
const BOUNDS: Readonly<Record<string, { atStart: number; all: number }>> = {
  Extract: { atStart: 1_000, all: 1_200 },
  Analyze: { atStart: 1_000, all: 1_050 },
  Report: { atStart: 1_100, all: 1_650 },
  Sweep: { atStart: 900, all: 950 },
  Api: { atStart: 1_000, all: 1_050 },
};

/** Bundling, and many processes. */
const TIMEOUT = 180_000;

describe('the code of the functions', () => {
  let folder: string;
  let functions: readonly DeployedCode[];
  let records: LocalRecords;
  let aws: ServiceStandIn;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-advisor-code-'));
    functions = deployedCode(join(folder, 'arm64'));
    records = await openRecords();
    aws = await serveInMemory();
  }, TIMEOUT);
  afterAll(async () => {
    for (const one of await Promise.allSettled(running.values())) {
      if (one.status === 'fulfilled') one.value.stop();
    }
    await records.close();
    await aws.close();
    await rm(folder, { recursive: true, force: true });
  });

  const codeOf = (name: string): DeployedCode => {
    const found = functions.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no function ${name}`);
    return found;
  };
  const running = new Map<string, Promise<RunningFunction>>();
  const call = async (code: DeployedCode, event: unknown): Promise<Answer> => {
    const { directory } = code;
    const started =
      running.get(directory) ??
      startFunction(code, {
        AWS_ENDPOINT_URL_S3: aws.endpoint,
        ANALYZE_QUEUE_URL: `${aws.endpoint}/analyze`,
        AWS_ENDPOINT_URL_DYNAMODB: records.endpoint,
        UPLOADS_BUCKET: 'uploads',
        RESULTS_BUCKET: 'results',
        TABLE: LOCAL_TABLE,
      });
    running.set(directory, started);
    return (await started).call(event);
  };
  const ask = async <T>(httpMethod: string, path: string, json?: object): Promise<T> => {
    const { answer, output } = await call(codeOf('Api'), {
      httpMethod,
      path,
      resource: '/{proxy+}',
      headers: { 'content-type': 'application/json', host: 'localhost' },
      multiValueHeaders: {},
      queryStringParameters: null,
      body: json === undefined ? null : JSON.stringify(json),
      isBase64Encoded: false,
      requestContext: { identity: { userArn: 'arn:aws:iam::1:user/x' } },
    });
    const { statusCode, body } = answer as { statusCode: number; body: string };
    expect(statusCode, JSON.stringify(output)).toBeLessThan(400);
    return JSON.parse(body);
  };
  const created = (bucket: string, key: string) =>
    objectEventMessage({ bucket, key, version: undefined }, '2026-01-01T00:00:00.000Z');
  const deliver = async (code: DeployedCode, body: string): Promise<Answer> => {
    const attributes = { ApproximateReceiveCount: '1' };
    const called = await call(code, {
      Records: [{ messageId: 'm', receiptHandle: 'r', body, attributes, eventSource: 'aws:sqs' }],
    });
    expect(called.answer, JSON.stringify(called.output)).toEqual({ batchItemFailures: [] });
    return called;
  };
  const bundleOf = async (caseId: string): Promise<{ bytes: number }> => {
    const { bundles } = await ask<{ bundles: { bytes: number }[] }>('GET', `/cases/${caseId}`);
    return bundles[0] ?? { bytes: 0 };
  };
  const keyIn = (prefix: string, caseId: string): string => {
    const found = [...aws.objects.keys()].find((path) => path.startsWith(`${prefix}${caseId}/`));
    return found?.replace(/^\/\w+\//, '') ?? `nothing under ${prefix}${caseId}`;
  };
  /** A case with one bundle that has been uploaded and not been read. */
  const uploaded = async (
    bundle = xz(tar(affectedPair()[0].tree)),
  ): Promise<{ caseId: string; key: string }> => {
    const { id: caseId } = await ask<{ id: string }>('POST', '/cases', { title: 'Deployed' });
    const { upload } = await ask<{ upload: { url: string } }>('POST', `/cases/${caseId}/bundles`, {
      fileName: 'node',
      bytes: bundle.byteLength,
    });
    await fetch(upload.url, { method: 'PUT', body: new Uint8Array(bundle) });
    return { caseId, key: keyIn('/uploads/bundles/', caseId) };
  };

  test('is one for each function and stays in its bounds', () => {
    expect(new Set(functions.map(({ directory }) => directory)).size).toBe(functions.length);
    expect(functions.map(({ name }) => name).sort()).toEqual(Object.keys(BOUNDS).sort());
    for (const code of functions) {
      const { atStart, all } = codeBytes(code);
      expect.soft(atStart / 1_000, `${code.name}, at start`).toBeLessThan(BOUNDS[code.name]?.atStart ?? 0);
      expect.soft(all / 1_000, `${code.name}, in all`).toBeLessThan(BOUNDS[code.name]?.all ?? 0);
    }
  });

  test.each(['Analyze', 'Report'])('brings the knowledge of the product to %s', async (name) => {
    const deployed = await readFile(join(codeOf(name).directory, 'knowledge.json'), 'utf8');
    expect(JSON.parse(deployed)).toEqual(identifiedKnowledge(await loadKnowledge()));
  });

  test('takes a bundle from its announcement to its reports', { timeout: TIMEOUT }, async () => {
    const { caseId, key } = await uploaded();
    const { addons, output } = await deliver(codeOf('Extract'), created('uploads', key));
    expect(addons).toEqual([]);
    const { bytes } = await bundleOf(caseId);
    const service = 'extract';
    expect(output.filter((line) => '_aws' in line)).toEqual([
      expect.objectContaining({ service, status: 'complete', bundles: 1 }),
      expect.objectContaining({ service, bytes_read: bytes }),
      expect.objectContaining({ service, bytes_expanded: expect.any(Number) }),
      expect.objectContaining({ service, bundles_cut_short: 0 }),
      expect.objectContaining({ service, outcome: 'extracted', extract_outcome: 1 }),
      expect.objectContaining({ service, extract_latency: expect.any(Number) }),
    ]);
    await deliver(codeOf('Analyze'), created('results', keyIn('/results/evidence/', caseId)));
    await deliver(codeOf('Report'), created('results', keyIn('/results/analysis/', caseId)));
    expect((await call(codeOf('Sweep'), {})).answer).toEqual({ redriven: 0, closed: 0, deleted: 0 });

    const record = await ask<{ state: string; analysis: object }>('GET', `/cases/${caseId}`);
    expect(record).toMatchObject({ state: 'ready', analysis: { verdict: 'affected' } });
    const pdf = [...aws.objects].find(([path]) => path.includes(caseId) && path.endsWith('ja.pdf'));
    expect(pdf?.[1].toString('latin1', 0, 5)).toBe('%PDF-');

    const reanalysis = { knowledge: identifiedKnowledge(await loadKnowledge()).version, looked: 1 };
    expect(await ask('POST', '/reanalysis', {})).toEqual({ ...reanalysis, items: [] });
    expect(await ask('POST', '/reanalysis', { scope: 'all' })).toMatchObject({
      ...reanalysis,
      items: [{ id: caseId }],
    });
    expect(aws.messages.map(({ queue }) => queue)).toEqual([expect.stringMatching(/\/analyze$/)]);
    await deliver(codeOf('Analyze'), aws.messages[0]?.body ?? '');
    expect(await ask('GET', `/cases/${caseId}`)).toMatchObject({ analysis: { revision: 2 } });
  });

  const [{ tree: node }] = affectedPair();
  test.each<[string, () => Buffer]>([
    ['zip', () => zip(node)],
    ['tar.zst', () => zstd(tar(node))],
    ['tar.gz', () => gzip(tar(node))],
    [
      'tar.gz, with the thread beside it',
      () => gzip(tar({ ...node, 'var/crash/core': randomBytes(5_000_000) })),
    ],
  ])('reads %s', { timeout: TIMEOUT }, async (_, bundle) => {
    const { caseId, key } = await uploaded(bundle());
    await deliver(codeOf('Extract'), created('uploads', key));
    await deliver(codeOf('Analyze'), created('results', keyIn('/results/evidence/', caseId)));
    expect(await ask('GET', `/cases/${caseId}`)).toMatchObject({ analysis: { verdict: 'affected' } });
  });

  test('names the line of the source when a function fails', async () => {
    const broken = startFunction(codeOf('Extract'), { RETENTION_DAYS: 'none' });
    await expect(broken).rejects.toThrow(/lambdas\/environment\.ts:\d+/);
  });

  test('decodes xz with liblzma on x86_64, and in WebAssembly where it does not load', async () => {
    const directory = join(folder, 'x86_64');
    await bundleFunction({
      folder: 'extract',
      outputDirectory: directory,
      architecture: 'x86_64',
      data: [],
      knowledge: [],
    });
    const { caseId, key } = await uploaded();
    const { addons } = await deliver({ ...codeOf('Extract'), directory }, created('uploads', key));
    const here = process.platform === 'linux' && process.arch === 'x64';
    expect(addons).toEqual(here ? ['node-liblzma.node'] : []);
    expect(keyIn('/results/evidence/', caseId)).toMatch(/^evidence\//);
  });
});
