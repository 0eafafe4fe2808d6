import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gzip, tar } from '../fixtures/archive.ts';
import { sampleLog } from '../fixtures/log.ts';
import { extract } from './reading.ts';

describe('recall in large logs', () => {
  it('finds every partial resync of plain, rotated and compressed logs, line and byte exact', async () => {
    const names = ['lifekeeper.log', 'lifekeeper.log.1', 'lifekeeper.log.2.gz'];
    const logs = names.map((name, index) => {
      const { blocks, truth } = sampleLog({ bytes: 3_000_000, every: 500, seed: index + 1 });
      const bytes = Buffer.concat([...blocks]);
      return { name, truth, bytes, stored: name.endsWith('.gz') ? gzipSync(bytes) : bytes };
    });
    const tree = Object.fromEntries(logs.map(({ name, stored }) => [`var/log/${name}`, stored]));
    const { nodes } = await extract(gzip(tar(tree)));
    for (const { name, truth, bytes } of logs) {
      const found =
        nodes[0]?.records.filter(({ id, at }) => id === '104009' && at.member === `var/log/${name}`) ?? [];
      expect(found.map(({ at }) => ({ line: at.line, offset: at.offset, text: at.text }))).toEqual(
        truth.map(({ line, offset, text }) => ({ line, offset, text })),
      );
      for (const { at } of found)
        expect(bytes.toString('latin1', at.offset, at.offset + at.length)).toBe(at.text);
      const log = nodes[0]?.logs.find(({ member }) => member === `var/log/${name}`);
      expect(log?.counts['104009']).toBe(truth.length);
      expect(log?.bytes).toBe(bytes.length);
    }
  });
});
