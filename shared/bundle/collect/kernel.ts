import type { Facts } from '../../evidence/evidence.ts';
import { collector, type FactLine } from './collector.ts';

/** `uname -a`: system, host, release. */
const UNAME_ALL = /^Linux (\S+) (\d+\.\d+\.\d+\S*) #\d/;

/** `/proc/version`. */
const PROC_VERSION = /^Linux version (\d+\.\d+\.\d+\S*) \(/;

const RELEASE = /^\d+\.\d+\.\d+[\w.+~-]*$/;

function readUnameAll(facts: Facts, line: FactLine): boolean {
  const [, host, release] = UNAME_ALL.exec(line.text.trim()) ?? [];
  if (host === undefined || release === undefined) return false;
  facts.hostname.push({ value: host, at: line.at() });
  facts.kernel.running.push({ value: release, at: line.at() });
  return true;
}

/** The running kernel, and the host name that `uname -a` prints beside it. */
export const kernel = collector(
  /^(uname( -\w+)*|\/proc\/version|\/proc\/sys\/kernel\/osrelease)$/,
  (facts) => ({
    line(line) {
      if (readUnameAll(facts, line)) return;
      const text = line.text.trim();
      const release = PROC_VERSION.exec(text)?.[1] ?? (RELEASE.test(text) ? text : undefined);
      if (release !== undefined) facts.kernel.running.push({ value: release, at: line.at() });
    },
  }),
);

/** The output of `uname -a` where nothing but its form tells what it is. */
export const unameLine = collector(/^uname-line$/, (facts) => ({
  line(line) {
    readUnameAll(facts, line);
  },
}));
