import { MAX_RECORDS_PER_ID, MAX_ROUTINE_RECORDS_PER_ID } from '../evidence/bounds.ts';
import type { Facts, LogRecord, NodeEvidence } from '../evidence/evidence.ts';
import { noFacts } from '../evidence/no_facts.ts';
import type { MemberFindings } from './member.ts';

/**
 * Puts the findings of a bundle's members together, one part per node.
 *
 * Who a part belongs to is told by content: host name files and commands, else the host field of its logs. The
 * members under one node root (`…/etc/hostname`, a sosreport, a supportconfig) stay together whatever they name.
 * Members that lie in a folder by hand are one part if they name one host and several if they name several; what
 * names none goes to the only host of its folder or of the folders above, or to the host that its file name
 * names. Where that leaves a choice, it stays a part of its own: a kernel is never given to a node by guess.
 *
 * @param bare true when the bundle is no archive but one file
 */
export function nodeParts(
  findings: readonly MemberFindings[],
  bare: boolean,
  bundleName: string,
): NodeEvidence[] {
  const useful = findings.filter(
    (found) => found.logs.length > 0 || (found.facts !== null && hasFacts(found.facts)),
  );
  const drafts = assignStrays(mergeSameHost(withoutInnerSystems(splitRoots(useful))));
  return drafts
    .map((draft) => evidenceOf(draft, bare, bundleName))
    .sort((a, b) => (a.root < b.root ? -1 : a.root > b.root ? 1 : 0));
}

/** A node part in the making. */
interface Draft {
  root: string;
  /** Short host name in lower case; null when nothing names it. */
  host: string | null;
  /** Its members lie under a certain node root, so it is not merged with another. */
  anchored: boolean;
  findings: MemberFindings[];
}

function shortName(host: string): string {
  const lower = host.toLowerCase();
  return /^[\d.]+$/.test(lower) ? lower : (lower.split('.')[0] ?? lower);
}

/** Names that every machine has are no identity. */
function isIdentity(host: string): boolean {
  return host !== '' && host !== 'localhost' && host !== '(none)';
}

/** The host that a member's facts name; else the one that most lines of its logs come from. */
function hostOf(found: MemberFindings): string | null {
  for (const { value } of found.facts?.hostname ?? []) {
    const host = shortName(value);
    if (isIdentity(host)) return host;
  }
  return logHostOf(found);
}

function logHostOf(found: MemberFindings): string | null {
  const lines = new Map<string, number>();
  for (const log of found.logs) {
    for (const { name, lines: count } of log.hosts) {
      const host = shortName(name);
      if (isIdentity(host)) lines.set(host, (lines.get(host) ?? 0) + count);
    }
  }
  let most: string | null = null;
  for (const [host, count] of lines) if (most === null || count > (lines.get(most) ?? 0)) most = host;
  return most;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** One draft per root, and per host where a root's members are of several hosts. */
function splitRoots(findings: readonly MemberFindings[]): Draft[] {
  return [...groupBy(findings, ({ named }) => named.root)].flatMap(([root, group]) => splitRoot(root, group));
}

function splitRoot(root: string, group: readonly MemberFindings[]): Draft[] {
  const anchors = group.filter(({ named, sectioned }) => named.anchored || sectioned);
  const named = anchors.find((found) =>
    (found.facts?.hostname ?? []).some(({ value }) => isIdentity(shortName(value))),
  );
  const owner = named === undefined ? null : hostOf(named);
  const staying = owner === null ? [] : anchors;
  const drafts = new Map<string | null, MemberFindings[]>();
  if (owner !== null) drafts.set(owner, [...staying]);
  const nameless: MemberFindings[] = [];
  for (const found of group) {
    if (staying.includes(found)) continue;
    const host = hostOf(found);
    if (host === null) nameless.push(found);
    else drafts.set(host, [...(drafts.get(host) ?? []), found]);
  }
  const hosts = [...drafts.keys()].filter((host) => host !== null);
  for (const found of nameless) {
    const host = owner ?? (hosts.length === 1 ? (hosts[0] ?? null) : hostInName(found.path, hosts));
    drafts.set(host, [...(drafts.get(host) ?? []), found]);
  }
  return [...drafts].map(([host, members]) => ({
    root: host === owner || drafts.size === 1 ? root : commonFolder(members),
    host,
    anchored: host === owner && anchors.length > 0,
    findings: members,
  }));
}

/** The only one of the hosts that a path names as a word of its own; null when none or several are. */
function hostInName(path: string, hosts: readonly string[]): string | null {
  const words = path.toLowerCase();
  const found = hosts.filter((host) => {
    const at = words.lastIndexOf(host);
    return (
      at !== -1 && !/[a-z0-9]/.test(words.charAt(at - 1)) && !/[a-z0-9]/.test(words.charAt(at + host.length))
    );
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}

/**
 * Leaves out the facts of systems inside a node's own tree (containers, old copies of `/etc`): they look like a
 * node, but are not the one that runs. Logs stay.
 */
function withoutInnerSystems(drafts: readonly Draft[]): Draft[] {
  const roots = drafts.filter(({ anchored, host }) => anchored && host !== null).map(({ root }) => root);
  return drafts.flatMap((draft) => {
    const isInner = roots.some(
      (root) =>
        draft.root !== root && lies(draft.root, root) && !draft.root.slice(root.length).includes('!/'),
    );
    if (draft.host !== null || !isInner) return [draft];
    const findings = draft.findings
      .map((found) => (found.named.anchored ? { ...found, facts: null } : found))
      .filter(({ facts, logs }) => facts !== null || logs.length > 0);
    return findings.length === 0 ? [] : [{ ...draft, findings }];
  });
}

/** Joins what lies by hand in several folders and names the same host. */
function mergeSameHost(drafts: readonly Draft[]): Draft[] {
  const merged: Draft[] = [];
  const byHost = new Map<string, Draft>();
  for (const draft of drafts) {
    const same = draft.host === null || draft.anchored ? undefined : byHost.get(draft.host);
    if (same === undefined) {
      const copy = { ...draft };
      merged.push(copy);
      if (draft.host !== null && !draft.anchored) byHost.set(draft.host, copy);
    } else absorb(same, draft);
  }
  return merged;
}

/** Gives each draft without a host to the only host it can belong to. */
function assignStrays(drafts: readonly Draft[]): Draft[] {
  const hosts = [...new Set(drafts.map(({ host }) => host).filter((host) => host !== null))];
  const owners = drafts
    .filter(({ host }) => host !== null)
    .map((draft) => ({ ...draft, findings: [...draft.findings] }));
  const strays: Draft[] = [];
  for (const stray of drafts.filter(({ host }) => host === null)) {
    const target = ownerOf(stray, owners, hosts);
    if (target === null) strays.push(stray);
    else absorb(target, stray);
  }
  if (owners.length > 0) return [...owners, ...strays];
  // Nothing names a host: folders that hold different kinds of things are one node, else each is one.
  const joined: Draft[] = [];
  for (const stray of strays) {
    const whole = joined.find((draft) => !clash(draft, stray));
    if (whole === undefined) joined.push({ ...stray, findings: [...stray.findings] });
    else absorb(whole, stray);
  }
  return joined;
}

function ownerOf(stray: Draft, owners: readonly Draft[], hosts: readonly string[]): Draft | null {
  const [path = ''] = stray.findings.map(({ path }) => path);
  const spoken = hostInName(path, hosts);
  const pick = (candidates: readonly Draft[]): Draft | null => {
    const names = new Set(candidates.map(({ host }) => host));
    if (names.size !== 1) return null;
    return candidates.find((candidate) => !clash(candidate, stray)) ?? null;
  };
  if (spoken !== null) return pick(owners.filter(({ host }) => host === spoken));
  for (let folder = stray.root; ; folder = parentOf(folder)) {
    const near = owners.filter((owner) => lies(owner.root, folder) || lies(folder, owner.root));
    if (near.length > 0) return pick(near);
    if (folder === '') return null;
  }
}

/** Both have their own kernel, system or package list in different folders: they are two nodes. */
function clash(a: Draft, b: Draft): boolean {
  if (a.root === b.root) return false;
  const kinds: ((facts: Facts) => boolean)[] = [
    (facts) => facts.kernel.running.length > 0,
    (facts) => facts.os.length > 0,
    (facts) => facts.packages.lists.length > 0,
  ];
  const has = (draft: Draft, kind: (facts: Facts) => boolean) =>
    draft.findings.some(({ facts }) => facts !== null && kind(facts));
  return kinds.some((kind) => has(a, kind) && has(b, kind));
}

function absorb(into: Draft, draft: Draft): void {
  into.findings = [...into.findings, ...draft.findings];
  into.root = into.root === draft.root ? into.root : commonFolder(into.findings, [into.root, draft.root]);
}

/** Whether `path` is `folder` or lies in it. */
function lies(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

function parentOf(folder: string): string {
  const slash = folder.lastIndexOf('/');
  return slash === -1 ? '' : folder.slice(0, slash);
}

/** The deepest folder that all lie in; the path itself of a single member. */
function commonFolder(findings: readonly MemberFindings[], roots?: readonly string[]): string {
  const paths = roots ?? [...new Set(findings.map(({ path }) => path))];
  const [first = '', ...others] = paths;
  let folder = first;
  while (folder !== '' && !others.every((path) => lies(path, folder))) folder = parentOf(folder);
  return folder;
}

function evidenceOf(draft: Draft, bare: boolean, bundleName: string): NodeEvidence {
  const facts = noFacts();
  for (const found of draft.findings) if (found.facts !== null) addFacts(facts, found.facts);
  facts.os = withoutOracleAlias(facts.os);
  const evidence: NodeEvidence = {
    root: draft.root,
    layout: layoutOf(draft, facts, bare, bundleName),
    facts,
    logs: draft.findings.flatMap((found) => found.logs),
    records: draft.findings.flatMap((found) => found.records),
    system: draft.findings.flatMap((found) => found.system),
  };
  evidence.records = withinLimits(evidence);
  return evidence;
}

/**
 * Oracle Linux ships an `/etc/redhat-release` that names Red Hat Enterprise Linux, beside `/etc/oracle-release`
 * and an `os-release` that name the truth. The alias is no disagreement about the system.
 */
function withoutOracleAlias(os: Facts['os']): Facts['os'] {
  if (!os.some(({ value }) => value.id === 'ol')) return os;
  return os.filter(({ value }) => value.id !== 'rhel');
}

function layoutOf(draft: Draft, facts: Facts, bare: boolean, bundleName: string): NodeEvidence['layout'] {
  const paths = draft.findings.map(({ path }) => path);
  if (paths.some((path) => /(^|\/)sos_(commands|strings|reports|logs)\//.test(path))) return 'sos';
  if (draft.findings.some(({ sectioned }) => sectioned)) return 'supportconfig';
  if (facts.windows.length > 0 || facts.os.some(({ value }) => value.id === 'windows')) return 'windows';
  if (bare && draft.findings.some(({ logs }) => logs.length > 0)) return 'log';
  if (/lksupport/i.test(bundleName) || paths.some((path) => /lksupport/i.test(path))) return 'lksupport';
  return 'handmade';
}

/** Applies the limits per node part again: several folders may have become one part. */
function withinLimits({ records, logs }: NodeEvidence): LogRecord[] {
  if (records.length <= MAX_ROUTINE_RECORDS_PER_ID) return records;
  const kept = new Map<string, number>();
  const byMember = new Map(logs.map((log) => [log.member, log]));
  return records.filter((record) => {
    const important = record.component === 'dr' || record.level !== 'INFO';
    const key = `${record.id}${important ? '!' : ''}`;
    const before = kept.get(key) ?? 0;
    if (before < (important ? MAX_RECORDS_PER_ID : MAX_ROUTINE_RECORDS_PER_ID)) {
      kept.set(key, before + 1);
      return true;
    }
    const log = byMember.get(record.at.member);
    if (log !== undefined) log.dropped[record.id] = (log.dropped[record.id] ?? 0) + 1;
    return false;
  });
}

/** Whether anything at all was observed. */
function hasFacts(facts: Facts): boolean {
  return Object.values(facts).some((value) =>
    Array.isArray(value)
      ? value.length > 0
      : Object.values(value).some((inner) => (Array.isArray(inner) ? inner.length > 0 : inner === true)),
  );
}

/** Appends every list of `more` to the same list of `facts`. */
function addFacts(facts: Facts, more: Facts): void {
  append(facts as unknown as Tree, more as unknown as Tree);
}

interface Tree {
  [key: string]: unknown[] | boolean | Tree | undefined;
}

function append(into: Tree, from: Tree): void {
  for (const [key, value] of Object.entries(from)) {
    const existing = into[key];
    if (Array.isArray(value)) {
      if (Array.isArray(existing)) for (const item of value) existing.push(item);
      else into[key] = [...value];
    } else if (typeof value === 'boolean') into[key] = value || existing === true;
    else if (
      value !== undefined &&
      existing !== undefined &&
      typeof existing === 'object' &&
      !Array.isArray(existing)
    )
      append(existing, value);
  }
}
