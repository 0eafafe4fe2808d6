import type { SystemRecord } from '../evidence/evidence.ts';

export type SystemKind = SystemRecord['kind'];

/**
 * Messages of the kernel, systemd, the watchdog and time daemons that tell of the life of a node, by the program
 * that writes them. Texts: Linux `init/version.c` ("Linux version"), `kernel/panic.c`, `drivers/watchdog/softdog.c`;
 * systemd `src/core`, `src/login`, `src/timedate`; `watchdog` daemon; chrony `sys_generic.c`; ntpd `ntp_loopfilter.c`.
 *
 * `marks` and `beginnings` are four characters each, in lower case: a text that has none of the marks, or begins with
 * none of the beginnings, in whatever case, cannot match. No marks at all: any text may.
 */
export const RULES: readonly {
  readonly programs: readonly string[];
  readonly kind: SystemKind;
  readonly text: RegExp;
  readonly marks: readonly string[];
  readonly beginnings?: readonly string[];
}[] = [
  { programs: ['kernel'], kind: 'boot', text: /(^|\] |: )Linux version \d/, marks: ['x ve'] },
  {
    programs: ['kernel'],
    kind: 'crash',
    text: /Kernel panic - not syncing|BUG: unable to handle|\bOops: \d|general protection fault|sysrq: (SysRq : )?(Trigger a crash|Resetting)/i,
    marks: ['pani', 'bug:', 'oops', 'l pr', 'ysrq'],
  },
  {
    programs: ['kernel'],
    kind: 'watchdog',
    text: /softdog: Initiating (system reboot|panic)|watchdog: watchdog\d+: watchdog did not stop|watchdog timer expired/i,
    marks: ['ftdo', 'chdo'],
  },
  {
    programs: ['kernel'],
    kind: 'shutdown',
    text: /(^|\] |: )reboot: (Restarting system|Power down|System halted)/,
    marks: ['oot:'],
  },
  {
    programs: ['systemd'],
    kind: 'shutdown',
    text: /^(Shutting down\.|Reached target (System )?(Shutdown|Reboot|Power-Off|Halt|Unmount All Filesystems)\b.*|Stopping Session c?\d+ of user shutdown)/i,
    marks: ['shut', 'rebo', 'powe', 'halt', 'unmo'],
    beginnings: ['shut', 'reac', 'stop'],
  },
  { programs: ['systemd-shutdown'], kind: 'shutdown', text: /./, marks: [] },
  {
    programs: ['systemd-logind'],
    kind: 'shutdown',
    text: /^(System is (rebooting|powering down|halting|powering off)|The system will (reboot|power off))/i,
    marks: ['rebo', 'powe', 'halt'],
    beginnings: ['syst', 'the '],
  },
  {
    programs: ['shutdown', 'init'],
    kind: 'shutdown',
    text: /shutting down for system (reboot|halt)|Switching to runlevel: [06]/i,
    marks: ['shut', 'runl'],
  },
  {
    programs: ['watchdog'],
    kind: 'watchdog',
    text: /shutting down the system|test-binary .*(returned|exceeded)|repair binary .*returned|watchdog daemon exiting/i,
    marks: ['shut', 'bina', 'chdo'],
  },
  {
    programs: ['systemd', 'systemd-timedated'],
    kind: 'clock_step',
    text: /^(Time has been changed|Changed local time to)/,
    marks: ['chan'],
    beginnings: ['time', 'chan'],
  },
  {
    programs: ['chronyd'],
    kind: 'clock_step',
    text: /System clock (was stepped|wrong) by -?\d/,
    marks: ['cloc'],
  },
  {
    programs: ['ntpd'],
    kind: 'clock_step',
    text: /time (reset|slew) [-+]?\d|time stepped/,
    marks: ['me r', 'me s'],
  },
];

/** The programs of the rules. */
export const PROGRAMS: readonly string[] = [...new Set(RULES.flatMap((rule) => rule.programs))];

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

/**
 * Whether a syslog line is of a program that has rules, by its bytes alone.
 *
 * @param start first byte of `program[pid]: text`
 */
export function isOfProgramWithRules(buffer: Buffer, start: number, end: number): boolean {
  let at = start;
  const limit = Math.min(end, start + LONGEST_PROGRAM + 1);
  while (at < limit && buffer[at] !== LEFT_BRACKET && buffer[at] !== COLON) at++;
  return PROGRAMS_BY_LENGTH[at - start]?.some((name) => startsWith(buffer, start, name)) === true;
}

function startsWith(buffer: Buffer, start: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index++) if (buffer[start + index] !== name[index]) return false;
  return true;
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
