import type { AffectednessAdvisory, KernelStream, RelatedStream, VendorFix } from '../knowledge/schema.ts';
import type { Comparison, Note, Params, Verdict } from './analysis.ts';
import { compareWithBound, isStock, type KernelRelease, streamsOf } from './kernel.ts';
import { type OsName, osLabel, osMatches } from './os.ts';

/** What the tables of an advisory say about one kernel on one operating system. */
export interface KernelVerdict {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly params: Params;
  readonly row: string | null;
  readonly trace: readonly Comparison[];
  readonly notes: readonly Note[];
  readonly wanted: readonly Note[];
}

/**
 * Decisions 5 to 10 of docs/analysis.md §1: missing or unknown, related, fixed by the vendor, in range, below
 * range, not in the table. Never guesses: what no table covers is `cannot_determine`.
 *
 * @param text the release as it was read, for the texts; null when none was.
 * @param kernel `text` taken apart; null when it has the form of no distribution kernel.
 */
export function decideKernel(
  advisory: AffectednessAdvisory,
  streams: readonly KernelStream[],
  os: OsName | null,
  text: string | null,
  kernel: KernelRelease | null,
): KernelVerdict {
  if (text === null)
    return undetermined(
      'kernel_missing',
      {},
      os === null ? ['send_kernel', 'send_os_release'] : ['send_kernel'],
    );
  if (os === null) return undetermined('os_missing', { kernel: text }, ['send_os_release']);
  const params = { kernel: text, os: os.pretty };
  if (kernel === null) return undetermined('kernel_stream_unknown', params, ['ask_vendor']);
  const candidates = streamsOf(kernel, streams).filter((stream) => isStock(kernel, stream.family));
  if (candidates.length === 0) return undetermined('kernel_stream_unknown', params, ['ask_vendor']);
  for (const accepted of ['yes', 'refined'] as const) {
    for (const stream of candidates) {
      const home = stream.os.find((pattern) => osMatches(os, pattern) === accepted);
      if (home === undefined) continue;
      if (accepted === 'yes') return decideInStream(advisory, stream, os, kernel, params);
      const refined = { ...os, version: home.version };
      const verdict = decideInStream(advisory, stream, refined, kernel, params);
      const note = { code: 'os_minor_from_kernel', params: { kernel: text, os: `${os.id} ${home.version}` } };
      return { ...verdict, notes: [note, ...verdict.notes] };
    }
  }
  return decideAcross(advisory, streams, candidates, os, kernel, params);
}

/** Kernel and operating system belong together: look the pair up. */
function decideInStream(
  advisory: AffectednessAdvisory,
  stream: KernelStream,
  os: OsName,
  kernel: KernelRelease,
  params: Params,
): KernelVerdict {
  const inTable = (entry: {
    stream: string;
    os?: readonly { id: string; version: string; exact: boolean }[] | undefined;
  }) =>
    entry.stream === stream.id &&
    (entry.os === undefined || entry.os.some((pattern) => osMatches(os, pattern) === 'yes'));
  const row = advisory.rows.find(inTable);
  if (row !== undefined) return decideInRow(row, stream, os, kernel, params);
  const related = advisory.related.find(inTable);
  if (related !== undefined) return decideRelated(related, stream, os, kernel, params);
  if (advisory.unlisted.some(inTable))
    return {
      verdict: 'not_affected',
      reason: 'not_in_table',
      params,
      row: null,
      trace: [
        { subject: 'os', left: os.pretty, operator: 'not in', right: advisory.id, form: 'name', holds: true },
        { subject: 'kernel', left: kernel.raw, operator: 'in', right: stream.id, form: 'name', holds: true },
      ],
      notes: [],
      wanted: [],
    };
  return undetermined('kernel_stream_unknown', params, ['ask_vendor']);
}

type Row = AffectednessAdvisory['rows'][number];

function decideInRow(
  row: Row,
  stream: KernelStream,
  os: OsName,
  kernel: KernelRelease,
  params: Params,
): KernelVerdict {
  const trace: Comparison[] = [
    { subject: 'os', left: os.pretty, operator: '=', right: row.system.en, form: 'name', holds: true },
  ];
  const bound = row.from === 'all' ? 'all' : row.from.value;
  const withBound = { ...params, bound };
  if (row.from === 'all')
    trace.push({
      subject: 'kernel',
      left: kernel.raw,
      operator: 'in',
      right: stream.id,
      form: 'name',
      holds: true,
    });
  else {
    const compared = compareWithBound(kernel, row.from, stream);
    const reached = compared.order >= 0;
    trace.push(comparison(compared, reached ? '>=' : '<', true));
    if (!reached)
      return {
        verdict: 'not_affected',
        reason: 'kernel_below_range',
        params: withBound,
        row: row.id,
        trace,
        notes: [],
        wanted: [],
      };
  }
  if (row.before !== undefined) {
    const compared = compareWithBound(kernel, row.before, stream);
    trace.push(comparison(compared, compared.order >= 0 ? '>=' : '<', true));
    if (compared.order >= 0)
      return {
        verdict: 'not_affected',
        reason: 'kernel_above_range',
        params: withBound,
        row: row.id,
        trace,
        notes: [],
        wanted: [],
      };
  }
  const fix = applyVendorFixes(row.vendorFixes, stream, os, kernel, params, trace);
  if (fix.verdict !== null) return { ...fix.verdict, row: row.id };
  return {
    verdict: 'affected',
    reason: 'kernel_in_range',
    params: withBound,
    row: row.id,
    trace,
    notes: fix.notes,
    wanted: [],
  };
}

function decideRelated(
  related: RelatedStream,
  stream: KernelStream,
  os: OsName,
  kernel: KernelRelease,
  params: Params,
): KernelVerdict {
  const trace: Comparison[] = [
    { subject: 'kernel', left: kernel.raw, operator: 'in', right: related.id, form: 'name', holds: true },
  ];
  const fix = applyVendorFixes(related.vendorFixes, stream, os, kernel, params, trace);
  if (fix.verdict !== null) return { ...fix.verdict, row: related.id };
  return {
    verdict: 'cannot_determine',
    reason: 'related_stream_not_listed',
    params,
    row: related.id,
    trace,
    notes: fix.notes,
    wanted: [{ code: 'ask_vendor', params }],
  };
}

/**
 * Compares with the vendor's corrected builds. Only a documented one makes the verdict; what is merely inferred is
 * mentioned, with the request to confirm it.
 */
function applyVendorFixes(
  fixes: readonly VendorFix[],
  stream: KernelStream,
  os: OsName,
  kernel: KernelRelease,
  params: Params,
  trace: Comparison[],
): { verdict: Omit<KernelVerdict, 'row'> | null; notes: Note[] } {
  const notes: Note[] = [];
  for (const fix of fixes) {
    if (fix.os !== undefined && !fix.os.includes(os.id)) continue;
    const compared = compareWithBound(kernel, fix.from, stream);
    const reached = compared.order >= 0;
    const values = { fixedKernel: fix.from.value, erratum: fix.erratum };
    if (fix.standing !== 'documented') {
      notes.push({ code: 'vendor_fix_reported', params: values });
      continue;
    }
    trace.push(comparison(compared, reached ? '>=' : '<', true));
    if (reached)
      return {
        verdict: {
          verdict: 'fixed',
          reason: 'vendor_kernel_fixed',
          params: { ...params, ...values },
          trace,
          notes: [],
          wanted: [],
        },
        notes: [],
      };
    notes.push({ code: 'vendor_fix_available', params: values });
  }
  return { verdict: null, notes };
}

/**
 * The kernel belongs to another operating system or release than the one installed, as in the middle of an
 * upgrade. A verdict is only given where both readings agree: a documented correction in this very build, or a row
 * for all kernels of the system and a row for the kernel's own stream that both say affected.
 */
function decideAcross(
  advisory: AffectednessAdvisory,
  streams: readonly KernelStream[],
  candidates: readonly KernelStream[],
  os: OsName,
  kernel: KernelRelease,
  params: Params,
): KernelVerdict {
  const stream =
    candidates.find((candidate) => candidate.os.some((home) => home.id === os.id)) ?? candidates[0];
  const note: Note = {
    code: 'os_kernel_disagree',
    params: { os: os.pretty, kernel: kernel.raw, streamOs: stream?.os.map(osLabel)[0] ?? '' },
  };
  const unknown = undetermined('kernel_stream_unknown', params, ['ask_vendor', 'send_os_release']);
  const disagreement = { ...unknown, notes: [note] };
  if (stream === undefined) return disagreement;
  const rowOfSystem = advisory.rows.find((row) => {
    const own = streams.find((candidate) => candidate.id === row.stream);
    const sameLine = own?.line !== undefined && own.line === stream.line;
    return row.from === 'all' && sameLine && row.os.some((pattern) => osMatches(os, pattern) === 'yes');
  });
  if (rowOfSystem === undefined) return disagreement;
  const trace: Comparison[] = [
    {
      subject: 'os',
      left: os.pretty,
      operator: '=',
      right: rowOfSystem.system.en,
      form: 'name',
      holds: true,
    },
    { subject: 'kernel', left: kernel.raw, operator: 'in', right: stream.id, form: 'name', holds: true },
  ];
  const fix = applyVendorFixes(rowOfSystem.vendorFixes, stream, os, kernel, params, trace);
  if (fix.verdict !== null) return { ...fix.verdict, row: rowOfSystem.id, notes: [note] };
  const rowOfKernel = advisory.rows.find(
    (row) => row.stream === stream.id && row.os.some((pattern) => pattern.id === os.id),
  );
  if (rowOfKernel === undefined) return disagreement;
  const verdict = decideInRow(rowOfKernel, stream, os, kernel, params);
  return verdict.verdict === 'affected' ? { ...verdict, notes: [note, ...verdict.notes] } : disagreement;
}

function comparison(
  compared: { left: string; right: string; form: 'uname' | 'package' },
  operator: Comparison['operator'],
  holds: boolean,
): Comparison {
  return {
    subject: 'kernel',
    left: compared.left,
    operator,
    right: compared.right,
    form: compared.form,
    holds,
  };
}

function undetermined(reason: string, params: Params, wanted: readonly string[]): KernelVerdict {
  return {
    verdict: 'cannot_determine',
    reason,
    params,
    row: null,
    trace: [],
    notes: [],
    wanted: wanted.map((code) => ({ code, params })),
  };
}
