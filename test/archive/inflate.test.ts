import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../shared/archive/byte_reader.ts';
import { decompress } from '../../shared/archive/decompress.ts';
import { Fault } from '../../shared/archive/fault.ts';
import { InflatingThread } from '../../shared/archive/inflate/thread.ts';
import { gzip, tar } from '../fixtures/archive.ts';
import { collect } from './collect.ts';

interface Result {
  readonly content: Buffer;
  readonly fault: string | null;
  /** What the reader had not taken. */
  readonly rest: Buffer;
}

/** Takes what ends too soon for good. */
const finishFlush = constants.Z_SYNC_FLUSH;

const WINDOW = 64 * 1024 * 1024;

async function unpack(bytes: Buffer, inThread: boolean, sliceBytes = 10_000): Promise<Result> {
  const input = new ByteReader(slices(bytes, sliceBytes));
  const parts: Buffer[] = [];
  let fault: string | null = null;
  try {
    for await (const chunk of decompress('gzip', input, WINDOW, { chunkBytes: 1024 * 1024, inThread }))
      parts.push(Buffer.from(chunk));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    fault = error.code;
  }
  const rest: Buffer[] = [];
  for (let piece = await input.next(); piece !== null; piece = await input.next())
    rest.push(Buffer.from(piece));
  return { content: Buffer.concat(parts), fault, rest: Buffer.concat(rest) };
}

/** Chunks in memory that is used again, as sources do. */
async function* slices(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  const memory = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(memory, 0, at, at + size);
    yield memory.subarray(0, length);
  }
}

const content = fc.oneof(
  fc.nat(3_000_000).map((length) => Buffer.alloc(length, 'Apr  7 06:50:01 node1 kernel: md0\n')),
  fc.nat(400_000).map((length) => randomBytes(length)),
  fc.constant(Buffer.alloc(0)),
  fc.integer({ min: 0, max: 3 }).map((more) => Buffer.alloc(512 * 1024 * more, 'x')),
);
const members = fc
  .array(fc.tuple(content, fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 4 })
  .map((all) => ({
    whole: Buffer.concat(all.map(([bytes]) => bytes)),
    packed: Buffer.concat(all.map(([bytes, level]) => gzipSync(bytes, { level }))),
  }));

describe('a gzip file inflated in a thread', () => {
  it('comes back whole, of however many members, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(members, fc.integer({ min: 1_000, max: 300_000 }), async ({ whole, packed }, size) => {
        const { content, fault, rest } = await unpack(packed, true, size);
        expect(fault).toBe(null);
        expect(content.equals(whole)).toBe(true);
        expect(rest).toHaveLength(0);
      }),
      { numRuns: 25 },
    );
  });

  it('is told to end too soon, damaged or followed by something just as without the thread', async () => {
    const harm = fc.oneof(
      fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 0.9999, noNaN: true }) }),
      fc.record({ kind: fc.constant('flip' as const), at: fc.double({ min: 0, max: 0.9999, noNaN: true }) }),
      fc.record({ kind: fc.constant('follow' as const), at: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(members, harm, async ({ whole, packed }, { kind, at }) => {
        const place = Math.floor(at * packed.length);
        const harmed =
          kind === 'follow'
            ? Buffer.concat([packed, Buffer.from('not gzip')])
            : Buffer.from(kind === 'cut' ? packed.subarray(0, place) : packed);
        if (kind === 'flip') harmed[place] = (harmed[place] ?? 0) ^ 0x10;
        const [ours, plain] = [await unpack(harmed, true), await unpack(harmed, false)];
        expect(ours.fault).toBe(plain.fault);
        if (ours.fault !== 'corrupt') expect(ours.content.equals(plain.content)).toBe(true);
        if (kind !== 'flip') expect(ours.content.equals(whole.subarray(0, ours.content.length))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('loses no more to a damage than what came of 64 KiB', async () => {
    const text = Buffer.from(Array.from({ length: 200_000 }, (_, line) => `line ${line * 7919}\n`).join(''));
    const good = deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH });
    const blockOfNoKnownType = Buffer.from([0x07]);
    const header = gzipSync('').subarray(0, 10);
    const { content, fault } = await unpack(Buffer.concat([header, good, blockOfNoKnownType]), true);
    expect(fault).toBe('corrupt');
    expect(content.equals(text.subarray(0, content.length))).toBe(true);
    const ofLastPiece = text.length - inflateRawSync(good.subarray(0, -64 * 1024), { finishFlush }).length;
    expect(text.length - content.length).toBeLessThanOrEqual(ofLastPiece);
  });

  it('ends with its reader', async () => {
    const packed = gzipSync(Buffer.alloc(50_000_000, 'log\n'));
    for (const chunks of [0, 1, 3]) {
      let seen = 0;
      const input = new ByteReader(slices(packed, 1_000));
      for await (const _ of decompress('gzip', input, WINDOW, { chunkBytes: 1024 * 1024, inThread: true }))
        if (++seen > chunks) break;
      expect(seen).toBe(chunks + 1);
    }
  });

  it('fails as its source does', async () => {
    async function* broken() {
      yield gzipSync(randomBytes(300_000)).subarray(0, 200_000);
      throw new Error('the disk is gone');
    }
    const reading = async () => {
      const input = new ByteReader(broken());
      for await (const _ of decompress('gzip', input, WINDOW, { chunkBytes: 1024 * 1024, inThread: true }));
    };
    await expect(reading()).rejects.toThrow('the disk is gone');
  });
});

it('reads a large bundle through a thread, member by member', async () => {
  expect(InflatingThread.isAvailable()).toBe(true);
  const log = Buffer.from('Apr  7 06:50:01 node1 kernel: md0\n'.repeat(200_000));
  const core = randomBytes(5_000_000);
  const bundle = gzip(
    tar([
      { name: 'node1/var/log/messages', content: log },
      { name: 'node1/var/crash/core', content: core },
      { name: 'node1/var/log/lifekeeper.log.gz', content: gzipSync(log) },
      { name: 'node1/etc/hostname', content: 'node1\n' },
    ]),
  );
  const { report, files } = await collect(bundle);
  expect(report).toMatchObject({ format: 'tar+gzip', problems: [], members: { seen: 4, read: 4 } });
  expect(files.map(({ content }) => content.length)).toEqual([log.length, core.length, log.length, 6]);
  expect(files[0]?.content.equals(log)).toBe(true);
  expect(files[1]?.content.equals(core)).toBe(true);
});
