import { decode } from './encoding.ts';
import { type LineSink, MAX_LINE_BYTES } from './lines.ts';

/**
 * {@link import('./lines.ts').LineSplitter} for UTF-16: hands out each line re-encoded as UTF-8, with number,
 * offset and length of the original bytes. A byte order mark belongs to the first line's bytes, not to its text.
 */
export class Utf16Splitter {
  lines = 0;
  bytes = 0;
  overlong = 0;
  readonly #sink: LineSink;
  readonly #encoding: 'utf-16le' | 'utf-16be';
  readonly #limit: number;
  #parts: Buffer[] = [];
  #kept = 0;
  #pending = 0;
  #pendingOffset = 0;
  /** The first byte of a code unit whose second is in the next chunk. */
  #odd: Buffer | null = null;

  constructor(sink: LineSink, encoding: 'utf-16le' | 'utf-16be', limit: number = MAX_LINE_BYTES) {
    this.#sink = sink;
    this.#encoding = encoding;
    this.#limit = limit;
  }

  push(input: Buffer): void {
    const chunk = this.#odd === null ? input : Buffer.concat([this.#odd, input]);
    const base = this.bytes - (this.#odd?.length ?? 0);
    this.bytes += input.length;
    const even = chunk.length - (chunk.length % 2);
    this.#odd = even < chunk.length ? Buffer.from(chunk.subarray(even)) : null;
    const low = this.#encoding === 'utf-16le' ? 0 : 1;
    let start = 0;
    let at = chunk.indexOf(10);
    while (at !== -1 && at < even) {
      if (at % 2 === low && chunk[low === 0 ? at + 1 : at - 1] === 0) {
        const unit = at - low;
        this.#keep(chunk, start, unit, base);
        this.#flush(base + start);
        start = unit + 2;
        at = chunk.indexOf(10, start);
      } else at = chunk.indexOf(10, at + 1);
    }
    if (start < even) this.#keep(chunk, start, even, base);
  }

  end(): void {
    if (this.#odd !== null) {
      this.#keep(this.#odd, 0, this.#odd.length, this.bytes - this.#odd.length);
      this.#odd = null;
    }
    if (this.#pending > 0) this.#flush(this.#pendingOffset);
  }

  #keep(chunk: Buffer, start: number, end: number, base: number): void {
    if (end === start) return;
    if (this.#pending === 0) this.#pendingOffset = base + start;
    const taken = Math.min(end - start, this.#limit - this.#kept);
    if (taken > 0) {
      this.#parts.push(Buffer.from(chunk.subarray(start, start + taken)));
      this.#kept += taken;
    }
    this.#pending += end - start;
  }

  #flush(emptyOffset: number): void {
    const offset = this.#pending > 0 ? this.#pendingOffset : emptyOffset;
    let length = this.#pending;
    let text = decode(Buffer.concat(this.#parts), this.#encoding);
    if (text.endsWith('\r') && length <= this.#limit) {
      text = text.slice(0, -1);
      length -= 2;
    }
    if (offset === 0 && text.startsWith('\ufeff')) text = text.slice(1);
    if (length > this.#limit) this.overlong++;
    this.lines++;
    const line = Buffer.from(text, 'utf8');
    this.#sink.line(line, 0, line.length, this.lines, offset, length);
    this.#sink.release?.();
    this.#parts = [];
    this.#kept = 0;
    this.#pending = 0;
  }
}
