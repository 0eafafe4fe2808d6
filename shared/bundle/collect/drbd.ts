import { collector } from './collector.ts';

/** DRBD resources in use: `/proc/drbd` (8.4), `drbdadm status` (9), and the resource files. */
export const drbd = collector(
  /^(\/proc\/drbd|drbd-overview|drbdadm status.*|drbdsetup status.*|\/etc\/drbd\.(conf|d\/[^/]+\.res))$/,
  (facts) => ({
    line(line) {
      const { text } = line;
      const minor = /^\s*(\d+): cs:(\w+)/.exec(text);
      const name =
        minor?.[1] !== undefined && minor[2] !== 'Unconfigured'
          ? `drbd${minor[1]}`
          : (/^(\S+) role:\w+/.exec(text)?.[1] ?? /^\s*resource\s+"?([\w.-]+)"?\s*\{?\s*$/.exec(text)?.[1]);
      if (name !== undefined) facts.drbd.push({ value: name, at: line.at() });
    },
  }),
);
