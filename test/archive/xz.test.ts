import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../shared/archive/byte_reader.ts';
import { Fault } from '../../shared/archive/fault.ts';
import { decompressXz } from '../../shared/archive/xz.ts';
import { xz } from '../fixtures/archive.ts';

/** `xz -6` of "one\ntwo\n" over and over to 400 bytes, with CRC-64: compressed, as the fixtures' own xz is not. */
const COMPRESSED = Buffer.from(
  'fd377a585a000004e6d6b4460200210116000000742fe5a3e0018f00105d00379b88ccf6c66031d9a905221cc7300000355ffdb3bb55360c00012c90030000006e998870b1c467fb020000000004595a',
  'hex',
);
const TEXT = 'one\ntwo\n'.repeat(50);

async function read(bytes: Buffer, native: boolean): Promise<[string, string | null]> {
  const parts: Buffer[] = [];
  try {
    for await (const chunk of decompressXz(new ByteReader(bytes), 64 * 1024 * 1024, 4096, native))
      parts.push(chunk);
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return [Buffer.concat(parts).toString(), fault.code];
  }
  return [Buffer.concat(parts).toString(), null];
}

/** The addon is used where it loads; WebAssembly has to be as good wherever it does not. */
describe.each([
  ['the addon, where it loads', true],
  ['WebAssembly', false],
])('xz by %s', (_, native) => {
  it('reads what is compressed, stored, concatenated and padded', async () => {
    expect(await read(COMPRESSED, native)).toEqual([TEXT, null]);
    expect(await read(xz('x'.repeat(200_000)), native)).toEqual(['x'.repeat(200_000), null]);
    expect(await read(Buffer.concat([COMPRESSED, Buffer.alloc(8), xz('more')]), native)).toEqual([
      `${TEXT}more`,
      null,
    ]);
  });

  it('reports a cut at any byte', async () => {
    for (let length = 1; length < COMPRESSED.length; length += 1) {
      const [text, code] = await read(COMPRESSED.subarray(0, length), native);
      expect(TEXT.startsWith(text)).toBe(true);
      expect(code).not.toBeNull();
    }
  });

  it('reports a flip of any byte, unless the text is the same', async () => {
    for (let at = 0; at < COMPRESSED.length; at += 1) {
      const damaged = Buffer.from(COMPRESSED);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      const [text, code] = await read(damaged, native);
      expect(code !== null || text === TEXT).toBe(true);
    }
  });

  it('refuses a dictionary larger than is granted', async () => {
    expect(await read(xz('x', 40), native)).toEqual(['', 'unsupported_method']);
  });
});
