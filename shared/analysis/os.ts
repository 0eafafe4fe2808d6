import type { OsRelease } from '../evidence/evidence.ts';

/** An operating system as the tables name it. */
export interface OsName {
  readonly id: string;
  /** Dotted: `8.2`, `12.5` for SLES 12 SP5, `8` where nothing more is known. */
  readonly version: string;
  readonly pretty: string;
}

const ALIASES: Readonly<Record<string, string>> = {
  redhat: 'rhel',
  redhatenterpriseserver: 'rhel',
  oracle: 'ol',
  oraclelinux: 'ol',
  oracleserver: 'ol',
  sles_sap: 'sles',
  suse: 'sles',
  opensuse: 'opensuse-leap',
  alma: 'almalinux',
  rockylinux: 'rocky',
};

/** Systems whose `os-release` often names the major release only, while the minor one decides. */
const MINOR_MATTERS = new Set(['rhel', 'centos', 'ol', 'almalinux', 'rocky']);

/** The tables' name of an observed system; null when it has no usable version. */
export function nameOs(observed: OsRelease): OsName | null {
  const raw = observed.id.trim().toLowerCase();
  const id = ALIASES[raw] ?? raw;
  const servicePack = /^\D*(\d+)[\s.-]*SP\s*(\d+)/i.exec(observed.version);
  const version = servicePack
    ? `${servicePack[1]}.${servicePack[2]}`
    : /\d+(?:\.\d+)*/.exec(observed.version)?.[0];
  if (id === '' || version === undefined) return null;
  const stream = id === 'centos' && /\bstream\b/i.test(`${observed.pretty} ${observed.version}`);
  return { id: stream ? 'centos-stream' : id, version, pretty: observed.pretty || `${id} ${version}` };
}

/** Which part of a table an operating system must equal. */
export interface OsPattern {
  readonly id: string;
  readonly version: string;
  readonly exact: boolean;
}

/**
 * Whether the system is the one meant. `refined`: only if its missing minor release is taken from the pattern
 * (CentOS says `8` for all of 8.x); that is a conclusion to be stated, not a fact.
 */
export function osMatches(os: OsName, pattern: OsPattern): 'yes' | 'refined' | 'no' {
  if (os.id !== pattern.id) return 'no';
  const have = os.version.replace(/\.0$/, '').split('.');
  const want = pattern.version.replace(/\.0$/, '').split('.');
  const shared = Math.min(have.length, want.length);
  for (let index = 0; index < shared; index++) {
    if (Number(have[index]) !== Number(want[index])) return 'no';
  }
  if (have.length < want.length) return MINOR_MATTERS.has(os.id) ? 'refined' : 'no';
  // CentOS appends its build date to the minor release: 8.2.2004.
  if (pattern.exact && have.length > want.length && !/^\d{4}$/.test(have[want.length] ?? '')) return 'no';
  return 'yes';
}

const NAMES: Readonly<Record<string, string>> = {
  rhel: 'RHEL',
  centos: 'CentOS',
  'centos-stream': 'CentOS Stream',
  ol: 'Oracle Linux',
  sles: 'SLES',
  'opensuse-leap': 'openSUSE Leap',
  almalinux: 'AlmaLinux',
  rocky: 'Rocky Linux',
  ubuntu: 'Ubuntu',
  debian: 'Debian',
  amzn: 'Amazon Linux',
};

/** A name that reads the same in both languages: `SLES 12 SP4`, `RHEL 8.2`. */
export function osLabel(os: { id: string; version: string }): string {
  const name = NAMES[os.id] ?? os.id;
  const [major, minor] = os.version.split('.');
  return os.id === 'sles' && minor !== undefined ? `${name} ${major} SP${minor}` : `${name} ${os.version}`;
}
