import type { Facts, Package } from '../../evidence/evidence.ts';
import type { Place } from '../../evidence/place.ts';
import { collector, type FactLine, type FactReader } from './collector.ts';

const NAMES =
  /^(rpm\b.* -{1,2}(qa|query|qi|q)\b.*|installed-rpms|(yum|dnf)\b.* list\b.*|zypper\b.* (se|search|packages)\b.*)$/;

const ARCH = 'x86_64|i[3-6]86|noarch|aarch64|ppc64le|ppc64|s390x|src|\\(none\\)';

/** `name-version-release[.arch]`, then blanks or a tab and perhaps the time of installation. */
const NEVRA = new RegExp(
  `^([A-Za-z0-9][\\w.+-]*?)-(?:\\d+:)?([\\w.+~^]+)-([\\w.+~^]+?)(?:\\.(${ARCH}))?(?:\\s+(\\S.*))?$`,
);

/** `yum list installed`: `name.arch  [epoch:]version-release  @repository`. */
const LISTED = new RegExp(
  `^([A-Za-z0-9][\\w.+-]*)\\.(${ARCH})\\s+(?:\\d+:)?([\\w.+~^]+)-([\\w.+~^]+)\\s+@?\\S+$`,
);

/** supportconfig's `rpm.txt`: name, distribution, version-release in columns. */
const COLUMNS = /^([A-Za-z0-9][\w.+-]*)\s{2,}.*\s([\w.+~^]+)-([\w.+~^]+)\s*$/;

const KERNEL =
  /^kernel(-(core|default|default-base|uek|uek-core|azure|rt|rt-core|preempt|debug|debug-core|xen|lt|ml|PAE|smp))?$/;

/** Packages that a verdict or a fencing check may rest on. */
const WANTED =
  /^(steeleye|sios|lifekeeper|HADR|drbd|kmod-drbd|kmod-raid1|watchdog$|fence-agents|ipmitool|pacemaker$|corosync$)/i;

/**
 * No system is without one of each line. A list that has them all is a whole list, not the output of a `grep` or
 * the first page of one: in a sorted list the last of them come after `steeleye`.
 */
const BASE: readonly (readonly string[])[] = [
  ['bash'],
  ['glibc'],
  ['rpm'],
  ['systemd', 'sysvinit', 'upstart', 'initscripts'],
  ['util-linux', 'util-linux-ng'],
];

const BASE_NAMES = new Set(BASE.flat());

/** One line of a package list in any of the known forms; null when it is none. */
export function packageLine(text: string): Package | null {
  const listed = LISTED.exec(text);
  if (listed !== null) {
    const [, name = '', arch = '', version = '', release = ''] = listed;
    return { name, version, release, arch, installedAt: null };
  }
  const nevra = NEVRA.exec(text);
  if (nevra !== null && (nevra[4] !== undefined || nevra[5] === undefined || isTime(nevra[5]))) {
    const [, name = '', version = '', release = '', arch, rest] = nevra;
    if (!/\d/.test(version)) return null;
    return {
      name,
      version,
      release,
      arch: arch ?? null,
      installedAt: rest === undefined ? null : timeIn(rest),
    };
  }
  const columns = COLUMNS.exec(text);
  if (columns === null) return null;
  const [, name = '', version = '', release = ''] = columns;
  return { name, version, release, arch: null, installedAt: null };
}

/** The time of installation as `rpm` prints it, up to a tab. */
function timeIn(rest: string): string | null {
  const text = (rest.split('\t')[0] ?? '').trim();
  return isTime(text) ? text : null;
}

function isTime(text: string): boolean {
  return /\d{1,2}[:時]\d\d/.test(text) && /\d{4}/.test(text);
}

class PackageList implements FactReader {
  readonly #facts: Facts;
  readonly #names = new Set<string>();
  #first: Place | null = null;
  /** `rpm -qi` prints one field a line. */
  #name: string | null = null;
  #version = '';
  #release = '';
  #installed: string | null = null;
  #nameAt: Place | null = null;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  line(line: FactLine): void {
    const text = line.text.trimEnd();
    const field = /^(Name|Version|Release|Install Date|Architecture)\s*:\s*(\S.*)$/.exec(text);
    if (field?.[1] !== undefined && field[2] !== undefined) {
      this.#field(field[1], field[2].trim(), line);
      return;
    }
    const value = packageLine(text);
    if (value === null) return;
    this.#first ??= line.at();
    if (BASE_NAMES.has(value.name)) this.#names.add(value.name);
    this.#add(value, line.at.bind(line));
  }

  end(whole: boolean): void {
    this.#close();
    const complete = BASE.every((names) => names.some((name) => this.#names.has(name)));
    if (whole && complete && this.#first !== null) this.#facts.packages.lists.push(this.#first);
  }

  #add(value: Package, at: () => Place): void {
    if (KERNEL.test(value.name)) this.#facts.kernel.installed.push({ value, at: at() });
    else if (WANTED.test(value.name)) this.#facts.packages.seen.push({ value, at: at() });
  }

  #field(key: string, value: string, line: FactLine): void {
    if (key === 'Name') {
      this.#close();
      this.#name = value.split(/\s/)[0] ?? value;
      this.#nameAt = line.at();
    } else if (key === 'Version') this.#version = value.split(/\s/)[0] ?? value;
    else if (key === 'Release') this.#release = value.split(/\s/)[0] ?? value;
    else if (key === 'Install Date') this.#installed = value.replace(/\s{2,}.*$/, '');
  }

  #close(): void {
    const at = this.#nameAt;
    if (this.#name !== null && at !== null && this.#version !== '') {
      const value = {
        name: this.#name,
        version: this.#version,
        release: this.#release,
        arch: null,
        installedAt: this.#installed,
      };
      this.#add(value, () => at);
    }
    this.#name = null;
    this.#version = '';
    this.#release = '';
    this.#installed = null;
  }
}

/** Installed packages, reduced to the kernel and what the advisories ask for. */
export const packages = collector(NAMES, (facts) => new PackageList(facts));
