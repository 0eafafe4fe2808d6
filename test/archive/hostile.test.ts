import { describe, expect, it } from 'vitest';
import {
  bytesSource,
  gzip,
  noise,
  paxHeader,
  sealed,
  type Tree,
  tar,
  tarHeader,
  xz,
  zip,
  zstd,
} from '../fixtures/archive.ts';
import { collect, texts } from './collect.ts';

const MIB = 1024 * 1024;

/** Memory in MiB that the process holds after some work and did not hold before. */
async function memoryWhile(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  await work();
  return (process.memoryUsage.rss() - before) / MIB;
}

/** Reads a bundle and forgets its bytes. */
async function drain(bundle: Buffer, limits = {}) {
  const { readBundle } = await import('../../shared/archive/read.ts');
  let bytes = 0;
  const report = await readBundle(
    bytesSource(bundle),
    {
      interest: () => 'read',
      async file(member) {
        for await (const chunk of member.bytes()) bytes += chunk.length;
      },
    },
    { limits },
  );
  return { report, bytes };
}

describe('a bomb', () => {
  const zeros = gzip(Buffer.alloc(64 * MIB, 'A'));

  it('of bytes ends at the total', async () => {
    const { report, bytes } = await drain(tar({ 'a.gz': zeros, 'b.gz': zeros, c: 'x' }), {
      maxTotalBytes: 80 * MIB,
    });
    expect(bytes).toBeLessThanOrEqual(80 * MIB);
    expect(report.problems).toMatchObject([{ code: 'limit_total_bytes', member: 'b.gz' }]);
    expect(report.members.read).toBe(2);
  });

  it('of one member ends that member only', async () => {
    const { report, bytes } = await drain(tar({ 'a.gz': zeros, b: 'xy' }), { maxMemberBytes: MIB });
    expect(bytes).toBe(MIB + 2);
    expect(report.problems).toMatchObject([{ code: 'limit_member_bytes', member: 'a.gz' }]);
  });

  it('of ratio ends where no log would come, in flat memory', async () => {
    const stacked = gzip(Buffer.concat(Array.from({ length: 16 }, () => zeros)));
    const memory = await memoryWhile(async () => {
      const { report } = await drain(stacked, { maxRatio: 1000 });
      expect(report.problems).toMatchObject([{ code: 'limit_ratio' }]);
    });
    expect(memory).toBeLessThan(256);
  });

  it.each([
    ['tar', (count: number) => tar(Array.from({ length: count }, (_, index) => ({ name: `f${index}` })))],
    [
      'zip',
      (count: number) =>
        zip(Array.from({ length: count }, (_, index) => ({ name: `f${index}`, content: '' }))),
    ],
  ])('of members ends at their number (%s)', async (_, make) => {
    const { report } = await drain(make(101), { maxMembers: 100 });
    expect(report.problems).toMatchObject([{ code: 'limit_members' }]);
    expect((await drain(make(100), { maxMembers: 100 })).report.problems).toEqual([]);
  });

  it.each([
    ['tar', (inner: Buffer) => tar({ 'x.tar': inner })],
    ['gzip', (inner: Buffer) => gzip(inner)],
    ['zip', (inner: Buffer) => zip({ 'x.zip': inner })],
  ])('of nesting ends at the depth (%s)', async (_, wrap) => {
    const nested = (depth: number) =>
      Array.from({ length: depth }).reduce<Buffer>((inner) => wrap(inner), Buffer.from('log\n'));
    expect((await drain(nested(4), { maxNesting: 3 })).report).toMatchObject({
      problems: [],
      members: { read: 1 },
    });
    expect((await drain(nested(5), { maxNesting: 3 })).report).toMatchObject({
      problems: [{ code: 'limit_nesting' }],
      members: { read: 0, skipped: 1 },
    });
  });

  it('of a sparse file of terabytes ends at a limit', async () => {
    const header = tarHeader({
      name: Buffer.from('huge'),
      link: Buffer.alloc(0),
      size: 512,
      mtime: 1,
      flag: 'S',
      gnu: true,
    });
    header.write('00000000000\0' + '00000001000\0', 386, 'latin1');
    header.writeUInt8(0x80, 483);
    header.writeUIntBE(2 ** 44, 489, 6);
    const { report, bytes } = await drain(
      Buffer.concat([sealed(header), Buffer.alloc(512), tar({ b: 'x' })]),
      {
        maxMemberBytes: 8 * MIB,
      },
    );
    expect(bytes).toBe(8 * MIB + 1);
    expect(report.problems).toMatchObject([{ code: 'limit_member_bytes', member: 'huge' }]);
  });

  it('that asks for a dictionary of gigabytes is refused', async () => {
    for (const bundle of [xz('log\n', 40), Buffer.concat([xz('log\n'), xz('log\n', 36)])]) {
      const { report } = await drain(bundle);
      expect(report.problems).toMatchObject([{ code: 'unsupported_method' }]);
    }
  });
});

describe('headers that lie', () => {
  const file = (size: number | Buffer) =>
    tarHeader({ name: Buffer.from('liar'), link: Buffer.alloc(0), size, mtime: 1, flag: '0', gnu: false });

  it.each([
    [
      'more than there is, by PAX',
      Buffer.concat([...paxHeader({ size: '999999999999' }), file(4), Buffer.alloc(512)]),
      'truncated',
    ],
    ['no number, by PAX', Buffer.concat([...paxHeader({ size: '-1' }), file(0)]), 'corrupt'],
    ['more than there is', Buffer.concat([file(8_000_000_000), Buffer.alloc(512)]), 'truncated'],
    ['less than nothing', file(Buffer.alloc(12, 0xff)), 'corrupt'],
    [
      'more than a number holds',
      file(Buffer.concat([Buffer.from([0x80]), Buffer.alloc(11, 0xff)])),
      'corrupt',
    ],
  ])('about a size: %s', async (_, entry, code) => {
    const { report } = await drain(Buffer.concat([entry, tar({ b: 'x' })]));
    expect(report.problems.map((problem) => problem.code)).toContain(code);
  });

  it('about the length of a name, are passed over', async () => {
    const header = tarHeader({
      name: Buffer.from('././@LongLink'),
      link: Buffer.alloc(0),
      size: 3 * MIB,
      mtime: 0,
      flag: 'L',
      gnu: true,
    });
    const collected = await collect(Buffer.concat([header, Buffer.alloc(3 * MIB, 0x61), tar({ b: 'x' })]));
    expect(texts(collected)).toEqual({ b: 'x' });
    expect(collected.report.problems).toMatchObject([{ code: 'limit_name_length' }]);
  });

  it('in PAX records that do not add up, are passed over', async () => {
    const [header, body, padding] = paxHeader({ path: 'another name' });
    if (header === undefined || body === undefined || padding === undefined) throw new Error('no PAX header');
    body.write('99', 0);
    const collected = await collect(Buffer.concat([header, body, padding, tar({ b: 'x' })]));
    expect(texts(collected)).toEqual({ b: 'x' });
    expect(collected.report.problems).toMatchObject([{ code: 'corrupt' }]);
  });
});

describe('names', () => {
  it.each(['../../etc/passwd', '/etc/passwd', 'C:\\Windows\\x', 'a/../../b', '..'])(
    'that lead outside are read as data and reported: %s',
    async (name) => {
      for (const bundle of [
        tar([{ name, content: 'x' }]),
        zip([{ name: Buffer.from(name), content: 'x' }]),
      ]) {
        const collected = await collect(bundle);
        expect(collected.files.map((one) => one.content.toString())).toEqual(['x']);
        expect(collected.report.problems).toMatchObject([{ code: 'unsafe_name', fatal: false }]);
      }
    },
  );

  it('are reported once, however many there are', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ name: `../${index}`, content: 'x' }));
    expect((await collect(tar(many))).report.problems).toMatchObject([{ code: 'unsafe_name', count: 500 }]);
  });

  it('are shown with their control and bidi characters escaped', async () => {
    const name = '../\u001b[31mred\u202egol.exe\n';
    const { report } = await collect(tar([{ name, content: 'x' }], { format: 'pax' }));
    const shown = '../\\u001b[31mred\\u202egol.exe\\u000a';
    expect(report.problems).toMatchObject([{ member: shown, detail: expect.stringContaining(shown) }]);
  });

  it('that are too long cost the member only', async () => {
    const collected = await collect(
      tar(
        [
          { name: 'n'.repeat(200), content: 'x' },
          { name: 'b', content: 'y' },
        ],
        { format: 'gnu' },
      ),
      {
        limits: { maxNameLength: 199 },
      },
    );
    expect(texts(collected)).toEqual({ b: 'y' });
    expect(collected.report.problems).toMatchObject([{ code: 'limit_name_length' }]);
    expect(collected.report.members).toEqual({ seen: 2, read: 1, skipped: 1 });
  });
});

describe('time', () => {
  it('that is up ends the bundle and keeps what was read', async () => {
    let clock = 0;
    const collected = await collect(
      bytesSource(tar({ a: 'x'.repeat(4096), b: 'y'.repeat(4096), c: 'z' }), { chunk: 512 }),
      {
        limits: { maxMilliseconds: 10 },
        now: () => clock++,
      },
    );
    expect(collected.report.problems.map((problem) => problem.code)).toEqual(['limit_time']);
    expect(collected.files[0]?.path).toBe('a');
    expect(collected.report.sha256).toBeNull();
  });

  it('that a signal says is up is the same', async () => {
    const signal = AbortSignal.abort(new DOMException('time', 'TimeoutError'));
    expect((await collect(tar({ a: 'x' }), { signal })).report.problems).toMatchObject([
      { code: 'limit_time' },
    ]);
  });

  it.each([
    ['tar', tar],
    ['tar.gz', (tree: Tree) => gzip(tar(tree))],
    ['tar.xz', (tree: Tree) => xz(tar(tree))],
    ['tar.zst', (tree: Tree) => zstd(tar(tree))],
    ['zip', (tree: Tree) => zip(tree)],
    ['tar in zip', (tree: Tree) => zip({ 'a.tgz': gzip(tar(tree)) })],
  ])('is not waited for when the reading is aborted in the middle of a %s', async (_, pack) => {
    const bundle = bytesSource(pack({ a: noise(1_200_000), b: noise(1_200_000) }), { chunk: 4096 });
    const reason = new Error('the user went home');
    const stopping = new AbortController();
    const reading = collect(bundle, {
      signal: stopping.signal,
      interest(member) {
        if (member.path.endsWith('b')) stopping.abort(reason);
        return 'read';
      },
    });
    await expect(reading).rejects.toBe(reason);
  });

  it('is not what an abort is about', async () => {
    const reason = new Error('the user went home');
    await expect(collect(tar({ a: 'x' }), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a source', () => {
  it.each([
    ['fails', true],
    ['ends early', false],
  ])('that %s is told from a damaged bundle', async (_, fails) => {
    const bundle = gzip(tar({ a: 'x'.repeat(100), b: 'y' }));
    const collected = await collect({
      name: 'bundle',
      size: bundle.length,
      async *stream() {
        yield bundle.subarray(0, bundle.length - 20);
        if (fails) throw new Error('socket hang up');
      },
    });
    expect(collected.report.problems.map((problem) => problem.code)).toContain('source_unavailable');
    expect(collected.report.sha256).toBeNull();
  });

  it('of a zip that fails is told too', async () => {
    const { report } = await collect({
      name: 'bundle',
      size: 100,
      async *stream(range) {
        yield Buffer.from('504b0304', 'hex');
        if (range !== undefined) throw new Error('socket hang up');
      },
    });
    expect(report).toMatchObject({ rejected: true, problems: [{ code: 'source_unavailable' }] });
  });
});

describe('a visitor', () => {
  it('that throws ends the reading with its error', async () => {
    const error = new Error('no more');
    const { readBundle } = await import('../../shared/archive/read.ts');
    for (const bundle of [
      tar({ a: 'x' }),
      gzip(tar({ a: 'x' })),
      zstd(tar({ a: 'x' })),
      xz(tar({ a: 'x' })),
      zip({ a: 'x' }),
    ]) {
      await expect(
        readBundle(bytesSource(bundle), { interest: () => 'read', file: () => Promise.reject(error) }),
      ).rejects.toBe(error);
    }
  });

  it('may leave a member unread, or stop in the middle of it', async () => {
    const { readBundle } = await import('../../shared/archive/read.ts');
    const long = 'line\n'.repeat(100_000);
    for (const bundle of [
      tar({ a: long, 'b.gz': gzip(long), c: 'c' }),
      gzip(tar({ a: long, 'b.gz': gzip(long), c: 'c' })),
      zip({ a: long, 'b.gz': gzip(long), c: 'c' }),
    ]) {
      const seen: string[] = [];
      const report = await readBundle(bytesSource(bundle), {
        interest: () => 'read',
        async file(member) {
          seen.push(member.path);
          if (member.path !== 'c') return;
          for await (const chunk of member.bytes()) seen.push(chunk.toString());
        },
      });
      expect(seen).toEqual(['a', 'b.gz', 'c', 'c']);
      expect(report.problems).toEqual([]);
      const stopping = await readBundle(bytesSource(bundle), {
        interest: () => 'read',
        async file(member) {
          for await (const _ of member.bytes()) break;
        },
      });
      expect(stopping).toMatchObject({ problems: [], members: { read: 3 } });
    }
  });
});
