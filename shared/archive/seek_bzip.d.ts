/** The parts of seek-bzip that decode block by block; it brings no types. */
declare module 'seek-bzip' {
  interface Input {
    readByte(): number;
    read(buffer: Uint8Array, offset: number, length: number): number;
  }
  interface Output {
    writeByte(byte: number): void;
  }
  export default class Bunzip {
    constructor(input: Input, output: Output);
    readonly reader: { read(bits: number): number };
    readonly streamCRC: number;
    /** Decodes the next block; false at the end of the stream. */
    _init_block(): boolean;
    /** Writes the decoded block to the output and checks its CRC. */
    _read_bunzip(): number;
    /** Starts on the next concatenated stream. */
    _start_bunzip(input: Input, output: Output): void;
  }
}
