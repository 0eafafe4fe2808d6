import type { Package } from '../evidence/evidence.ts';
import type { AffectednessAdvisory, Knowledge } from '../knowledge/schema.ts';
import type { Affectedness, Comparison, EvidenceRef, Node, Note } from './analysis.ts';
import { type CaseNode, everywhere, latest, type Sighting } from './case_nodes.ts';
import { startOf } from './events.ts';
import { type KernelRelease, parseKernelPackage, parseUname } from './kernel.ts';
import { decideKernel, type KernelVerdict } from './kernel_verdict.ts';
import { nameOs, type OsName, osMatches } from './os.ts';
import { parsePrinted } from './stamps.ts';
import { compareText, compareVersions } from './versions.ts';

/** The verdict about one node, with what the other stages need to know of it. */
export interface NodeJudgement {
  readonly affectedness: Affectedness;
  readonly os: OsName | null;
  readonly kernel: Node['kernel'];
  readonly lifekeeper: Node['lifekeeper'];
  /** Since when the correction is in effect; null when it is not `fixed` or the time is unknown. */
  readonly fixedSince: number | null;
  /** Installed kernels that are affected or may be, where the running one is not: since when each could be booted. */
  readonly affectedKernels: readonly { since: number | null }[];
  /** Since when the running kernel runs; null when unknown. */
  readonly bootedAt: number | null;
}

const BOOTABLE =
  /^kernel(-(core|default|default-base|uek|uek-core|azure|rt|rt-core|preempt|debug|debug-core|xen|lt|ml|plus|PAE|smp))?$/;

/**
 * Judges one node against one advisory, in the order of docs/analysis.md §1: component absent, replaced by DRBD,
 * corrected product, replaced module, and then the running kernel against the tables. The newest installed kernel
 * and the one of the next boot are judged the same way and stand beside it.
 */
export function judgeNode(
  node: CaseNode,
  advisory: AffectednessAdvisory,
  knowledge: Knowledge,
): NodeJudgement {
  const facts = gather(node, advisory);
  const running = runningKernel(facts);
  const table = (text: string | null, kernel: KernelRelease | null): KernelVerdict =>
    decideKernel(advisory, knowledge.streams, facts.os, text, kernel);
  const own = decideProduct(node, advisory, facts, running.text) ?? {
    ...fromTable(table(running.text, running.kernel), advisory, facts),
  };
  if (own.usesKernel)
    own.notes.push(...uselessModules(node, advisory, running.text), ...olderKernels(node, running));
  if (own.verdict === 'affected' && !moduleSeen(node, advisory, running.text)) {
    own.notes.push({ code: 'patch_state_unknown', params: {} });
    own.wanted.push({ code: 'send_modinfo', params: {} });
  }
  const notes = [...facts.notes, ...running.notes, ...own.notes];
  // What decides stands first: reports cite the first few.
  const evidence = [
    ...(own.usesKernel ? [...running.refs, ...facts.osRefs] : []),
    ...own.evidence,
    ...facts.versionRefs,
  ];
  const kernel = kernelState(node, facts, running, table, own);
  if (own.usesKernel) notes.push(...otherKernelNotes(kernel));
  const source = facts.kernels[0]?.part;
  const bootedAt = source === undefined ? null : startOf(node, source);
  const since = own.verdict === 'fixed' ? fixedSince(node, own.reason, facts, bootedAt) : null;
  if (own.reason === 'vendor_kernel_fixed')
    notes.push(
      since === null
        ? { code: 'fix_install_time_unknown', params: {} }
        : { code: 'fixed_since', params: { at: node.zone.format(since) } },
    );
  const affectedness: Affectedness = {
    advisory: advisory.id,
    verdict: own.verdict,
    reason: own.reason,
    params: { node: node.id, ...own.params },
    notes: unique(notes),
    row: own.row,
    trace: own.trace,
    wanted: unique(
      own.wanted.map((note) => ({ code: note.code, params: { ...note.params, node: node.id } })),
    ),
    evidence: uniqueRefs(evidence),
  };
  return {
    affectedness,
    os: facts.os,
    kernel,
    lifekeeper: {
      version: facts.version,
      datakeeper: facts.component,
      installedAt: facts.installedAt === null ? null : node.zone.format(facts.installedAt),
    },
    fixedSince: since,
    affectedKernels: own.usesKernel && own.verdict === 'not_affected' ? affectedKernels(node, table) : [],
    bootedAt,
  };
}

/**
 * Installed kernels that the tables call affected, or cannot place under the system of today (one of an earlier minor
 * release), with the time of their installation.
 */
function affectedKernels(
  node: CaseNode,
  table: (text: string | null, kernel: KernelRelease | null) => KernelVerdict,
): { since: number | null }[] {
  return latest(node, (part) => part.facts.kernel.installed)
    .filter(({ value }) => BOOTABLE.test(value.name))
    .filter(({ value: { name, version, release } }) => {
      const kernel = parseKernelPackage(name, version, release);
      return ['affected', 'cannot_determine'].includes(table(`${version}-${release}`, kernel).verdict);
    })
    .map(({ value }) => ({
      since: value.installedAt === null ? null : parsePrinted(value.installedAt, node.zone),
    }));
}

/**
 * The verdicts that older bundles of the node lead to, each valid until its collection: what ran then decides
 * whether a resync of that time could do harm. Oldest first; bundles without a kernel or a time are passed over.
 */
export function pastJudgements(
  node: CaseNode,
  advisory: AffectednessAdvisory,
  knowledge: Knowledge,
): { until: number; verdict: Affectedness['verdict']; fixedSince: number | null }[] {
  const past: { until: number; verdict: Affectedness['verdict']; fixedSince: number | null }[] = [];
  node.parts.forEach((part, index) => {
    if (index === 0 || part.collectedAt === null || part.evidence.facts.kernel.running.length === 0) return;
    const then = judgeNode({ ...node, parts: node.parts.slice(index) }, advisory, knowledge);
    past.push({ until: part.collectedAt, verdict: then.affectedness.verdict, fixedSince: then.fixedSince });
  });
  return past.reverse();
}

/** What the decisions rest on, read once. */
interface Gathered {
  readonly windows: readonly EvidenceRef[] | null;
  readonly os: OsName | null;
  readonly osRefs: readonly EvidenceRef[];
  readonly version: string | null;
  readonly versionRefs: readonly EvidenceRef[];
  readonly installedAt: number | null;
  readonly component: 'installed' | 'absent' | 'unknown';
  readonly componentRefs: readonly EvidenceRef[];
  readonly kernels: readonly Sighting<string>[];
  readonly packages: readonly Sighting<Package>[];
  readonly notes: readonly Note[];
}

function gather(node: CaseNode, advisory: AffectednessAdvisory): Gathered {
  const notes: Note[] = [];
  const { os, refs: osRefs } = operatingSystem(node, notes);
  const packages = latest(node, (part) =>
    part.facts.packages.seen.filter((seen) => concerns(seen.value, advisory)),
  );
  const versions = packages.filter((seen) => concerns(seen.value, advisory));
  const texts = [...new Set(versions.map((seen) => seen.value.version))].sort(compareVersions);
  if (texts.length > 1) notes.push({ code: 'lifekeeper_versions_disagree', params: { versions: texts } });
  const version = texts[0] ?? null;
  const times = versions
    .filter((seen) => seen.value.installedAt !== null)
    .map((seen) => parsePrinted(seen.value.installedAt ?? '', node.zone))
    .filter((time) => time !== null);
  const component = componentState(node, advisory, packages);
  if (component.contradiction) notes.push({ code: 'datakeeper_contradiction', params: {} });
  return {
    windows: windowsRefs(node),
    os,
    osRefs,
    version,
    versionRefs: versions.map((seen) => seen.at),
    installedAt: times.length === 0 ? null : Math.max(...times),
    component: component.state,
    componentRefs: component.refs,
    kernels: latest(node, (part) => part.facts.kernel.running),
    packages,
    notes,
  };
}

/** The places that show a Windows node; null for any other. */
function windowsRefs(node: CaseNode): EvidenceRef[] | null {
  const windows = node.parts.some(({ evidence }) => evidence.layout === 'windows');
  const refs = [
    ...everywhere(node, (part) => part.facts.windows).map((seen) => seen.at),
    ...everywhere(node, (part) => part.facts.os)
      .filter((seen) => seen.value.id === 'windows')
      .map((seen) => seen.at),
  ];
  return windows || refs.length > 0 ? refs : null;
}

function concerns(seen: Package, advisory: AffectednessAdvisory): boolean {
  const { versionPackage, componentPackages } = advisory.product;
  return seen.name === versionPackage || componentPackages.includes(seen.name);
}

/** The most precise of the system's names; those that contradict each other leave none. */
function operatingSystem(node: CaseNode, notes: Note[]): { os: OsName | null; refs: EvidenceRef[] } {
  const seen = latest(node, (part) => part.facts.os);
  const named = seen.map((sighting) => ({ os: nameOs(sighting.value), at: sighting.at }));
  const known = named.filter((item): item is { os: OsName; at: EvidenceRef } => item.os !== null);
  known.sort((a, b) => b.os.version.split('.').length - a.os.version.split('.').length);
  const best = known[0];
  if (best === undefined) return { os: null, refs: [] };
  const refs = known.map((item) => item.at);
  const contradicts = known.some(
    ({ os }) =>
      osMatches(best.os, { id: os.id, version: os.version, exact: false }) === 'no' &&
      os.id !== 'centos-stream',
  );
  const stream = known.find(({ os }) => os.id === 'centos-stream');
  if (stream !== undefined && known.every(({ os }) => os.id.startsWith('centos')))
    return { os: stream.os, refs };
  if (!contradicts) return { os: best.os, refs };
  notes.push({
    code: 'os_observations_disagree',
    params: { values: [...new Set(known.map(({ os }) => `${os.id} ${os.version}`))] },
  });
  return { os: null, refs };
}

/** Whether the component concerned is installed. Only a package list read to its end shows an absence. */
function componentState(
  node: CaseNode,
  advisory: AffectednessAdvisory,
  packages: readonly Sighting<Package>[],
): { state: Gathered['component']; refs: EvidenceRef[]; contradiction: boolean } {
  const { componentPackages, component } = advisory.product;
  const installed = packages.filter((seen) => componentPackages.includes(seen.value.name));
  if (installed.length > 0)
    return { state: 'installed', refs: installed.map((seen) => seen.at), contradiction: false };
  const working = traceOfComponent(node, component);
  const lists = node.parts.flatMap((part) =>
    part.evidence.facts.packages.lists.map((place) => ({ ...place, bundle: part.bundle.id })),
  );
  if (working !== undefined) return { state: 'installed', refs: [working], contradiction: lists.length > 0 };
  return lists.length > 0
    ? { state: 'absent', refs: lists, contradiction: false }
    : { state: 'unknown', refs: [], contradiction: false };
}

/** A line that the component logged on this node, or a mirror of it in use. */
function traceOfComponent(node: CaseNode, component: string): EvidenceRef | undefined {
  for (const part of node.parts) {
    const record = part.evidence.records.find(
      ({ component: logged }) => logged === component || logged.startsWith(`${component}.`),
    );
    if (record !== undefined) return { ...record.at, bundle: part.bundle.id };
    if (component !== 'dr') continue;
    const mirror = part.evidence.facts.md.find(
      ({ value }) => value.level === 'raid1' && value.legs.some((leg) => /(^|\/)nbd\d/.test(leg)),
    );
    if (mirror !== undefined) return { ...mirror.at, bundle: part.bundle.id };
  }
  return undefined;
}

interface RunningKernel {
  readonly text: string | null;
  readonly kernel: KernelRelease | null;
  readonly refs: readonly EvidenceRef[];
  readonly notes: readonly Note[];
}

/** The running kernel. Several values of one bundle that differ are a contradiction: then there is no kernel. */
function runningKernel(facts: Gathered): RunningKernel {
  const texts = [...new Set(facts.kernels.map((seen) => seen.value.trim()).filter((text) => text !== ''))];
  const refs = facts.kernels.map((seen) => seen.at);
  const [text = null] = texts;
  if (texts.length > 1)
    return {
      text: null,
      kernel: null,
      refs,
      notes: [{ code: 'kernels_disagree', params: { values: texts } }],
    };
  return { text, kernel: text === null ? null : parseUname(text), refs, notes: [] };
}

interface Decision extends Omit<KernelVerdict, 'trace' | 'notes' | 'wanted'> {
  readonly trace: Comparison[];
  readonly notes: Note[];
  readonly wanted: Note[];
  readonly evidence: readonly EvidenceRef[];
  /** True when the kernel tables made the verdict. */
  readonly usesKernel: boolean;
}

/** Decisions 1 to 4: nothing about the tables is needed. Null when none of them applies. */
function decideProduct(
  node: CaseNode,
  advisory: AffectednessAdvisory,
  facts: Gathered,
  running: string | null,
): Decision | null {
  const base = { row: null, wanted: [], trace: [], notes: [], usesKernel: false };
  const { product, module } = advisory;
  if (facts.windows !== null)
    return {
      ...base,
      verdict: 'not_affected',
      reason: 'datakeeper_absent',
      params: {},
      notes: [{ code: 'windows_node', params: {} }],
      evidence: facts.windows,
    };
  if (facts.component === 'absent')
    return {
      ...base,
      verdict: 'not_affected',
      reason: 'datakeeper_absent',
      params: {},
      evidence: facts.componentRefs,
    };
  const drbd = onlyDrbd(node, advisory, facts);
  if (drbd !== null)
    return { ...base, verdict: 'not_affected', reason: 'mirror_is_drbd', params: {}, evidence: drbd };
  if (product.affectedFrom !== undefined && facts.version !== null) {
    const before = compareVersions(facts.version, product.affectedFrom) < 0;
    if (before)
      return {
        ...base,
        verdict: 'not_affected',
        reason: 'product_before_defect',
        params: { lifekeeper: facts.version, affectedFrom: product.affectedFrom },
        trace: [
          {
            subject: 'lifekeeper',
            left: facts.version,
            operator: '<',
            right: product.affectedFrom,
            form: 'version',
            holds: true,
          },
        ],
        evidence: facts.versionRefs,
      };
  }
  if (product.fixedIn !== undefined && facts.version !== null) {
    const reached = compareVersions(facts.version, product.fixedIn) >= 0;
    if (reached) {
      const notes = productNotes(node, facts, running);
      return {
        ...base,
        verdict: 'fixed',
        reason: 'product_fixed_version',
        params: { lifekeeper: facts.version, fixedIn: product.fixedIn },
        trace: [
          {
            subject: 'lifekeeper',
            left: facts.version,
            operator: '>=',
            right: product.fixedIn,
            form: 'version',
            holds: true,
          },
        ],
        notes,
        evidence: facts.versionRefs,
      };
    }
  }
  return module === undefined ? null : decideModule(node, module, running, base);
}

/** Decision 2: DRBD resources exist, nothing of md is in use, and the product is new enough to offer DRBD. */
function onlyDrbd(node: CaseNode, advisory: AffectednessAdvisory, facts: Gathered): EvidenceRef[] | null {
  const { drbdFrom, component } = advisory.product;
  if (drbdFrom === undefined || facts.version === null || compareVersions(facts.version, drbdFrom) < 0)
    return null;
  const drbd = everywhere(node, (part) => part.facts.drbd);
  if (drbd.length === 0) return null;
  const md = node.parts.some(({ evidence }) =>
    evidence.facts.md.some(({ value }) => value.legs.some((leg) => /(^|\/)nbd\d/.test(leg))),
  );
  const exposure = advisory.exposure?.message;
  const partial = node.parts.some(({ evidence }) =>
    evidence.records.some((record) => record.component === component && record.id === exposure),
  );
  return md || partial ? null : drbd.map((seen) => seen.at);
}

/** What to confirm on a corrected product: the module of a kernel installed after it, and since when it counts. */
function productNotes(node: CaseNode, facts: Gathered, running: string | null): Note[] {
  const notes: Note[] = [];
  if (facts.installedAt === null) notes.push({ code: 'fix_install_time_unknown', params: {} });
  else notes.push({ code: 'fixed_since', params: { at: node.zone.format(facts.installedAt) } });
  const kernelAt = installTimeOfRunning(node, running);
  if (running !== null && kernelAt !== null && facts.installedAt !== null && kernelAt > facts.installedAt)
    notes.push({ code: 'confirm_raid1_module', params: { kernel: running } });
  return notes;
}

/** When the package of the running kernel was installed; null when no list says so. */
function installTimeOfRunning(node: CaseNode, running: string | null): number | null {
  if (running === null) return null;
  for (const seen of everywhere(node, (part) => part.facts.kernel.installed)) {
    const { name, version, release, installedAt } = seen.value;
    if (installedAt === null || !BOOTABLE.test(name) || !runsAs(name, version, release, running)) continue;
    const time = parsePrinted(installedAt, node.zone);
    if (time !== null) return time;
  }
  return null;
}

/** Whether `uname -r` prints this text for the package. */
function runsAs(name: string, version: string, release: string, uname: string): boolean {
  const installed = parseKernelPackage(name, version, release);
  const running = parseUname(uname);
  if (installed === null || running === null || installed.base !== running.base) return false;
  if (installed.grammar === 'marked')
    return uname.startsWith(`${version}-${release}`) && sameFlavour(installed, running);
  const dot = installed.numbers.lastIndexOf('.');
  const numbers = dot < 0 ? installed.numbers : installed.numbers.slice(0, dot);
  return numbers === running.numbers && sameFlavour(installed, running);
}

function sameFlavour(a: KernelRelease, b: KernelRelease): boolean {
  return (a.flavour ?? '') === (b.flavour ?? '');
}

/** Decision 4: the raid1 module of the running kernel is a replacement. One for another kernel proves nothing. */
function decideModule(
  node: CaseNode,
  module: NonNullable<AffectednessAdvisory['module']>,
  running: string | null,
  base: Omit<Decision, 'verdict' | 'reason' | 'params' | 'evidence'>,
): Decision | null {
  const seen = latest(node, (part) => part.facts.raid1);
  const replacements = seen.filter(({ value }) => isReplacement(value.path, module.patchedFolders));
  const loadedStock = seen.find(
    ({ value }) => value.via === 'loaded' && !isReplacement(value.path, module.patchedFolders),
  );
  const ofRunning = replacements.filter(({ value }) =>
    value.kernel === null ? value.via === 'loaded' : value.kernel === running,
  );
  const loaded = ofRunning.find(({ value }) => value.via === 'loaded');
  const best = loaded ?? (loadedStock === undefined ? ofRunning[0] : undefined);
  if (best === undefined || running === null) return null;
  const notes: Note[] = [{ code: 'fix_install_time_unknown', params: {} }];
  if (best.value.via === 'present') notes.push({ code: 'confirm_raid1_module', params: { kernel: running } });
  return {
    ...base,
    verdict: 'fixed',
    reason: 'patch_present',
    params: { kernel: running, module: best.value.path },
    trace: [
      {
        subject: 'module',
        left: best.value.path,
        operator: 'in',
        right: module.patchedFolders.join(', '),
        form: 'name',
        holds: true,
      },
    ],
    notes,
    evidence: [best.at],
  };
}

/** Whether the bundle tells which module the running kernel uses. */
function moduleSeen(node: CaseNode, advisory: AffectednessAdvisory, running: string | null): boolean {
  if (advisory.module === undefined) return true;
  return latest(node, (part) => part.facts.raid1).some(
    ({ value }) => value.via === 'loaded' && (value.kernel === null || value.kernel === running),
  );
}

/** Running kernels of older bundles, where they were others. */
function olderKernels(node: CaseNode, running: RunningKernel): Note[] {
  const others = everywhere(node, (part) => part.facts.kernel.running).map((seen) => seen.value.trim());
  const values = [...new Set(others)].filter((text) => running.text !== null && text !== running.text);
  return values.length === 0 ? [] : [{ code: 'older_bundle_differs', params: { values } }];
}

/** Replacement modules that are no evidence of a fix, and why. */
function uselessModules(node: CaseNode, advisory: AffectednessAdvisory, running: string | null): Note[] {
  const { module } = advisory;
  if (module === undefined) return [];
  const seen = latest(node, (part) => part.facts.raid1).map((sighting) => sighting.value);
  const replacement = seen.find((value) => isReplacement(value.path, module.patchedFolders));
  if (replacement === undefined) return [];
  const stock = seen.find(
    (value) => value.via === 'loaded' && !isReplacement(value.path, module.patchedFolders),
  );
  return replacement.kernel === running && stock !== undefined
    ? [{ code: 'module_not_loaded', params: { module: replacement.path, loaded: stock.path } }]
    : [{ code: 'module_for_other_kernel', params: { module: replacement.path, kernel: running ?? '?' } }];
}

function isReplacement(path: string, folders: readonly string[]): boolean {
  const inTree = /(?:^|\/)lib\/modules\/[^/]+\/([^/]+)\//.exec(path)?.[1];
  return inTree === undefined
    ? folders.some((folder) => path.includes(`/${folder}/`))
    : folders.includes(inTree);
}

/** Decisions 5 to 10, with what is to be said about modules and the product version. */
function fromTable(verdict: KernelVerdict, advisory: AffectednessAdvisory, facts: Gathered): Decision {
  const notes = [...verdict.notes];
  const wanted = [...verdict.wanted];
  const trace = [...verdict.trace];
  const row = advisory.rows.find((candidate) => candidate.id === verdict.row);
  if (verdict.verdict === 'affected') {
    if (facts.version === null) {
      notes.push({ code: 'lifekeeper_version_unknown', params: {} });
      wanted.push({ code: 'send_lifekeeper_version', params: {} });
    } else if (row !== undefined) {
      const { from, to } = row.supported;
      const below = compareVersions(facts.version, from) < 0;
      const above = compareVersions(leadingParts(facts.version, to), to) > 0;
      const { fixedIn } = advisory.product;
      if (fixedIn !== undefined)
        trace.push({
          subject: 'lifekeeper',
          left: facts.version,
          operator: '<',
          right: fixedIn,
          form: 'version',
          holds: true,
        });
      if (below || above)
        notes.push({
          code: 'unsupported_combination',
          params: {
            lifekeeper: facts.version,
            system: row.system.en,
            lowest: from,
            highest: to,
            only: from === to ? 'yes' : 'no',
          },
        });
    }
    if (facts.component === 'unknown') notes.push({ code: 'datakeeper_unknown', params: {} });
  }
  if (verdict.verdict === 'cannot_determine' && facts.version === null)
    wanted.push({ code: 'send_lifekeeper_version', params: {} });
  return { ...verdict, notes, wanted, trace, evidence: facts.componentRefs, usesKernel: true };
}

/** As many leading parts of a version as the other has: `9.5.1.7154` of `9.5.1` is `9.5.1`. */
function leadingParts(version: string, like: string): string {
  return version.split('.').slice(0, like.split('.').length).join('.');
}

/** The running kernel beside the newest installed one and the one of the next boot, each judged. */
function kernelState(
  node: CaseNode,
  facts: Gathered,
  running: RunningKernel,
  table: (text: string | null, kernel: KernelRelease | null) => KernelVerdict,
  own: Decision,
): Node['kernel'] {
  const newest = newestInstalled(node, running.kernel);
  const next = latest(node, (part) => part.facts.kernel.nextBoot).map((seen) => seen.value.trim());
  const nextBoot = next.length > 0 && next.every((text) => text === next[0]) ? (next[0] ?? null) : null;
  const nextKernel = nextBoot === null ? null : (parseUname(nextBoot) ?? parsePackageText(nextBoot));
  const judged = (text: string | null, kernel: KernelRelease | null) =>
    text === null || !own.usesKernel ? null : table(text, kernel).verdict;
  const same = newest !== null && running.kernel !== null && sameKernel(newest.kernel, running.kernel);
  return {
    running:
      running.text ?? (facts.kernels.length > 1 ? facts.kernels.map((seen) => seen.value).join(' / ') : null),
    newestInstalled: newest?.text ?? null,
    nextBoot,
    newestInstalledVerdict: newest === null || same ? null : judged(newest.text, newest.kernel),
    nextBootVerdict: nextBoot === running.text ? null : judged(nextBoot, nextKernel),
  };
}

function parsePackageText(text: string): KernelRelease | null {
  const dash = text.indexOf('-');
  return dash < 0 ? null : parseKernelPackage('kernel', text.slice(0, dash), text.slice(dash + 1));
}

/** The newest installed kernel package of the running kernel's flavour; of any when that is unknown. */
function newestInstalled(
  node: CaseNode,
  running: KernelRelease | null,
): { text: string; kernel: KernelRelease } | null {
  let newest: { text: string; kernel: KernelRelease } | null = null;
  for (const { value } of latest(node, (part) => part.facts.kernel.installed)) {
    if (!BOOTABLE.test(value.name)) continue;
    const kernel = parseKernelPackage(value.name, value.version, value.release);
    if (kernel === null) continue;
    if (running !== null && (!sameFlavour(kernel, running) || kernel.mark !== running.mark)) continue;
    const text = `${value.version}-${value.release}`;
    if (
      newest === null || compareText(kernel.base, newest.kernel.base) !== 0
        ? newest === null || compareVersions(kernel.base, newest.kernel.base) > 0
        : compareVersions(kernel.numbers, newest.kernel.numbers) > 0
    )
      newest = { text, kernel };
  }
  return newest;
}

function sameKernel(installed: KernelRelease, running: KernelRelease): boolean {
  if (installed.base !== running.base) return false;
  return (
    installed.numbers === running.numbers ||
    (installed.grammar === 'flavoured' && installed.numbers.replace(/\.\d+$/, '') === running.numbers)
  );
}

function otherKernelNotes(kernel: Node['kernel']): Note[] {
  const notes: Note[] = [];
  if (kernel.newestInstalledVerdict !== null && kernel.newestInstalled !== null)
    notes.push({ code: 'newest_installed_differs', params: { newest: kernel.newestInstalled } });
  if (kernel.nextBootVerdict !== null && kernel.nextBoot !== null)
    notes.push({ code: 'next_boot_differs', params: { nextBoot: kernel.nextBoot } });
  return notes;
}

/**
 * When the correction took effect: the product's installation, or the start into the corrected kernel that runs. Of
 * earlier starts nothing says which kernel they were of.
 */
function fixedSince(node: CaseNode, reason: string, facts: Gathered, bootedAt: number | null): number | null {
  if (reason === 'product_fixed_version') return facts.installedAt;
  if (reason !== 'vendor_kernel_fixed') return null;
  const installed = installTimeOfRunning(node, facts.kernels[0]?.value.trim() ?? null);
  return installed !== null && bootedAt !== null && bootedAt >= installed ? bootedAt : null;
}

function unique(notes: readonly Note[]): Note[] {
  const seen = new Set<string>();
  return notes.filter((note) => {
    const key = JSON.stringify(note);
    return seen.has(key) ? false : seen.add(key);
  });
}

/** Each place once, in the order given. */
export function uniqueRefs(refs: readonly EvidenceRef[]): EvidenceRef[] {
  const seen = new Set<string>();
  return refs.filter((ref) => {
    const key = `${ref.bundle}\u0000${ref.member}\u0000${ref.line}\u0000${ref.offset}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
