import { describe, expect, it } from 'vitest';
import type { Facts } from '../../shared/evidence/evidence.ts';
import { ADVISORY_LINES, packageList } from '../fixtures/node.ts';
import { extractTree, factsOf, values } from './reading.ts';

const BASE = packageList({ lifekeeper: null });

describe('kernel', () => {
  it.each([
    ['uname-r.txt', '4.18.0-193.el8.x86_64\n'],
    ['uname_r', '4.18.0-193.el8.x86_64\n'],
    [
      'uname-a.txt',
      'Linux node1 4.18.0-193.el8.x86_64 #1 SMP Fri Mar 27 14:35:58 UTC 2020 x86_64 GNU/Linux\n',
    ],
    [
      'collected/info.txt',
      'Linux node1 4.18.0-193.el8.x86_64 #1 SMP Fri Mar 27 14:35:58 UTC 2020 x86_64 GNU/Linux\n',
    ],
    [
      'n/proc/version',
      'Linux version 4.18.0-193.el8.x86_64 (mockbuild@x86-vm-08) (gcc version 8.3.1) #1 SMP\n',
    ],
    ['n/proc/sys/kernel/osrelease', '4.18.0-193.el8.x86_64\n'],
    [
      'n/sos_commands/kernel/uname_-a',
      'Linux node1 4.18.0-193.el8.x86_64 #1 SMP Fri Mar 27 UTC 2020 x86_64\n',
    ],
    ['session.txt', '# uname -r\n4.18.0-193.el8.x86_64\n'],
    ['session.txt', 'node1:~ # uname -r\n4.18.0-193.el8.x86_64\n'],
    ['kernel-version.txt', '4.18.0-193.el8.x86_64\n'],
    ['hostnamectl.txt', '   Static hostname: node1\n            Kernel: Linux 4.18.0-193.el8.x86_64\n'],
  ])('is read from %s', async (path, content) => {
    const { kernel } = await factsOf({ [path]: content });
    expect(values(kernel.running)).toEqual(['4.18.0-193.el8.x86_64']);
  });

  it.each([
    ['n/boot/notes', '4.18.0-193.el8.x86_64\n'],
    ['uname-r.txt', '4.18.0-193.el8.x86_64\n4.18.0-240.el8.x86_64\n'],
    ['usernames.txt', '4.18.0-193.el8.x86_64\n'],
    ['n/etc/uname.conf', '4.18.0-193.el8.x86_64\n'],
    ['collect.sh', '#!/bin/sh\n# uname -r\n4.18.0-193.el8.x86_64\n'],
    ['notes.txt', 'Kernel:/boot # 4.18.0-193.el8.x86_64\n'],
    ['kernels.txt', '4.18.0-193.el8.x86_64\n4.18.0-240.el8.x86_64\n'],
    ['readme.txt', 'The fix is in Linux 4.18.0-305.3.1.el8_4.x86_64.\n'],
  ])('is not guessed from %s', async (path, content) => {
    const { nodes } = await extractTree({ [path]: content, 'lifekeeper.log': `${ADVISORY_LINES[0]}\n` });
    expect(nodes.flatMap(({ facts }) => facts.kernel.running)).toEqual([]);
  });

  it('that boots next is read from grubby, grubenv, grub.cfg and the SUSE link', async () => {
    const next = async (path: string, content: string) =>
      values((await factsOf({ [path]: content })).kernel.nextBoot);
    expect(
      await next('n/sos_commands/boot/grubby_--default-kernel', '/boot/vmlinuz-4.18.0-240.el8.x86_64\n'),
    ).toEqual(['4.18.0-240.el8.x86_64']);
    expect(
      await next(
        'n/boot/grub2/grubenv',
        '# GRUB Environment Block\nsaved_entry=0123456789abcdef0123456789abcdef-4.18.0-240.el8.x86_64\n',
      ),
    ).toEqual(['4.18.0-240.el8.x86_64']);
    const menu = (fallback: string) =>
      `set default="${fallback}"\nmenuentry 'x' {\n\tlinux /boot/vmlinuz-5.3.18-24.64-default root=/dev/sda\n}\nmenuentry 'y' {\n\tlinux /boot/vmlinuz-5.3.18-22-default\n}\n`;
    expect(await next('n/boot/grub2/grub.cfg', menu('0'))).toEqual(['5.3.18-24.64-default']);
    await expect(next('n/boot/grub2/grub.cfg', menu('\u0024{saved_entry}'))).rejects.toThrow('0 node parts');
    expect(
      await next(
        'n/sos_commands/boot/ls_-lanR_.boot',
        'lrwxrwxrwx 1 0 0 29 May 13 10:00 vmlinuz -> vmlinuz-5.3.18-24.64-default\n',
      ),
    ).toEqual(['5.3.18-24.64-default']);
  });
});

describe('host name', () => {
  it.each([
    ['hostname.txt', 'node1\n', 'node1'],
    ['n/etc/hostname', 'node1.example.com\n', 'node1.example.com'],
    ['n/etc/HOSTNAME', 'node1\n', 'node1'],
    ['session.txt', '[root@node1 ~]# date\nWed Apr  7 12:00:00 JST 2021\n', 'node1'],
    ['session.txt', 'root@node1:/var/log# date\nWed Apr  7 12:00:00 JST 2021\n', 'node1'],
    ['session.txt', 'node1:~ # date\nWed Apr  7 12:00:00 JST 2021\n', 'node1'],
  ])('is read from %s: %j', async (path, content, host) => {
    expect(values((await factsOf({ [path]: content })).hostname)).toEqual([host]);
  });

  it.each([
    'support@example.com: that is $ 5 a node',
    'Note:/etc/hosts # has node2',
    'see node2:/data > 5 GB',
  ])('is not guessed from a sentence: %s', async (sentence) => {
    const { nodes } = await extractTree({
      'letter.txt': `${sentence}\n`,
      'lifekeeper.log': `${ADVISORY_LINES[0]}\n`,
    });
    expect(nodes.flatMap(({ facts }) => facts.hostname)).toEqual([]);
  });
});

describe('operating system', () => {
  it.each([
    [
      'os-release',
      'ID="sles"\nVERSION_ID="12.5"\nPRETTY_NAME="SUSE Linux Enterprise Server 12 SP5"\n',
      'sles',
      '12.5',
    ],
    ['etc/os-release', "NAME=Fedora\nID=fedora\nVERSION_ID='33'\n", 'fedora', '33'],
    ['redhat-release', 'Red Hat Enterprise Linux release 8.2 (Ootpa)\n', 'rhel', '8.2'],
    ['etc/redhat-release', 'Red Hat Enterprise Linux Server release 7.9 (Maipo)\n', 'rhel', '7.9'],
    ['etc/centos-release', 'CentOS Linux release 8.2.2004 (Core) \n', 'centos', '8.2'],
    ['etc/oracle-release', 'Oracle Linux Server release 8.2\n', 'ol', '8.2'],
    [
      'etc/SuSE-release',
      'SUSE Linux Enterprise Server 12 (x86_64)\nVERSION = 12\nPATCHLEVEL = 4\n',
      'sles',
      '12.4',
    ],
    ['node1_release.txt', 'Red Hat Enterprise Linux release 8.3 (Ootpa)\n', 'rhel', '8.3'],
  ])('is read from %s: %j', async (path, content, id, version) => {
    expect(values((await factsOf({ [path]: content })).os)).toMatchObject([{ id, version }]);
  });

  it('is Oracle Linux although its redhat-release names Red Hat', async () => {
    const { os } = await factsOf({
      'etc/oracle-release': 'Oracle Linux Server release 8.2\n',
      'etc/redhat-release': 'Red Hat Enterprise Linux release 8.2 (Ootpa)\n',
    });
    expect(values(os)).toMatchObject([{ id: 'ol', version: '8.2' }]);
  });

  it('keeps files that disagree, each with its place', async () => {
    const { os } = await factsOf({
      'etc/os-release': 'ID="rhel"\nVERSION_ID="8.3"\n',
      'etc/redhat-release': 'Red Hat Enterprise Linux release 8.2 (Ootpa)\n',
    });
    expect(os.map(({ value, at }) => [value.version, at.member, at.line])).toEqual([
      ['8.3', 'etc/os-release', 2],
      ['8.2', 'etc/redhat-release', 1],
    ]);
  });
});

describe('packages', () => {
  const seen = async (path: string, lines: readonly string[]) => {
    const facts = await factsOf({ [path]: `${lines.join('\n')}\n` });
    return { lists: facts.packages.lists.length, seen: values(facts.packages.seen) };
  };
  const lkdr = { name: 'steeleye-lkDR', version: '9.5.1', release: '7154', installedAt: null };

  it.each([
    ['rpm-qa.txt', 'steeleye-lkDR-9.5.1-7154.x86_64', { ...lkdr, arch: 'x86_64' }],
    ['rpm-qa.txt', 'steeleye-lkDR-9.5.1-7154', { ...lkdr, arch: null }],
    [
      'installed-rpms',
      'steeleye-lkDR-9.5.1-7154.x86_64                             Wed Mar 10 08:00:00 2021',
      { ...lkdr, arch: 'x86_64', installedAt: 'Wed Mar 10 08:00:00 2021' },
    ],
    [
      'n/sos_commands/rpm/package-data',
      'steeleye-lkDR-9.5.1-7154.x86_64\tWed Mar 10 08:00:00 2021\t1615330800\tSIOS\tbuild',
      { ...lkdr, arch: 'x86_64', installedAt: 'Wed Mar 10 08:00:00 2021' },
    ],
    [
      'rpm_list.txt',
      'steeleye-lkDR-9.5.1-7154.x86_64               2021年03月10日 08時00分00秒',
      { ...lkdr, arch: 'x86_64', installedAt: '2021年03月10日 08時00分00秒' },
    ],
    [
      'yum-list-installed.txt',
      'steeleye-lkDR.x86_64        9.5.1-7154        @System',
      { ...lkdr, arch: 'x86_64' },
    ],
  ])('reads %s: %s', async (path, line, expected) => {
    expect(await seen(path, [...BASE, line])).toEqual({ lists: 1, seen: [expected] });
  });

  it('reads rpm -qi', async () => {
    const lines = [
      'Name        : steeleye-lkDR',
      'Version     : 9.5.1',
      'Release     : 7154',
      'Install Date: Wed Mar 10 08:00:00 2021',
    ];
    expect(await seen('rpm-qi.txt', lines)).toEqual({
      lists: 0,
      seen: [{ ...lkdr, arch: null, installedAt: 'Wed Mar 10 08:00:00 2021' }],
    });
  });

  it('calls a list whole only when it has what every system has, and was not cut', async () => {
    expect(await seen('rpm-qa.txt', ['steeleye-lkDR-9.5.1-7154.x86_64'])).toMatchObject({ lists: 0 });
    expect(await seen('rpm-qa.txt', BASE)).toMatchObject({ lists: 1 });
    const cutShort = BASE.filter((line) => line < 'steeleye');
    expect(await seen('rpm-qa.txt', [...cutShort, 'steeleye-lk-9.5.1-7154.x86_64'])).toMatchObject({
      lists: 0,
    });
  });

  it('lists the kernels installed', async () => {
    const { kernel } = await factsOf({
      'rpm-qa.txt': `${[...BASE, 'kernel-core-4.18.0-240.el8.x86_64', 'kernel-tools-4.18.0-240.el8.x86_64', 'kernel-uek-5.4.17-2011.7.4.el8uek.x86_64'].join('\n')}\n`,
    });
    expect(
      values(kernel.installed).map(({ name, version, release }) => `${name} ${version}-${release}`),
    ).toEqual([
      'kernel 4.18.0-193.28.1.el8_2',
      'kernel-core 4.18.0-240.el8',
      'kernel-uek 5.4.17-2011.7.4.el8uek',
    ]);
  });
});

describe('raid1 module', () => {
  const patched = '/lib/modules/4.18.0-193.el8.x86_64/extra/raid1.ko';
  const expected = { path: patched, kernel: '4.18.0-193.el8.x86_64' };

  it.each([
    ['modinfo-raid1.txt', `filename:       ${patched}\nlicense:        GPL\n`, 'loaded'],
    [
      'n/sos_commands/kernel/modinfo_ALL_MODULES',
      `filename: /lib/modules/x/kernel/fs/xfs.ko\nfilename:       ${patched}\n`,
      'loaded',
    ],
    ['notes.txt', `filename:       ${patched}\n`, 'loaded'],
    [
      'n/sos_commands/kernel/find_.lib.modules.4.18.0-193.el8.x86_64_-ls',
      `1 4 -rw-r--r-- 1 root root 4 Mar 10 08:00 ${patched}\n`,
      'present',
    ],
  ] as const)('is read from %s', async (path, content, via) => {
    expect(values((await factsOf({ [path]: content })).raid1)).toEqual([{ ...expected, via }]);
  });

  it('is read from the members of the bundle, compressed or linked', async () => {
    const { raid1 } = await factsOf({
      'n/lib/modules/4.18.0-193.el8.x86_64/extra/raid1.ko': Buffer.from('\x7fELF'),
      'n/lib/modules/4.18.0-240.el8.x86_64/weak-updates/raid1.ko': { link: patched },
      'n/uname-r.txt': '4.18.0-193.el8.x86_64\n',
    });
    expect(values(raid1)).toEqual([
      { ...expected, via: 'present' },
      {
        path: '/lib/modules/4.18.0-240.el8.x86_64/weak-updates/raid1.ko',
        kernel: '4.18.0-240.el8.x86_64',
        via: 'present',
      },
    ]);
  });
});

describe('time', () => {
  it.each([
    ['date.txt', 'Wed Apr  7 12:00:00 JST 2021\n', ['+09:00'], ['Wed Apr  7 12:00:00 JST 2021']],
    ['date.txt', 'Wed, 07 Apr 2021 12:00:00 +0900\n', ['+09:00'], ['Wed, 07 Apr 2021 12:00:00 +0900']],
    [
      'date.txt',
      '2021年  4月  7日 水曜日 12:00:00 JST\n',
      ['+09:00'],
      ['2021年  4月  7日 水曜日 12:00:00 JST'],
    ],
    ['date.txt', 'Wed Apr  7 12:00:00 CST 2021\n', [], ['Wed Apr  7 12:00:00 CST 2021']],
    ['n/etc/sysconfig/clock', 'TIMEZONE="Asia/Tokyo"\n', ['Asia/Tokyo'], []],
    ['timedatectl.txt', '                Time zone: Asia/Tokyo (JST, +0900)\n', ['Asia/Tokyo'], []],
  ])('is read from %s: %j', async (path, content, timezone, collectedAt) => {
    const facts = await factsOf({ [path]: content });
    expect(values(facts.timezone)).toEqual(timezone);
    expect(values(facts.collectedAt)).toEqual(collectedAt);
  });

  it('zone is read from the link of /etc/localtime', async () => {
    const { timezone } = await factsOf({
      'n/etc/localtime': { link: '../usr/share/zoneinfo/Asia/Tokyo' },
      'n/date.txt': '',
    });
    expect(timezone).toEqual([
      {
        value: 'Asia/Tokyo',
        at: {
          member: 'n/etc/localtime',
          line: 0,
          offset: 0,
          length: 0,
          text: 'n/etc/localtime -> ../usr/share/zoneinfo/Asia/Tokyo',
        },
      },
    ]);
  });

  it('of starts and stops is read from last and who', async () => {
    const { boots } = await factsOf({
      'last-x.txt':
        'reboot   system boot  4.18.0-193.el8.x Mon Apr  5 03:39 - 12:00 (2+08:20)\nroot     pts/0        10.0.0.9         Mon Apr  5 01:00 - crash  (02:39)\nshutdown system down  4.18.0-193.el8.x Sun Apr  4 22:00 - 22:03  (00:03)\n',
      'who-b.txt': '         system boot  2021-04-05 03:39\n',
      'n/sos_commands/login/last_-xF':
        'reboot   system boot  4.18.0-193.el8.x Mon Apr  5 03:39:12 2021   still running\n',
    });
    expect(boots.map(({ kind, stamp }) => [kind, stamp?.text, stamp?.style])).toEqual([
      ['boot', 'Apr  5 03:39:00', 'syslog'],
      ['crash', 'Apr  5 01:00:00', 'syslog'],
      ['shutdown', 'Apr  4 22:00:00', 'syslog'],
      ['boot', '2021-04-05T03:39:00', 'rfc3339'],
      ['boot', '2021-04-05T03:39:12', 'rfc3339'],
    ]);
  });
});

describe('cluster status', () => {
  const short = [
    'BACKUP   TAG                ID          STATE     PRIO  PRIMARY',
    'svr1     appfs3910-on-svr1  appfs4238   ISP          1  svr2',
    'svr1      filesys4083       /jrl1       ISP          1  svr2',
    '-----      datarep-jrl      datarep-jrl OSU          2  svr2',
    '',
    'MACHINE  NETWORK ADDRESSES/DEVICE         STATE     PRIO',
    'svr1     TCP     100.10.1.20/100.11.1.21  ALIVE        1',
    'svr1     TTY     /dev/ttyS0               DEAD        --',
    '',
  ].join('\n');

  it.each(['lcdstatus-e.txt', 'status of both nodes.txt', 'n/sos_commands/x/lcdstatus_-e'])(
    'is read in its short form from %s',
    async (path) => {
      const { cluster } = await factsOf({ [path]: short });
      expect(cluster.status).toHaveLength(1);
      expect(cluster.stopped).toBe(false);
      expect(values(cluster.resources)).toEqual([
        { tag: 'appfs3910-on-svr1', id: 'appfs4238', state: 'ISP', priority: '1', primary: 'svr2', depth: 0 },
        { tag: 'filesys4083', id: '/jrl1', state: 'ISP', priority: '1', primary: 'svr2', depth: 1 },
        { tag: 'datarep-jrl', id: 'datarep-jrl', state: 'OSU', priority: '2', primary: 'svr2', depth: 2 },
      ]);
      expect(values(cluster.commPaths)).toEqual([
        { peer: 'svr1', type: 'TCP', addresses: '100.10.1.20/100.11.1.21', state: 'ALIVE', priority: '1' },
        { peer: 'svr1', type: 'TTY', addresses: '/dev/ttyS0', state: 'DEAD', priority: '--' },
      ]);
    },
  );

  it('is read in its Windows form', async () => {
    const { cluster } = await factsOf({
      'status.txt':
        'BACKUP   TAG                ID          STATE     PRIO  PRIMARY\nwin2     app                app         ISP          1  win1\nwin2     |---vol.E           E:          ISP          1  win1\n\nMACHINE  TYPE    ADDRESSES/DISK           STATE     PRIO\nwin2     TCP     10.0.0.1/10.0.0.2        ALIVE        1\n',
    });
    expect(values(cluster.resources)).toMatchObject([
      { tag: 'app', depth: 0 },
      { tag: 'vol.E', depth: 1 },
    ]);
    expect(values(cluster.commPaths)).toHaveLength(1);
  });

  it('is read in its detailed form', async () => {
    const { cluster } = await factsOf({
      'lcdstatus.txt': [
        'Resource hierarchies for machine "node1":',
        'ROOT of RESOURCE HIERARCHY',
        '/data:  id=/data app=gen type=filesys state=ISP',
        '        Local priority = 1',
        '        SHARED equivalency with resource /data on machine node2, priority = 10',
        '    datarep-data:  id=/dev/md0 app=scsi type=netraid state=ISP',
        '        Local priority = 1',
        '',
        'Communication Status Information',
        'to machine=node2 type=TCP addresses=192.168.1.1/192.168.1.2 state="DEAD" priority=2 #comm_downs=0',
        '',
        'LifeKeeper Flags',
        'The following LifeKeeper flags are on:',
        '    shutdown_switchover',
        '    !nofailover!node2',
        'The shutdown strategy is set to: switchover.',
      ].join('\n'),
    });
    expect(values(cluster.resources)).toMatchObject([
      { tag: '/data', id: '/data', state: 'ISP', priority: '1', app: 'gen', type: 'filesys', depth: 0 },
      {
        tag: 'datarep-data',
        id: '/dev/md0',
        state: 'ISP',
        priority: '1',
        app: 'scsi',
        type: 'netraid',
        depth: 4,
      },
    ]);
    expect(values(cluster.equivalencies ?? [])).toEqual([
      { tag: '/data', peer: 'node2', peerTag: '/data', priority: '10' },
    ]);
    expect(values(cluster.commPaths)).toMatchObject([{ peer: 'node2', state: 'DEAD', priority: '2' }]);
    expect(values(cluster.flags ?? [])).toEqual(['shutdown_switchover', '!nofailover!node2']);
  });

  it('says that LifeKeeper is stopped', async () => {
    const { cluster } = await factsOf({ 'lcdstatus.txt': 'LifeKeeper does not appear to be running.\n' });
    expect(cluster).toMatchObject({ stopped: true, resources: [] });
    expect(cluster.status).toHaveLength(1);
  });
});

describe('fencing', () => {
  it('keeps the allowed keys of /etc/default/LifeKeeper and nothing else', async () => {
    const { settings } = await factsOf({
      'etc/default/LifeKeeper':
        'QUORUM_MODE=majority\n#WITNESS_MODE=none\nexport QUORUM_LOSS_ACTION="fastkill"\nADMIN_PASSWORD=Hunter2\nQWK_STORAGE_OBJECT_node_1=/quorum/node-1\nPATH=/opt\n',
    });
    expect(settings.files).toHaveLength(1);
    expect(values(settings.values)).toEqual([
      { key: 'QUORUM_MODE', value: 'majority' },
      { key: 'QUORUM_LOSS_ACTION', value: 'fastkill' },
      { key: 'QWK_STORAGE_OBJECT_node_1', value: '/quorum/node-1' },
    ]);
  });

  it('keeps peer and program of a STONITH entry, never the command', async () => {
    const secret = 'S3cret-Pa55';
    const evidence = await extractTree({
      'n/opt/LifeKeeper/config/stonith.conf': [
        '# LifeKeeper STONITH configuration',
        `node1 /usr/bin/ipmitool -I lanplus -H 10.0.0.1 -U admin -P ${secret} chassis power off`,
        `node2 env TOKEN=${secret} timeout 10 aws ec2 stop-instances --instance-ids i-0123`,
        `node3 /root/fence.sh ${secret}`,
      ].join('\n'),
    });
    const [node] = evidence.nodes;
    expect(node?.facts.stonith.files).toHaveLength(1);
    expect(node?.facts.stonith.peers.map(({ value, at }) => [value, at.line, at.text])).toEqual([
      [{ peer: 'node1', agent: 'ipmitool' }, 2, 'node1 ipmitool ***'],
      [{ peer: 'node2', agent: 'aws' }, 3, 'node2 aws ***'],
      [{ peer: 'node3', agent: 'fence.sh' }, 4, 'node3 fence.sh ***'],
    ]);
    expect(evidence.bundle.secretsDropped).toBe(3);
    expect(JSON.stringify(evidence)).not.toContain(secret);
    expect(JSON.stringify(evidence)).not.toContain('10.0.0.1');
  });

  it('reads watchdog configuration and service', async () => {
    const { watchdog } = await factsOf({
      'etc/watchdog.conf':
        '#ping = 10.0.0.1\ntest-binary = /opt/LifeKeeper/samples/watchdog/LifeKeeper-watchdog\ninterval = 7\n',
      'sos_commands/systemd/systemctl_list-unit-files':
        'UNIT FILE STATE\nwatchdog.service enabled\nother.service disabled\n',
      'sos_commands/systemd/systemctl_list-units':
        '  watchdog.service loaded active running watchdog daemon\n',
      'sos_commands/services/chkconfig_--list':
        'watchdog        0:off   1:off   2:on    3:on    4:on    5:on    6:off\n',
    });
    expect(values(watchdog.values)).toEqual([
      { key: 'test-binary', value: '/opt/LifeKeeper/samples/watchdog/LifeKeeper-watchdog' },
      { key: 'interval', value: '7' },
    ]);
    expect(values(watchdog.service)).toEqual(['enabled', 'active', 'enabled']);
  });

  it.each([
    ['sys/class/dmi/id/sys_vendor', 'VMware, Inc.\n', 'vmware'],
    ['sys/class/dmi/id/sys_vendor', 'Amazon EC2\n', 'aws'],
    ['sys/class/dmi/id/sys_vendor', 'FUJITSU\n', 'physical'],
    ['sys/class/dmi/id/chassis_asset_tag', '7783-7084-3265-9085-8269-3286-77\n', 'azure'],
    [
      'sos_commands/hardware/dmidecode',
      'System Information\n\tManufacturer: Microsoft Corporation\n',
      'hyperv',
    ],
    ['systemd-detect-virt.txt', 'none\n', 'physical'],
    ['sos_commands/processor/lscpu', 'Hypervisor vendor:   KVM\n', 'kvm'],
    ['sys/class/dmi/id/sys_vendor', 'Acme Ltd\n', 'Acme Ltd'],
  ])('reads the platform from %s: %j', async (path, content, platform) => {
    expect(values((await factsOf({ [path]: content })).platform)).toEqual([platform]);
  });
});

describe('mirrors', () => {
  it('reads /proc/mdstat', async () => {
    const { md } = await factsOf({
      'proc/mdstat': [
        'Personalities : [raid1] ',
        'md0 : active raid1 nbd1[1](W) sdb1[0]',
        '      1048512 blocks super 1.0 [2/2] [UU]',
        '      bitmap: 0/8 pages [0KB], 65536KB chunk',
        '',
        'md1 : active raid1 nbd2[1](F) sdc1[0]',
        '      1048512 blocks super 1.0 [2/1] [U_]',
        '      [==>..................]  recovery = 12.6% (37043392/292945152) finish=127.5min speed=33440K/sec',
        '',
        'md2 : active (auto-read-only) raid1 sdd1[0]',
        '      1048512 blocks super 1.0 [2/1] [U_]',
        '',
        'unused devices: <none>',
      ].join('\n'),
    });
    expect(values(md)).toEqual([
      { device: '/dev/md0', level: 'raid1', legs: ['nbd1[1](W)', 'sdb1[0]'], bitmap: true, state: 'clean' },
      {
        device: '/dev/md1',
        level: 'raid1',
        legs: ['nbd2[1](F)', 'sdc1[0]'],
        bitmap: false,
        state: 'recovery',
      },
      { device: '/dev/md2', level: 'raid1', legs: ['sdd1[0]'], bitmap: false, state: 'degraded' },
    ]);
  });

  it('reads DRBD resources', async () => {
    const { drbd } = await factsOf({
      'proc/drbd':
        'version: 8.4.11\n 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n 1: cs:Unconfigured\n',
      'etc/drbd.d/r0.res': 'resource r0 {\n  device /dev/drbd0;\n}\n',
    });
    expect(values(drbd)).toEqual(['drbd0', 'r0']);
  });
});

describe('Windows', () => {
  it('is told by systeminfo, program lists and event logs', async () => {
    const evidence = await extractTree({
      'win1/systeminfo.txt':
        'Host Name:                 WIN1\nOS Name:                   Microsoft Windows Server 2019 Standard\n',
      'win1/programs.txt': 'SIOS DataKeeper for Windows v8.7.2\n',
      'win1/events.txt':
        '[08/29/2025 11:25:36] EventType: Error, Source: LifeKeeper, Category: General\nProcess: lkresfail.exe(1168) *ERROR* (No. 1620) Local recovery of resource IP-192.168.10.55 failed.\n',
    });
    expect(evidence.bundle.layout).toBe('windows');
    const facts = evidence.nodes[0]?.facts as Facts;
    expect(values(facts.hostname)).toEqual(['WIN1']);
    expect(values(facts.os)).toMatchObject([{ id: 'windows', version: '2019' }]);
    expect(values(facts.windows)).toEqual([
      { product: 'SIOS DataKeeper for Windows', version: '8.7.2' },
      { product: 'LifeKeeper for Windows', version: '' },
    ]);
  });
});
