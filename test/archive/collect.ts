import type { BundleVisitor, Interest, Member } from '../../shared/archive/member.ts';
import { type ArchiveReport, type ReadOptions, readBundle } from '../../shared/archive/read.ts';
import type { ByteSource } from '../../shared/archive/source.ts';
import { bytesSource } from '../fixtures/archive.ts';

/** All that a reading brought. Files by path; a path met twice keeps the contents in order. */
export interface Collected {
  readonly report: ArchiveReport;
  readonly files: { readonly path: string; readonly content: Buffer; readonly cut: string | null }[];
  readonly others: Member[];
}

/** Reads a bundle and keeps every file of interest whole. */
export async function collect(
  bundle: ByteSource | Uint8Array,
  options: ReadOptions & { interest?(member: Member): Interest } = {},
): Promise<Collected> {
  const source = 'stream' in bundle ? bundle : bytesSource(bundle);
  const files: Collected['files'] = [];
  const others: Member[] = [];
  const visitor: BundleVisitor = {
    interest: options.interest ?? (() => 'read'),
    async file(member) {
      const parts: Buffer[] = [];
      for await (const chunk of member.bytes()) parts.push(Buffer.from(chunk));
      files.push({ path: member.path, content: Buffer.concat(parts), cut: member.cut()?.code ?? null });
    },
    other(member) {
      others.push(member);
    },
  };
  const report = await readBundle(source, visitor, options);
  return { report, files, others };
}

/** The files of a reading as text by path. */
export function texts(collected: Collected): Record<string, string> {
  return Object.fromEntries(collected.files.map(({ path, content }) => [path, content.toString()]));
}
