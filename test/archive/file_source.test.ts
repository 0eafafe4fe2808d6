import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFile } from '../../shared/archive/file_source.ts';
import { tar, zip } from '../fixtures/archive.ts';
import { collect, texts } from './collect.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-source-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('reads a file whole and by ranges, and closes it', async () => {
  const path = join(folder, 'ログ.tar');
  const log = 'line\n'.repeat(200_000);
  await writeFile(path, tar({ 'lifekeeper.log': log }));
  {
    await using source = await openFile(path);
    expect(source.name).toBe('ログ.tar');
    expect(texts(await collect(source))).toEqual({ 'lifekeeper.log': log });
    const parts: Uint8Array[] = [];
    for await (const chunk of source.stream({ start: 512, end: 512 + 300_001 }))
      parts.push(Uint8Array.from(chunk));
    expect(Buffer.concat(parts).toString()).toBe(log.slice(0, 300_001));
  }
  const gone = await openFile(path);
  await gone[Symbol.asyncDispose]();
  const reading = gone.stream()[Symbol.asyncIterator]();
  await expect(reading.next()).rejects.toThrow();
});

it('reads a zip whose directory is longer than what is read at a time', async () => {
  const path = join(folder, 'long.zip');
  const names = Array.from({ length: 5_000 }, (_, index) => `var/log/${'x'.repeat(80)}/${index}.log`);
  await writeFile(path, zip(Object.fromEntries(names.map((name) => [name, name]))));
  await using source = await openFile(path);
  const { report, files } = await collect(source);
  expect(report.problems).toEqual([]);
  expect(files.map(({ path, content }) => [path, content.toString()])).toEqual(
    names.map((name) => [name, name]),
  );
});

it('says which file is not there', async () => {
  await expect(openFile(join(folder, 'none.tar'))).rejects.toMatchObject({ code: 'ENOENT' });
});
