import { createHash } from 'node:crypto';
import { DEFAULT_LIMITS, type Limits } from '../archive/limits.ts';
import type { Member } from '../archive/member.ts';
import { readBundle } from '../archive/read.ts';
import type { ByteSource } from '../archive/source.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { noFacts } from '../evidence/no_facts.ts';
import type { Problem } from '../evidence/problem.ts';
import { BundleBudget, RecordBudget } from '../logs/budget.ts';
import { ScanTools } from '../logs/scan.ts';
import { moduleMember } from './collect/raid1.ts';
import { zoneOfLink } from './collect/time.ts';
import { FactBudget, type MemberFindings, type MemberResult, readMember } from './member.ts';
import { interestIn, nameMember } from './names.ts';
import { nodeParts } from './parts.ts';

export interface ExtractOptions {
  readonly bundleId: string;
  readonly limits?: Partial<Limits>;
  /** Ends the reading; a `TimeoutError` as its reason keeps what was read, any other reason is thrown. */
  readonly signal?: AbortSignal;
  onProgress?(readBytes: number, totalBytes: number): void;
}

/** Problems of one code named one by one. */
const MAX_PROBLEMS_PER_CODE = 50;

/** Logs told of one bundle. */
const MAX_LOGS = 5_000;

/** Node parts told of one bundle; a cluster has at most 32 nodes. */
const MAX_PARTS = 64;

/**
 * Reads one bundle and returns what it says. Never throws for a bad bundle: what could not be read is in
 * `bundle.problems`, and a bundle of which nothing can be used has status `rejected`.
 *
 * A bundle without any log, configuration or command output of a node is rejected (`not_a_bundle`). One that tells
 * of a node but nothing of LifeKeeper is kept, as its kernel and system may be what a case lacks; the problem
 * `no_cluster_evidence` says that it has no log and no status, so that nobody takes silence for health.
 */
export async function extractBundle(source: ByteSource, options: ExtractOptions): Promise<Evidence> {
  const reading = new BundleFindings(options.limits?.maxLineBytes ?? DEFAULT_LIMITS.maxLineBytes);
  const report = await readBundle(source, reading, options);
  const problems = [...report.problems, ...reading.problems()];
  const bare = !report.format.startsWith('tar') && report.format !== 'zip';
  const parts = nodeParts(reading.findings, bare, source.name);
  if (parts.length > MAX_PARTS)
    problems.push(
      problem('limit_records', `Only the first ${MAX_PARTS} of ${parts.length} node parts were kept.`),
    );
  const nodes = parts.slice(0, MAX_PARTS);
  const rejected = report.rejected || nodes.length === 0;
  if (rejected && !problems.some(({ fatal }) => fatal)) {
    problems.push({
      ...problem(
        'not_a_bundle',
        'Nothing in the file is a log, a configuration file or the output of a command of a cluster node.',
      ),
      fatal: true,
    });
  } else if (!rejected && !nodes.some(tellsOfCluster)) {
    problems.push(
      problem(
        'no_cluster_evidence',
        'The bundle has neither a line of a LifeKeeper log nor a LifeKeeper package or status.',
      ),
    );
  }
  return {
    schemaVersion: '1',
    bundle: {
      id: options.bundleId,
      fileName: source.name,
      sha256: report.sha256,
      bytes: source.size,
      format: report.format,
      layout: rejected ? 'unknown' : (nodes[0]?.layout ?? 'unknown'),
      status: rejected ? 'rejected' : problems.some(losesCoverage) ? 'partial' : 'complete',
      problems,
      members: report.members,
      expandedBytes: report.expandedBytes,
      secretsDropped: reading.secrets,
    },
    nodes,
  };
}

/** The visitor of one bundle: reads each member and keeps what it says. */
class BundleFindings {
  readonly findings: MemberFindings[] = [];
  secrets = 0;
  readonly #maxLineBytes: number;
  readonly #bundleBudget = new BundleBudget();
  readonly #budgets = new Map<string, RecordBudget>();
  readonly #tools = new ScanTools();
  readonly #facts = new FactBudget();
  #logs = 0;
  /** What the first member of each path said. */
  readonly #first = new Map<string, readonly MemberFindings[]>();
  readonly #problems: Problem[] = [];

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  readonly interest = interestIn;

  async file(member: Parameters<typeof readMember>[0]): Promise<void> {
    const named = nameMember(member.path);
    const budget = this.#budgets.get(named.root) ?? new RecordBudget(this.#bundleBudget);
    this.#budgets.set(named.root, budget);
    const result = await readMember(member, {
      named,
      budget,
      tools: this.#tools,
      maxLineBytes: this.#maxLineBytes,
      facts: this.#facts,
    });
    this.#note(member.path, result);
    const useful = result.findings.filter(({ facts, logs }) => facts !== null || logs.length > 0);
    if (useful.length > 0 && this.#hasRoom(useful) && !this.#isRepeated(member.path, useful)) {
      this.findings.push(...useful);
      this.secrets += result.secrets;
    }
    this.#module(member);
  }

  other(member: Member): void {
    this.#module(member);
    if (member.kind !== 'symlink' || member.linkTarget === null || !/(^|\/)etc\/localtime$/.test(member.path))
      return;
    const zone = zoneOfLink(member.linkTarget);
    if (zone === null) return;
    const facts = noFacts();
    const text = `${member.path} -> ${member.linkTarget}`;
    facts.timezone.push({ value: zone, at: { member: member.path, line: 0, offset: 0, length: 0, text } });
    this.#addFacts(member.path, facts);
  }

  problems(): Problem[] {
    if (this.#bundleBudget.exhausted)
      this.#problems.push(
        problem('limit_records', 'More log lines matter than are kept; the others were only counted.'),
      );
    if (this.#logs > MAX_LOGS)
      this.#problems.push(
        problem('limit_records', `The bundle has ${this.#logs} logs; only the first ${MAX_LOGS} were kept.`),
      );
    if (this.#facts.left <= 0)
      this.#problems.push(problem('limit_records', 'The bundle states more facts than are kept.'));
    return this.#problems;
  }

  /** A member that is itself a `raid1` module says so by its path alone. */
  #module(member: Member): void {
    const module = member.kind === 'directory' ? null : moduleMember(member.path);
    if (module === null) return;
    const facts = noFacts();
    const at = { member: member.path, line: 0, offset: 0, length: 0, text: member.path };
    facts.raid1.push({ value: { ...module, via: 'present' }, at });
    this.#addFacts(member.path, facts);
  }

  /** Whether the logs of one more member can be told; what is left out is reported. */
  #hasRoom(findings: readonly MemberFindings[]): boolean {
    this.#logs += findings.reduce((sum, { logs }) => sum + logs.length, 0);
    return this.#logs <= MAX_LOGS;
  }

  #addFacts(path: string, facts: MemberFindings['facts']): void {
    if (this.#facts.left-- <= 0) return;
    const named = nameMember(path);
    this.findings.push({ path, named, sectioned: false, facts, logs: [], records: [], system: [] });
  }

  #note(path: string, { overlongLines, crowded }: MemberResult): void {
    const limit = this.#maxLineBytes;
    if (overlongLines > 0)
      this.#add(
        'limit_line_length',
        `Of lines longer than ${limit} bytes only the first ${limit} bytes were looked at.`,
        path,
        overlongLines,
      );
    if (crowded)
      this.#add('limit_records', 'The member states more facts than are kept; the rest was not read.', path);
  }

  /** Adds a problem of a member; from some number on, problems of the same kind are only counted. */
  #add(code: Problem['code'], detail: string, member: string, count = 1): void {
    const same = this.#problems.filter((known) => known.code === code);
    const last = same.at(-1);
    if (last !== undefined && same.length >= MAX_PROBLEMS_PER_CODE) last.count += count;
    else this.#problems.push({ ...problem(code, detail, member), count });
  }

  /**
   * Whether a member of the same path said the same before: sos stores some files twice. Two members of one path
   * that say different things are both kept.
   */
  #isRepeated(path: string, findings: readonly MemberFindings[]): boolean {
    const first = this.#first.get(path);
    if (first === undefined) {
      this.#first.set(path, findings);
      return false;
    }
    if (digestOf(first) === digestOf(findings)) return true;
    this.#add(
      'duplicate_member',
      'The bundle holds two different members of this name; both were read.',
      path,
    );
    return false;
  }
}

/** A digest of all that a member says; line by line, as a log may say a lot. */
function digestOf(findings: readonly MemberFindings[]): string {
  const hash = createHash('sha256');
  for (const { facts, logs, records, system } of findings) {
    hash.update(JSON.stringify([facts, logs, system]));
    for (const { at } of records) hash.update(`${at.offset} ${at.text}\n`);
  }
  return hash.digest('hex');
}

function tellsOfCluster({ facts, logs }: Evidence['nodes'][number]): boolean {
  return (
    logs.some(({ kind, lifekeeperLines }) => lifekeeperLines > 0 || kind === 'lifekeeper') ||
    facts.packages.seen.some(({ value }) => /^(steeleye|lifekeeper|sios)/i.test(value.name)) ||
    facts.cluster.status.length > 0 ||
    facts.settings.files.length > 0 ||
    facts.windows.length > 0
  );
}

/** Odd names and links lose nothing of the content; all other problems do. */
function losesCoverage({ code }: Problem): boolean {
  return !['unsafe_name', 'special_member', 'duplicate_member'].includes(code);
}

function problem(code: Problem['code'], detail: string, member?: string): Problem {
  return { code, detail, fatal: false, count: 1, ...(member === undefined ? {} : { member }) };
}
