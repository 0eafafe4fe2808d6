import type { SystemRecord } from '../evidence/evidence.ts';

export type SystemKind = SystemRecord['kind'];

/**
 * Messages of the kernel, systemd, the watchdog and time daemons that tell of the life of a node, by the program
 * that writes them. Texts: Linux `init/version.c` ("Linux version"), `kernel/panic.c`, `drivers/watchdog/softdog.c`;
 * systemd `src/core`, `src/login`, `src/timedate`; `watchdog` daemon; chrony `sys_generic.c`; ntpd `ntp_loopfilter.c`.
 */
const RULES: readonly { programs: readonly string[]; kind: SystemKind; text: RegExp }[] = [
  { programs: ['kernel'], kind: 'boot', text: /(^|\] |: )Linux version \d/ },
  {
    programs: ['kernel'],
    kind: 'crash',
    text: /Kernel panic - not syncing|BUG: unable to handle|\bOops: \d|general protection fault|sysrq: (SysRq : )?(Trigger a crash|Resetting)/i,
  },
  {
    programs: ['kernel'],
    kind: 'watchdog',
    text: /softdog: Initiating (system reboot|panic)|watchdog: watchdog\d+: watchdog did not stop|watchdog timer expired/i,
  },
  {
    programs: ['kernel'],
    kind: 'shutdown',
    text: /(^|\] |: )reboot: (Restarting system|Power down|System halted)/,
  },
  {
    programs: ['systemd'],
    kind: 'shutdown',
    text: /^(Shutting down\.|Reached target (System )?(Shutdown|Reboot|Power-Off|Halt|Unmount All Filesystems)\b.*|Stopping Session c?\d+ of user shutdown)/i,
  },
  { programs: ['systemd-shutdown'], kind: 'shutdown', text: /./ },
  {
    programs: ['systemd-logind'],
    kind: 'shutdown',
    text: /^(System is (rebooting|powering down|halting|powering off)|The system will (reboot|power off))/i,
  },
  {
    programs: ['shutdown', 'init'],
    kind: 'shutdown',
    text: /shutting down for system (reboot|halt)|Switching to runlevel: [06]/i,
  },
  {
    programs: ['watchdog'],
    kind: 'watchdog',
    text: /shutting down the system|test-binary .*(returned|exceeded)|repair binary .*returned|watchdog daemon exiting/i,
  },
  {
    programs: ['systemd', 'systemd-timedated'],
    kind: 'clock_step',
    text: /^(Time has been changed|Changed local time to)/,
  },
  { programs: ['chronyd'], kind: 'clock_step', text: /System clock (was stepped|wrong) by -?\d/ },
  { programs: ['ntpd'], kind: 'clock_step', text: /time (reset|slew) [-+]?\d|time stepped/ },
];

const PROGRAMS: readonly string[] = [...new Set(RULES.flatMap((rule) => rule.programs))];
const SYSTEMD = Buffer.from('systemd');
const LONGEST_PROGRAM = Math.max(...PROGRAMS.map((name) => name.length));
const PROGRAMS_BY_LENGTH: readonly (readonly Buffer[] | undefined)[] = Array.from(
  { length: LONGEST_PROGRAM + 1 },
  (_, length) => {
    const names = PROGRAMS.filter((name) => name.length === length).map((name) => Buffer.from(name));
    return names.length === 0 ? undefined : names;
  },
);

/** The rules by program, so that a line meets only those of the program that wrote it. */
const RULES_OF: ReadonlyMap<string, typeof RULES> = new Map(
  PROGRAMS.map((name) => [name, RULES.filter((rule) => rule.programs.includes(name))]),
);

const LEFT_BRACKET = 0x5b;
const COLON = 0x3a;
const SPACE = 0x20;

/** First letters, in lower case, of the texts of `systemd` that a rule looks at. */
const SYSTEMD_TEXTS: ReadonlySet<number> = new Set(
  ['shu', 'rea', 'sto', 'tim', 'cha'].map((letters) => letterKey(Buffer.from(letters), 0)),
);

/**
 * Whether a syslog line may tell of the node's life, by its bytes alone: the test every such line passes through.
 * Looks at the program's name and, because systemd writes so much, at the first letters of what it says.
 *
 * @param start first byte of `program[pid]: text`
 */
export function mayBeSystemLine(buffer: Buffer, start: number, end: number): boolean {
  let at = start;
  const limit = Math.min(end, start + LONGEST_PROGRAM + 1);
  while (at < limit && buffer[at] !== LEFT_BRACKET && buffer[at] !== COLON) at++;
  const candidates = PROGRAMS_BY_LENGTH[at - start];
  if (candidates === undefined || !candidates.some((name) => startsWith(buffer, start, name))) return false;
  if (at - start !== SYSTEMD.length || buffer[start] !== SYSTEMD[0]) return true;
  while (at < end && buffer[at] !== COLON) at++;
  at++;
  if (buffer[at] === SPACE) at++;
  return at + 3 <= end && SYSTEMD_TEXTS.has(letterKey(buffer, at));
}

function startsWith(buffer: Buffer, start: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index++) if (buffer[start + index] !== name[index]) return false;
  return true;
}

/** Three letters as one number, whatever their case. */
function letterKey(buffer: Buffer, at: number): number {
  return (
    ((buffer[at] ?? 0) | 0x20) * 65_536 +
    ((buffer[at + 1] ?? 0) | 0x20) * 256 +
    ((buffer[at + 2] ?? 0) | 0x20)
  );
}

/**
 * What a syslog line after its stamp and host says of the node's life, or null.
 *
 * @param message `program[pid]: text` or `program: text`
 */
export function systemKindOf(message: string): SystemKind | null {
  const match = /^([\w.-]+)(?:\[\d+\])?: ?(.*)$/s.exec(message);
  if (match === null) return null;
  const [, program = '', text = ''] = match;
  return RULES_OF.get(program)?.find((rule) => rule.text.test(text))?.kind ?? null;
}
