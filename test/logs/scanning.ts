import { BundleBudget, RecordBudget } from '../../shared/logs/budget.ts';
import type { Encoding } from '../../shared/logs/encoding.ts';
import { type LineSink, LineSplitter } from '../../shared/logs/lines.ts';
import { LogScanner, type ScannedLog, ScanTools } from '../../shared/logs/scan.ts';
import { Utf16Splitter } from '../../shared/logs/utf16.ts';

/** Scans a log that comes in chunks of the given sizes, over and over until it ends. */
export function scan(log: string | Uint8Array, sizes: readonly number[] = [65_536]): ScannedLog {
  const scanner = newScanner();
  const splitter = new LineSplitter(scanner);
  for (const chunk of chunks(Buffer.from(log), sizes)) splitter.push(chunk);
  splitter.end();
  return scanner.finish();
}

/** The same for UTF-16. */
export function scanUtf16(
  log: Uint8Array,
  encoding: 'utf-16le' | 'utf-16be',
  sizes: readonly number[] = [65_536],
): ScannedLog {
  const scanner = newScanner(encoding);
  const splitter = new Utf16Splitter(scanner, encoding);
  for (const chunk of chunks(Buffer.from(log), sizes)) splitter.push(chunk);
  splitter.end();
  return scanner.finish();
}

function newScanner(encoding?: Encoding): LogScanner {
  return new LogScanner('lifekeeper.log', {
    budget: new RecordBudget(new BundleBudget()),
    tools: new ScanTools(),
    encoding,
  });
}

/** Each chunk is overwritten once it was taken, as a decoder that reuses its buffer would do. */
export function* chunks(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = Math.max(1, sizes[index % sizes.length] ?? 1);
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    yield chunk;
    chunk.fill(0x7e);
    at += size;
  }
}

export interface SplitLine {
  readonly number: number;
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** Collects lines as a splitter hands them out. */
export class LineCollector implements LineSink {
  readonly lines: SplitLine[] = [];

  line(buffer: Buffer, start: number, end: number, number: number, offset: number, length: number): void {
    this.lines.push({ number, offset, length, text: buffer.toString('latin1', start, end) });
  }
}
