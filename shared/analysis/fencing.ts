import type { FencingCombination, Knowledge } from '../knowledge/schema.ts';
import { action } from './actions.ts';
import type { EvidenceRef, Fencing, FencingMeasure, Finding, Node, Note, Params } from './analysis.ts';
import { type CaseNode, everywhere, latest, shortHost } from './case_nodes.ts';
import { finding } from './findings.ts';
import { compareText, compareVersions } from './versions.ts';

const CLOUDS = ['aws', 'azure', 'gcp', 'oci'];
/** Settings that all nodes of a cluster should hold alike. */
const SHARED_SETTINGS = [
  'QUORUM_MODE',
  'WITNESS_MODE',
  'QUORUM_LOSS_ACTION',
  'QWK_STORAGE_TYPE',
  'QUORUM_HOSTS',
];

/** What is known of the cluster when one node is judged. */
export interface ClusterContext {
  /** All nodes of the cluster, with and without a bundle. */
  readonly members: readonly string[];
  /** LifeKeeper version per node, for what changed between versions. */
  readonly lifekeeper: string | null;
  readonly replicated: boolean;
}

/**
 * The fencing posture of one node: which of the four measures is effective, incomplete, absent or cannot be told,
 * and whether the matrix of the knowledge holds it valid for the platform and storage (SIOS article on split brain,
 * sections 3 and 4). What the bundle does not hold is never taken as absent.
 */
export function fencingOf(node: CaseNode, cluster: ClusterContext, knowledge: Knowledge): Fencing {
  const platform = platformOf(node);
  const storage = cluster.replicated ? ['datakeeper'] : [];
  if (isWindows(node)) return { platform, storage, measures: windowsMeasures(node), notes: windowsNotes() };
  const combination = combinationOf(knowledge, platform, cluster.replicated);
  const measures = [
    quorum(node, cluster, knowledge, platform, combination),
    reservation(node, cluster),
    stonith(node, cluster, platform, combination),
    watchdog(node),
  ];
  const notes: Note[] = [{ code: 'no_measure_is_complete', params: {} }];
  if (setting(node, 'CONFIRMSODEF')?.value === '1')
    notes.push({ code: 'manual_confirm_failover', params: {} });
  return { platform, storage, measures, notes: [...notes, ...pathNotes(node)] };
}

export function isWindows(node: CaseNode): boolean {
  return node.parts.some(
    ({ evidence }) =>
      evidence.layout === 'windows' ||
      evidence.facts.windows.length > 0 ||
      evidence.facts.os.some((os) => os.value.id === 'windows'),
  );
}

/** A cloud shows itself beside its hypervisor; the cloud is the platform. */
function platformOf(node: CaseNode): string | null {
  const seen = latest(node, (part) => part.facts.platform).map((platform) => platform.value);
  return seen.find((platform) => CLOUDS.includes(platform)) ?? seen[0] ?? null;
}

function combinationOf(
  knowledge: Knowledge,
  platform: string | null,
  replicated: boolean,
): FencingCombination | undefined {
  if (platform === null || !replicated) return undefined;
  return knowledge.fencing.combinations.find(
    (candidate) =>
      candidate.system === 'linux' &&
      candidate.storage === 'datakeeper' &&
      candidate.platforms.includes(platform),
  );
}

function setting(node: CaseNode, key: string): { value: string; at: EvidenceRef } | undefined {
  const seen = everywhere(node, (part) => part.facts.settings.values).find((item) => item.value.key === key);
  return seen === undefined ? undefined : { value: seen.value.value.trim().toLowerCase(), at: seen.at };
}

/** `yes`, `no` (a whole package list lacks it) or `unknown`. */
function installed(node: CaseNode, name: RegExp): { state: 'yes' | 'no' | 'unknown'; refs: EvidenceRef[] } {
  const seen = everywhere(node, (part) => part.facts.packages.seen).filter((item) =>
    name.test(item.value.name),
  );
  if (seen.length > 0) return { state: 'yes', refs: seen.map((item) => item.at) };
  const lists = node.parts.flatMap((part) =>
    part.evidence.facts.packages.lists.map((place) => ({ ...place, bundle: part.bundle.id })),
  );
  return lists.length > 0 ? { state: 'no', refs: lists } : { state: 'unknown', refs: [] };
}

function measure(
  name: FencingMeasure['measure'],
  state: FencingMeasure['state'],
  notes: readonly Note[] = [],
  evidence: readonly EvidenceRef[] = [],
  params: Params = {},
): FencingMeasure {
  return { measure: name, state, params, notes: [...notes], evidence: [...evidence] };
}

const note = (code: string, params: Params = {}): Note => ({ code, params });

function quorum(
  node: CaseNode,
  cluster: ClusterContext,
  knowledge: Knowledge,
  platform: string | null,
  combination: FencingCombination | undefined,
): FencingMeasure {
  const kit = installed(node, /^steeleye-lkQWK$/);
  const read = node.parts.some((part) => part.evidence.facts.settings.files.length > 0);
  const settings = SHARED_SETTINGS.map((key) => ({ key, seen: setting(node, key) }));
  const refs = [...kit.refs, ...settings.flatMap(({ seen }) => (seen === undefined ? [] : [seen.at]))];
  const configured = settings.some(({ seen }) => seen !== undefined);
  const off = [setting(node, 'QUORUM_MODE'), setting(node, 'WITNESS_MODE')].every(
    (seen) => seen !== undefined && isOff(seen.value),
  );
  if (kit.state === 'no')
    return configured && !off
      ? measure('quorum', 'incomplete', [note('package_missing', { package: 'steeleye-lkQWK' })], refs)
      : measure('quorum', 'absent', [], refs);
  if (!read)
    return measure(
      'quorum',
      'cannot_determine',
      [note('settings_unread'), ...(kit.state === 'unknown' ? [note('packages_unread')] : [])],
      refs,
    );
  if (kit.state === 'unknown') return measure('quorum', 'cannot_determine', [note('packages_unread')], refs);

  const value = (key: string): string | null =>
    setting(node, key)?.value ??
    knowledge.fencing.parameters.find((parameter) => parameter.key === key)?.default ??
    null;
  const mode = value('QUORUM_MODE') ?? 'majority';
  const witness = value('WITNESS_MODE') ?? 'remote_verify';
  const storageType = value('QWK_STORAGE_TYPE');
  const params: Params = {
    mode,
    witness,
    lossAction: value('QUORUM_LOSS_ACTION') ?? '',
    storageType: storageType ?? '',
  };
  const notes: Note[] = [];
  if (setting(node, 'QUORUM_MODE') === undefined)
    notes.push(note('defaults_apply', { values: [`QUORUM_MODE=${mode}`, `WITNESS_MODE=${witness}`] }));
  if (isOff(mode) && isOff(witness)) return measure('quorum', 'absent', notes, refs, params);
  const faults = quorumFaults(node, cluster, mode, witness, storageType);
  if (CLOUDS.includes(platform ?? '') && mode === 'tcp_remote')
    notes.push(
      note('mode_discouraged_cloud', { platform: platform ?? '' }),
      note('recommend_storage_or_majority'),
    );
  const valid = combination?.valid.find((candidate) => candidate.measure === 'quorum');
  const wrongType =
    mode === 'storage' &&
    storageType !== null &&
    valid?.storageTypes !== undefined &&
    !valid.storageTypes.includes(storageType);
  if (wrongType)
    faults.push(
      note('not_valid_here', { platform: platform ?? '', measure: `Quorum/Witness (${storageType})` }),
    );
  if (faults.length === 0) notes.push(note('quorum_no_watchdog'));
  return measure(
    'quorum',
    faults.length > 0 ? 'incomplete' : 'effective',
    [...faults, ...notes],
    refs,
    params,
  );
}

function isOff(mode: string): boolean {
  return mode === 'none' || mode === 'off';
}

function quorumFaults(
  node: CaseNode,
  cluster: ClusterContext,
  mode: string,
  witness: string,
  storageType: string | null,
): Note[] {
  const faults: Note[] = [];
  if (isOff(mode)) faults.push(note('quorum_mode_off', { mode }));
  if ((mode === 'storage') !== (witness === 'storage'))
    faults.push(note('witness_storage_mismatch', { quorum: mode, witness }));
  else if (mode === 'storage' && storageType === null) faults.push(note('quorum_storage_type_missing'));
  if (mode === 'majority' && cluster.members.length < 3)
    faults.push(note('majority_needs_three', { count: cluster.members.length }));
  if (mode === 'tcp_remote' && setting(node, 'QUORUM_HOSTS') === undefined)
    faults.push(note('quorum_hosts_missing'));
  if (
    mode === 'tcp_remote' &&
    cluster.lifekeeper !== null &&
    compareVersions(cluster.lifekeeper, '10.0') >= 0
  )
    faults.push(note('mode_not_in_version', { mode, lifekeeper: cluster.lifekeeper }));
  return faults;
}

/** Reservations are for certified shared disks; a bundle does not tell whether the storage is certified. */
function reservation(node: CaseNode, cluster: ClusterContext): FencingMeasure {
  const off = setting(node, 'RESERVATIONS');
  if (off?.value === 'none')
    return measure('scsi_reservation', 'absent', [note('reservations_disabled')], [off.at]);
  if (cluster.replicated) return measure('scsi_reservation', 'not_applicable', [note('not_for_datakeeper')]);
  return measure('scsi_reservation', 'cannot_determine', [note('shared_disk_unknown')]);
}

/** An entry for every peer, or it does not fence them all. */
function stonith(
  node: CaseNode,
  cluster: ClusterContext,
  platform: string | null,
  combination: FencingCombination | undefined,
): FencingMeasure {
  const files = node.parts.flatMap((part) =>
    part.evidence.facts.stonith.files.map((place) => ({ ...place, bundle: part.bundle.id })),
  );
  if (files.length === 0) return measure('stonith', 'cannot_determine', [note('stonith_unread')]);
  const entries = everywhere(node, (part) => part.facts.stonith.peers);
  const named = new Set(entries.map((entry) => shortHost(entry.value.peer)));
  const others = cluster.members.filter((id) => id !== node.id);
  const lacking = others.filter((id) => !named.has(id));
  const refs = [...files, ...entries.map((entry) => entry.at)];
  const params: Params = { peers: [...named].sort(compareText) };
  if (named.size === 0) return measure('stonith', 'absent', [], refs, params);
  if (lacking.length > 0 || others.length === 0)
    return measure(
      'stonith',
      'incomplete',
      lacking.length > 0 ? [note('peers_without_entry', { peers: lacking })] : [],
      refs,
      params,
    );
  if (combination !== undefined && !combination.valid.some((valid) => valid.measure === 'stonith'))
    return measure(
      'stonith',
      'incomplete',
      [note('not_valid_here', { platform: platform ?? '', measure: 'STONITH' })],
      refs,
      params,
    );
  return measure('stonith', 'effective', [note('stonith_mutual')], refs, params);
}

function watchdog(node: CaseNode): FencingMeasure {
  const files = node.parts.flatMap((part) =>
    part.evidence.facts.watchdog.files.map((place) => ({ ...place, bundle: part.bundle.id })),
  );
  const kit = installed(node, /^watchdog$/);
  if (kit.state === 'no') return measure('watchdog', 'absent', [], kit.refs);
  if (files.length === 0) return measure('watchdog', 'cannot_determine', [note('watchdog_unread')], kit.refs);
  const values = everywhere(node, (part) => part.facts.watchdog.values);
  const test = values.find(
    (item) => item.value.key === 'test-binary' && item.value.value.includes('LifeKeeper-watchdog'),
  );
  const service = latest(node, (part) => part.facts.watchdog.service);
  const on = service.some((seen) => /^(active|enabled)\b|:on\b|\bon$/.test(seen.value));
  const off = service.some((seen) => /^(inactive|disabled|failed|masked)\b|:off\b/.test(seen.value));
  const refs = [...files, ...values.map((item) => item.at), ...service.map((seen) => seen.at)];
  const alone = note('watchdog_alone');
  if (test === undefined)
    return measure('watchdog', 'incomplete', [note('watchdog_not_lifekeeper'), alone], refs);
  if (off && !on)
    return measure(
      'watchdog',
      'incomplete',
      [note('watchdog_service_off', { state: service.map((seen) => seen.value) }), alone],
      refs,
    );
  return measure(
    'watchdog',
    on ? 'effective' : 'cannot_determine',
    [...(on ? [] : [note('watchdog_service_unread')]), alone],
    refs,
  );
}

/** Windows has Quorum/Witness from 8.9.0 on; its settings are not part of what bundles hold. */
function windowsMeasures(node: CaseNode): FencingMeasure[] {
  const product = latest(node, (part) => part.facts.windows).find((seen) => seen.value.version !== '');
  const old = product !== undefined && compareVersions(product.value.version, '8.9.0') < 0;
  const version = product?.value.version ?? '?';
  const refs = product === undefined ? [] : [product.at];
  return [
    measure(
      'quorum',
      old ? 'absent' : 'cannot_determine',
      [note('windows_quorum_from', { version }), ...(old ? [] : [note('settings_unread_windows')])],
      refs,
    ),
    measure('scsi_reservation', 'not_applicable'),
    measure('stonith', 'not_applicable'),
    measure('watchdog', 'not_applicable'),
    measure('windows_probe', 'cannot_determine', [note('windows_spare_nic_probe')], refs),
  ];
}

function windowsNotes(): Note[] {
  return [note('windows_shared_disk_path'), note('no_measure_is_complete')];
}

/** What the communication paths looked like when the bundle was collected. */
function pathNotes(node: CaseNode): Note[] {
  const byPeer = new Map<string, string[]>();
  for (const { value } of latest(node, (part) => part.facts.cluster.commPaths)) {
    const peer = shortHost(value.peer);
    byPeer.set(peer, [...(byPeer.get(peer) ?? []), value.state]);
  }
  const dead = [...byPeer]
    .filter(([, states]) => states.every((state) => state === 'DEAD'))
    .map(([peer]) => peer);
  const single = [...byPeer].filter(([, states]) => states.length === 1).map(([peer]) => peer);
  return [
    ...(dead.length > 0 ? [note('all_paths_dead', { peers: dead })] : []),
    ...single.map((peer) => note('single_comm_path', { peer })),
  ];
}

/** The posture of the cluster as findings: one for what protects it, one for each thing wrong with a measure. */
export function fencingFindings(
  knowledge: Knowledge,
  nodes: readonly Node[],
  caseNodes: readonly CaseNode[],
  members: readonly string[],
): Finding[] {
  const protectable = nodes.filter((node) => node.fencing.measures.length > 0);
  if (protectable.length === 0) return [];
  const findings = [postureFinding(knowledge, protectable, members)];
  const linux = caseNodes.filter((node) => !isWindows(node));
  const differing = differingSetting(linux);
  if (differing !== null)
    findings.push(
      finding(knowledge, {
        rule: 'quorum_settings_differ',
        subject: { kind: 'cluster', id: 'cluster' },
        verdict: 'differs',
        reason: 'quorum_settings_differ',
        params: { key: differing.keys, values: differing.values },
        evidence: differing.refs,
        actions: [action(knowledge, 'correct_fencing', {})],
      }),
    );
  const cloud = protectable.find((node) => hasNote(node, 'mode_discouraged_cloud'));
  if (cloud !== undefined)
    findings.push(
      finding(knowledge, {
        rule: 'quorum_tcp_remote_cloud',
        subject: { kind: 'cluster', id: 'cluster' },
        verdict: 'discouraged',
        reason: 'quorum_tcp_remote_in_cloud',
        params: { platform: cloud.fencing.platform ?? '' },
        evidence: quorumRefs(protectable),
        actions: [action(knowledge, 'correct_fencing', {})],
      }),
    );
  return findings;
}

function hasNote(node: Node, code: string): boolean {
  return node.fencing.measures.some((item) => item.notes.some((found) => found.code === code));
}

function hasMeasure(node: Node, name: FencingMeasure['measure']): boolean {
  return node.fencing.measures.some((item) => item.measure === name);
}

function quorumRefs(nodes: readonly Node[]): EvidenceRef[] {
  return nodes.flatMap((node) =>
    node.fencing.measures.filter((item) => item.measure === 'quorum').flatMap((item) => item.evidence),
  );
}

const STOPS_SPLIT_BRAIN = ['quorum', 'scsi_reservation', 'stonith'];

/** One finding for the cluster: effective on every node, incomplete, absent, or not to be told. */
function postureFinding(knowledge: Knowledge, nodes: readonly Node[], members: readonly string[]): Finding {
  const statesOf = (name: string): string[] =>
    nodes.map((node) => node.fencing.measures.find((item) => item.measure === name)?.state ?? 'absent');
  const effective = STOPS_SPLIT_BRAIN.filter((name) =>
    statesOf(name).every((state) => state === 'effective'),
  );
  const incomplete = STOPS_SPLIT_BRAIN.filter((name) =>
    statesOf(name).some((state) => state === 'incomplete' || state === 'effective'),
  );
  const quorumUnknown = statesOf('quorum').includes('cannot_determine');
  const tooFew = nodes.some((node) => hasNote(node, 'majority_needs_three'));
  const evidence = nodes.flatMap((node) => node.fencing.measures.flatMap((item) => item.evidence));
  const notes = nodes.flatMap((node) => [
    ...node.fencing.measures.flatMap((item) => item.notes),
    ...node.fencing.notes,
  ]);
  const base = {
    subject: { kind: 'cluster', id: 'cluster' } as const,
    evidence,
    notes: notes.filter(
      (item, index) => notes.findIndex((other) => JSON.stringify(other) === JSON.stringify(item)) === index,
    ),
  };
  if (effective.length > 0)
    return finding(knowledge, {
      ...base,
      rule: 'fencing_effective',
      verdict: 'effective',
      reason: 'fencing_effective',
      params: { measures: effective },
    });
  if (tooFew && incomplete.length === 1)
    return finding(knowledge, {
      ...base,
      rule: 'quorum_majority_too_few',
      verdict: 'incomplete',
      reason: 'quorum_majority_too_few',
      params: { count: members.length },
      actions: [action(knowledge, 'correct_fencing', {})],
    });
  if (incomplete.length > 0)
    return finding(knowledge, {
      ...base,
      rule: 'fencing_incomplete',
      verdict: 'incomplete',
      reason: 'fencing_incomplete',
      params: { measures: incomplete },
      actions: [action(knowledge, 'correct_fencing', {})],
    });
  if (quorumUnknown)
    return finding(knowledge, {
      ...base,
      rule: 'fencing_cannot_determine',
      verdict: 'cannot_determine',
      reason: nodes.every((node) => hasMeasure(node, 'windows_probe'))
        ? 'windows_posture'
        : 'fencing_unknown',
      params: {},
    });
  return finding(knowledge, {
    ...base,
    rule: 'fencing_absent',
    verdict: 'absent',
    reason: 'fencing_absent',
    params: {},
    actions: [
      action(knowledge, 'introduce_fencing', { measures: validMeasures(knowledge, nodes) }),
      action(knowledge, 'backup_often', {}),
    ],
  });
}

/** What the matrix allows on this platform and storage, as codes of the measures. */
function validMeasures(knowledge: Knowledge, nodes: readonly Node[]): string[] {
  const [first] = nodes;
  const combination = combinationOf(
    knowledge,
    first?.fencing.platform ?? null,
    first?.fencing.storage.includes('datakeeper') ?? false,
  );
  return combination === undefined ? ['quorum', 'stonith'] : combination.valid.map((valid) => valid.measure);
}

/** The settings that nodes hold differently; one finding for all of them. */
function differingSetting(
  nodes: readonly CaseNode[],
): { keys: string[]; values: string[]; refs: EvidenceRef[] } | null {
  const keys: string[] = [];
  const values: string[] = [];
  const refs: EvidenceRef[] = [];
  for (const key of SHARED_SETTINGS) {
    const seen = nodes.flatMap((node) => {
      const value = setting(node, key);
      return value === undefined ? [] : [{ node: node.id, ...value }];
    });
    if (new Set(seen.map((item) => item.value)).size < 2) continue;
    keys.push(key);
    values.push(...seen.map((item) => `${item.node}: ${key}=${item.value}`));
    refs.push(...seen.map((item) => item.at));
  }
  return keys.length === 0 ? null : { keys, values, refs };
}
