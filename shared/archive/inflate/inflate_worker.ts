/**
 * The thread that `./thread.ts` talks with: inflates one stream after the other, from the pieces into the chunks that
 * come, and sends both back. Memory moves between the threads, it is never in both.
 */
import { parentPort } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { Inflater, type Step } from './inflater.ts';

/** What the reader's thread sends. */
export type Order =
  /** A stream begins; all pieces of the one before are back. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'chunk'; readonly memory: ArrayBuffer }
  | { readonly kind: 'piece'; readonly memory: ArrayBuffer; readonly length: number }
  /** No piece will come any more. */
  | { readonly kind: 'finish' };

/** What the inflating thread answers, in the order of the data. */
export type Answer =
  | { readonly kind: 'chunk'; readonly memory: ArrayBuffer; readonly length: number }
  /** A piece comes back; behind the end of the data `taken` is less than its length. */
  | { readonly kind: 'piece'; readonly memory: ArrayBuffer; readonly length: number; readonly taken: number }
  | { readonly kind: 'ended'; readonly crc: number; readonly length: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

class Inflating {
  readonly #inflater = new Inflater();
  readonly #pieces: { readonly memory: ArrayBuffer; readonly length: number }[] = [];
  #taken = 0;
  #isLast = false;
  #chunk: Uint8Array<ArrayBuffer> | null = null;
  #made = 0;
  #crc = 0;
  #length = 0;
  #over = false;

  piece(memory: ArrayBuffer, length: number): void {
    if (this.#over) send({ kind: 'piece', memory, length, taken: 0 });
    else this.#pieces.push({ memory, length });
  }

  finish(): void {
    this.#isLast = true;
  }

  /** Goes on as far as pieces and chunks reach. */
  work(): void {
    while (!this.#over) {
      const piece = this.#pieces[0];
      if (piece === undefined && !this.#isLast) return;
      const memory = this.#chunk?.buffer ?? free.pop();
      if (memory === undefined) return;
      this.#chunk ??= new Uint8Array(memory);
      const input = piece && new Uint8Array(piece.memory, this.#taken, piece.length - this.#taken);
      const step = this.#inflater.inflate(input ?? null, this.#chunk.subarray(this.#made));
      this.#made += step.made;
      this.#taken += step.taken;
      if (this.#made === memory.byteLength) this.#sendChunk();
      if (piece !== undefined && this.#taken === piece.length) this.#sendPiece();
      if (step.state !== 'full' && step.state !== 'hungry') this.#end(step.state);
    }
  }

  #sendChunk(): void {
    if (this.#chunk === null) return;
    const made = this.#chunk.subarray(0, this.#made);
    this.#crc = crc32(made, this.#crc);
    this.#length += made.length;
    send({ kind: 'chunk', memory: this.#chunk.buffer, length: made.length });
    this.#chunk = null;
    this.#made = 0;
  }

  #sendPiece(): void {
    const piece = this.#pieces.shift();
    if (piece !== undefined) send({ kind: 'piece', ...piece, taken: this.#taken });
    this.#taken = 0;
  }

  #end(state: Exclude<Step['state'], 'full' | 'hungry'>): void {
    this.#over = true;
    this.#sendChunk();
    while (this.#pieces.length > 0) this.#sendPiece();
    this.#inflater.close();
    if (state === 'ended') send({ kind: 'ended', crc: this.#crc, length: this.#length });
    else send({ kind: 'failed', ...state });
  }
}

function send(answer: Answer): void {
  parentPort?.postMessage(answer, 'memory' in answer ? [answer.memory] : []);
}

const free: ArrayBuffer[] = [];
let inflating = new Inflating();

parentPort?.on('message', (order: Order) => {
  if (order.kind === 'begin') inflating = new Inflating();
  else if (order.kind === 'chunk') free.push(order.memory);
  else if (order.kind === 'piece') inflating.piece(order.memory, order.length);
  else inflating.finish();
  inflating.work();
});
