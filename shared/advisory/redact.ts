import type { Analysis } from '../analysis/analysis.ts';

/** Which kinds of names a rendered advisory replaces by pseudonyms. */
export interface Redaction {
  hosts?: boolean;
  addresses?: boolean;
  users?: boolean;
}

export type RedactedKind = 'host' | 'address' | 'user';

/** What redaction replaced; it never holds an original. */
export interface Receipt {
  kinds: readonly RedactedKind[];
  /** Each pseudonym with the number of places in the analysis it stands in now. */
  replaced: readonly { kind: RedactedKind; pseudonym: string; count: number }[];
  /** True when free text of an operator was left out. */
  commentsWithheld: boolean;
}

/** Fields that hold codes of the contract or of the knowledge, never text of a bundle. */
const CODES: ReadonlySet<string> = new Set([
  'schemaVersion',
  'knowledge',
  'timezone',
  'sha256',
  'format',
  'layout',
  'status',
  'code',
  'advisory',
  'verdict',
  'reason',
  'row',
  'operator',
  'form',
  'state',
  'yearFrom',
  'measure',
  'procedure',
  'step',
  'rule',
  'severity',
  'risk',
  'riskOfAction',
  'outcome',
  'kind',
  'message',
  'dataRisk',
  'datakeeper',
]);

/** Fields and parameters whose values name a host. */
const HOST_FIELDS =
  /^(hostname|missingNodes|node|nodes|host|hosts|peer|peers|source|sources|target|targets|suspectNodes|first|second)$/;

/** `[stamp] host proc[pid]:` of a log line; also after the file prefix of grep. */
const LOG_HOST =
  /^(?:[A-Z][a-z]{2}\s+\d{1,2} \d{2}:\d{2}:\d{2} |\d{4}-\d{2}-\d{2}T\S+ )?([A-Za-z0-9][A-Za-z0-9._-]*) [^\s[]+\[\d+\]: /;
const UNAME_HOST = /^Linux (?!version )([A-Za-z0-9][A-Za-z0-9._-]*) \d+\.\d+/;

const IPV4 = /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d)/g;
const MAC = /(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])/g;
/** Eight groups, or fewer with `::`; at least two groups, so that a time of day is none. */
const IPV6 =
  /(?<![0-9A-Za-z:.])(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6}|::(?:[0-9A-Fa-f]{1,4}:){0,6}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,7}:)(?![0-9A-Za-z:])/g;

const EMAIL = /[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g;
const USER_IN_TEXT =
  /(?:\b(?:r?user|USER|logname|LOGNAME|login|SUDO_USER)=|\bfor user |\buser |\/home\/|\buid=\d+\()([A-Za-z_][A-Za-z0-9_.-]{1,31})(?=[\s/;,)]|$)/g;
/** Accounts every system has: they tell nothing of a person. */
const SYSTEM_USERS = new Set(['root', 'nobody', 'daemon', 'lifekeeper', 'unknown', 'uid']);

/** File name endings that a host name may stand before; anything else after a dot is its domain. */
const DOMAIN = String.raw`(?:(?:\.[A-Za-z0-9][A-Za-z0-9-]*)*\.(?!(?:log|txt|gz|xz|bz2|zip|tar|tgz|zst|json|conf|old|out)\b)[A-Za-z]{2,})?`;

/**
 * Replaces names in an analysis before it is rendered. The verdicts were reached on the original; the copy serves
 * every format, so a name has one pseudonym in all of them and on all nodes. Pseudonyms are numbered by order of
 * appearance and do not depend on the language or the format.
 *
 * Byte offsets and lengths of evidence stay those of the original bundle.
 */
export function redact(
  analysis: Analysis,
  redaction: Redaction,
): { analysis: Analysis; receipt: Receipt; text(value: string): string; again(other: Analysis): Analysis } {
  const names = new Pseudonyms();
  const rules: ((text: string) => string)[] = [];
  if (redaction.hosts === true) rules.push(hostRule(analysis, names));
  if (redaction.addresses === true) {
    rules.push((text) =>
      text.replace(MAC, (found) => names.of('address', found.toLowerCase().replaceAll('-', ':'))),
    );
    rules.push((text) => text.replace(IPV4, (found) => names.of('address', found)));
    rules.push((text) => text.replace(IPV6, (found) => names.of('address', found.toLowerCase())));
  }
  if (redaction.users === true) rules.push(userRule(analysis, names));
  const text = (value: string) => rules.reduce((done, rule) => rule(done), value);
  const again = (other: Analysis) => ({
    ...(mapStrings(other, text) as Analysis),
    confirmations: other.confirmations.map((confirmation) => ({
      ...(mapStrings(confirmation, text) as typeof confirmation),
      comment:
        redaction.users === true ? null : confirmation.comment === null ? null : text(confirmation.comment),
    })),
  });
  names.reset();
  const redacted = again(analysis);
  return {
    analysis: redacted,
    receipt: {
      kinds: [
        ...(redaction.hosts === true ? (['host'] as const) : []),
        ...(redaction.addresses === true ? (['address'] as const) : []),
        ...(redaction.users === true ? (['user'] as const) : []),
      ],
      replaced: names.counted(),
      commentsWithheld:
        redaction.users === true &&
        analysis.confirmations.some((confirmation) => confirmation.comment !== null),
    },
    text,
    again,
  };
}

class Pseudonyms {
  readonly #given = new Map<string, { kind: RedactedKind; pseudonym: string; count: number }>();
  readonly #next: Record<RedactedKind, number> = { host: 1, address: 1, user: 1 };

  of(kind: RedactedKind, original: string): string {
    const key = `${kind} ${original}`;
    const known = this.#given.get(key);
    if (known !== undefined) {
      known.count += 1;
      return known.pseudonym;
    }
    const prefix = { host: 'host', address: 'addr', user: 'user' }[kind];
    const pseudonym = `${prefix}-${this.#next[kind]}`;
    this.#next[kind] += 1;
    this.#given.set(key, { kind, pseudonym, count: 1 });
    return pseudonym;
  }

  /** Starts counting anew, keeping the pseudonyms given. */
  reset(): void {
    for (const entry of this.#given.values()) entry.count = 0;
  }

  counted(): { kind: RedactedKind; pseudonym: string; count: number }[] {
    return [...this.#given.values()].filter((entry) => entry.count > 0);
  }
}

function hostRule(analysis: Analysis, names: Pseudonyms): (text: string) => string {
  const found = hostNames(analysis);
  const short = (name: string) => {
    const lower = name.toLowerCase();
    return found.find((other) => lower.startsWith(`${other.toLowerCase()}.`))?.toLowerCase() ?? lower;
  };
  for (const name of found) names.of('host', short(name));
  if (found.length === 0) return (text) => text;
  const longestFirst = [...found].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    `(?<![A-Za-z0-9])(${longestFirst.map(escapePattern).join('|')})${DOMAIN}(?![A-Za-z0-9])`,
    'gi',
  );
  return (text) => text.replace(pattern, (_match, name: string) => names.of('host', short(name)));
}

/** Every host name the analysis shows, in order of appearance, nodes of the case first. */
function hostNames(analysis: Analysis): string[] {
  const seen = new Map<string, string>();
  const add = (name: string) => {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]+$/.test(name) && !/^\d+$/.test(name) && !seen.has(name.toLowerCase()))
      seen.set(name.toLowerCase(), name);
  };
  for (const node of analysis.nodes) {
    add(node.hostname);
    if (!/^unknown-\d+$/.test(node.id)) add(node.id);
  }
  for (const name of analysis.missingNodes) add(name);
  visit(analysis, (key, value) => {
    if (HOST_FIELDS.test(key)) add(value);
    if (key === 'text') {
      const host = LOG_HOST.exec(value)?.[1] ?? UNAME_HOST.exec(value)?.[1];
      if (host !== undefined) add(host);
    }
  });
  return [...seen.values()];
}

function userRule(analysis: Analysis, names: Pseudonyms): (text: string) => string {
  const users = new Set<string>();
  const add = (name: string) => {
    if (name.trim() !== '' && !SYSTEM_USERS.has(name.toLowerCase())) users.add(name);
  };
  for (const { by } of analysis.confirmations) add(by);
  visit(analysis, (key, value) => {
    if (key === 'by') add(value);
    if (key !== 'text') return;
    for (const match of value.matchAll(USER_IN_TEXT)) add(match[1] ?? '');
  });
  for (const name of users) names.of('user', name);
  const longestFirst = [...users].sort((a, b) => b.length - a.length);
  const pattern =
    longestFirst.length === 0
      ? null
      : new RegExp(`(?<![A-Za-z0-9])(${longestFirst.map(escapePattern).join('|')})(?![A-Za-z0-9])`, 'g');
  return (text) => {
    const withoutMail = text.replace(EMAIL, (found) => names.of('user', found.toLowerCase()));
    return pattern === null
      ? withoutMail
      : withoutMail.replace(pattern, (_match, name: string) => names.of('user', name));
  };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** Calls back with every string of a value and the field it is in; codes are left out. */
function visit(value: unknown, found: (key: string, text: string) => void, key = ''): void {
  if (typeof value === 'string') found(key, value);
  else if (Array.isArray(value)) for (const item of value) visit(item, found, key);
  else if (value !== null && typeof value === 'object')
    for (const [name, item] of Object.entries(value)) if (!CODES.has(name)) visit(item, found, name);
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, CODES.has(name) ? item : mapStrings(item, change)]),
    );
  return value;
}
