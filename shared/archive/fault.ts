import type { Problem, ProblemCode } from '../evidence/problem.ts';
import { shown } from './names.ts';

/**
 * Why a stream of bytes ended early. Thrown inside the archive reader only; {@link ByteReader} turns it into an
 * early end, and {@link ProblemLog} records it once, however many nested streams it ends.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: ProblemCode;
  /** The problem this fault was recorded as, once it was. */
  recorded: Problem | null = null;

  constructor(code: ProblemCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** Problems of one code kept one by one; later ones only count up the last one kept. */
const MAX_PER_CODE = 50;

/** Codes of which a bundle may have thousands for one reason, and of which the first says enough. */
const FOLDED: ReadonlySet<ProblemCode> = new Set([
  'unsafe_name',
  'special_member',
  'encrypted',
  'overlapping_entries',
]);

/** The problems of one bundle, folded so that a hostile one cannot make the list long. */
export class ProblemLog {
  readonly problems: Problem[] = [];
  readonly #kept = new Map<ProblemCode, { kept: number; last: Problem }>();

  /** Adds a problem; `member` is shown with its control characters escaped. */
  add(code: ProblemCode, detail: string, member?: string, fatal = false): Problem {
    const seen = this.#kept.get(code);
    if (seen !== undefined && !fatal && seen.kept >= (FOLDED.has(code) ? 1 : MAX_PER_CODE)) {
      seen.last.count += 1;
      return seen.last;
    }
    const problem: Problem = {
      code,
      detail,
      ...(member === undefined ? {} : { member: shown(member) }),
      fatal,
      count: 1,
    };
    this.problems.push(problem);
    this.#kept.set(code, { kept: (seen?.kept ?? 0) + 1, last: problem });
    return problem;
  }

  /** Adds what ended a stream; the first member it ended is the one named. */
  fault(fault: Fault, member?: string): Problem {
    fault.recorded ??= this.add(fault.code, fault.message, member);
    return fault.recorded;
  }
}
