import { collector } from './collector.ts';

const NAMES = /^(hostname( -[fs])?|uname -n|\/etc\/hostname|\/etc\/HOSTNAME|\/proc\/sys\/kernel\/hostname)$/;

const HOST = /^[A-Za-z0-9](?:[\w.-]{0,252}[A-Za-z0-9])?$/;

/** The node's host name, from the files and commands that print nothing else. */
export const hostname = collector(NAMES, (facts) => {
  let found = false;
  return {
    line(line) {
      const value = line.text.trim();
      if (found || value.startsWith('#') || !HOST.test(value)) return;
      found = true;
      facts.hostname.push({ value, at: line.at() });
    },
  };
});
