import { constants, createInflateRaw } from 'node:zlib';

/** The part of Node's binding to zlib under its streams that codes one buffer into another, at once. */
interface Handle {
  onerror(message: string, errno: number, code: string): void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
}

/** What Node's `InflateRaw` has beside its documented interface; `minizlib`, and so npm itself, builds on it too. */
interface Internals {
  readonly _handle?: Partial<Handle>;
  /** Bytes of output and of input that were left after the last write. */
  readonly _writeState?: unknown;
}

/** What one call of {@link Inflater.inflate} did. */
export interface Step {
  readonly taken: number;
  readonly made: number;
  /** `full`: the output is; `hungry`: all input was taken; `ended`: so did the data; else zlib's error code. */
  readonly state: 'full' | 'hungry' | 'ended' | { readonly code: string; readonly message: string };
}

/**
 * Inflates raw DEFLATE data (RFC 1951) into memory of the caller's, without a thread and a new buffer for each chunk.
 * That takes two thirds of the time of Node's stream. It rests on parts of Node that are not documented: ask
 * {@link Inflater.isAvailable} first.
 */
export class Inflater {
  readonly #engine = createInflateRaw();
  readonly #handle: Handle;
  readonly #left: Uint32Array;
  #failure: { code: string; message: string } | null = null;

  static isAvailable(): boolean {
    const engine = createInflateRaw();
    const { _handle, _writeState } = engine as Internals;
    const available = typeof _handle?.writeSync === 'function' && _writeState instanceof Uint32Array;
    engine.close();
    return available;
  }

  constructor() {
    const { _handle, _writeState } = this.#engine as Internals;
    this.#handle = _handle as Handle;
    this.#left = _writeState as Uint32Array;
    this.#handle.onerror = (message, _, code) => {
      this.#failure = { code, message };
    };
  }

  /**
   * Inflates until the input is taken, the output is full, or the data ends.
   *
   * @param input null when no more will come: data that has not ended is then an error, `Z_BUF_ERROR`.
   */
  inflate(input: Uint8Array | null, output: Uint8Array): Step {
    const given = input ?? NOTHING;
    const flush = input === null ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    this.#handle.writeSync(flush, given, 0, given.length, output, 0, output.length);
    if (this.#failure !== null) return { taken: 0, made: 0, state: this.#failure };
    const [outputLeft, inputLeft] = this.#left as unknown as [number, number];
    const state = outputLeft === 0 ? 'full' : inputLeft > 0 || input === null ? 'ended' : 'hungry';
    return { taken: given.length - inputLeft, made: output.length - outputLeft, state };
  }

  close(): void {
    this.#engine.close();
  }
}

const NOTHING = new Uint8Array(0);
