import { MAX_RECORDS_PER_ID, MAX_ROUTINE_RECORDS_PER_ID } from '../evidence/evidence.ts';

/**
 * How many records of one message id are kept, by how many the bundle has kept already. The fewer are left, the
 * fewer each id gets, so that an id which is rare or comes late is kept whatever the others did. The last step's
 * total is the most that a bundle can keep.
 */
interface Steps {
  readonly few: { readonly until: number; readonly perId: number };
  readonly many: { readonly until: number; readonly perId: number };
}

const IMPORTANT: Steps = {
  few: { until: 40_000, perId: MAX_RECORDS_PER_ID },
  many: { until: 80_000, perId: 2_000 },
};

const ROUTINE: Steps = {
  few: { until: 5_000, perId: MAX_ROUTINE_RECORDS_PER_ID },
  many: { until: 20_000, perId: 100 },
};

/** What all logs of one bundle have kept together. */
export class BundleBudget {
  important = 0;
  routine = 0;
  /** True once an important line was not kept. */
  exhausted = false;
}

/** Decides which lines of one node part are kept as records. What an id was refused once stays refused. */
export class RecordBudget {
  readonly #bundle: BundleBudget;
  readonly #important = new Map<number, number>();
  readonly #routine = new Map<number, number>();

  constructor(bundle: BundleBudget) {
    this.#bundle = bundle;
  }

  /**
   * Takes one record of the message id out of the budget; false when there is none left.
   *
   * @param important component `dr`, or a level other than INFO
   */
  take(id: number, important: boolean): boolean {
    const bundle = this.#bundle;
    const kept = important ? bundle.important : bundle.routine;
    const { few, many } = important ? IMPORTANT : ROUTINE;
    const perId = kept < few.until ? few.perId : kept < many.until ? many.perId : 0;
    const taken = important ? this.#important : this.#routine;
    const before = taken.get(id) ?? 0;
    if (before >= perId) {
      if (important) bundle.exhausted = true;
      return false;
    }
    taken.set(id, before + 1);
    if (important) bundle.important++;
    else bundle.routine++;
    return true;
  }
}
