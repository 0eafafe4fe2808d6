import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { Analysis, EvidenceRef } from '../../shared/analysis/analysis.ts';
import { openFile } from '../../shared/archive/file_source.ts';
import { limitsFromEnvironment } from '../../shared/archive/limits.ts';
import type { Member } from '../../shared/archive/member.ts';
import { readBundle } from '../../shared/archive/read.ts';
import type { Place } from '../../shared/evidence/place.ts';
import { checkPlaces, type Mismatch } from '../evidence_check.ts';
import { CommandError, EXIT } from '../exit_codes.ts';
import { print, progress } from '../terminal.ts';

interface Result {
  bundle: string;
  fileName: string;
  /** Null when none of the given files is this bundle. */
  file: string | null;
  places: number;
  mismatches: { member: string; line: number; offset: number; reason: Mismatch }[];
}

const WORDS: Record<Exclude<Mismatch, null>, string> = {
  member_missing: 'the bundle has no such member',
  outside_member: 'the bytes lie outside the member',
  not_a_line: 'the bytes are not one line',
  wrong_line_number: 'the line number differs',
  text_differs: 'the text differs',
};

/** Every piece of evidence anywhere in the document, once each. */
function evidenceIn(analysis: Analysis): EvidenceRef[] {
  const found = new Map<string, EvidenceRef>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      value.forEach(walk);
    } else if (typeof value === 'object' && value !== null) {
      const place = EvidenceRef.safeParse(value);
      if (place.success) found.set(JSON.stringify(place.data), place.data);
      else Object.values(value).forEach(walk);
    }
  };
  walk(analysis);
  return [...found.values()];
}

async function readAnalysis(path: string): Promise<Analysis> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new CommandError(`${path} cannot be read as JSON.`, EXIT.usage, { cause });
  }
  const parsed = Analysis.safeParse(value);
  if (!parsed.success) {
    throw new CommandError(
      `${path} is not an analysis document: ${z.prettifyError(parsed.error)}`,
      EXIT.usage,
    );
  }
  return parsed.data;
}

async function digest(path: string, signal: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  await using file = await openFile(path);
  const hash = createHash('sha256');
  for await (const chunk of file.stream()) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return { sha256: hash.digest('hex'), bytes: file.size };
}

async function checkBundle(
  path: string,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<Result['mismatches']> {
  const byMember = new Map<string, Place[]>();
  for (const place of places) byMember.set(place.member, [...(byMember.get(place.member) ?? []), place]);
  // A member may be stored twice (sos does); a place holds when one of them has it.
  const worst = new Map<Place, Mismatch>(places.map((place) => [place, 'member_missing']));
  const bar = await progress(basename(path));
  await using file = await openFile(path);
  const onlyNamed = (member: Member) => {
    for (const place of byMember.get(member.path) ?? []) if (place.line === 0) worst.set(place, null);
  };
  try {
    await readBundle(
      file,
      {
        interest: (member) => (byMember.has(member.path) ? 'read' : 'skip'),
        other: onlyNamed,
        async file(member) {
          const checked = await checkPlaces(member, byMember.get(member.path) ?? []);
          for (const [place, mismatch] of checked) if (worst.get(place) !== null) worst.set(place, mismatch);
        },
      },
      {
        limits: limitsFromEnvironment(process.env),
        signal,
        onProgress: (done, total) => bar.update(done, total),
      },
    );
  } finally {
    bar.stop();
  }
  return [...worst]
    .filter(([, reason]) => reason !== null)
    .map(([place, reason]) => ({ member: place.member, line: place.line, offset: place.offset, reason }));
}

/**
 * `bundle-advisor verify analysis.json FILE…`: re-reads the original bundles, recognised by SHA-256 whatever they
 * are called now, and compares every piece of evidence byte for byte. Answers the exit code: 0 all of it matches,
 * 1 some does not, 3 a bundle of the analysis was not among the files.
 */
export async function verify(
  path: string,
  files: string[],
  json: boolean,
  signal: AbortSignal,
): Promise<number> {
  const analysis = await readAnalysis(path);
  const digests = new Map<string, string>();
  const sizes = new Map<string, string>();
  for (const file of files) {
    const { sha256, bytes } = await digest(file, signal).catch((cause: unknown) => {
      throw new CommandError(`${file} cannot be read.`, EXIT.unreadable, { cause });
    });
    digests.set(sha256, file);
    sizes.set(`${basename(file)} ${bytes}`, file);
  }
  const evidence = evidenceIn(analysis);
  const results: Result[] = [];
  for (const bundle of analysis.bundles.filter((candidate) => candidate.status !== 'rejected')) {
    const file =
      (bundle.sha256 === null
        ? sizes.get(`${bundle.fileName} ${bundle.bytes}`)
        : digests.get(bundle.sha256)) ?? null;
    const places = evidence.filter((ref) => ref.bundle === bundle.id).map(({ bundle: _, ...place }) => place);
    const mismatches = file === null ? [] : await checkBundle(file, places, signal);
    results.push({ bundle: bundle.id, fileName: bundle.fileName, file, places: places.length, mismatches });
  }
  if (json) {
    await print(JSON.stringify(results, null, 2));
  } else {
    for (const result of results) {
      if (result.file === null) {
        await print(`${result.fileName}: not among the given files (its SHA-256 matches none); not checked`);
      } else {
        const good = result.places - result.mismatches.length;
        await print(
          `${result.fileName}: ${good} of ${result.places} pieces of evidence match ${result.file}`,
        );
        for (const { member, line, reason } of result.mismatches) {
          await print(`  ${member}:${line}: ${reason === null ? '' : WORDS[reason]}`);
        }
      }
    }
  }
  if (results.some((result) => result.mismatches.length > 0)) return EXIT.matched;
  return results.some((result) => result.file === null) ? EXIT.unreadable : EXIT.ok;
}
