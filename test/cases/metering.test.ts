import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Meter } from '../../shared/cases/ports.ts';
import { ProblemCode } from '../../shared/evidence/problem.ts';
import { openCase, settled, uploadBundle } from '../e2e/client.ts';
import { fakeCore } from '../e2e/fake_core.ts';
import { type LocalTarget, localTarget } from '../e2e/local_target.ts';

/** What is told of each bundle whose text names the problems that reading it came to. */
describe('the meter', () => {
  let target: LocalTarget;
  let dataDir: string;
  let readings: string[];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'bundle-advisor-metering-'));
    const note = (name: string, value: number, dimensions: Record<string, string> = {}) =>
      readings.push([name, value, ...Object.values(dimensions)].join(' '));
    const meter: Meter = { count: note, bytes: note, milliseconds: () => undefined };
    const core = fakeCore();
    target = await localTarget(dataDir, {
      meter,
      core: {
        ...core,
        async extract(source, options) {
          const { bundle, nodes, schemaVersion } = await core.extract(source, options);
          const codes = source.name.split('.').filter((code) => ProblemCode.safeParse(code).success);
          const problems = codes.map((code) => ({
            code: ProblemCode.parse(code),
            detail: 'So it was.',
            fatal: false,
            count: 1,
          }));
          return { schemaVersion, nodes, bundle: { ...bundle, problems, expandedBytes: 4_000 } };
        },
      },
    });
  });
  afterAll(async () => {
    await target.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function readingsOf(fileName: string, text: string): Promise<string[]> {
    readings = [];
    const { id } = await openCase(target);
    const bundle = await uploadBundle(target, id, fileName, Buffer.from(text));
    await settled(target, id, [bundle.id]);
    return readings.filter((one) => !/_outcome /.test(one));
  }

  test('is told of bytes and how the reading ended', async () => {
    expect(await readingsOf('plain', 'ten bytes.')).toEqual([
      'bundles 1 complete',
      'bytes_read 10',
      'bytes_expanded 4000',
      'bundles_cut_short 0',
    ]);
    expect(await readingsOf('not_a_bundle', 'reject')).toContain('bundles 1 rejected');
  });

  test('is told of each limit once a bundle', async () => {
    const limits = (await readingsOf('limit_ratio.limit_members.limit_ratio', 'x')).slice(3);
    expect(limits).toEqual(['limit_hit 1 limit_ratio', 'limit_hit 1 limit_members', 'bundles_cut_short 1']);
  });

  test.each(['limit_total_bytes', 'limit_member_bytes', 'limit_nesting', 'limit_time'])(
    'counts a bundle as cut short by %s',
    async (limit) => {
      expect(await readingsOf(limit, 'x')).toContain('bundles_cut_short 1');
    },
  );

  test.each(['limit_line_length', 'limit_records', 'limit_name_length', 'truncated'])(
    'does not count a bundle as cut short by %s',
    async (code) => {
      expect(await readingsOf(code, 'x')).toContain('bundles_cut_short 0');
    },
  );
});
