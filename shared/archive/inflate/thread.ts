import { extname } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { ByteReader } from '../byte_reader.ts';
import type { Answer, Order } from './inflate_worker.ts';
import { Inflater } from './inflater.ts';

/** Fewer hand-overs with larger chunks gain nothing any more. */
const CHUNK_BYTES = 512 * 1024;
const CHUNKS = 3;

/** What came out of the piece in which a damage lies is lost. */
const PIECE_BYTES = 64 * 1024;
const PIECES = 4;

/** What the data of a stream was, for those who can compare. */
export interface Totals {
  readonly crc: number;
  readonly length: number;
}

/** The data is damaged, or its end is missing (`Z_BUF_ERROR`); what could be had was handed out. */
export class InflateError extends Error {
  override readonly name = 'InflateError';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

type Made = Exclude<Answer, { readonly kind: 'piece' }>;
type Piece = Pick<Extract<Answer, { readonly kind: 'piece' }>, 'memory' | 'length' | 'taken'>;

/**
 * A thread that inflates and computes checksums while its reader looks at what came out before. Its memory does not
 * grow with the data, and chunks are used over and over: new ones cost as much time as the inflating.
 */
export class InflatingThread {
  readonly #worker: Worker;
  readonly #made = new Mailbox<Made>();
  /** Pieces that are free, and what the thread left in them. */
  readonly #pieces = new Mailbox<Piece>();

  /** Whether this Node has what the thread needs. */
  static isAvailable(): boolean {
    return Inflater.isAvailable();
  }

  constructor() {
    // Beside this module, be it source or bundled (`cli/build.ts`, `infra/code/bundle.ts`).
    const file = new URL(`./inflate_worker${extname(import.meta.url)}`, import.meta.url);
    this.#worker = new Worker(file, {
      env: SHARE_ENV,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    this.#worker.on('message', (answer: Answer) => {
      if (answer.kind === 'piece') this.#pieces.put(answer);
      else this.#made.put(answer);
    });
    this.#worker.once('error', (error) => this.#fail(error));
    for (let n = 0; n < CHUNKS; n++) this.#order({ kind: 'chunk', memory: new ArrayBuffer(CHUNK_BYTES) });
    for (let n = 0; n < PIECES; n++)
      this.#pieces.put({ memory: new ArrayBuffer(PIECE_BYTES), length: 0, taken: 0 });
  }

  /**
   * What comes out of one stream of raw DEFLATE data. A chunk is only good until the next one is asked for.
   * Afterwards the input stands behind the last byte of the data, and the next stream may be inflated. When the data
   * was damaged, or not read to its end, the thread can only be closed.
   *
   * @throws {InflateError} after the last byte that could be had.
   */
  async *inflate(input: ByteReader): AsyncGenerator<Buffer, Totals> {
    this.#order({ kind: 'begin' });
    const feed = new Feed(input, this.#pieces, (order) => this.#order(order));
    const feeding = feed.run().catch((error: Error) => this.#fail(error));
    try {
      for (;;) {
        const answer = await this.#made.take();
        if (answer.kind === 'failed') throw new InflateError(answer.message, answer.code);
        if (answer.kind === 'ended') {
          await feed.end();
          return answer;
        }
        yield Buffer.from(answer.memory, 0, answer.length);
        this.#order({ kind: 'chunk', memory: answer.memory });
      }
    } finally {
      if (!feed.isOver) this.#fail(new Error('The data was not read to its end.'));
      await feeding;
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#made.fail(error);
    this.#pieces.fail(error);
  }

  #order(order: Order): void {
    this.#worker.postMessage(order, 'memory' in order ? [order.memory] : []);
  }
}

/** Gives the thread the input of one stream, piece by piece. */
class Feed {
  isOver = false;
  readonly #input: ByteReader;
  readonly #pieces: Mailbox<Piece>;
  readonly #order: (order: Order) => void;
  #running: Promise<void> = Promise.resolve();
  #unread: Buffer[] = [];

  constructor(input: ByteReader, pieces: Mailbox<Piece>, order: (order: Order) => void) {
    this.#input = input;
    this.#pieces = pieces;
    this.#order = order;
  }

  run(): Promise<void> {
    this.#running = this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const memory = this.#look(await this.#pieces.take());
      const given = this.isOver ? null : await this.#input.next(PIECE_BYTES);
      if (given === null) {
        this.#pieces.put({ memory, length: 0, taken: 0 });
        this.#order({ kind: 'finish' });
        return;
      }
      new Uint8Array(memory).set(given);
      this.#order({ kind: 'piece', memory, length: given.length });
    }
  }

  /** Waits for all pieces and puts back into the input what the thread did not take. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.#running;
    const all: ArrayBuffer[] = [];
    while (all.length < PIECES) all.push(this.#look(await this.#pieces.take()));
    for (const memory of all) this.#pieces.put({ memory, length: 0, taken: 0 });
    const unread = Buffer.concat(this.#unread);
    this.#input.unread(unread, unread.length);
  }

  #look({ memory, length, taken }: Piece): ArrayBuffer {
    if (taken < length) this.#unread.push(Buffer.from(memory.slice(taken, length)));
    return memory;
  }
}

/** What comes is taken in its order; who comes first waits. For one taker. */
class Mailbox<T> {
  readonly #waiting: T[] = [];
  #failure: Error | null = null;
  #wake: () => void = () => undefined;

  put(value: T): void {
    this.#waiting.push(value);
    this.#wake();
  }

  /** Makes {@link Mailbox.take} throw. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  async take(): Promise<T> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const value = this.#waiting.shift();
      if (value !== undefined) return value;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
