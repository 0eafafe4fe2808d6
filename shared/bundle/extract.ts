import { DEFAULT_LIMITS, type Limits } from '../archive/limits.ts';
import { readBundle } from '../archive/read.ts';
import type { ByteSource } from '../archive/source.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Problem } from '../evidence/problem.ts';
import { BundleBudget, RecordBudget } from '../logs/budget.ts';
import { MessageTally } from '../logs/scan.ts';
import { type MemberFindings, readMember } from './member.ts';
import { interestIn, nameMember } from './names.ts';
import { nodeParts } from './parts.ts';

export interface ExtractOptions {
  readonly bundleId: string;
  readonly limits?: Partial<Limits>;
  /** Ends the reading; a `TimeoutError` as its reason keeps what was read, any other reason is thrown. */
  readonly signal?: AbortSignal;
  onProgress?(readBytes: number, totalBytes: number): void;
}

/**
 * Reads one bundle and returns what it says. Never throws for a bad bundle: what could not be read is in
 * `bundle.problems`, and a bundle of which nothing can be used has status `rejected`.
 */
export async function extractBundle(source: ByteSource, options: ExtractOptions): Promise<Evidence> {
  const findings: MemberFindings[] = [];
  const bundleBudget = new BundleBudget();
  const budgets = new Map<string, RecordBudget>();
  const lineTally = new MessageTally();
  const dropTally = new MessageTally();
  const maxLineBytes = options.limits?.maxLineBytes ?? DEFAULT_LIMITS.maxLineBytes;

  const report = await readBundle(
    source,
    {
      interest: interestIn,
      async file(member) {
        const { root } = nameMember(member.path);
        const budget = budgets.get(root) ?? new RecordBudget(bundleBudget);
        budgets.set(root, budget);
        const found = await readMember(member, { budget, lineTally, dropTally, maxLineBytes });
        if (found.facts !== null || found.logs.length > 0 || found.overlongLines > 0) findings.push(found);
      },
    },
    options,
  );

  const problems = [...report.problems];
  for (const { path, overlongLines } of findings) {
    if (overlongLines > 0)
      problems.push(
        problem(
          'limit_line_length',
          `${overlongLines} line(s) are longer than ${maxLineBytes} bytes; only the first ${maxLineBytes} bytes of each were looked at.`,
          path,
        ),
      );
  }
  if (bundleBudget.exhausted)
    problems.push(
      problem('limit_records', 'More log lines matter than are kept; the rest were only counted.'),
    );
  const nodes = nodeParts(findings, report.format);
  const useful = nodes.length > 0;
  if (!report.rejected && !useful)
    problems.push({
      ...problem(
        'not_a_bundle',
        'Nothing in the file is a log, a configuration or a command output of a cluster node.',
      ),
      fatal: true,
    });
  const rejected = report.rejected || !useful;
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
      secretsDropped: findings.reduce((sum, found) => sum + found.secrets, 0),
    },
    nodes,
  };
}

/** Odd names and links lose nothing of the content; all other problems do. */
function losesCoverage(problem: Problem): boolean {
  return !['unsafe_name', 'special_member', 'duplicate_member'].includes(problem.code);
}

function problem(code: Problem['code'], detail: string, member?: string): Problem {
  return { code, detail, fatal: false, count: 1, ...(member === undefined ? {} : { member }) };
}
