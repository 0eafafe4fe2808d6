import { collector } from './collector.ts';

const KEYS =
  /^(test-binary|test-timeout|repair-binary|repair-timeout|interval|watchdog-device|watchdog-timeout|realtime|priority|ping|file|max-load-1)$/;

/** `/etc/watchdog.conf`: `key = value`. */
export const watchdogConfig = collector(/^\/etc\/watchdog\.conf$/, (facts, start) => {
  facts.watchdog.files.push(start());
  return {
    line(line) {
      const match = /^\s*([a-z0-9-]+)\s*=\s*(\S.*?)\s*$/.exec(line.text);
      if (match?.[1] === undefined || match[2] === undefined || !KEYS.test(match[1])) return;
      facts.watchdog.values.push({ value: { key: match[1], value: match[2] }, at: line.at() });
    },
  };
});

/** Listings of services: `systemctl list-unit-files`, `list-units`, `chkconfig --list`. */
export const serviceListing = collector(
  /^(systemctl\b(?!.*\b(status|show|cat|is-\w+|list-dependencies|list-timers)\b).*|chkconfig( --list)?.*)$/,
  (facts) => ({
    line(line) {
      const unit = /^[●*\s]*watchdog\.service\s+(\S+)(?:\s+(\S+))?/.exec(line.text);
      if (unit?.[1] !== undefined) {
        const value = unit[1] === 'loaded' || unit[1] === 'not-found' ? unit[2] : unit[1];
        if (value !== undefined && value !== '-') facts.watchdog.service.push({ value, at: line.at() });
        return;
      }
      const runlevels = /^watchdog\s+(?:0:\S+\s.*\b3:(on|off)\b|(on|off)\s*$)/.exec(line.text);
      const state = runlevels?.[1] ?? runlevels?.[2];
      if (state !== undefined)
        facts.watchdog.service.push({ value: state === 'on' ? 'enabled' : 'disabled', at: line.at() });
    },
  }),
);

/** `systemctl status watchdog` and its short forms. */
export const watchdogService = collector(
  /^(systemctl (status|is-enabled|is-active) watchdog(\.service)?.*|service watchdog status)$/,
  (facts) => ({
    line(line) {
      const text = line.text.trim();
      const loaded = /^Loaded: (?:loaded \([^;]*; ?([a-z-]+)|(not-found|masked))/.exec(text);
      const active = /^Active: ([a-z]+)/.exec(text);
      const word = /^(enabled|disabled|active|inactive|failed|static|masked)$/.exec(text);
      const value = loaded?.[1] ?? loaded?.[2] ?? active?.[1] ?? word?.[1];
      if (value !== undefined) facts.watchdog.service.push({ value, at: line.at() });
    },
  }),
);
