import type { EvidenceRef } from '../analysis/analysis.ts';
import type { Part, Phrase } from './document.ts';
import { say } from './phrase.ts';

/** Numbers pieces of evidence in the order they are first cited, and keeps them for the appendix. */
export class Citations {
  readonly #ids = new Map<string, string>();
  readonly #refs: { id: string; ref: EvidenceRef; inferred: string | null; logged: string | null }[] = [];

  /**
   * The references `[E1]`, `[E2]`, … of these places; at most `limit` of them stand in the sentence. `brief` leaves
   * out how many more there are, where another section cites them all.
   */
  cite(
    refs: readonly EvidenceRef[],
    times: { inferred: string | null; logged?: string | null } = { inferred: null },
    limit = 4,
    brief = false,
  ): Phrase {
    const ids = refs.map((ref) => this.#idOf(ref, times));
    const unique = [...new Set(ids)];
    const shown: Part[] = unique.length === 0 ? [] : [{ kind: 'cite', ids: unique.slice(0, limit) }];
    const more = unique.length - limit;
    return more > 0 && !brief ? [...shown, ...say('cite.more', { count: more })] : shown;
  }

  #idOf(ref: EvidenceRef, times: { inferred: string | null; logged?: string | null }): string {
    const key = JSON.stringify([ref.bundle, ref.member, ref.line, ref.offset, ref.length]);
    const known = this.#ids.get(key);
    if (known !== undefined) {
      const entry = this.#refs[Number(known.slice(1)) - 1];
      if (entry !== undefined && entry.inferred === null) entry.inferred = times.inferred;
      if (entry !== undefined && entry.logged === null) entry.logged = times.logged ?? null;
      return known;
    }
    const id = `E${this.#ids.size + 1}`;
    this.#ids.set(key, id);
    this.#refs.push({ id, ref, inferred: times.inferred, logged: times.logged ?? null });
    return id;
  }

  get all(): readonly { id: string; ref: EvidenceRef; inferred: string | null; logged: string | null }[] {
    return this.#refs;
  }
}
