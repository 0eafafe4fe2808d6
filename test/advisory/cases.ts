import type { Analysis, Confirmation } from '../../shared/analysis/analysis.ts';
import { judge } from '../../shared/analysis/judge.ts';
import { extractBundle } from '../../shared/bundle/extract.ts';
import type { Evidence } from '../../shared/evidence/evidence.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { bytesSource, type Tree, tar } from '../fixtures/archive.ts';
import {
  affectedPair,
  lcdStatus,
  lifekeeperLine,
  linkDropped,
  type NodeParts,
  nodeTree,
  packageList,
  partialResync,
  peerUnreachable,
  resyncCompleted,
} from '../fixtures/node.ts';

const TAG = 'datarep-dk-mirror';
const STOCK_MODULE = (kernel: string) =>
  `filename:       /lib/modules/${kernel}/kernel/drivers/md/raid1.ko.xz\nvermagic:       ${kernel} SMP mod_unload modversions\n`;
const PATCHED_MODULE = (kernel: string) =>
  `filename:       /lib/modules/${kernel}/extra/raid1.ko\nvermagic:       ${kernel} SMP mod_unload modversions\n`;
const RHEL_KERNEL = '4.18.0-193.28.1.el8_2.x86_64';

interface BundleParts extends NodeParts {
  readonly host: string;
  /** Files beside those that every node has, by path or name of the command they are the output of. */
  readonly more?: Tree;
  readonly fileName?: string;
  /** Leaves these files out. */
  readonly without?: readonly string[];
  /** Bytes cut off the end of the bundle. */
  readonly cut?: number;
}

/** A bundle packed, read and extracted as an uploaded one is. */
async function bundleOf(parts: BundleParts): Promise<Evidence> {
  const { host, more = {}, without = [], cut = 0, fileName = `${host}_20210407.tar` } = parts;
  const tree = Object.fromEntries(
    Object.entries({ ...nodeTree(parts), ...more }).filter(([path]) => !without.includes(path)),
  );
  const packed = tar(tree, { top: host });
  return extractBundle(bytesSource(packed.subarray(0, packed.length - cut), { name: fileName }), {
    bundleId: fileName.replace(/\W/g, '-'),
  });
}

/** The log of a node that is up: a start, a check every day, and what else happened, in time order. */
function log(host: string, from: string, days: readonly string[], lines: readonly string[] = []): string[] {
  const started = lifekeeperLine({
    time: from,
    host,
    process: 'lkstart',
    pid: 1804,
    component: 'lcd',
    action: 'start',
    id: '004100',
    text: 'LifeKeeper starting',
  });
  const idle = days.map((time) =>
    lifekeeperLine({
      time,
      host,
      process: 'lcdmon',
      pid: 2210,
      component: 'lcd',
      id: '004000',
      text: 'alive',
    }),
  );
  return [started, ...idle, ...lines].sort(byStamp);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function byStamp(a: string, b: string): number {
  const key = (line: string) =>
    `${String(MONTHS.indexOf(line.slice(0, 3))).padStart(2, '0')}${line.slice(3, 15)}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

/** Every five hours from 10 March until the collection on 7 April: no silence that counts as a gap. */
const DAYS = everyFiveHours(Date.UTC(2021, 2, 10, 9), Date.UTC(2021, 3, 7, 11));

function everyFiveHours(from: number, to: number): string[] {
  const stamps: string[] = [];
  for (let at = from; at <= to; at += 5 * 3_600_000) stamps.push(stamp(new Date(at)));
  return stamps;
}

function stamp(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${two(at.getUTCHours())}:30:00`;
}

const QUORUM_STORAGE = {
  QUORUM_MODE: 'storage',
  WITNESS_MODE: 'storage',
  QWK_STORAGE_TYPE: 'file',
  QUORUM_LOSS_ACTION: 'fastkill',
};
const QWK = ['steeleye-lkQWK-9.5.1-7154.x86_64'];

function dmi(vendor: string): Tree {
  return { 'sys/class/dmi/id/sys_vendor': `${vendor}\n` };
}

/** Both nodes of a cluster on VMware, up all the time, node1 in service, with what is said beside. */
function pair(node1: Partial<BundleParts>, node2: Partial<BundleParts> = {}): Promise<Evidence[]> {
  const settings = QUORUM_STORAGE;
  const common = { settings, packages: QWK };
  return Promise.all([
    bundleOf({
      host: 'node1',
      ...common,
      log: log('node1', 'Mar 10 09:00:02', DAYS),
      status: lcdStatus({ backup: 'node2', state: 'ISP', primary: 'node1' }),
      ...node1,
      more: { ...dmi('VMware, Inc.'), 'modinfo_raid1.txt': STOCK_MODULE(RHEL_KERNEL), ...node1.more },
    }),
    bundleOf({
      host: 'node2',
      ...common,
      log: log('node2', 'Mar 10 08:58:40', DAYS),
      status: lcdStatus({ backup: 'node1', state: 'OSU', primary: 'node1' }),
      ...node2,
      more: { ...dmi('VMware, Inc.'), 'modinfo_raid1.txt': STOCK_MODULE(RHEL_KERNEL), ...node2.more },
    }),
  ]);
}

const START = partialResync({ time: 'Mar 10 09:00:41', pid: 25641, cause: 'restore', size: '0.0 B' });
/** The link to node2 drops once: node2's copy is suspect from then on. */
const INTERRUPTION = [
  linkDropped({ time: 'Mar 12 02:14:07', pid: 3490 }),
  partialResync({ time: 'Mar 12 02:14:19', pid: 3535, cause: 'recover', size: '662.2 MB' }),
  resyncCompleted({ time: 'Mar 12 02:15:02', pid: 3601, target: 'node2' }),
];
const RESYNCED = log('node1', 'Mar 10 09:00:02', DAYS, [START, ...INTERRUPTION]);

const CONFIRMED: Confirmation = {
  id: 'c-1',
  kind: 'full_resync_done',
  mirror: TAG,
  node: 'node1',
  target: 'node2',
  at: '2021-04-07T15:00:00+09:00',
  by: 'yamada',
  comment: null,
};

const SLES: Partial<BundleParts> = {
  system: 'sles-12.5',
  kernel: '4.12.14-122.17-default',
  packages: [...QWK, 'kernel-default-4.12.14-122.20.1.x86_64'],
  more: { 'modinfo_raid1.txt': STOCK_MODULE('4.12.14-122.17-default') },
};

/** The list of packages with their times of installation, as sos prints it. */
function installedRpms(parts: NodeParts, product: string): Tree {
  const lines = packageList(parts).map((name) => {
    const at = name.startsWith('steeleye') ? product : 'Wed 10 Mar 2021 08:00:00 AM JST';
    return `${name.padEnd(59)} ${at}\n`;
  });
  return { 'installed-rpms': lines.join('') };
}

/** Upgraded on 1 April: what happened before still counts. */
const UPGRADED: Partial<BundleParts> = {
  lifekeeper: '9.6.0',
  without: ['rpm-qa.txt'],
  more: installedRpms({ lifekeeper: '9.6.0', packages: QWK }, 'Thu 01 Apr 2021 10:00:00 PM JST'),
};

/** node1 stays up, node2 loses contact with it and takes the mirror over as well. */
function splitBrain(): Promise<Evidence[]> {
  const settings = { QUORUM_MODE: 'tcp_remote', QUORUM_HOSTS: '10.0.0.1:80', WITNESS_MODE: 'remote_verify' };
  return pair(
    {
      settings,
      more: dmi('Amazon EC2'),
      log: log('node1', 'Mar 10 09:00:02', DAYS, [
        START,
        peerUnreachable({ time: 'Apr  5 03:20:31', host: 'node1', peer: 'node2' }),
      ]),
      status: lcdStatus({ backup: 'node2', state: 'ISP', primary: 'node1', path: 'DEAD' }),
    },
    {
      settings,
      more: dmi('Amazon EC2'),
      log: log('node2', 'Mar 10 08:58:40', DAYS, [
        peerUnreachable({ time: 'Apr  5 03:20:40', host: 'node2', peer: 'node1' }),
        partialResync({
          time: 'Apr  5 03:21:17',
          host: 'node2',
          pid: 11873,
          cause: 'restore',
          size: '1.4 GB',
        }),
      ]),
      status: lcdStatus({ backup: 'node1', state: 'ISP', primary: 'node2', path: 'DEAD' }),
    },
  );
}

/** A cluster with a witness, a node repaired by the patch, and two mirrors in different states. */
async function mixed(): Promise<Evidence[]> {
  const appLog = { tag: 'datarep-app', device: '/dev/md1', leg: '/dev/nbd2' };
  return [
    ...(await pair(
      {
        settings: { QUORUM_MODE: 'majority', WITNESS_MODE: 'remote_verify' },
        log: log('node1', 'Mar 10 09:00:02', DAYS, [START, ...INTERRUPTION]),
        more: {},
      },
      {
        settings: { QUORUM_MODE: 'majority', WITNESS_MODE: 'remote_verify', QUORUM_LOSS_ACTION: 'osu' },
        more: { 'modinfo_raid1.txt': PATCHED_MODULE(RHEL_KERNEL) },
        log: log('node2', 'Mar 10 08:58:40', DAYS, [
          partialResync({
            time: 'Mar 15 11:00:00',
            host: 'node2',
            size: '0.0 B',
            cause: 'restore',
            ...appLog,
          }),
        ]),
      },
    )),
    await bundleOf({
      host: 'witness',
      lifekeeper: null,
      packages: ['steeleye-lk-9.5.1-7154.x86_64', ...QWK],
      settings: { QUORUM_MODE: 'majority', WITNESS_MODE: 'remote_verify' },
      log: log('witness', 'Mar 10 08:50:00', DAYS, [
        peerUnreachable({ time: 'Mar 20 10:00:00', host: 'witness', peer: 'node4' }),
      ]),
    }),
    await bundleOf({
      host: 'node3',
      system: 'ol-8.2',
      kernel: '5.4.17-2011.7.4.el8uek.x86_64',
      log: log('node3', 'Mar 10 08:58:40', DAYS),
      settings: { QUORUM_MODE: 'majority', WITNESS_MODE: 'remote_verify' },
      packages: QWK,
    }),
  ];
}

/** A log cut in the middle, a node without a kernel, an empty file, a partner that is missing. */
async function undecided(): Promise<Evidence[]> {
  return [
    await bundleOf({
      host: 'node1',
      without: ['uname-a.txt', 'proc/version', 'rpm-qa.txt', 'etc/localtime', 'date.txt'],
      log: log('node1', 'Mar 10 09:00:02', [...DAYS.slice(0, 40), ...DAYS.slice(70)], [START]),
      rotated: { 'lifekeeper.log.2': log('node1', 'Feb 10 09:00:02', ['Feb 11 10:00:00']) },
      status: lcdStatus({ backup: 'node2', state: 'ISP', primary: 'node1' }),
      cut: 6_000,
    }),
    await extractBundle(bytesSource('', { name: 'node2_20210407.tar' }), { bundleId: 'node2-20210407-tar' }),
  ];
}

/** Names, addresses and people wherever a bundle can bring them from: paths, host names, users, mail, IPv6, MAC. */
async function named(): Promise<Evidence[]> {
  const tag = 'datarep-dbprod';
  const status = (state: 'ISP' | 'OSU', backup: string) =>
    lcdStatus({ backup, state, primary: 'dbprod01.example.co.jp' })
      .replaceAll('datarep-dk-mirror', tag)
      .replaceAll('/data ', '/home/suzuki/data ');
  const lines = [
    partialResync({
      time: 'Mar 12 02:14:19',
      host: 'DBPROD01.example.co.jp',
      tag,
      pid: 3535,
      cause: 'recover',
      size: '662.2 MB',
    }),
    lifekeeperLine({
      time: 'Mar 12 02:14:30',
      host: 'DBPROD01.example.co.jp',
      process: 'recover',
      component: 'dr',
      action: 'recover',
      tag,
      id: '104777',
      text: 'link 192.168.10.1 (fe80::1ff:fe23:4567:890a, 00:1B:44:11:3A:B7) to dbprod02.example.co.jp lost, user=suzuki mail to suzuki@example.co.jp, see /home/suzuki/notes.txt',
    }),
    resyncCompleted({
      time: 'Mar 12 02:15:02',
      host: 'DBPROD01.example.co.jp',
      tag,
      target: 'dbprod02.example.co.jp',
    }),
  ];
  const host1 = 'dbprod01.example.co.jp';
  const host2 = 'dbprod02.example.co.jp';
  return [
    await bundleOf({
      host: host1,
      fileName: 'sosreport-dbprod01-2021-04-07.tar',
      log: log(host1, 'Mar 10 09:00:02', DAYS, lines),
      status: status('ISP', host2),
      more: {
        'opt/LifeKeeper/config/stonith.conf': `dbprod02 ipmitool -H 192.168.10.9 -U admin -P secret chassis power off\n`,
      },
    }),
    await bundleOf({
      host: host2,
      fileName: 'home_suzuki_dbprod02_192.168.10.2.tar',
      log: log(host2, 'Mar 10 08:58:40', DAYS),
      status: status('OSU', host1),
    }),
  ];
}

const NODES_WITHOUT_LOG = { without: ['var/log/lifekeeper.log', 'lcdstatus-e.txt'] };

const evidence = {
  target_suspect: await pair({ log: RESYNCED }),
  /** The same without lcdstatus: which node is the source now is an assumption. */
  target_suspect_roles_assumed: await pair(
    { log: RESYNCED, without: ['lcdstatus-e.txt', 'modinfo_raid1.txt'] },
    { without: ['lcdstatus-e.txt', 'modinfo_raid1.txt'] },
  ),
  source_suspect: await Promise.all(
    affectedPair().map(async ({ host, tree }) =>
      extractBundle(bytesSource(tar(tree, { top: host }), { name: `${host}_20210407.tar` }), {
        bundleId: host,
      }),
    ),
  ),
  zero_bytes_only: await pair({ log: log('node1', 'Mar 10 09:00:02', DAYS, [START]) }),
  none_seen: await pair({}),
  mirrors_unseen: await pair(NODES_WITHOUT_LOG, NODES_WITHOUT_LOG),
  not_affected: await pair(SLES, SLES),
  fixed: await pair({ ...UPGRADED, log: log('node1', 'Mar 10 09:00:02', DAYS, [START]) }, UPGRADED),
  fixed_after_exposure: await pair({ ...UPGRADED, log: RESYNCED }, UPGRADED),
  split_brain: await splitBrain(),
  mixed: await mixed(),
  cannot_determine: await undecided(),
  names_everywhere: await named(),
};

/**
 * Cases that between them show every verdict and every outcome, packed, read and judged as uploaded ones are. Their
 * wording is kept as golden files and read as prose; a change of a text shows there.
 */
export function cases(knowledge: Knowledge) {
  const judged = (items: readonly Evidence[], confirmations: readonly Confirmation[] = []): Analysis =>
    judge(items, knowledge, { timezone: 'Asia/Tokyo', confirmations });
  return {
    target_suspect: judged(evidence.target_suspect),
    target_suspect_roles_assumed: judged(evidence.target_suspect_roles_assumed),
    /** The first bundle of the pair alone, before the other arrived. */
    partner_missing: judged(evidence.target_suspect.slice(0, 1)),
    source_suspect: judged(evidence.source_suspect),
    cleared: judged(evidence.target_suspect, [CONFIRMED]),
    zero_bytes_only: judged(evidence.zero_bytes_only),
    none_seen: judged(evidence.none_seen),
    mirrors_unseen: judged(evidence.mirrors_unseen),
    not_affected: judged(evidence.not_affected),
    fixed: judged(evidence.fixed),
    fixed_after_exposure: judged(evidence.fixed_after_exposure),
    split_brain: judged(evidence.split_brain),
    mixed: judged(evidence.mixed),
    cannot_determine: judged(evidence.cannot_determine),
    names_everywhere: judged(evidence.names_everywhere, [
      {
        id: 'c-2',
        kind: 'data_verified',
        mirror: 'datarep-dbprod',
        node: 'dbprod01',
        target: null,
        at: '2021-04-07T14:00:00+09:00',
        by: 'suzuki',
        comment: 'told by phone (suzuki)',
      },
    ]),
  };
}
