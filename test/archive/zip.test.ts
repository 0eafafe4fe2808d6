import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource, noise, type ZipEntryOptions, zip } from '../fixtures/archive.ts';
import { collect, texts } from './collect.ts';

const CP932_NAME = Buffer.from('838d834f2f6c6966656b65657065722e6c6f67', 'hex'); // ログ/lifekeeper.log

describe('zip', () => {
  it.each<[string, ZipEntryOptions[], object]>([
    ['stored', [{ name: 'a', content: 'x', method: 'store' }], {}],
    ['deflated', [{ name: 'a', content: 'x' }], {}],
    ['with data descriptors', [{ name: 'a', content: 'x', descriptor: true }], {}],
    ['zip64', [{ name: 'a', content: 'x', zip64: true, descriptor: true }], { zip64: true }],
    ['zip64 at its end only', [{ name: 'a', content: 'x' }], { zip64: 'beside' }],
    [
      'with a comment that holds an end record',
      [{ name: 'a', content: 'x' }],
      { comment: `PK\u0005\u0006${'\0'.repeat(30)}` },
    ],
    ['with a comment of 65,535 bytes', [{ name: 'a', content: 'x' }], { comment: 'c'.repeat(65_535) }],
    ['self-extracting', [{ name: 'a', content: 'x' }], { before: Buffer.from('MZ\0\0\0\0stub') }],
  ])('is read: %s', async (_, entries, options) => {
    const collected = await collect(zip(entries, options));
    expect(collected.report).toMatchObject({ format: 'zip', problems: [], rejected: false });
    expect(texts(collected)).toEqual({ a: 'x' });
  });

  it('reads names in UTF-8 and in CP932, and takes backslashes for slashes', async () => {
    const collected = await collect(
      zip([
        { name: 'ログ/a', content: '1' },
        { name: CP932_NAME, content: '2' },
        { name: 'LifeKeeper\\Admin\\c.log', content: '3' },
      ]),
    );
    expect(texts(collected)).toEqual({
      'ログ/a': '1',
      'ログ/lifekeeper.log': '2',
      'LifeKeeper/Admin/c.log': '3',
    });
  });

  it('tells the target of a link', async () => {
    const collected = await collect(
      zip([{ name: 'uname', type: 'symlink', linkTarget: 'sos_commands/kernel/uname_-a' }]),
    );
    expect(collected.others).toMatchObject([{ kind: 'symlink', linkTarget: 'sos_commands/kernel/uname_-a' }]);
  });

  it('reads a log that the directory calls a link, a folder or a pipe', async () => {
    const bundle = zip([
      { name: 'var/log/a.log', content: 'one\ntwo\n', lies: { mode: 0o120777 } },
      { name: 'var/log/b.log', content: 'three\n', lies: { mode: 0o040755 } },
      { name: '-', content: 'four\n', lies: { mode: 0o010600 } },
    ]);
    const collected = await collect(bundle);
    expect(texts(collected)).toEqual({
      'var/log/a.log': 'one\ntwo\n',
      'var/log/b.log': 'three\n',
      '-': 'four\n',
    });
    expect(collected.report.problems).toMatchObject([{ code: 'corrupt', member: 'var/log/a.log' }]);
  });

  it.each<[string, ZipEntryOptions['lies'], string]>([
    ['a larger size', { size: 90 }, 'size_mismatch'],
    ['a smaller size', { size: 3 }, 'size_mismatch'],
    ['another checksum', { crc32: 1 }, 'checksum_mismatch'],
    ['a place past the end', { offset: 9_999_999 }, 'overlapping_entries'],
    ['a method it does not have', { method: 12 }, 'corrupt'],
    ['a method that nobody knows', { method: 14, localMethod: 14 }, 'unsupported_method'],
  ])('reports an entry that states %s, and reads the others', async (_, lies, code) => {
    const collected = await collect(
      zip([
        { name: 'first.log', content: 'first' },
        { name: 'liar.log', content: 'the liar', ...(lies === undefined ? {} : { lies }) },
        { name: 'last.log', content: 'last' },
      ]),
    );
    expect(texts(collected)).toMatchObject({ 'first.log': 'first', 'last.log': 'last' });
    expect(collected.report.problems).toMatchObject([{ code, member: 'liar.log' }]);
    for (const file of collected.files) expect(file.cut).toBe(file.path === 'liar.log' ? code : null);
  });

  it('reports what is encrypted, once, and reads the rest', async () => {
    const collected = await collect(
      zip([
        { name: 'a', content: '1', encrypted: true },
        { name: 'b', content: '2', encrypted: true },
        { name: 'c', content: '3' },
      ]),
    );
    expect(texts(collected)).toEqual({ c: '3' });
    expect(collected.report.problems).toMatchObject([{ code: 'encrypted', member: 'a', count: 2 }]);
    expect(collected.report.members).toEqual({ seen: 3, read: 1, skipped: 2 });
  });

  it('refuses entries that share their bytes', async () => {
    const bomb = zip([
      { name: 'kernel', content: noise(5000), method: 'store' },
      ...Array.from({ length: 20 }, (_, index) => ({
        name: `quote${index}`,
        content: noise(5000),
        method: 'store' as const,
        lies: { offset: 0 },
      })),
    ]);
    const collected = await collect(bomb);
    expect(collected.files.length).toBeLessThanOrEqual(1);
    expect(collected.report.problems).toMatchObject([
      { code: 'overlapping_entries', count: expect.any(Number) },
    ]);
  });

  it.each([
    ['more entries than it has', 3],
    ['fewer entries than it has', 1],
  ])('refuses a directory that states %s', async (_, statedEntries) => {
    const { report } = await collect(zip({ a: '1', b: '2' }, { statedEntries }));
    expect(report).toMatchObject({ rejected: true, problems: [{ code: 'corrupt', fatal: true }] });
  });

  it('asks for the whole when nothing but a name is there', async () => {
    const { report } = await collect(zip({ 'a.log': noise(50_000) }).subarray(0, 33));
    expect(report).toMatchObject({
      format: 'zip',
      rejected: true,
      problems: [{ code: 'truncated', fatal: true }],
    });
  });

  it('reads what is whole, and the beginning of what is not, when the end is missing', async () => {
    const entry = fc.record({
      content: fc.oneof(
        fc.nat(200_000).map((length) => noise(length)),
        fc.nat(5_000).map((lines) => Buffer.from('Apr  7 06:50:01 node1 kernel: md0\n'.repeat(lines))),
      ),
      how: fc.constantFrom(
        { method: 'store' as const },
        { method: 'deflate' as const },
        { method: 'deflate' as const, descriptor: true },
      ),
    });
    const bodyOf = (entries: ZipEntryOptions[]) => {
      const whole = zip(entries);
      return whole.subarray(0, whole.readUInt32LE(whole.length - 6));
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (all, share) => {
          const entries = all.map(({ content, how }, index) => ({ name: `${index}.log`, content, ...how }));
          const body = bodyOf(entries);
          const cut = Math.floor(share * body.length);
          const { report, files } = await collect(body.subarray(0, Math.max(cut, 33)));
          const whole = entries.filter((_, index) => bodyOf(entries.slice(0, index + 1)).length <= cut);
          for (const [index, { content }] of whole.entries())
            expect(files[index]?.content.equals(content), `${index}`).toBe(true);
          expect(files.length).toBeLessThanOrEqual(whole.length + 1);
          const [rest, itsContent] = [files[whole.length], all[whole.length]?.content];
          if (rest !== undefined)
            expect(itsContent?.subarray(0, rest.content.length).equals(rest.content)).toBe(true);
          expect(report.problems[0]).toMatchObject({ code: 'truncated', fatal: files.length === 0 });
          expect(new Set(report.problems.map(({ code }) => code))).toEqual(new Set(['truncated']));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads directories, zip64 and names of Windows without its directory, and stops at what it cannot pass', async () => {
    const parts = [
      { name: 'var/', content: '' },
      { name: 'var\\log\\a.log', content: 'a\n'.repeat(1000), zip64: true },
      { name: 'secret.log', content: 'x', encrypted: true },
      { name: 'b.log', content: 'b\n', descriptor: true },
      { name: 'empty.log', content: '', descriptor: true, method: 'store' as const },
      { name: 'c.log', content: 'c\n', descriptor: true, method: 'store' as const },
      { name: 'd.log', content: 'd\n' },
    ];
    const { report, files, others } = await collect(zip(parts).subarray(0, -10));
    expect(files.map(({ path, content }) => [path, content.toString()])).toEqual([
      ['var/log/a.log', 'a\n'.repeat(1000)],
      ['b.log', 'b\n'],
      ['empty.log', ''],
      ['c.log', ''],
    ]);
    expect(others.map(({ path }) => path)).toEqual(['var/', 'secret.log']);
    expect(report.rejected).toBe(false);
    expect(report.problems).toMatchObject([
      { code: 'truncated', fatal: false },
      { code: 'encrypted', member: 'secret.log' },
      { code: 'unsupported_method', member: 'c.log' },
    ]);
  });

  it('knows its digest only when it is told', async () => {
    const bundle = zip({ a: 'x' });
    expect((await collect(bundle)).report.sha256).toBeNull();
    expect((await collect(bytesSource(bundle, { sha256: 'abc' }))).report.sha256).toBe('abc');
  });
});

describe('zip by ranges', () => {
  const big = Array.from({ length: 60 }, (_, index) => ({
    name: `core.${index}`,
    content: noise(400_000, index + 1),
    method: 'store' as const,
  }));
  const wanted = (index: number) => ({ name: `log.${index}`, content: `line ${index}\n` });

  async function reading(entries: ZipEntryOptions[]) {
    const bundle = zip(entries);
    const ranges: [number, number][] = [];
    const source = bytesSource(bundle, { onRead: (start, end) => ranges.push([start, end]) });
    const requests: number[] = [];
    const collected = await collect(
      {
        ...source,
        stream(range) {
          requests.push(range?.start ?? 0);
          return source.stream(range);
        },
      },
      {
        interest: ({ path }) =>
          path.startsWith('log') ? 'read' : path.startsWith('maybe') ? 'if_cheap' : 'skip',
      },
    );
    const bytes = ranges.reduce((sum, [start, end]) => sum + end - start, 0);
    return { collected, bytes, requests: requests.length, share: bytes / bundle.length };
  }

  it('reads little more than the members of interest', async () => {
    const { collected, share } = await reading(
      big.flatMap((entry, index) => (index % 20 === 0 ? [entry, wanted(index)] : [entry])),
    );
    expect(texts(collected)).toEqual({ 'log.0': 'line 0\n', 'log.20': 'line 20\n', 'log.40': 'line 40\n' });
    expect(share).toBeLessThan(0.03);
  });

  it('reads neighbours by one request', async () => {
    const few = await reading([...big, ...Array.from({ length: 2 }, (_, index) => wanted(index))]);
    const many = await reading([...big, ...Array.from({ length: 200 }, (_, index) => wanted(index))]);
    expect(many.collected.files).toHaveLength(200);
    expect(many.requests).toBe(few.requests);
  });

  it('hands over what comes along, and no more of what only might matter', async () => {
    const { collected } = await reading([
      { name: 'maybe.far', content: 'far' },
      ...big,
      wanted(1),
      { name: 'maybe.near', content: 'near' },
      wanted(2),
    ]);
    expect(collected.files.map((file) => file.path)).toEqual(['log.1', 'maybe.near', 'log.2']);
    expect(collected.report.members).toEqual({ seen: 64, read: 3, skipped: 61 });
  });
});
