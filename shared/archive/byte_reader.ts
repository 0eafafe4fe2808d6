import { Fault } from './fault.ts';

const EMPTY = Buffer.alloc(0);

/**
 * Pulls bytes from a stream in pieces of the reader's choosing, without copying where a piece lies in one chunk.
 * A stream that throws a {@link Fault} ends early here; {@link ByteReader.fault} then says why. Other errors pass.
 */
export class ByteReader {
  /** Bytes handed out so far. */
  position = 0;
  /** Why the stream ended early; null while it has not. */
  fault: Fault | null = null;
  #chunk: Buffer = EMPTY;
  #source: AsyncIterator<Uint8Array> | null;

  /** @param source the stream, or all of its bytes. */
  constructor(source: AsyncIterable<Uint8Array> | Buffer) {
    if (Buffer.isBuffer(source)) {
      this.#source = null;
      this.#chunk = source;
    } else {
      this.#source = source[Symbol.asyncIterator]();
    }
  }

  /** The next `size` bytes if they are at hand without waiting, else null. */
  takeNow(size: number): Buffer | null {
    const chunk = this.#chunk;
    if (chunk.length < size) return null;
    this.position += size;
    if (chunk.length === size) {
      this.#chunk = EMPTY;
      return chunk;
    }
    this.#chunk = chunk.subarray(size);
    return chunk.subarray(0, size);
  }

  /** The next `size` bytes, fewer at the end of the stream. */
  async take(size: number): Promise<Buffer> {
    const piece = await this.peek(size);
    return this.takeNow(Math.min(size, piece.length)) ?? EMPTY;
  }

  /** The next `size` bytes, fewer at the end of the stream, without moving on. Copies across chunks: keep it small. */
  async peek(size: number): Promise<Buffer> {
    if (this.#chunk.length < size) {
      // A copy: the source takes a chunk's memory back when it is asked for the next.
      const parts: Buffer[] = [Buffer.from(this.#chunk)];
      let length = this.#chunk.length;
      while (length < size) {
        const chunk = await this.#pull();
        if (chunk === null) break;
        parts.push(length + chunk.length < size ? Buffer.from(chunk) : chunk);
        length += chunk.length;
      }
      if (parts.length > 1) this.#chunk = Buffer.concat(parts, length);
    }
    return this.#chunk.subarray(0, size);
  }

  /** The next bytes that are at hand, at most `limit`; null at the end of the stream. */
  async next(limit = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
    if (this.#chunk.length === 0) {
      const chunk = await this.#pull();
      if (chunk === null) return null;
      this.#chunk = chunk;
    }
    return this.takeNow(Math.min(limit, this.#chunk.length));
  }

  /** Puts back the last `size` bytes of a piece that was handed out last. */
  unread(piece: Buffer | null, size: number): void {
    if (piece === null || size <= 0) return;
    const back = piece.subarray(piece.length - size);
    this.position -= back.length;
    this.#chunk = this.#chunk.length === 0 ? back : Buffer.concat([back, this.#chunk]);
  }

  /** Moves on by `size` bytes; false if the stream ended before. */
  async skip(size: number): Promise<boolean> {
    let left = size;
    while (left > 0) {
      const piece = await this.next(left);
      if (piece === null) return false;
      left -= piece.length;
    }
    return true;
  }

  /** Reads to the end of the stream and forgets the bytes. */
  async drain(): Promise<void> {
    while ((await this.next()) !== null);
  }

  /** The rest of the stream as it comes. Ends by throwing {@link ByteReader.fault} if there is one. */
  async *rest(): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = await this.next();
      if (piece === null) break;
      yield piece;
    }
    if (this.fault !== null) throw this.fault;
  }

  /** Lets go of the stream behind. */
  async close(): Promise<void> {
    this.#chunk = EMPTY;
    const source = this.#source;
    this.#source = null;
    await source?.return?.();
  }

  async #pull(): Promise<Buffer | null> {
    while (this.#source !== null) {
      try {
        const { value, done } = await this.#source.next();
        if (done) this.#source = null;
        else if (value.length > 0)
          return Buffer.isBuffer(value)
            ? value
            : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      } catch (cause) {
        this.#source = null;
        if (!(cause instanceof Fault)) throw cause;
        this.fault = cause;
      }
    }
    return null;
  }
}
