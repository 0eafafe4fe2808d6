/** What of unzipper is used here, as its version 0.12 has it; the published types lack the options of `Open.custom`. */
declare module 'unzipper' {
  import type { Readable } from 'node:stream';

  export interface Directory {
    readonly files: Promise<readonly File[]>;
  }
  export interface File {
    readonly pathBuffer: Buffer;
    readonly versionMadeBy: number;
    readonly flags: number;
    readonly compressionMethod: number;
    readonly lastModifiedDateTime: Date;
    readonly crc32: number;
    readonly compressedSize: number;
    readonly uncompressedSize: number;
    readonly fileNameLength: number;
    readonly externalFileAttributes: number;
    readonly offsetToLocalFileHeader: number;
  }
  /** CommonJS: bundled, it has no other export. */
  const unzipper: {
    readonly Open: {
      custom(
        source: { size(): Promise<number>; stream(offset: number, length?: number): Readable },
        options: { tailSize: number },
      ): Promise<Directory>;
    };
  };
  export default unzipper;
}
