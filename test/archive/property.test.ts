import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource, gzip, tar, xz, zip, zstd } from '../fixtures/archive.ts';
import { type Collected, collect } from './collect.ts';

type Files = Record<string, Buffer>;
type Wrapped = { readonly bytes: Buffer; readonly files: Files };

/** Something that packs files, and what the paths of the files are after. */
type Wrapping = (inner: Wrapped) => Wrapped;

const segment = fc.constantFrom(
  'var',
  'log',
  'etc',
  'node1',
  'ログ',
  'a b',
  'x'.repeat(60),
  'sos_commands',
  '.hidden',
);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const content = fc.oneof(
  fc.string({ maxLength: 40 }).map((text) => Buffer.from(`log: ${text}\n`)),
  fc
    .integer({ min: 0, max: 3000 })
    .map((lines) => Buffer.from('Apr  7 06:50:01 node1 kernel: md0\n'.repeat(lines))),
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.concat([Buffer.from([7]), bytes])),
);
const tree = fc
  .uniqueArray(fc.tuple(path, content), { minLength: 1, maxLength: 6, selector: ([name]) => name })
  .map((pairs) => Object.fromEntries(pairs.map(([name, bytes], index) => [`${name}.${index}`, bytes])));

function renamed(files: Files, rename: (path: string) => string): Files {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [rename(name), bytes]));
}

const compressions = { gz: gzip, zst: zstd, xz } as const;
const compression = fc.constantFrom(...Object.values(compressions));

const packers: fc.Arbitrary<(files: Files) => Wrapped> = fc.oneof(
  fc
    .record({
      format: fc.constantFrom('ustar' as const, 'pax' as const, 'gnu' as const),
      top: fc.constantFrom('', 'sosreport-node1'),
    })
    .filter(({ format }) => format !== 'ustar')
    .map(({ format, top }) => (files: Files) => ({
      bytes: tar(files, { format, top }),
      files: renamed(files, (name) => (top === '' ? name : `${top}/${name}`)),
    })),
  fc
    .record({
      method: fc.constantFrom('store' as const, 'deflate' as const),
      descriptor: fc.boolean(),
      zip64: fc.boolean(),
      comment: fc.constantFrom('', 'PK\u0005\u0006 not the end', 'made by hand'),
      before: fc.constantFrom('', 'MZ self-extracting'),
    })
    .map(({ method, descriptor, zip64, comment }) => (files: Files) => ({
      bytes: zip(
        Object.entries(files).map(([name, bytes]) => ({ name, content: bytes, method, descriptor, zip64 })),
        { comment, zip64 },
      ),
      files,
    })),
);

/** Archives inside archives: the inner one beside another file. */
const nesting: fc.Arbitrary<Wrapping> = fc
  .tuple(packers, compression, fc.boolean())
  .map(([pack, compress, compressed]) => (inner) => {
    const packed = pack({
      'inner.bin': compressed ? compress(inner.bytes) : inner.bytes,
      'beside.log': Buffer.from('beside\n'),
    });
    const at = Object.keys(packed.files).find((name) => name.endsWith('inner.bin')) ?? '';
    const { [at]: _, ...rest } = packed.files;
    return { bytes: packed.bytes, files: { ...rest, ...renamed(inner.files, (name) => `${at}!/${name}`) } };
  });

const bundle = fc
  .record({
    files: tree,
    pack: packers,
    nestings: fc.array(nesting, { maxLength: 2 }),
    outer: fc.option(compression),
  })
  .map(({ files, pack, nestings, outer }) => {
    const wrapped = nestings.reduce((inner, nest) => nest(inner), pack(files));
    return { ...wrapped, bytes: outer === null ? wrapped.bytes : outer(wrapped.bytes) };
  });

function filesOf(collected: Collected): Files {
  return Object.fromEntries(collected.files.map((file) => [file.path, file.content]));
}

describe('any bundle', () => {
  it('comes back whole, whatever the tree, the formats, the nesting and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(bundle, fc.integer({ min: 1, max: 5000 }), async ({ bytes, files }, chunk) => {
        const collected = await collect(bytesSource(bytes, { chunk }));
        expect(collected.report.problems).toEqual([]);
        expect(filesOf(collected)).toEqual(files);
        const { seen, read, skipped } = collected.report.members;
        expect([seen, read, skipped]).toEqual([Object.keys(files).length, Object.keys(files).length, 0]);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});

const LOG = 'Apr  7 06:50:01 node1 lifekeeper[2]: INFO:dr::::104009:resync 10%\n';
const SAMPLE: Files = {
  'etc/hostname': Buffer.from('node1\n'),
  'var/log/lifekeeper.log': Buffer.from(LOG.repeat(40)),
  'var/log/lifekeeper.log.1.gz': Buffer.from(LOG.repeat(400)),
  'etc/last': Buffer.from('last\n'),
};
const PACKED = {
  ...SAMPLE,
  'var/log/lifekeeper.log.1.gz': gzip(SAMPLE['var/log/lifekeeper.log.1.gz'] ?? ''),
};
const SAMPLES: Record<string, Buffer> = {
  ustar: tar(PACKED),
  pax: tar(PACKED, { format: 'pax' }),
  'tar.gz': gzip(tar(PACKED, { format: 'pax' })),
  'tar.gz of two gzip members': Buffer.concat([
    gzip(tar(PACKED).subarray(0, 3000)),
    gzip(tar(PACKED).subarray(3000)),
  ]),
  'tar.xz': xz(tar(PACKED, { format: 'pax' })),
  'tar.zst': zstd(tar(PACKED)),
  zip: zip(PACKED),
  'zip with descriptors': zip(
    Object.entries(PACKED).map(([name, bytes]) => ({ name, content: bytes, descriptor: true, zip64: true })),
    { zip64: true },
  ),
  'tar.gz in a zip': zip([{ name: 'node1.tgz', content: gzip(tar(PACKED)), method: 'store' }]),
};

/** Bytes that no checksum of the format covers, so that a flip in them can only be seen as another content. */
const UNCHECKED = new Set(['ustar', 'pax']);

function lossIsReported(name: string, collected: Collected): void {
  if (collected.report.problems.length > 0) return;
  // A few bytes of a name are a text like any other.
  if (collected.report.format === 'text') return;
  const contents = [
    ...collected.files.map((file) => file.content.toString('latin1')),
    ...collected.others.map((other) => other.linkTarget ?? ''),
  ];
  for (const bytes of Object.values(SAMPLE)) {
    if (UNCHECKED.has(name)) expect(contents.map((text) => text.length)).toContain(bytes.length);
    else expect(contents.includes(bytes.toString('latin1'))).toBe(true);
  }
}

describe.each(Object.entries(SAMPLES))('a damaged %s', (name, sound) => {
  it('is read or reported when it is cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: sound.length - 1 }),
        fc.integer({ min: 1, max: 3000 }),
        async (length, chunk) => {
          const collected = await collect(bytesSource(sound.subarray(0, length), { chunk }));
          lossIsReported(name, collected);
          for (const file of collected.files) {
            const whole = Object.entries(SAMPLE).find(([path]) => file.path.endsWith(path))?.[1];
            // Of a file inside that is cut within its magic number, these bytes are handed over as they are.
            if (whole === undefined || file.content.length < 3) continue;
            expect(whole.subarray(0, file.content.length).equals(file.content)).toBe(true);
            if (file.content.length < whole.length) expect(file.cut).not.toBeNull();
          }
        },
      ),
      { numRuns: 120 },
    );
  }, 60_000);

  it('is read or reported when a byte is flipped anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: sound.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const damaged = Buffer.from(sound);
          damaged[at] = (damaged[at] ?? 0) ^ mask;
          lossIsReported(name, await collect(damaged));
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('any bytes', () => {
  it('end in a report', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          '',
          '1f8b0800',
          '1f8b081f',
          '1f8b08040000000000',
          'fd377a585a00',
          '28b52ffd',
          '504b0304',
          '425a6839314159265359',
          '504b0506',
        ),
        fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 3000, size: 'max' })),
        async (magic, bytes) => {
          const { report } = await collect(Buffer.concat([Buffer.from(magic, 'hex'), bytes]));
          expect(
            report.rejected ? report.problems.some((problem) => problem.fatal) : report.members.seen,
          ).toBeTruthy();
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});
