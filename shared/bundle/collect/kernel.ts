import { collector } from './collector.ts';

const NAMES = /^(uname( -\w+)*|uname-release|\/proc\/version|\/proc\/sys\/kernel\/osrelease)$/;

/** `uname -a`: system, host, release. */
const UNAME_ALL = /^Linux (\S+) (\d+\.\d+\.\d+\S*) #/;

/** `/proc/version`, also as the kernel logs it. */
const PROC_VERSION = /^Linux version (\d+\.\d+\.\d+\S*) \(/;

const RELEASE = /^\d+\.\d+\.\d+[\w.+~-]*$/;

/** The running kernel, and the host name that `uname -a` prints beside it. */
export const kernel = collector(NAMES, (facts) => ({
  line(line) {
    const text = line.text.trim();
    const all = UNAME_ALL.exec(text);
    if (all?.[1] !== undefined && all[2] !== undefined) {
      facts.hostname.push({ value: all[1], at: line.at() });
      facts.kernel.running.push({ value: all[2], at: line.at() });
      return;
    }
    const release = PROC_VERSION.exec(text)?.[1] ?? (RELEASE.test(text) ? text : undefined);
    if (release !== undefined) facts.kernel.running.push({ value: release, at: line.at() });
  },
}));
