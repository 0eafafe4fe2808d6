import type { SystemRecord } from '../evidence/evidence.ts';

export type SystemKind = SystemRecord['kind'];

/**
 * Messages of the kernel, systemd, the watchdog and time daemons that tell of the life of a node, by the program
 * that writes them. Texts: Linux `init/version.c` ("Linux version"), `kernel/panic.c`, `drivers/watchdog/softdog.c`;
 * systemd `src/core`, `src/login`, `src/timedate`; `watchdog` daemon; chrony `sys_generic.c`; ntpd `ntp_loopfilter.c`.
 */
const RULES: readonly { program: RegExp; kind: SystemKind; text: RegExp }[] = [
  { program: /^kernel$/, kind: 'boot', text: /(^|\] |: )Linux version \d/ },
  {
    program: /^kernel$/,
    kind: 'crash',
    text: /Kernel panic - not syncing|BUG: unable to handle|\bOops: \d|general protection fault|sysrq: (SysRq : )?(Trigger a crash|Resetting)/i,
  },
  {
    program: /^kernel$/,
    kind: 'watchdog',
    text: /softdog: Initiating (system reboot|panic)|watchdog: watchdog\d+: watchdog did not stop|watchdog timer expired/i,
  },
  {
    program: /^kernel$/,
    kind: 'shutdown',
    text: /(^|\] |: )reboot: (Restarting system|Power down|System halted)/,
  },
  {
    program: /^systemd$/,
    kind: 'shutdown',
    text: /^(Shutting down\.|Reached target (System )?(Shutdown|Reboot|Power-Off|Halt|Unmount All Filesystems)\b.*|Stopping Session c?\d+ of user shutdown)/i,
  },
  { program: /^systemd-shutdown$/, kind: 'shutdown', text: /./ },
  {
    program: /^systemd-logind$/,
    kind: 'shutdown',
    text: /^(System is (rebooting|powering down|halting|powering off)|The system will (reboot|power off))/i,
  },
  {
    program: /^(shutdown|init)$/,
    kind: 'shutdown',
    text: /shutting down for system (reboot|halt)|Switching to runlevel: [06]/i,
  },
  {
    program: /^watchdog$/,
    kind: 'watchdog',
    text: /shutting down the system|test-binary .*(returned|exceeded)|repair binary .*returned|watchdog daemon exiting/i,
  },
  {
    program: /^(systemd|systemd-timedated)$/,
    kind: 'clock_step',
    text: /^(Time has been changed|Changed local time to)/,
  },
  { program: /^chronyd$/, kind: 'clock_step', text: /System clock (was stepped|wrong) by -?\d/ },
  { program: /^ntpd$/, kind: 'clock_step', text: /time (reset|slew) [-+]?\d|time stepped/ },
];

/** First letters of the programs above: the test every syslog line passes through. */
export function mayBeSystemProgram(firstByte: number): boolean {
  return (
    firstByte === 0x6b ||
    firstByte === 0x73 ||
    firstByte === 0x77 ||
    firstByte === 0x63 ||
    firstByte === 0x6e ||
    firstByte === 0x69
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
  return RULES.find((rule) => rule.program.test(program) && rule.text.test(text))?.kind ?? null;
}
