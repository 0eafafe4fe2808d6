import { describe, expect, it } from 'vitest';
import type { BundleVisitor } from '../../shared/archive/member.ts';
import { readBundle } from '../../shared/archive/read.ts';
import {
  bytesSource,
  type Entry,
  gzip,
  noise,
  paxHeader,
  sealed,
  tar,
  tarHeader,
  xz,
  zip,
  zstd,
} from '../fixtures/archive.ts';
import { collect, texts } from './collect.ts';

const LONG = `${'directory/'.repeat(15)}lifekeeper.log`;
/** `bzip2 -9` of "one\ntwo\n"; no encoder for it is at hand. */
const BZIP2 = Buffer.from('QlpoOTFBWSZTWacUK3cAAALBgAAQAgGEgCAAIYAMAjj1G4u5IpwoSFOKFbuA', 'base64');

describe('tar', () => {
  it.each(['pax', 'gnu'] as const)('reads long names and long link targets (%s)', async (format) => {
    const collected = await collect(
      tar(
        [
          { name: LONG, content: 'log' },
          { name: 'link', type: 'symlink', linkTarget: `../${LONG}` },
        ],
        { format },
      ),
    );
    expect(texts(collected)).toEqual({ [LONG]: 'log' });
    expect(collected.others).toMatchObject([{ path: 'link', kind: 'symlink', linkTarget: `../${LONG}` }]);
    expect(collected.report.problems).toEqual([]);
  });

  it('joins the prefix of ustar to the name', async () => {
    const header = tarHeader({
      name: Buffer.from('lifekeeper.log'),
      link: Buffer.alloc(0),
      size: 0,
      mtime: 1,
      flag: '0',
      gnu: false,
    });
    header.write('var/log', 345, 'latin1');
    const collected = await collect(Buffer.concat([sealed(header), Buffer.alloc(1024)]));
    expect(collected.files.map((file) => file.path)).toEqual(['var/log/lifekeeper.log']);
  });

  it('hands over links, folders and devices as what they are, and opens none', async () => {
    const entries: Entry[] = [
      { name: 'sos/', type: 'directory' },
      { name: 'sos/uname', type: 'symlink', linkTarget: 'sos_commands/kernel/uname_-a' },
      { name: 'sos/hard', type: 'hardlink', linkTarget: 'sos/etc/hostname' },
      { name: 'sos/pipe', type: 'fifo' },
      { name: 'sos/null', type: 'device' },
      { name: 'sos/etc/hostname', content: 'node1\n' },
    ];
    const collected = await collect(tar(entries));
    expect(collected.others.map(({ path, kind, linkTarget }) => [path, kind, linkTarget])).toEqual([
      ['sos/', 'directory', null],
      ['sos/uname', 'symlink', 'sos_commands/kernel/uname_-a'],
      ['sos/hard', 'hardlink', 'sos/etc/hostname'],
      ['sos/pipe', 'special', null],
      ['sos/null', 'special', null],
    ]);
    expect(texts(collected)).toEqual({ 'sos/etc/hostname': 'node1\n' });
    expect(collected.report.problems).toMatchObject([
      { code: 'special_member', member: 'sos/pipe', count: 2 },
    ]);
    expect(collected.report.members).toEqual({ seen: 1, read: 1, skipped: 0 });
  });

  it('reads the modification time, to the fraction where PAX has it', async () => {
    const times: (number | undefined)[] = [];
    for (const format of ['ustar', 'pax'] as const) {
      const bundle = bytesSource(tar([{ name: 'a', content: 'a', mtime: 1_617_764_400 }], { format }));
      await collect(bundle, {
        interest(member) {
          times.push(member.mtime?.getTime());
          return 'read';
        },
      });
    }
    expect(times).toEqual([1_617_764_400_000, 1_617_764_400_250]);
  });

  it('reads members that come twice, both times', async () => {
    const collected = await collect(
      tar([
        { name: 'a', content: '1' },
        { name: 'a', content: '2' },
      ]),
    );
    expect(collected.files.map((file) => file.content.toString())).toEqual(['1', '2']);
  });

  it('reads a name in CP932, and one in no encoding at all', async () => {
    const collected = await collect(
      tar([
        { name: Buffer.from('838d834f2e747874', 'hex'), content: 'x' },
        { name: Buffer.from('ff80fe', 'hex'), content: 'y' },
      ]),
    );
    expect(texts(collected)).toEqual({ 'ログ.txt': 'x', 'ÿ\u0080þ': 'y' });
  });

  it('goes on behind a damaged header, and says how much was passed over', async () => {
    const bundle = tar({ a: 'first', b: 'second', c: 'third' });
    bundle[1024 + 5] = 0xff;
    const collected = await collect(bundle);
    expect(texts(collected)).toEqual({ a: 'first', c: 'third' });
    expect(collected.report.problems).toMatchObject([
      { code: 'corrupt', detail: expect.stringContaining('1024 bytes') },
    ]);
  });

  it('reads tars put one behind the other', async () => {
    expect(texts(await collect(Buffer.concat([tar({ a: '1' }), tar({ b: '2' })])))).toEqual({
      a: '1',
      b: '2',
    });
  });

  it('misses the end mark', async () => {
    const { report } = await collect(tar({ a: '1' }, { endBlocks: 0 }));
    expect(report.problems).toMatchObject([{ code: 'truncated' }]);
  });

  describe('with a sparse file', () => {
    const whole = Buffer.concat([
      Buffer.alloc(1024),
      Buffer.from('A'.repeat(512)),
      Buffer.alloc(2048),
      Buffer.from('tail'),
    ]);
    const stored = Buffer.concat([Buffer.from('A'.repeat(512)), Buffer.from('tail'), Buffer.alloc(508)]);
    const map: [number, number][] = [
      [1024, 512],
      [3584, 4],
    ];
    const octal = (value: number) => `${value.toString(8).padStart(11, '0')}\0`;
    const file = (flag: string, size: number) =>
      tarHeader({ name: Buffer.from('lastlog'), link: Buffer.alloc(0), size, mtime: 1, flag, gnu: true });

    function oldGnu(pieces: [number, number][]): Buffer {
      const header = file('S', 516);
      const slots = [...pieces];
      const put = (block: Buffer, start: number, count: number) => {
        slots.splice(0, count).forEach(([offset, length], index) => {
          block.write(octal(offset) + octal(length), start + index * 24, 'latin1');
        });
        return slots.length > 0 ? 1 : 0;
      };
      const more: Buffer[] = [];
      header[482] = put(header, 386, 4);
      header.write(octal(whole.length), 483, 'latin1');
      while (slots.length > 0) {
        const block = Buffer.alloc(512);
        block[504] = put(block, 0, 21);
        more.push(block);
      }
      return Buffer.concat([sealed(header), ...more, stored]);
    }

    const lead: [number, number][] = Array.from({ length: 30 }, (_, index) => [index, 0]);
    const sizes = { 'GNU.sparse.size': `${whole.length}` };
    const mapLines = Buffer.alloc(512);
    mapLines.write('2\n1024\n512\n3584\n4\n');
    it.each([
      ['old GNU', oldGnu(map)],
      ['old GNU with a long map', oldGnu([...lead, ...map])],
      [
        'PAX 0.1',
        Buffer.concat([
          ...paxHeader({ ...sizes, 'GNU.sparse.map': map.flat().join(',') }),
          file('0', 516),
          stored,
        ]),
      ],
      [
        'PAX 1.0',
        Buffer.concat([
          ...paxHeader({
            'GNU.sparse.major': '1',
            'GNU.sparse.minor': '0',
            'GNU.sparse.name': 'lastlog',
            'GNU.sparse.realsize': `${whole.length}`,
          }),
          file('0', 512 + 516),
          mapLines,
          stored,
        ]),
      ],
    ])('fills its holes (%s)', async (_, entry) => {
      const collected = await collect(Buffer.concat([entry, tar({ after: 'it' })]));
      expect(collected.report.problems).toEqual([]);
      expect(collected.files.map((one) => [one.path, one.content.equals(whole)])).toEqual([
        ['lastlog', true],
        ['after', false],
      ]);
    });

    it('passes over one whose map does not add up', async () => {
      const collected = await collect(
        Buffer.concat([
          oldGnu([
            [0, 512],
            [100, 4],
          ]),
          tar({ after: 'it' }),
        ]),
      );
      expect(texts(collected)).toEqual({ after: 'it' });
      expect(collected.report.problems).toMatchObject([{ code: 'corrupt' }]);
    });
  });
});

describe('compressions', () => {
  it.each([
    ['gzip', gzip('one\ntwo\n')],
    ['gzip', Buffer.concat([gzip('one\n'), gzip('two\n')])],
    ['gzip', Buffer.concat([gzip('one\ntwo\n'), Buffer.alloc(700)])],
    ['zstd', zstd('one\ntwo\n')],
    ['zstd', Buffer.concat([zstd('one\n'), zstd('two\n')])],
    ['xz', xz('one\ntwo\n')],
    ['xz', Buffer.concat([xz('one\n'), xz('two\n'), Buffer.alloc(4)])],
    ['bzip2', BZIP2],
    ['bzip2', Buffer.concat([BZIP2, Buffer.alloc(3)])],
  ])('reads %s, of several streams and padded', async (format, bundle) => {
    const collected = await collect(bytesSource(bundle, { name: 'x.log', chunk: 7 }));
    expect(collected.report).toMatchObject({ format, problems: [] });
    expect(texts(collected)).toEqual({ 'x.log': 'one\ntwo\n' });
  });

  it.each([
    ['gzip', gzip('one\n')],
    ['xz', xz('one\n')],
    ['zstd', zstd('one\n')],
    ['bzip2', BZIP2],
  ])('reports bytes that are not %s behind its end, and keeps what came before', async (_, data) => {
    const collected = await collect(Buffer.concat([data, Buffer.from('something else, and more of it')]));
    expect(collected.files[0]?.content.toString()).toMatch(/^one\n/);
    expect(collected.report.problems).toMatchObject([{ code: 'corrupt' }]);
  });

  it('tells a wrong checksum from a cut', async () => {
    const sound = gzip('one\n');
    const wrong = Buffer.from(sound);
    wrong[sound.length - 6] = (wrong[sound.length - 6] ?? 0) ^ 1;
    expect((await collect(wrong)).report.problems).toMatchObject([{ code: 'checksum_mismatch' }]);
    expect((await collect(sound.subarray(0, -5))).report.problems).toMatchObject([{ code: 'truncated' }]);
  });
});

describe('what is no bundle', () => {
  it.each([
    ['empty_file', Buffer.alloc(0)],
    ['not_a_bundle', Buffer.from('7f454c460201010000000000000000000300', 'hex')],
    ['encrypted', Buffer.from('8c0d040703020a0b0c', 'hex')],
    ['encrypted', Buffer.from('-----BEGIN PGP MESSAGE-----\n')],
    ['encrypted', Buffer.from('Salted__12345678')],
    ['unsupported_method', Buffer.from('377abcaf271c0004', 'hex')],
    ['unsupported_method', Buffer.from('526172211a070100', 'hex')],
  ])('is refused as %s', async (code, bundle) => {
    const { report, files } = await collect(bundle);
    expect(files).toEqual([]);
    expect(report).toMatchObject({ format: 'unknown', rejected: true, problems: [{ code, fatal: true }] });
  });

  it('says so of what is inside a compression too', async () => {
    const { report } = await collect(gzip(Buffer.from('8c0d040703020a0b0c', 'hex')));
    expect(report).toMatchObject({ rejected: true, problems: [{ code: 'encrypted', fatal: true }] });
  });
});

describe('archives inside', () => {
  it('reads a zip of two collectors, and what is compressed in them', async () => {
    const node = (name: string) =>
      gzip(tar({ 'var/log/lifekeeper.log-20210401.xz': xz(`${name}\n`) }, { top: `sosreport-${name}` }));
    const collected = await collect(
      zip({ 'case/node1.tar.gz': node('node1'), 'case/node2.tar.gz': node('node2') }),
    );
    expect(texts(collected)).toEqual({
      'case/node1.tar.gz!/sosreport-node1/var/log/lifekeeper.log-20210401.xz': 'node1\n',
      'case/node2.tar.gz!/sosreport-node2/var/log/lifekeeper.log-20210401.xz': 'node2\n',
    });
    expect(collected.report.problems).toEqual([]);
  });

  it('looks into archives that the visitor would skip by their name', async () => {
    const inner = gzip(tar({ 'lifekeeper.log': 'x' }));
    for (const outer of [tar, zip]) {
      const collected = await collect(outer({ 'node1.tgz': inner, 'photo.jpg': 'y' }), {
        interest: (member) => (member.path.endsWith('.log') ? 'read' : 'skip'),
      });
      expect(texts(collected)).toEqual({ 'node1.tgz!/lifekeeper.log': 'x' });
      expect(collected.others.map((member) => member.path)).toEqual(['photo.jpg']);
      expect(collected.report.members).toEqual({ seen: 2, read: 1, skipped: 1 });
    }
  });

  it.each([
    ['in a tar', (inner: Buffer) => tar({ 'a.zip': inner })],
    ['in a tar.gz', (inner: Buffer) => gzip(tar({ 'a.zip': inner }))],
    ['in a zip, stored', (inner: Buffer) => zip([{ name: 'a.zip', content: inner, method: 'store' }])],
    ['in a zip, deflated', (inner: Buffer) => zip([{ name: 'a.zip', content: inner }])],
  ])('reads a zip %s', async (_, wrap) => {
    const collected = await collect(wrap(zip({ 'x.log': 'x' })));
    expect(texts(collected)).toEqual({ 'a.zip!/x.log': 'x' });
    expect(collected.report.problems).toEqual([]);
  });

  it('reports one that is encrypted or of a kind not read', async () => {
    const { report } = await collect(
      tar({
        'secured.tar.xz.gpg': Buffer.from('8c0d040703020a0b0c', 'hex'),
        'n.rar': Buffer.from('526172211a070100', 'hex'),
      }),
    );
    expect(report.problems).toMatchObject([
      { code: 'encrypted', member: 'secured.tar.xz.gpg', fatal: false },
      { code: 'nested_unreadable', member: 'n.rar', fatal: false },
    ]);
    expect(report.rejected).toBe(false);
  });

  it('says when a name promises an archive and the content is none', async () => {
    const broken = gzip('log\n'.repeat(50));
    broken[0] = 0;
    const collected = await collect(
      tar({ 'lifekeeper.log.1.gz': broken, 'plain.log.gz': 'not compressed at all\n' }),
    );
    expect(texts(collected)).toMatchObject({ 'plain.log.gz': 'not compressed at all\n' });
    expect(collected.report.problems).toMatchObject([{ code: 'corrupt', member: 'lifekeeper.log.1.gz' }]);
  });

  it('loses only what is damaged', async () => {
    const broken = gzip(tar({ 'var/log/lifekeeper.log': 'x'.repeat(5000) })).subarray(0, 40);
    const collected = await collect(tar({ 'node1.tgz': broken, 'node2.tgz': gzip(tar({ 'x.log': 'x' })) }));
    expect(texts(collected)).toMatchObject({ 'node2.tgz!/x.log': 'x' });
    expect(collected.report.problems).toMatchObject([{ code: 'truncated' }]);
  });
});

/** More than a decompressor hands out at a time, so that memory is given back while all of this is read. */
describe('members larger than any chunk', () => {
  const text = (seed: number) =>
    Buffer.from(noise(400_000, seed).toString('base64').replace(/.{70}/g, '$&\n'));
  const node = () => tar({ 'etc/hostname': 'node1\n', [LONG]: text(1), 'var/log/messages': text(2) });

  it.each([
    ['gzip', gzip],
    ['zstd', zstd],
    ['xz', xz],
  ] as const)('come back whole out of %s in gzip', async (_format, pack) => {
    const outer = Buffer.concat([
      ...paxHeader({ comment: 'for all that follows' }, 'g'),
      tar({ 'first.log': text(3), 'node1.tar.packed': pack(node()), 'last.log': text(4), [LONG]: text(5) }),
    ]);
    const { report, files } = await collect(gzip(outer));
    expect(report.problems).toEqual([]);
    const found = Object.fromEntries(files.map(({ path, content }) => [path, content]));
    expect(Object.keys(found)).toHaveLength(6);
    const inner = 'node1.tar.packed!/';
    expect(found['first.log']?.equals(text(3))).toBe(true);
    expect(found[`${inner}${LONG}`]?.equals(text(1))).toBe(true);
    expect(found[`${inner}var/log/messages`]?.equals(text(2))).toBe(true);
    expect(found['last.log']?.equals(text(4))).toBe(true);
    expect(found[LONG]?.equals(text(5))).toBe(true);
  });

  it('may be left unread in the middle', async () => {
    const outer = gzip(tar({ 'a.log.gz': gzip(text(1)), 'b.log.xz': xz(text(2)), 'c.log': text(3) }));
    const heads: string[] = [];
    const visitor: BundleVisitor = {
      interest: () => 'read',
      async file(member) {
        for await (const chunk of member.bytes()) {
          heads.push(chunk.toString('latin1', 0, 70));
          break;
        }
      },
    };
    const report = await readBundle(bytesSource(outer), visitor);
    expect(report.problems).toEqual([]);
    expect(heads).toEqual([1, 2, 3].map((seed) => text(seed).toString('latin1', 0, 70)));
  });
});
