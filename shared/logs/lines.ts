/** Takes the lines of one member, in order, none of them decoded. */
export interface LineSink {
  /**
   * One line in `buffer[start, end)`, without its ending (`\n` or `\r\n`).
   *
   * @param number 1-based
   * @param offset of the line's first byte in the member
   * @param length of the line in the member; more than `end - start` when the line was cut or re-encoded
   */
  line(buffer: Buffer, start: number, end: number, number: number, offset: number, length: number): void;
  /**
   * May take lines that need no closer look, from the start of a line at `start` on; none of them is longer than
   * {@link MAX_SKIMMED_BYTES}.
   *
   * @returns where the first line begins that it did not take; {@link LineSink.skimmed} is how many it took
   */
  skim?(chunk: Buffer, start: number): number;
  readonly skimmed?: number;
  /** The buffers of the lines so far are about to be reused: whatever is still wanted of them must be copied now. */
  release?(): void;
}

/** Lines longer than this are cut: their first bytes are kept, the rest is counted and dropped. */
export const MAX_LINE_BYTES = 1_048_576;

const EMPTY = Buffer.alloc(0);

/** {@link LineSink.skim} takes no longer lines. */
export const MAX_SKIMMED_BYTES = 4_096;

/**
 * Cuts a stream of chunks into lines. Time is linear and memory constant whatever the input: a line that spans
 * chunks is carried in a buffer that never grows beyond the line limit.
 */
export class LineSplitter {
  /** Lines handed out so far. */
  lines = 0;
  /** Bytes taken so far. */
  bytes = 0;
  /** Lines that were longer than the limit. */
  overlong = 0;
  readonly #sink: LineSink;
  readonly #limit: number;
  readonly #skims: boolean;
  #carry: Buffer = EMPTY;
  #carried = 0;
  /** Bytes of the line begun in earlier chunks, kept or not. */
  #pending = 0;
  #pendingOffset = 0;
  #lastByte = 0;

  constructor(sink: LineSink, limit: number = MAX_LINE_BYTES) {
    this.#sink = sink;
    this.#limit = limit;
    this.#skims = sink.skim !== undefined && limit >= MAX_SKIMMED_BYTES;
  }

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#pending > 0) {
      const newline = chunk.indexOf(10);
      if (newline !== -1) {
        this.#keep(chunk, 0, newline);
        this.#flush();
        start = newline + 1;
      }
    }
    if (this.#pending === 0) {
      start = this.#skim(chunk, start);
      for (let newline = chunk.indexOf(10, start); newline !== -1; newline = chunk.indexOf(10, start)) {
        const end = newline > start && chunk[newline - 1] === 13 ? newline - 1 : newline;
        this.#emit(chunk, start, end, this.bytes + start, end - start);
        start = this.#skim(chunk, newline + 1);
      }
    }
    this.#sink.release?.();
    if (start < chunk.length) this.#keep(chunk, start, chunk.length);
    this.bytes += chunk.length;
  }

  #skim(chunk: Buffer, start: number): number {
    const sink = this.#sink;
    if (!this.#skims || sink.skim === undefined) return start;
    const next = sink.skim(chunk, start);
    this.lines += sink.skimmed ?? 0;
    return next;
  }

  /** Hands out a last line that has no ending. */
  end(): void {
    if (this.#pending > 0) this.#flush();
    this.#sink.release?.();
  }

  #emit(buffer: Buffer, start: number, end: number, offset: number, length: number): void {
    this.lines++;
    let shown = end;
    if (length > this.#limit) {
      this.overlong++;
      shown = Math.min(end, start + this.#limit);
    }
    this.#sink.line(buffer, start, shown, this.lines, offset, length);
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    if (this.#pending === 0) this.#pendingOffset = this.bytes + start;
    const room = this.#limit + 1 - this.#carried;
    const taken = Math.min(end - start, room);
    if (taken > 0) {
      if (this.#carry.length < this.#carried + taken) {
        const grown = Buffer.allocUnsafe(
          Math.min(this.#limit + 1, Math.max(4_096, 2 * (this.#carried + taken))),
        );
        this.#carry.copy(grown, 0, 0, this.#carried);
        this.#carry = grown;
      }
      chunk.copy(this.#carry, this.#carried, start, start + taken);
      this.#carried += taken;
    }
    if (end > start) this.#lastByte = chunk[end - 1] as number;
    this.#pending += end - start;
  }

  #flush(): void {
    const length = this.#lastByte === 13 ? this.#pending - 1 : this.#pending;
    this.#emit(this.#carry, 0, Math.min(this.#carried, length), this.#pendingOffset, length);
    this.#carried = 0;
    this.#pending = 0;
  }
}
