import { MAX_RECORDS_PER_ID, MAX_ROUTINE_RECORDS_PER_ID } from '../evidence/evidence.ts';

/** Kept records of all node parts of a bundle together; beyond it lines are only counted. */
export const MAX_RECORDS = 120_000;

/** Of {@link MAX_RECORDS}, what routine INFO lines may take, so that they never push out the ones that matter. */
export const MAX_ROUTINE_RECORDS = 40_000;

/** What all logs of one bundle may keep together. */
export class BundleBudget {
  routine = 0;
  important = 0;
  /** True once a line was not kept because the bundle as a whole had too many. */
  exhausted = false;
}

/**
 * Decides which lines are kept as records: per node part and message id the first
 * {@link MAX_RECORDS_PER_ID} important ones and the first {@link MAX_ROUTINE_RECORDS_PER_ID} others.
 */
export class RecordBudget {
  readonly #bundle: BundleBudget;
  readonly #important = new Map<number, number>();
  readonly #routine = new Map<number, number>();

  constructor(bundle: BundleBudget) {
    this.#bundle = bundle;
  }

  /** Takes one record of the message id out of the budget; false when there is none left. */
  take(id: number, important: boolean): boolean {
    const taken = important ? this.#important : this.#routine;
    const before = taken.get(id) ?? 0;
    if (before >= (important ? MAX_RECORDS_PER_ID : MAX_ROUTINE_RECORDS_PER_ID)) return false;
    const bundle = this.#bundle;
    if (
      important
        ? bundle.important >= MAX_RECORDS - MAX_ROUTINE_RECORDS
        : bundle.routine >= MAX_ROUTINE_RECORDS
    ) {
      bundle.exhausted = true;
      return false;
    }
    taken.set(id, before + 1);
    if (important) bundle.important++;
    else bundle.routine++;
    return true;
  }
}
