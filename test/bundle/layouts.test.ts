import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { entriesOf, gzip, type Tree, tar, zip } from '../fixtures/archive.ts';
import { sosReport, supportconfig } from '../fixtures/layouts.ts';
import { ADVISORY_LINES, affectedPair, lifekeeperLine, nodeTree, partialResync } from '../fixtures/node.ts';
import { extract, extractTree, nodeOf, values } from './reading.ts';

const RESYNCS = ['2.9 GB', '662.2 MB', '2.2 MB', '0.0 B'];

function sizes(records: readonly { id: string; text: string }[]): string[] {
  return records.filter(({ id }) => id === '104009').map(({ text }) => text.split('resyncing ')[1] ?? '');
}

describe('sos report', () => {
  it.each([
    ['3.x', { generation: 3 }],
    ['4.x', { generation: 4 }],
    ['4.6 with duplicate members', { generation: 4, duplicates: true }],
  ] as const)('%s', async (_name, options) => {
    const evidence = await extract(gzip(tar(sosReport({}, options), { format: 'pax' })));
    expect(evidence.bundle).toMatchObject({ layout: 'sos', status: 'complete', problems: [] });
    expect(evidence.nodes).toHaveLength(1);
    const [node] = evidence.nodes;
    expect(node?.root).toBe('sosreport-node1-2021-04-07-abcdefg');
    expect(new Set(values(node?.facts.hostname ?? []))).toEqual(new Set(['node1']));
    expect(new Set(values(node?.facts.kernel.running ?? []))).toEqual(
      new Set(['4.18.0-193.28.1.el8_2.x86_64']),
    );
    expect(values(node?.facts.timezone ?? [])).toEqual(expect.arrayContaining(['Asia/Tokyo']));
    expect(node?.facts.packages.lists).toHaveLength(1);
    expect(values(node?.facts.packages.seen ?? [])).toContainEqual({
      name: 'steeleye-lkDR',
      version: '9.5.1',
      release: '7154',
      arch: 'x86_64',
      installedAt: 'Wed 10 Mar 2021 08:00:00 AM JST',
    });
    expect(values(node?.facts.collectedAt ?? [])).toEqual(['Wed Apr  7 12:00:00 JST 2021']);
    expect(sizes(node?.records ?? [])).toEqual(RESYNCS);
    expect(node?.logs).toMatchObject([{ kind: 'lifekeeper', state: 'whole', rotation: { kind: 'current' } }]);
  });

  it('says that only the end of a log was collected', async () => {
    const node = await nodeOf(sosReport({}, { tailed: true }));
    expect(node.logs).toMatchObject([
      {
        member: 'sosreport-node1-2021-04-07-abcdefg/sos_strings/logs/var.log.lifekeeper.log.tailed',
        kind: 'lifekeeper',
        state: 'tailed',
        rotation: { kind: 'current' },
      },
    ]);
    expect(sizes(node.records)).toEqual(RESYNCS);
  });

  it('counts a member stored twice once, and keeps both where they differ', async () => {
    const log = (lines: readonly string[]) => `${lines.join('\n')}\n`;
    const twice = [
      { name: 'n/var/log/lifekeeper.log', content: log(ADVISORY_LINES) },
      { name: 'n/var/log/lifekeeper.log', content: log(ADVISORY_LINES) },
    ];
    const same = await extractTree(twice);
    expect(same.bundle).toMatchObject({ status: 'complete', problems: [] });
    expect(sizes(same.nodes[0]?.records ?? [])).toEqual(RESYNCS);

    const other = [
      ...twice.slice(0, 1),
      { name: 'n/var/log/lifekeeper.log', content: log(ADVISORY_LINES.slice(1)) },
    ];
    const different = await extractTree(other);
    expect(different.bundle.problems).toMatchObject([{ code: 'duplicate_member' }]);
    expect(sizes(different.nodes[0]?.records ?? [])).toEqual([...RESYNCS, ...RESYNCS.slice(1)]);
  });

  it('reads a zip of two sosreports as two nodes', async () => {
    const nested = zip([
      { name: 'case/node1.tar.gz', content: gzip(tar(sosReport({ host: 'node1' }))) },
      { name: 'case/node2.tar.gz', content: gzip(tar(sosReport({ host: 'node2', log: [] }))) },
    ]);
    const { nodes } = await extract(nested);
    expect(nodes.map(({ root, layout }) => [root, layout])).toEqual([
      ['case/node1.tar.gz!/sosreport-node1-2021-04-07-abcdefg', 'sos'],
      ['case/node2.tar.gz!/sosreport-node2-2021-04-07-abcdefg', 'sos'],
    ]);
    expect(nodes.map(({ records }) => sizes(records))).toEqual([RESYNCS, []]);
  });
});

describe('supportconfig', () => {
  it.each(['scc', 'nts'] as const)('%s', async (prefix) => {
    const tree = supportconfig(
      { host: 'suse1', log: ADVISORY_LINES.map((line) => `2021-04-05T10:00:00.123456+09:00 ${line}`) },
      { prefix },
    );
    const evidence = await extractTree(tree);
    expect(evidence.bundle).toMatchObject({ layout: 'supportconfig', status: 'complete', problems: [] });
    expect(evidence.nodes).toHaveLength(1);
    const [node] = evidence.nodes;
    expect(values(node?.facts.kernel.running ?? [])).toEqual(['4.12.14-122.20-default']);
    expect(values(node?.facts.os ?? [])).toMatchObject([
      { id: 'sles', version: '12.5' },
      { id: 'sles', version: '12.5' },
    ]);
    expect(values(node?.facts.platform ?? [])).toContain('vmware');
    expect(values(node?.facts.raid1 ?? [])).toEqual([
      {
        path: '/lib/modules/4.12.14-122.20-default/kernel/drivers/md/raid1.ko',
        kernel: '4.12.14-122.20-default',
        via: 'loaded',
      },
    ]);
    expect(values(node?.facts.kernel.installed ?? [])).toMatchObject([
      { name: 'kernel-default', version: '4.12.14', release: '122.20.1' },
    ]);
    expect(node?.facts.packages.lists).toHaveLength(1);
    expect(sizes(node?.records ?? [])).toEqual(RESYNCS);

    const member = `${prefix}_suse1_210407_1200/messages.txt`;
    expect(node?.logs).toMatchObject([
      { member, section: '/var/log/messages', kind: 'syslog', state: 'whole', lifekeeperLines: 4, lines: 5 },
    ]);
    const text = String(tree[member]);
    for (const { at } of node?.records ?? []) {
      expect(text.slice(at.offset, at.offset + at.length)).toBe(at.text);
      expect(text.split('\n')[at.line - 1]).toBe(at.text);
    }
  });

  it('says that only the last lines of a log were collected', async () => {
    const { logs } = await nodeOf(supportconfig({}, { tailed: true }));
    expect(logs).toMatchObject([{ section: '/var/log/messages', state: 'tailed' }]);
  });
});

describe('made by hand', () => {
  const tree = nodeTree({ log: ADVISORY_LINES });

  it.each([
    ['no top folder', tree],
    ['a top folder', prefixed(tree, 'node1')],
    ['a deep folder', prefixed(tree, 'tmp/case 4711/ノード1/support')],
    ['./', prefixed(tree, '.')],
    ['absolute names', Object.fromEntries(Object.entries(tree).map(([path, value]) => [`/${path}`, value]))],
  ])('with %s', async (_name, packed) => {
    const node = await nodeOf(packed as Tree);
    expect(node.layout).toBe('handmade');
    expect(new Set(values(node.facts.hostname))).toEqual(new Set(['node1']));
    expect(values(node.facts.os)).toMatchObject([{ version: '8.2' }, { version: '8.2' }]);
    expect(values(node.facts.timezone)).toContain('Asia/Tokyo');
    expect(sizes(node.records)).toEqual(RESYNCS);
  });

  it('reads rotations of any name', async () => {
    const line = (day: number) => `${partialResync({ time: `Apr  ${day} 10:00:00`, size: `${day}.0 MB` })}\n`;
    const { logs, records } = await nodeOf({
      'var/log/lifekeeper.log': line(5),
      'var/log/lifekeeper.log.1': line(4),
      'var/log/lifekeeper.log.2.gz': gzip(line(3)),
      'var/log/lifekeeper.log-20210401.gz': gzip(line(2)),
      'var/log/lifekeeper.log-20210301': line(1),
    });
    expect(logs.map(({ rotation }) => rotation)).toEqual([
      { kind: 'current' },
      { kind: 'index', index: 1 },
      { kind: 'index', index: 2 },
      { kind: 'date', date: '20210401' },
      { kind: 'date', date: '20210301' },
    ]);
    expect(sizes(records)).toEqual(['5.0 MB', '4.0 MB', '3.0 MB', '2.0 MB', '1.0 MB']);
  });

  it('finds LifeKeeper lines in a member of any name', async () => {
    const lines = ADVISORY_LINES.join('\n');
    const { logs, records } = await nodeOf({
      'notes/from customer.txt': `Please look at this:\n${lines}\nThanks\n`,
      'var/log/messages': `Apr  5 10:00:00 node1 kernel: md0: 104009\n${partialResync({ time: 'Apr  5 10:00:01', size: '7.0 MB' })}\n`,
      'journal.txt': `${partialResync({ time: '2021-04-05T10:00:01+0900', size: '8.0 MB' })}\n`,
    });
    expect(logs.map(({ kind, lifekeeperLines }) => [kind, lifekeeperLines])).toEqual([
      ['other', 4],
      ['syslog', 1],
      ['journal', 1],
    ]);
    expect(sizes(records)).toEqual([...RESYNCS, '7.0 MB', '8.0 MB']);
  });

  it('reads logs and facts in the encodings of Japanese systems', async () => {
    const line = lifekeeperLine({
      component: 'dr',
      tag: 'データ複製',
      id: '104200',
      text: '同期を開始しました',
    });
    for (const codec of ['utf8', 'cp932', 'eucjp', 'utf-16le', 'utf-16be']) {
      const encode = (text: string) => iconv.encode(text, codec, { addBOM: codec.startsWith('utf-16') });
      const { records, facts } = await nodeOf({
        'lifekeeper.log': encode(`${line}\r\n`),
        'date.txt': encode('2021年 4月 7日 水曜日 12:00:00 JST\r\n'),
      });
      expect(records.map(({ tag, at }) => [tag, at.text])).toEqual([['データ複製', line]]);
      expect(values(facts.collectedAt)).toEqual(['2021年 4月 7日 水曜日 12:00:00 JST']);
    }
  });

  it('keeps the file that grep named before a line', async () => {
    const grep = ADVISORY_LINES.map((line, index) => `/var/log/lifekeeper.log-2021040${index}:${line}`);
    const { records } = await nodeOf({ 'grep-104009.txt': `${grep.join('\n')}\n` });
    expect(records.map(({ file }) => file)).toEqual(
      [0, 1, 2, 3].map((day) => `/var/log/lifekeeper.log-2021040${day}`),
    );
    expect(sizes(records)).toEqual(RESYNCS);
  });

  it('takes a bare log for a bundle', async () => {
    const lines = `${ADVISORY_LINES.join('\n')}\n`;
    for (const [name, bytes] of [
      ['lifekeeper.log', Buffer.from(lines)],
      ['whatever.txt', Buffer.from(lines)],
      ['lifekeeper.log-20210401.gz', gzip(lines)],
    ] as const) {
      const { bundle, nodes } = await extract(bytes, name);
      expect(bundle).toMatchObject({ layout: 'log', status: 'complete', fileName: name });
      expect(nodes).toMatchObject([{ layout: 'log', logs: [{ member: name, lifekeeperLines: 4 }] }]);
    }
  });

  it('reads a session pasted into one file', async () => {
    const session = [
      '[root@node1 ~]# uname -r',
      '4.18.0-193.el8.x86_64',
      '[root@node1 ~]# cat /etc/redhat-release',
      'Red Hat Enterprise Linux release 8.2 (Ootpa)',
      '[root@node1 ~]# rpm -qa | grep steeleye',
      'steeleye-lkDR-9.5.1-7154.x86_64',
      'steeleye-lk-9.5.1-7154.x86_64',
      '[root@node1 ~]# grep 104009 /var/log/lifekeeper.log*',
      ...ADVISORY_LINES.map((line) => `/var/log/lifekeeper.log:${line}`),
      '[root@node2 ~]# uname -r',
      '4.18.0-240.el8.x86_64',
    ];
    const { nodes } = await extractTree({ 'session.txt': `${session.join('\n')}\n` });
    expect(nodes.map(({ facts }) => [values(facts.hostname), values(facts.kernel.running)])).toEqual([
      [['node1'], ['4.18.0-193.el8.x86_64']],
      [['node2'], ['4.18.0-240.el8.x86_64']],
    ]);
    expect(values(nodes[0]?.facts.os ?? [])).toMatchObject([{ id: 'rhel', version: '8.2' }]);
    expect(values(nodes[0]?.facts.packages.seen ?? [])).toHaveLength(2);
    // A list that was filtered does not say what is not installed.
    expect(nodes[0]?.facts.packages.lists).toEqual([]);
    expect(sizes(nodes[0]?.records ?? [])).toEqual(RESYNCS);
  });
});

describe('several nodes in one bundle', () => {
  const [node1, node2] = affectedPair();

  it('in a folder each', async () => {
    const { nodes } = await extractTree([
      ...entriesOf(node1.tree, 'case/a'),
      ...entriesOf(node2.tree, 'case/b'),
    ]);
    expect(nodes.map(({ root, facts, records }) => [root, facts.hostname[0]?.value, records.length])).toEqual(
      [
        ['case/a', 'node1', 10],
        ['case/b', 'node2', 4],
      ],
    );
  });

  it('in files side by side, told apart by the host in the log', async () => {
    const log = (host: string, size: string) => `${partialResync({ time: 'Apr  5 10:00:00', host, size })}\n`;
    const { nodes } = await extractTree({
      'node1-lifekeeper.log': log('node1', '1.0 MB'),
      'node2-lifekeeper.log': log('node2.example.com', '2.0 MB'),
      'node1-uname.txt': '4.18.0-193.el8.x86_64\n',
      'uname_node2.txt': '4.18.0-240.el8.x86_64\n',
      'uname-r.txt': '4.18.0-305.el8.x86_64\n',
    });
    expect(nodes.map(({ facts, records }) => [values(facts.kernel.running), sizes(records)])).toEqual(
      [
        [[], ['1.0 MB']].with(0, ['4.18.0-193.el8.x86_64']),
        [['4.18.0-240.el8.x86_64'], ['2.0 MB']],
        [['4.18.0-305.el8.x86_64'], []],
      ].sort(),
    );
  });

  it('gives a kernel without a host to the only node there is, never to one of two', async () => {
    const log = (host: string) => `${lifekeeperLine({ time: 'Apr  5 10:00:00', host })}\n`;
    const one = await extractTree({
      'logs/lifekeeper.log': log('node1'),
      'info/uname-r.txt': '4.18.0-193.el8.x86_64\n',
    });
    expect(one.nodes).toHaveLength(1);
    const two = await extractTree({
      'logs/a.log': log('node1'),
      'logs/b.log': log('node2'),
      'info/uname-r.txt': '4.18.0-193.el8.x86_64\n',
    });
    expect(two.nodes.map(({ logs, facts }) => [logs.length, facts.kernel.running.length]).sort()).toEqual([
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
  });

  it('takes a container inside a node for no node', async () => {
    const node = await nodeOf({
      ...nodeTree(),
      'var/lib/containers/storage/overlay/0f/diff/etc/os-release': 'ID="alpine"\nVERSION_ID="3.12"\n',
      'backup/etc/redhat-release': 'Red Hat Enterprise Linux release 8.1 (Ootpa)\n',
    });
    expect(new Set(values(node.facts.os).map(({ version }) => version))).toEqual(new Set(['8.2']));
  });

  it('keeps folders apart that each have a kernel and no host', async () => {
    const { nodes } = await extractTree({
      'a/uname-r.txt': '4.18.0-193.el8.x86_64\n',
      'a/os-release': 'ID="rhel"\nVERSION_ID="8.2"\n',
      'b/uname-r.txt': '4.18.0-193.el8.x86_64\n',
      'b/os-release': 'ID="rhel"\nVERSION_ID="8.2"\n',
    });
    expect(nodes.map(({ root }) => root)).toEqual(['a', 'b']);
  });
});

function prefixed(tree: Tree, top: string): Tree {
  return Object.fromEntries(Object.entries(tree).map(([path, value]) => [`${top}/${path}`, value]));
}
