import type { Facts } from '../../evidence/evidence.ts';
import type { Place } from '../../evidence/place.ts';
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

/**
 * The running kernel, and the host name that `uname -a` prints beside it. A text with several bare releases is a
 * list of kernels, whatever its name: which of them runs, it does not say.
 */
export const kernel = collector(
  /^(uname( -\w+)*|\/proc\/version|\/proc\/sys\/kernel\/osrelease)$/,
  (facts) => {
    const bare = new Map<string, Place>();
    return {
      line(line) {
        if (readUnameAll(facts, line)) return;
        const text = line.text.trim();
        const release = PROC_VERSION.exec(text)?.[1];
        if (release !== undefined) facts.kernel.running.push({ value: release, at: line.at() });
        else if (bare.size < 2 && RELEASE.test(text) && !bare.has(text)) bare.set(text, line.at());
      },
      end() {
        if (bare.size === 1) for (const [value, at] of bare) facts.kernel.running.push({ value, at });
      },
    };
  },
);

/** The output of `uname -a` where nothing but its form tells what it is. */
export const unameLine = collector(/^uname-line$/, (facts) => ({
  line(line) {
    readUnameAll(facts, line);
  },
}));
