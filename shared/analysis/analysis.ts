import { z } from 'zod';
import { BundleSummary } from '../evidence/evidence.ts';
import { Place } from '../evidence/place.ts';

/**
 * The analysis document: the output contract of `analyze`, printed by `bundle-advisor analyze --json`, served by
 * the API and read by every renderer. It holds codes, values and evidence, no prose: the words for a code are in
 * `knowledge/`, in both languages. Same input, same bytes: no clock, host name or random id of the analysing
 * machine appears in it.
 */

/** A place together with the bundle it is in. */
export const EvidenceRef = Place.extend({ bundle: z.string() });
export type EvidenceRef = z.infer<typeof EvidenceRef>;

export const Verdict = z.enum(['affected', 'not_affected', 'fixed', 'cannot_determine']);
export type Verdict = z.infer<typeof Verdict>;

/** Severity of what was found; how risky it is to act on it is {@link RiskOfAction}. */
export const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);
export type Severity = z.infer<typeof Severity>;

export const RiskOfAction = z.enum(['none', 'low', 'moderate', 'high']);
export type RiskOfAction = z.infer<typeof RiskOfAction>;

/** Values put into a text by name. Sizes and times are preformatted only where they are quoted as logged. */
export const Params = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]));
export type Params = z.infer<typeof Params>;

/** A code of the knowledge's text tables with its values. */
export const Note = z.strictObject({ code: z.string(), params: Params });
export type Note = z.infer<typeof Note>;

/** One comparison that a verdict rests on, e.g. `4.12.14-122.20 >= 4.12.14-122.20, uname form`. */
export const Comparison = z.strictObject({
  subject: z.enum(['kernel', 'lifekeeper', 'os', 'module']),
  left: z.string(),
  operator: z.enum(['>=', '<', '=', '<=', '>', 'in', 'not in']),
  right: z.string(),
  form: z.enum(['uname', 'package', 'version', 'name']),
  holds: z.boolean(),
});
export type Comparison = z.infer<typeof Comparison>;

/** RFC 3339 with the offset of the node's zone. */
const Instant = z.string();

/** One step of a procedure: what to do is in the knowledge, what to type is filled in here. */
export const ActionStep = z.strictObject({
  /** Id of the step in its procedure. */
  step: z.string(),
  /** Host name of the node to run it on; null: any node, or not a command. */
  node: z.string().nullable(),
  /** Commands with the customer's own tag, source and target filled in; empty when the step is not a command. */
  commands: z.array(z.string()),
  params: Params,
});
export type ActionStep = z.infer<typeof ActionStep>;

export const Action = z.strictObject({
  /** Id of a procedure in the knowledge. */
  procedure: z.string(),
  kind: z.enum(['do', 'avoid']),
  risk: RiskOfAction,
  /** The way data would be copied; null when nothing is overwritten. */
  direction: z.strictObject({ mirror: z.string(), from: z.string(), to: z.string() }).nullable(),
  params: Params,
  steps: z.array(ActionStep),
});
export type Action = z.infer<typeof Action>;

export const Finding = z.strictObject({
  /** Stable over runs, languages and machines: derived from rule, subject and cause. */
  id: z.string(),
  advisory: z.string(),
  rule: z.string(),
  subject: z.strictObject({ kind: z.enum(['node', 'mirror', 'cluster', 'bundle']), id: z.string() }),
  /** A {@link Verdict} for affectedness, an outcome for mirrors, `effective`, `absent`, … for fencing. */
  verdict: z.string(),
  reason: z.string(),
  severity: Severity,
  riskOfAction: RiskOfAction,
  params: Params,
  notes: z.array(Note),
  evidence: z.array(EvidenceRef),
  actions: z.array(Action),
});
export type Finding = z.infer<typeof Finding>;

export const Affectedness = z.strictObject({
  advisory: z.string(),
  verdict: Verdict,
  reason: z.string(),
  /** Values for the text of `reason`. */
  params: Params,
  notes: z.array(Note),
  /** Id of the row of the advisory's table that was used. */
  row: z.string().nullable(),
  trace: z.array(Comparison),
  /** What to send so that a `cannot_determine` can be decided: codes of the knowledge. */
  wanted: z.array(Note),
  evidence: z.array(EvidenceRef),
});
export type Affectedness = z.infer<typeof Affectedness>;

const Gap = z.strictObject({
  from: Instant,
  to: Instant,
  member: z.string(),
  bundle: z.string(),
  line: z.int(),
});

export const LogWindow = z.strictObject({
  bundle: z.string(),
  member: z.string(),
  section: z.string().nullable(),
  kind: z.enum(['lifekeeper', 'syslog', 'journal', 'other']),
  lines: z.int(),
  lifekeeperLines: z.int(),
  /** Null when the log has no stamps. */
  from: Instant.nullable(),
  to: Instant.nullable(),
  state: z.enum(['whole', 'tailed', 'cut']),
  yearFrom: z.enum(['stamp', 'rotation_name', 'member_mtime', 'collection_date', 'neighbour_log', 'unknown']),
});
export type LogWindow = z.infer<typeof LogWindow>;

export const Coverage = z.strictObject({
  /** The period over which LifeKeeper lines of this node were seen; null when there are none with a time. */
  from: Instant.nullable(),
  to: Instant.nullable(),
  logs: z.array(LogWindow),
  gaps: z.array(Gap),
  /** Rotations that must have existed and are not in the bundle, as expected member names. */
  missingRotations: z.array(z.string()),
  /** Assumptions and limits, as codes of the knowledge: `year_assumed`, `zone_assumed`, `future_stamp`, … */
  assumptions: z.array(Note),
  collectedAt: Instant.nullable(),
});
export type Coverage = z.infer<typeof Coverage>;

export const FencingMeasure = z.strictObject({
  measure: z.enum(['quorum', 'scsi_reservation', 'stonith', 'watchdog', 'windows_probe']),
  state: z.enum(['effective', 'incomplete', 'absent', 'not_applicable', 'cannot_determine']),
  /** Mode and the like, e.g. `{ mode: 'majority', lossAction: 'fastkill' }`. */
  params: Params,
  notes: z.array(Note),
  evidence: z.array(EvidenceRef),
});
export type FencingMeasure = z.infer<typeof FencingMeasure>;

export const Fencing = z.strictObject({
  platform: z.string().nullable(),
  storage: z.array(z.string()),
  measures: z.array(FencingMeasure),
  notes: z.array(Note),
});
export type Fencing = z.infer<typeof Fencing>;

export const KernelState = z.strictObject({
  running: z.string().nullable(),
  newestInstalled: z.string().nullable(),
  nextBoot: z.string().nullable(),
  /** The same decision taken for the two others, when they differ from the running one. */
  newestInstalledVerdict: Verdict.nullable(),
  nextBootVerdict: Verdict.nullable(),
});

export const Node = z.strictObject({
  /** Short host name in lower case; `unknown-1` … where no bundle names the host. */
  id: z.string(),
  hostname: z.string(),
  bundles: z.array(z.string()),
  os: z.strictObject({ id: z.string(), version: z.string(), pretty: z.string() }).nullable(),
  kernel: KernelState,
  lifekeeper: z.strictObject({
    version: z.string().nullable(),
    datakeeper: z.enum(['installed', 'absent', 'unknown']),
    installedAt: Instant.nullable(),
  }),
  timezone: z.strictObject({ name: z.string(), from: z.enum(['bundle', 'stamp', 'case', 'default']) }),
  /** One entry per affectedness advisory of the knowledge; the first is `datakeeper-partial-resync`. */
  affectedness: Affectedness,
  otherAffectedness: z.array(Affectedness),
  coverage: Coverage,
  fencing: Fencing,
});
export type Node = z.infer<typeof Node>;

export const MirrorOutcome = z.enum([
  'none_seen',
  'zero_bytes_only',
  'target_suspect',
  'source_suspect',
  'cleared_by_full_resync',
  'cannot_determine',
]);
export type MirrorOutcome = z.infer<typeof MirrorOutcome>;

export const PartialResync = z.strictObject({
  /** The node that wrote the line: the source at that moment. */
  node: z.string(),
  /** Inferred; null when the line has no stamp. */
  time: Instant.nullable(),
  loggedTime: z.string().nullable(),
  /** As logged, never converted: `662.2 MB`. */
  size: z.string(),
  zero: z.boolean(),
  /** `resume`, `recover`, `restore`, or the word logged. */
  cause: z.string(),
  /** True when the event counts as exposure on this node (analysis.md §2). */
  exposure: z.boolean(),
  /** Nodes whose copy it may have damaged. */
  targets: z.array(z.string()),
  /** More than one place when the same line stands in several logs. */
  evidence: z.array(EvidenceRef).min(1),
});
export type PartialResync = z.infer<typeof PartialResync>;

export const CopyState = z.strictObject({
  node: z.string(),
  state: z.enum(['trusted', 'suspect', 'unknown']),
  /** Since which event, as an index into `partialResyncs`; null when trusted. */
  since: z.int().nullable(),
});

export const Mirror = z.strictObject({
  /** Resource tag; the md device where no tag is known. */
  tag: z.string(),
  device: z.string().nullable(),
  outcome: MirrorOutcome,
  reason: z.string(),
  /** Values for the text of `reason`. */
  params: Params,
  /** Current source, when known. */
  source: z.string().nullable(),
  targets: z.array(z.string()),
  suspectNodes: z.array(z.string()),
  copies: z.array(CopyState),
  /** The log window the outcome rests on. */
  window: z.strictObject({ from: Instant.nullable(), to: Instant.nullable() }),
  partialResyncs: z.array(PartialResync),
  /** Completions, role changes and confirmations that the outcome rests on. */
  events: z.array(
    z.strictObject({
      kind: z.enum([
        'resync_completed',
        'role_change',
        'full_resync_reported',
        'full_resync_done',
        'data_verified',
      ]),
      time: Instant.nullable(),
      node: z.string().nullable(),
      params: Params,
      evidence: z.array(EvidenceRef),
    }),
  ),
  notes: z.array(Note),
});
export type Mirror = z.infer<typeof Mirror>;

export const TimelineEntry = z.strictObject({
  time: Instant.nullable(),
  /** True when the year or zone of `time` was inferred. */
  inferred: z.boolean(),
  node: z.string(),
  kind: z.string(),
  /** Message id of the catalogue when the entry is a log line. */
  message: z.string().nullable(),
  mirror: z.string().nullable(),
  params: Params,
  evidence: z.array(EvidenceRef),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** What an operator states; it re-judges the case. */
export const Confirmation = z.strictObject({
  id: z.string(),
  kind: z.enum(['full_resync_done', 'data_verified']),
  mirror: z.string(),
  /** `full_resync_done`: the node copied from. `data_verified`: the node whose data was found good. */
  node: z.string(),
  /** `full_resync_done`: the node copied to. */
  target: z.string().nullable(),
  /** When it was done or verified, RFC 3339. */
  at: z.string(),
  by: z.string(),
  comment: z.string().nullable(),
});
export type Confirmation = z.infer<typeof Confirmation>;

export const Analysis = z.strictObject({
  schemaVersion: z.literal('1'),
  knowledge: z.strictObject({
    version: z.string(),
    advisories: z.array(z.strictObject({ id: z.string(), revision: z.string(), updated: z.string() })),
  }),
  /** Zone used where a bundle names none. */
  timezone: z.string(),
  bundles: z.array(BundleSummary),
  nodes: z.array(Node),
  missingNodes: z.array(z.string()),
  /** The worst of the nodes: affected > cannot_determine > fixed > not_affected; missing nodes count as cannot_determine. */
  verdict: Verdict,
  /** The worst of the mirrors; null when no mirror was seen. */
  dataRisk: MirrorOutcome.nullable(),
  mirrors: z.array(Mirror),
  findings: z.array(Finding),
  timeline: z.array(TimelineEntry),
  confirmations: z.array(Confirmation),
});
export type Analysis = z.infer<typeof Analysis>;
