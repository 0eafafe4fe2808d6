import { describe, expect, it } from 'vitest';
import { extractBundle } from '../../shared/bundle/extract.ts';
import { bytesSource, type Entry, entriesOf, gzip, tar, zip } from '../fixtures/archive.ts';
import { ADVISORY_LINES, affectedPair, lifekeeperLine, nodeTree, partialResync } from '../fixtures/node.ts';
import { extract, extractTree, nodeOf, values } from './reading.ts';

describe('a file that is no bundle', () => {
  it.each([
    ['an empty file', '', 'empty_file'],
    ['a letter', 'Dear support,\nplease help.\nRegards\n', 'not_a_bundle'],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\x01', 'latin1'), 'not_a_bundle'],
    ['an archive of letters', gzip(tar({ 'letter.txt': 'Dear support\n' })), 'not_a_bundle'],
    ['an archive of nothing', gzip(tar({})), 'not_a_bundle'],
    [
      'an archive of a picture',
      zip({ 'a.png': Buffer.from('\x89PNG\r\n\x1a\n\0\0\0', 'latin1') }),
      'not_a_bundle',
    ],
  ])('%s is rejected with a code', async (_name, bytes, code) => {
    const { bundle, nodes } = await extract(bytes);
    expect(bundle.status).toBe('rejected');
    expect(bundle.layout).toBe('unknown');
    expect(bundle.problems).toContainEqual(expect.objectContaining({ code, fatal: true }));
    expect(nodes).toEqual([]);
  });

  it('without LifeKeeper is kept for its facts, and says so', async () => {
    const { bundle, nodes } = await extractTree(nodeTree({ lifekeeper: null, log: [] }), 'node1');
    expect(bundle).toMatchObject({ status: 'complete', problems: [] });
    expect(nodes[0]?.logs).toMatchObject([{ kind: 'lifekeeper', lines: 0 }]);

    const bare = await extractTree({ 'uname-r.txt': '4.18.0-193.el8.x86_64\n' });
    expect(bare.bundle).toMatchObject({
      status: 'partial',
      problems: [{ code: 'no_cluster_evidence', fatal: false }],
    });
    expect(values(bare.nodes[0]?.facts.kernel.running ?? [])).toEqual(['4.18.0-193.el8.x86_64']);
  });
});

describe('a damaged bundle', () => {
  it('gives what could be read, and says that its last log was cut', async () => {
    const [node1] = affectedPair();
    const log = Array.from({ length: 20_000 }, (_, index) =>
      lifekeeperLine({ time: 'Apr  5 10:00:00', text: `serial ${(index * 7_919) % 100_003}` }),
    ).join('\n');
    const whole = gzip(tar([...entriesOf(node1.tree), { name: 'var/log/lifekeeper.log.1', content: log }]));
    const { bundle, nodes } = await extract(whole.subarray(0, Math.floor(whole.length * 0.7)));
    expect(bundle.status).toBe('partial');
    expect(bundle.problems).toContainEqual(expect.objectContaining({ code: 'truncated' }));
    expect(nodes[0]?.logs).toMatchObject([
      { member: 'var/log/lifekeeper.log', state: 'whole' },
      { member: 'var/log/lifekeeper.log.1', state: 'cut' },
    ]);
    expect(nodes[0]?.records.filter(({ id }) => id === '104009')).toHaveLength(4);
  });

  it('takes a package list that was cut for no whole list', async () => {
    const list = nodeTree()['rpm-qa.txt'] as string;
    const padding = Array.from(
      { length: 20_000 },
      (_, index) => `package${(index * 7_919) % 100_003}-1-1.noarch\n`,
    );
    const whole = gzip(
      tar({ 'lifekeeper.log': `${ADVISORY_LINES[0]}\n`, 'rpm-qa.txt': list + padding.join('') }),
    );
    const { nodes } = await extract(whole.subarray(0, Math.floor(whole.length * 0.7)));
    expect(values(nodes[0]?.facts.packages.seen ?? [])).not.toEqual([]);
    expect(nodes[0]?.facts.packages.lists).toEqual([]);
  });
});

describe('hostile content', () => {
  it('cuts a line that never ends, reports it and reads on', async () => {
    const log = [
      partialResync({ size: '1.0 MB' }),
      'x'.repeat(3 * 1_048_576),
      partialResync({ size: '2.0 MB' }),
    ];
    const { bundle, nodes } = await extractTree({ 'lifekeeper.log': `${log.join('\n')}\n` });
    expect(bundle.status).toBe('partial');
    expect(bundle.problems).toMatchObject([
      { code: 'limit_line_length', member: 'lifekeeper.log', count: 1 },
    ]);
    expect(nodes[0]?.records.map(({ at }) => at.line)).toEqual([1, 3]);
    expect(nodes[0]?.records[1]?.at.offset).toBe((log[0]?.length ?? 0) + 1 + 3 * 1_048_576 + 1);
  });

  it('shows at most 2,000 characters of a line and keeps its byte range', async () => {
    const line = lifekeeperLine({ component: 'dr', id: '104300', text: 'x'.repeat(100_000) });
    const { records } = await nodeOf({ 'lifekeeper.log': line });
    expect(records[0]?.at).toMatchObject({ line: 1, offset: 0, length: line.length });
    expect(records[0]?.at.text).toBe(line.slice(0, 2_000));
    expect(records[0]?.text.length).toBeLessThanOrEqual(2_000);
  });

  it('keeps no more records than a bundle may have, counts all lines and says so', async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) =>
      lifekeeperLine({ component: 'dr', id: String(100_000 + (index % 5)) }),
    );
    const { bundle, nodes } = await extractTree({ 'lifekeeper.log': lines.join('\n') });
    const [node] = nodes;
    expect(bundle.problems).toMatchObject([{ code: 'limit_records' }]);
    expect(node?.records.length).toBeLessThanOrEqual(80_000);
    const [log] = node?.logs ?? [];
    expect(log?.lifekeeperLines).toBe(100_000);
    const dropped = Object.values(log?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
    expect((node?.records.length ?? 0) + dropped).toBe(100_000);
  });

  it('keeps a rare message although frequent ones used up the budget', async () => {
    const noise = Array.from({ length: 100 }, (_, id) =>
      Array.from({ length: 400 }, () => lifekeeperLine({ id: String(1_000 + id).padStart(6, '0') })),
    ).flat();
    const log = [...noise, lifekeeperLine({ id: '005000' }), partialResync({ size: '9.0 GB' })];
    const { bundle, nodes } = await extractTree({ 'lifekeeper.log': log.join('\n') });
    expect(bundle.problems).toEqual([]);
    expect(nodes[0]?.records.map(({ id }) => id)).toEqual(expect.arrayContaining(['005000', '104009']));
  });

  it('names at most 16 hosts of a log and 64 parts of a bundle', async () => {
    const log = Array.from({ length: 5_000 }, (_, index) => lifekeeperLine({ host: `host${index}` })).join(
      '\n',
    );
    const [one] = (await extractTree({ 'lifekeeper.log': log })).nodes;
    expect(one?.logs[0]?.hosts).toHaveLength(16);
    const folders: Entry[] = Array.from({ length: 70 }, (_, index) => ({
      name: `n${index}/lifekeeper.log`,
      content: lifekeeperLine({ host: `host${index}` }),
    }));
    const many = await extractTree(folders);
    expect(many.nodes).toHaveLength(64);
    expect(many.bundle.problems).toMatchObject([{ code: 'limit_records' }]);
  });

  it('tells of at most 5,000 logs, and of a bounded number of facts', async () => {
    const line = `${partialResync({ size: '1.0 MB' })}\n`;
    const logs: Entry[] = Array.from({ length: 5_010 }, (_, index) => ({
      name: `${index}.log`,
      content: line,
    }));
    const many = await extractTree(logs);
    expect(many.nodes[0]?.logs).toHaveLength(5_000);
    expect(many.bundle.problems).toMatchObject([
      { code: 'limit_records', detail: expect.stringContaining('5010') },
    ]);

    const lines = Array.from({ length: 30_000 }, (_, index) => `node${index} role:Primary\n`).join('');
    const crowded = await extractTree({ 'proc/drbd': lines });
    expect(crowded.nodes[0]?.facts.drbd.length).toBeLessThanOrEqual(20_001);
    expect(crowded.bundle.problems).toContainEqual(
      expect.objectContaining({ code: 'limit_records', member: 'proc/drbd' }),
    );
  });

  it('reads no binary, whatever it is called, and a log with a hole of NUL bytes', async () => {
    const line = partialResync({ size: '1.0 MB' });
    const evidence = await extractTree({
      'core.dump': Buffer.concat([
        Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]),
        Buffer.from(`\n${line}\n`),
      ]),
      'var/log/lifekeeper.log': Buffer.concat([Buffer.alloc(5_000), Buffer.from(`${line}\n`)]),
    });
    expect(evidence.nodes[0]?.records).toMatchObject([
      {
        id: '104009',
        at: { member: 'var/log/lifekeeper.log', line: 1, offset: 0, length: 5_000 + line.length },
      },
    ]);
  });
});

describe('a zip read by ranges', () => {
  it('reads what matters by name and leaves large members of the system alone', async () => {
    const filler = Buffer.alloc(4 * 1_048_576);
    for (let at = 0; at < filler.length; at += 4) filler.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
    const bytes = zip([
      ...Array.from({ length: 5 }, (_, index) => ({
        name: `node1/usr/share/data${index}`,
        content: filler,
        method: 'store' as const,
      })),
      ...entriesOf(nodeTree(), 'node1'),
      { name: 'node1/notes.txt', content: `${ADVISORY_LINES[0]}\n` },
    ]);
    let read = 0;
    const source = bytesSource(bytes, {
      onRead(start, end) {
        read += end - start;
      },
    });
    const { nodes } = await extractBundle(source, { bundleId: 'b1' });
    expect(nodes[0]?.records.filter(({ id }) => id === '104009')).toHaveLength(5);
    expect(read).toBeLessThan(bytes.length * 0.05);
  });

  it('reads names with backslashes', async () => {
    const node = (
      await extract(
        zip([
          {
            name: 'win1\\systeminfo.txt',
            content: 'Host Name: WIN1\nOS Name: Microsoft Windows Server 2019\n',
          },
        ]),
      )
    ).nodes[0];
    expect(values(node?.facts.hostname ?? [])).toEqual(['WIN1']);
  });
});

describe('an aborted reading', () => {
  it('throws the reason', async () => {
    const source = bytesSource(gzip(tar(nodeTree())));
    const reason = new Error('no longer wanted');
    await expect(extractBundle(source, { bundleId: 'b1', signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });
});
