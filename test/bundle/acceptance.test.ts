import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { extractBundle } from '../../shared/bundle/extract.ts';
import { bytesSource, entriesOf, gzip, type Tree, tar, zip } from '../fixtures/archive.ts';
import { ADVISORY_LINES, packageList } from '../fixtures/node.ts';

/** The four lines of the advisory stand at lines 2, 4, 5 and 7, so that a wrong count shows. */
const LOG_LINES = [
  'node1 lcdinit[100]: INFO:lcd.start:::004001:started, serial 104009',
  ADVISORY_LINES[0] ?? '',
  'not a LifeKeeper line 104009',
  ADVISORY_LINES[1] ?? '',
  ADVISORY_LINES[2] ?? '',
  'node1 recover[104009]: INFO:dr:recover:datarep-dk-mirror:104010:seq=104009',
  ADVISORY_LINES[3] ?? '',
];
const LOG = Buffer.from(`${LOG_LINES.join('\n')}\n`);

const EXPECTED = [
  { size: '2.9 GB', line: 2 },
  { size: '662.2 MB', line: 4 },
  { size: '2.2 MB', line: 5 },
  { size: '0.0 B', line: 7 },
];

const LOG_NAMES: readonly (readonly [string, Uint8Array])[] = [
  ['lifekeeper.log', LOG],
  ['lifekeeper.log.1', LOG],
  ['lifekeeper.log-20210401.gz', gzipSync(LOG)],
];

const PACKS: readonly (readonly [string, (tree: Tree, top: string) => Buffer])[] = [
  ['tar', (tree, top) => tar(tree, { top })],
  ['tar.gz', (tree, top) => gzip(tar(tree, { top }))],
  ['zip', (tree, top) => zip(entriesOf(tree, top))],
];

const cases = PACKS.flatMap(([format, pack]) =>
  ['', 'node1-support'].flatMap((top) => LOG_NAMES.map(([name, log]) => ({ format, pack, top, name, log }))),
);

describe('a bundle made by hand from the lines of the advisory', () => {
  it.each(cases)('$format, top folder "$top", log as $name', async ({ pack, top, name, log }) => {
    const bundle = pack(
      {
        [name]: log,
        'uname-r.txt': '4.18.0-193.el8.x86_64\n',
        'os-release': 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nVERSION_ID="8.2"\n',
        'rpm-qa.txt': `${packageList({ kernel: '4.18.0-193.el8.x86_64' }).join('\n')}\n`,
      },
      top,
    );
    const evidence = await extractBundle(bytesSource(bundle), { bundleId: 'b1' });

    expect(evidence.bundle).toMatchObject({ status: 'complete', problems: [] });
    expect(evidence.nodes).toHaveLength(1);
    const [node] = evidence.nodes;
    expect(node?.facts.kernel.running.map(({ value }) => value)).toEqual(['4.18.0-193.el8.x86_64']);
    expect(node?.facts.os.map(({ value }) => value)).toMatchObject([{ id: 'rhel', version: '8.2' }]);
    expect(node?.facts.packages.lists).toHaveLength(1);
    expect(node?.facts.packages.seen.map(({ value }) => `${value.name} ${value.version}`)).toEqual([
      'steeleye-lk 9.5.1',
      'steeleye-lkDR 9.5.1',
      'steeleye-lkGUI 9.5.1',
    ]);
    const resyncs = node?.records.filter(({ id }) => id === '104009') ?? [];
    expect(resyncs.map(({ text, at }) => ({ size: text.split('resyncing ')[1], line: at.line }))).toEqual(
      EXPECTED,
    );
    for (const { at } of resyncs) {
      expect(LOG.subarray(at.offset, at.offset + at.length).toString()).toBe(at.text);
      expect(at.text).toBe(LOG_LINES[at.line - 1]);
      expect(at.member).toBe(top === '' ? name : `${top}/${name}`);
    }
    expect(node?.logs).toMatchObject([
      { kind: 'lifekeeper', lines: 7, lifekeeperLines: 6, counts: { '104009': 4, '104010': 1, '004001': 1 } },
    ]);
  });
});
