import { STATUS_HEADING } from './collect/lcdstatus.ts';
import { releaseLine } from './collect/os_release.ts';
import { packageLine } from './collect/packages.ts';
import { command, file, type Topic } from './topic.ts';

/** A stretch of a member that is one thing: a section of a supportconfig file. */
export interface Section {
  readonly topic: Topic | null;
  /** The label as printed, without what the collector adds: `/var/log/messages`, `/bin/uname -a`. */
  readonly label: string;
  /** The collector kept only the end of the file. */
  readonly tailed: boolean;
}

/** First line of a section of supportconfig: `#==[ Command ]======…#`. */
export const SECTION_MARK = /^#==\[ (.+?) \]=*#?$/;

/** Whether the head of a member says that it is cut into sections by supportconfig. */
export function isSectioned(head: string): boolean {
  return /^\s*Support Utilities - Supportconfig/m.test(head) || /^#==\[ [^\]\n]{1,40} \]=/m.test(head);
}

/**
 * The section that a mark's type and its label line (`# /bin/uname -a`) begin; null when the line is no label.
 * Grammar: supportutils, `bin/supportconfig`, functions `log_cmd`, `conf_files` and `log_files`.
 */
export function sectionOf(type: string, line: string): Section | null {
  const printed = /^# (.*?)\s*$/.exec(line)?.[1];
  if (printed === undefined) return null;
  if (/ - File not found$/.test(printed)) return { topic: null, label: printed, tailed: false };
  const label = printed.replace(/ - Last \d+ Lines$/i, '').replace(/ - \d+ Lines$/i, '');
  const tailed = label !== printed;
  if (type === 'Command' || type === 'Verification') return { topic: typedCommand(label), label, tailed };
  if (label.startsWith('/')) return { topic: file(label), label, tailed };
  return { topic: command(label.toLowerCase()), label, tailed };
}

/** A command line as typed, as a topic: without folders, `sudo` and settings; `cat FILE` is the file. */
export function typedCommand(line: string): Topic {
  const plain = line
    .trim()
    .replace(/^(?:sudo\s+|env\s+|LANG=\S*\s+|LC_ALL=\S*\s+)*/, '')
    .replace(/^\S*\//, '');
  const path = /^(?:cat|less|more|head|tail)\s+(\/\S+)$/.exec(plain)?.[1];
  return path === undefined ? command(plain) : file(path);
}

/** What was typed at a shell prompt, the host being part of most prompts. */
export interface Typed {
  /** Null where the line names no host. */
  readonly host: string | null;
  readonly topic: Topic;
  /** The line is a prompt for certain, whatever was typed; else only if the command is a known one. */
  readonly certain: boolean;
}

/** `[root@node1 ~]# …` and `root@node1:~# …`. */
const PROMPTS: readonly RegExp[] = [
  /^\[\w[\w.-]*@([A-Za-z0-9][\w.-]*) [^\]]*\][#$] +(\S.*)$/,
  /^\w[\w.-]*@([A-Za-z0-9][\w.-]*):[~/][^\s#$]*[#$] +(\S.*)$/,
];

/** The prompt of SLES: `node1:~ # …`. */
const SHORT_PROMPT = /^([A-Za-z][\w-]*):[~/]\S* *[#>] +(\S.*)$/;

/** `# uname -r`, `=== uname -r ===` and the like: a heading without a host. */
const HEADING = /^(?:[#$>%]|[-=*#+]{2,80})\s+(\/?[a-z][^=*]*?)\s*[-=*#+]*$/;

/** What a line of a pasted session says was typed; null for any other line. */
export function typedIn(line: string): Typed | null {
  for (const prompt of PROMPTS) {
    const [, host, typed] = prompt.exec(line) ?? [];
    if (host !== undefined && typed !== undefined) return { host, topic: typedCommand(typed), certain: true };
  }
  const [, host, typed] = SHORT_PROMPT.exec(line) ?? [];
  if (host !== undefined && typed !== undefined) return { host, topic: typedCommand(typed), certain: false };
  const heading = HEADING.exec(line)?.[1];
  // A comment `# hostname` stands in many a file, and any word may follow it.
  if (heading === undefined || /^[#$>%]\s+hostname$/.test(line)) return null;
  return { host: null, topic: typedCommand(heading), certain: false };
}

/** Outputs that are known by their own form, whatever the member is called. */
const FORMS: readonly { test: (line: string) => boolean; topic: Topic }[] = [
  {
    test: (line) => STATUS_HEADING.test(line) || /\bto machine=\S+\s+type=/.test(line),
    topic: command('lcdstatus'),
  },
  { test: (line) => /^Linux \S+ \d+\.\d+\.\d+\S* #\d/.test(line), topic: command('uname-line') },
  { test: (line) => /^filename:\s+\S*\/raid1\.ko/.test(line), topic: command('modinfo raid1') },
  { test: (line) => /^(NAME|PRETTY_NAME)="/.test(line), topic: file('/etc/os-release') },
  { test: (line) => releaseLine(line) !== null, topic: file('/etc/system-release') },
  { test: (line) => /^SUSE Linux Enterprise Server \d+ \(/.test(line), topic: file('/etc/SuSE-release') },
  { test: (line) => /^Personalities :/.test(line), topic: file('/proc/mdstat') },
  { test: (line) => /^\s*Time zone: \S+\/\S+ \(/.test(line), topic: command('timedatectl') },
  {
    test: (line) => /EventType: .*Source: (LifeKeeper|DataKeeper|ExtMirr)/i.test(line),
    topic: command('windows-events'),
  },
  { test: (line) => /^(Host Name|ホスト名)\s*[:：]/.test(line), topic: command('systeminfo') },
  {
    test: (line) => /(DataKeeper|LifeKeeper|SIOS).*Windows.*\d+\.\d+/i.test(line),
    topic: command('windows-product'),
  },
  { test: (line) => packageLine(line)?.arch != null, topic: command('rpm -qa') },
];

/** A cheap test that nearly every line of another kind fails. */
const MAY_BE_FORM =
  /^(?:BACKUP|LOCAL|MACHINE|Resource|LifeKeeper|Communication|Linux |filename|NAME=|PRETTY|SUSE|Personalities|Host|ホスト)| release \d|to machine=|Time zone:|EventType|Windows|[\w.+]-\d.*\.(?:x86_64|noarch|i686)/;

/** The topic that the form of a line gives away; null for most lines. */
export function topicByForm(line: string): Topic | null {
  return MAY_BE_FORM.test(line) ? (FORMS.find(({ test }) => test(line))?.topic ?? null) : null;
}
