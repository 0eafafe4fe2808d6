import { MAX_RECORDS_PER_ID, MAX_ROUTINE_RECORDS_PER_ID } from '../evidence/bounds.ts';

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

/** Kept of one bundle beside records: lines of other programs, and odd steps of time. */
const MAX_SYSTEM_RECORDS = 20_000;
const MAX_STEPS = 20_000;

/** What all logs of one bundle have kept together. */
export class BundleBudget {
  important = 0;
  routine = 0;
  /** True once something that matters was not kept. */
  exhausted = false;
  #system = 0;
  #steps = 0;

  takeSystemRecord(): boolean {
    return this.#take(++this.#system <= MAX_SYSTEM_RECORDS);
  }

  takeStep(): boolean {
    return this.#take(++this.#steps <= MAX_STEPS);
  }

  #take(isLeft: boolean): boolean {
    if (!isLeft) this.exhausted = true;
    return isLeft;
  }
}

/** Decides which lines of one node part are kept as records. What an id was refused once stays refused. */
export class RecordBudget {
  readonly bundle: BundleBudget;
  /** Made when first needed: a bundle may have more folders than logs. */
  #important: Map<number, number> | null = null;
  #routine: Map<number, number> | null = null;

  constructor(bundle: BundleBudget) {
    this.bundle = bundle;
  }

  /**
   * Takes one record of the message id out of the budget; false when there is none left.
   *
   * @param important component `dr`, or a level other than INFO
   */
  take(id: number, important: boolean): boolean {
    const { bundle } = this;
    const kept = important ? bundle.important : bundle.routine;
    const { few, many } = important ? IMPORTANT : ROUTINE;
    const perId = kept < few.until ? few.perId : kept < many.until ? many.perId : 0;
    const taken = this.#taken(important);
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

  #taken(important: boolean): Map<number, number> {
    if (important) {
      this.#important ??= new Map();
      return this.#important;
    }
    this.#routine ??= new Map();
    return this.#routine;
  }
}
