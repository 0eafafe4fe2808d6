import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytesSource, gzip, type Tree, tar, zip, zstd } from '../fixtures/archive.ts';
import { collect, texts } from './collect.ts';

const TREE: Tree = { 'etc/hostname': 'node1\n', 'var/log/lifekeeper.log': 'one\ntwo\n' };

describe('readBundle', () => {
  it.each([
    ['tar', tar(TREE)],
    ['tar', tar(TREE, { format: 'pax' })],
    ['tar', tar(TREE, { format: 'gnu' })],
    ['tar+gzip', gzip(tar(TREE))],
    ['tar+zstd', zstd(tar(TREE))],
    ['zip', zip(TREE)],
  ])('reads %s', async (format, bundle) => {
    const collected = await collect(bundle);
    expect(texts(collected)).toEqual(TREE);
    expect(collected.report).toMatchObject({ format, problems: [], rejected: false });
    expect(collected.report.members).toEqual({ seen: 2, read: 2, skipped: 0 });
    if (format !== 'zip')
      expect(collected.report.sha256).toBe(createHash('sha256').update(bundle).digest('hex'));
  });

  it('reads a bare log, compressed or not, under the name of the file', async () => {
    for (const [format, bundle] of [
      ['text', Buffer.from('one\n')],
      ['gzip', gzip('one\n')],
      ['zstd', zstd('one\n')],
    ] as const) {
      const collected = await collect(bytesSource(bundle, { name: 'lifekeeper.log' }));
      expect(texts(collected)).toEqual({ 'lifekeeper.log': 'one\n' });
      expect(collected.report).toMatchObject({ format, problems: [], rejected: false });
    }
  });

  it('opens archives inside archives and keeps the name of a file that is only compressed', async () => {
    const inner = gzip(tar({ 'var/log/lifekeeper.log.1.gz': gzip('old\n') }));
    const collected = await collect(zip({ 'node1.tgz': inner, 'read me.txt': 'hello' }));
    expect(texts(collected)).toEqual({
      'node1.tgz!/var/log/lifekeeper.log.1.gz': 'old\n',
      'read me.txt': 'hello',
    });
    expect(collected.report.problems).toEqual([]);
  });
});
