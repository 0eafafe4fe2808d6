import type { Interest, Member } from '../archive/member.ts';
import type { LogMember } from '../evidence/evidence.ts';
import { command, file, type Topic } from './topic.ts';

/** What a member's path alone says about it. Content has the last word. */
export interface NamedMember {
  /** The folder or nested archive that stands for the node's `/`, as far as the path tells; `''` for the bundle. */
  readonly root: string;
  /** What the member is the content of, when a name says so. */
  readonly topic: Topic | null;
  /** The log it is, when its name says so. */
  readonly log: Exclude<LogMember['kind'], 'other'> | null;
  readonly rotation: LogMember['rotation'];
  /** The collector kept only the end (sos `*.tailed`). */
  readonly tailed: boolean;
  /** The path is one that the node's own tree or a collector's layout has, so the root is certain. */
  readonly anchored: boolean;
  /** The member lies where people put things by hand: what it is shows only in its content. */
  readonly free: boolean;
}

/** Folders whose files are what their path says, not notes or outputs that somebody put there. */
const NODE_FOLDER =
  /(?:^|\/)(?:etc|proc|sys|usr|lib|lib64|boot|run|opt\/LifeKeeper|sos_commands|sos_reports|sos_logs)\//;

/** Compression suffixes: such a member keeps its name and comes decompressed. */
const COMPRESSED = /\.(gz|xz|bz2|zst|Z)$/i;

/** Folders in which the sos tools keep what is not a file of the node; the node's root is above them. */
const SOS_FOLDER = /^(.*?)(?:^|\/)(sos_commands|sos_strings|sos_logs|sos_reports)\/(.*)$/;

/** Files of a node, by the end of their path. The first group that matches is the path on the node. */
const NODE_FILE = new RegExp(
  `(?:^|/)((?:${[
    'etc/(?:os-release|hostname|HOSTNAME|localtime|timezone|sysconfig/clock|mdadm\\.conf|watchdog\\.conf|drbd\\.conf|drbd\\.d/[^/]+|default/grub|default/LifeKeeper(?:\\.pl)?|sysconfig/kernel)',
    'etc/[A-Za-z]+-release',
    'usr/lib/os-release',
    'proc/(?:version|mdstat|drbd|cmdline|modules|sys/kernel/(?:hostname|osrelease))',
    'sys/(?:class/dmi/id|devices/virtual/dmi/id)/[a-z_]+',
    'sys/module/raid1/[a-z]+',
    'opt/LifeKeeper/config/[^/]+',
    'boot/(?:grub2?|efi/EFI/[^/]+)/(?:grubenv|grub\\.cfg)',
    'boot/loader/entries/[^/]+',
    '(?:usr/)?lib/modules/[^/]+/.*\\.ko(?:\\.[a-z0-9]+)?',
    'var/log/(?:[^/]+/)*[^/]+',
  ].join('|')}))$`,
);

/** Basenames that are as good as the path of the file they are a copy of. */
const COPIES: readonly { name: RegExp; path: string }[] = [
  { name: /(?:^|[._-])os-?release(?:\.txt)?$/i, path: '/etc/os-release' },
  { name: /(?:^|[._-])redhat-?release(?:\.txt)?$/i, path: '/etc/redhat-release' },
  { name: /(?:^|[._-])centos-?release(?:\.txt)?$/i, path: '/etc/centos-release' },
  { name: /(?:^|[._-])oracle-?release(?:\.txt)?$/i, path: '/etc/oracle-release' },
  { name: /(?:^|[._-])suse-?release(?:\.txt)?$/i, path: '/etc/SuSE-release' },
  { name: /(?:^|[._-])mdstat(?:\.txt)?$/i, path: '/proc/mdstat' },
  { name: /(?:^|[._-])stonith\.conf(?:\.txt)?$/i, path: '/opt/LifeKeeper/config/stonith.conf' },
  { name: /(?:^|[._-])watchdog\.conf(?:\.txt)?$/i, path: '/etc/watchdog.conf' },
  {
    name: /^(?:etc[._-]default[._-])?lifekeeper(?:\.(?:pl|conf|cfg|default))?(?:\.txt)?$/i,
    path: '/etc/default/LifeKeeper',
  },
  { name: /^(?:default[._-]lifekeeper)(?:\.txt)?$/i, path: '/etc/default/LifeKeeper' },
];

/** Basenames of hand-made command outputs. Separators are `_`, `-`, `.` or nothing; a host name may stand around. */
const OUTPUTS: readonly { name: RegExp; line: string }[] = [
  { name: /(?:^|[^a-z])uname(?![a-z]{2})/i, line: 'uname' },
  { name: /^kernel(?:[._-]?(?:version|release|ver))?(?:[._-][\w-]+)?(?:\.txt|\.out)?$/i, line: 'uname' },
  { name: /(?:^|[._-])hostname(?:\.txt|\.out|\.log)?$/i, line: 'hostname' },
  { name: /hostnamectl/i, line: 'hostnamectl' },
  { name: /installed[._-]?rpms|package-data/i, line: 'installed-rpms' },
  {
    name: /(?:^|[._-])rpm(?:s|list|[._-]?qa.*|[._-]?list|packages|[._-]?qi.*)?(?:[._-][\w-]+)?(?:\.txt|\.out|\.lst|\.log)?$/i,
    line: 'rpm -qa',
  },
  { name: /(?:yum|dnf)[._-]?list/i, line: 'yum list installed' },
  { name: /lcdstatus/i, line: 'lcdstatus' },
  { name: /modinfo.*raid1/i, line: 'modinfo raid1' },
  { name: /timedatectl/i, line: 'timedatectl' },
  { name: /^date(?:\.txt|\.out)?$/i, line: 'date' },
  { name: /(?:^|[._-])last(?:[._-]?x[a-z]*)?(?:\.txt|\.out)?$/i, line: 'last -x' },
  { name: /who[._-]?b(?:\.txt|\.out)?$/i, line: 'who -b' },
  { name: /detect-virt/i, line: 'systemd-detect-virt' },
  { name: /dmidecode/i, line: 'dmidecode' },
  { name: /grubby/i, line: 'grubby --default-kernel' },
  { name: /systeminfo/i, line: 'systeminfo' },
];

const LIFEKEEPER_LOG = /^lifekeeper[\w.-]*?\.log(?:[._-].*)?$|^lifekeeper-?\d{8}$|^lifekeeper_log/i;
const HOST_LIFEKEEPER_LOG = /lifekeeper.*\.log/i;
const SYSLOG =
  /^(?:(?:[\w.-]*[._-])?(?:messages|syslog)|localmessages|warn|kern\.log|user\.log|daemon\.log|messages_localwarn)(?:[._-](?:\d[\w.-]*|txt|log|out|old|bak|[\w-]+\.(?:txt|log)))*$/i;
const JOURNAL = /journalctl(?!.*(?:disk-usage|list-boots|verify|vacuum))|^journal\.(?:txt|log)$/i;

export function nameMember(path: string): NamedMember {
  // Zips made on Windows may have backslashes; a name that has one for another reason names nothing known anyway.
  const plain = path.replaceAll('\\', '/').replace(COMPRESSED, '');
  const nested = plain.lastIndexOf('!/');
  const base = plain.slice(plain.lastIndexOf('/') + 1);
  const sos = SOS_FOLDER.exec(nested === -1 ? plain : plain.slice(nested + 2));
  const above = nested === -1 ? '' : plain.slice(0, nested + 2);
  const tailed = base.endsWith('.tailed');
  if (sos !== null) {
    const [, root = '', folder = '', rest = ''] = sos;
    const dotted = tailed ? base.slice(0, -'.tailed'.length) : base;
    const log = folder === 'sos_strings' ? (dotted.split('.log.').pop() ?? dotted) : base;
    return {
      root: join(above, root),
      topic: folder === 'sos_commands' ? sosTopic(rest) : null,
      log: logNamed(log),
      rotation: rotationOf(log),
      tailed,
      anchored: true,
      free: false,
    };
  }
  const name = NODE_FILE.exec(plain)?.[1];
  const elsewhere = name === undefined && NODE_FOLDER.test(plain);
  const log = elsewhere ? null : logNamed(base);
  const root = name === undefined ? folderOf(plain) : join(plain.slice(0, plain.length - name.length));
  return {
    root: root.replace(/\/+$/, ''),
    topic: log !== null || elsewhere ? null : name !== undefined ? file(`/${name}`) : topicOfBasename(base),
    log,
    rotation: rotationOf(base),
    tailed,
    anchored: name !== undefined,
    free: log === null && name === undefined && !elsewhere,
  };
}

/** The interest of extraction in a member whose content has not been seen. */
export function interestIn(member: Member): Interest {
  const { path } = member;
  if (BINARY.test(path)) return 'skip';
  const named = nameMember(path);
  if (named.log !== null || named.topic !== null || /lifekeeper|steeleye|datakeeper|lksupport/i.test(path))
    return 'read';
  if (ARCHIVE.test(path) || SECTIONS.test(path)) return 'read';
  return named.free && TEXT.test(path) ? 'read' : 'if_cheap';
}

const BINARY =
  /\.(journal|rpm|deb|so|ko(?:\.\w+)?|png|jpe?g|gif|ico|pdf|exe|dll|msi|vmdk|iso|core|wasm|pyc)$|(^|\/)([bw]tmp|lastlog|faillog)(-\d+)?$/i;
/** What people name the texts that they put into a bundle themselves; a log may hide under any of them. */
const TEXT = /(^|\/)[^/.]+$|\.(txt|log|out|lst|csv|md)$/i;
const ARCHIVE = /\.(tar|tgz|tbz2?|txz|tzst|zip|gz|bz2|xz|zst)$/i;
const SECTIONS =
  /(^|\/)(basic-environment|rpm|messages|messages_localwarn|messages_config|modules|boot|fs-softraid|hardware|drbd|etc|env|network|systemd|proc|supportconfig|basic-health-check|ntp|sysconfig|plugin-[\w.-]+)\.txt$/;

function join(above: string, root = ''): string {
  return `${above}${root}`.replace(/(\/|!\/)$/, (end) => (end === '!/' ? '!' : ''));
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

function topicOfBasename(base: string): Topic | null {
  const copy = COPIES.find(({ name }) => name.test(base));
  if (copy !== undefined) return file(copy.path);
  const output = OUTPUTS.find(({ name }) => name.test(base));
  return output === undefined ? null : command(output.line);
}

/** `kernel/uname_-a` → `uname -a`: sos writes blanks as `_` and slashes as `.` (sos `Plugin._mangle_command`). */
function sosTopic(rest: string): Topic | null {
  const base = rest.slice(rest.lastIndexOf('/') + 1);
  if (/^sh_-c_rpm_|^rpm_-qa|^package-data$/.test(base)) return command('installed-rpms');
  return command(base.replace(/_/g, ' ').replace(/^(?:\.?usr\.|\.)?s?bin\./, ''));
}

/** The log that a file of this name is; null for any other name. */
export function logNamed(base: string): NamedMember['log'] {
  if (LIFEKEEPER_LOG.test(base) || HOST_LIFEKEEPER_LOG.test(base)) return 'lifekeeper';
  if (SYSLOG.test(base)) return 'syslog';
  return JOURNAL.test(base) ? 'journal' : null;
}

/** `…log` current, `…log.2` second oldest, `…log-20210401` of that day. */
export function rotationOf(base: string): LogMember['rotation'] {
  const date = /[._-](20\d\d)-?(0[1-9]|1[0-2])-?([0-2]\d|3[01])(?:[._-].*)?$/.exec(base);
  if (date !== null) return { kind: 'date', date: `${date[1]}${date[2]}${date[3]}` };
  const index = /\.(\d{1,4})(?:\.(?:log|txt))?$/.exec(base);
  return index?.[1] === undefined ? { kind: 'current' } : { kind: 'index', index: Number(index[1]) };
}
