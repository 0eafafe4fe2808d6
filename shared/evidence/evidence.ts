import { z } from 'zod';
import { observed, Place } from './place.ts';
import { Problem } from './problem.ts';

/**
 * The contract between extract and analyze: everything a bundle says that any advisory may need, and where it
 * says it. Evidence is raw on purpose: stamps as logged, versions as printed. Inference (years, zones, which
 * node is which) belongs to `analysis/`, so that kept evidence can be judged again without a new upload.
 *
 * Secrets never get here: `extract` drops STONITH commands and passwords and counts them.
 */

/** A time stamp exactly as logged. `syslog` stamps carry neither year nor zone. */
export const Stamp = z.strictObject({
  text: z.string(),
  style: z.enum(['syslog', 'rfc3339']),
});
export type Stamp = z.infer<typeof Stamp>;

/** Two neighbouring stamps of one log between which something is odd; `line` is the line of `to`. */
export const StampStep = z.strictObject({ line: z.int().min(1), from: Stamp, to: Stamp });
export type StampStep = z.infer<typeof StampStep>;

/** One line in LifeKeeper's grammar: `[stamp] host proc[pid]: LEVEL:component:action:tag:id:text`. */
export const LogRecord = z.strictObject({
  stamp: Stamp.nullable(),
  host: z.string(),
  process: z.string(),
  pid: z.int().min(0),
  level: z.string(),
  component: z.string(),
  action: z.string(),
  tag: z.string(),
  /** Six digits, zero padded. */
  id: z.string().regex(/^\d{6}$/),
  text: z.string(),
  /** The file that `grep` or `zgrep` names before the line, when the member is the output of such a command. */
  file: z.string().optional(),
  at: Place,
});
export type LogRecord = z.infer<typeof LogRecord>;

/** A line outside LifeKeeper's grammar that tells of the life of the node. */
export const SystemRecord = z.strictObject({
  kind: z.enum(['boot', 'shutdown', 'crash', 'watchdog', 'clock_step']),
  stamp: Stamp.nullable(),
  host: z.string().nullable(),
  at: Place,
});
export type SystemRecord = z.infer<typeof SystemRecord>;

/** What was read of one log member (or of one log section of a supportconfig file). */
export const LogMember = z.strictObject({
  member: z.string(),
  /** The section label when the member holds several logs (supportconfig), e.g. `/var/log/messages`. */
  section: z.string().nullable(),
  kind: z.enum(['lifekeeper', 'syslog', 'journal', 'other']),
  encoding: z.enum(['utf-8', 'shift_jis', 'euc-jp', 'utf-16le', 'utf-16be', 'latin1']),
  /** Modification time of the archive entry, RFC 3339 in UTC; null when the archive has none. */
  mtime: z.string().nullable(),
  /** `lifekeeper.log.2.gz` → index 2; `lifekeeper.log-20210401` → date 20210401. */
  rotation: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('current') }),
    z.strictObject({ kind: z.literal('index'), index: z.int().min(0) }),
    z.strictObject({ kind: z.literal('date'), date: z.string() }),
  ]),
  bytes: z.int().min(0),
  lines: z.int().min(0),
  lifekeeperLines: z.int().min(0),
  first: Stamp.nullable(),
  last: Stamp.nullable(),
  /** The log host fields seen, most frequent first, at most 16. */
  hosts: z.array(z.strictObject({ name: z.string(), lines: z.int().min(1) })),
  /** Lines at which year-less stamps cross New Year (month goes back by more than half a year). */
  yearTurns: z.array(StampStep),
  /** Lines at which the stamp goes back by more than a minute without crossing New Year. */
  clockSteps: z.array(StampStep),
  /** Silences of six hours or more. */
  gaps: z.array(StampStep),
  /** Number of lines per message id, of all LifeKeeper lines, kept or not. */
  counts: z.record(z.string(), z.int().min(1)),
  /** Number of lines per message id that were counted but not kept as records. */
  dropped: z.record(z.string(), z.int().min(1)),
  /** `tailed`: the collector kept only the end. `cut`: damaged or a limit was reached; the rest was not seen. */
  state: z.enum(['whole', 'tailed', 'cut']),
});
export type LogMember = z.infer<typeof LogMember>;

/** One installed package, as a package list prints it. */
export const Package = z.strictObject({
  name: z.string(),
  version: z.string(),
  release: z.string(),
  arch: z.string().nullable(),
  /** Install time as printed, when the list has one. */
  installedAt: z.string().nullable(),
});
export type Package = z.infer<typeof Package>;

/** `os-release` and its older relatives, reduced to what the tables need. */
export const OsRelease = z.strictObject({
  /** `rhel`, `centos`, `ol`, `sles`, `opensuse-leap`, `windows`, … in lower case; the raw ID otherwise. */
  id: z.string(),
  /** `8.2`, `12.5` (SLES 12 SP5), `15.1`; as precise as the file says. */
  version: z.string(),
  pretty: z.string(),
});
export type OsRelease = z.infer<typeof OsRelease>;

export const Resource = z.strictObject({
  tag: z.string(),
  id: z.string(),
  /** `ISP`, `ISU`, `OSU`, `OSF`, `ILLSTATE`, … as printed. */
  state: z.string(),
  priority: z.string(),
  /** The node named PRIMARY, `null` where the status has none. */
  primary: z.string().nullable(),
  /** Depth in the hierarchy, by leading blanks or `|---`. */
  depth: z.int().min(0),
  /** Application and type, which only the detailed form prints: `scsi` and `netraid` for a DataKeeper mirror. */
  app: z.string().optional(),
  type: z.string().optional(),
});
export type Resource = z.infer<typeof Resource>;

export const CommPath = z.strictObject({
  peer: z.string(),
  type: z.string(),
  addresses: z.string(),
  /** `ALIVE` or `DEAD`, as printed. */
  state: z.string(),
  priority: z.string(),
});
export type CommPath = z.infer<typeof CommPath>;

export const MdDevice = z.strictObject({
  device: z.string(),
  level: z.string(),
  legs: z.array(z.string()),
  bitmap: z.boolean(),
  /** `clean`, `resync`, `recovery`, `degraded`, … */
  state: z.string(),
});
export type MdDevice = z.infer<typeof MdDevice>;

export const Facts = z.strictObject({
  hostname: z.array(observed(z.string())),
  os: z.array(observed(OsRelease)),
  kernel: z.strictObject({
    /** `uname -r` strings of the running kernel. */
    running: z.array(observed(z.string())),
    /** Kernel packages installed. */
    installed: z.array(observed(Package)),
    /** `uname -r` strings (or version-release) of the kernel the boot loader starts next. */
    nextBoot: z.array(observed(z.string())),
  }),
  packages: z.strictObject({
    /** One place per package list read to its end: only then does a missing package mean "not installed". */
    lists: z.array(Place),
    /** Packages of LifeKeeper, DataKeeper, DRBD, watchdog and the like. */
    seen: z.array(observed(Package)),
  }),
  raid1: z.array(
    observed(
      z.strictObject({
        /** Path of `raid1.ko`, as printed or as member name. */
        path: z.string(),
        /** The kernel the module is for, from the path or `vermagic`. */
        kernel: z.string().nullable(),
        /** `loaded`: modinfo/sysfs of the module in use; `present`: the file exists. */
        via: z.enum(['loaded', 'present']),
      }),
    ),
  ),
  /** IANA name or UTC offset of the node. */
  timezone: z.array(observed(z.string())),
  /** When the bundle was collected, as printed by `date` or by the collector. */
  collectedAt: z.array(observed(z.string())),
  boots: z.array(SystemRecord),
  /** Cluster configuration and state, as `lcdstatus` prints it. */
  cluster: z.strictObject({
    /** The places `lcdstatus` output was found at; empty means no status was in the bundle. */
    status: z.array(Place),
    /** True when the status says that LifeKeeper is not running. */
    stopped: z.boolean(),
    resources: z.array(observed(Resource)),
    commPaths: z.array(observed(CommPath)),
    /** LifeKeeper flags that are on, where the status prints them: `!nofailover!node2`, `<tag>_data_corrupt`, … */
    flags: z.array(observed(z.string())).optional(),
    /** The same resource on other nodes, as the detailed form prints it. */
    equivalencies: z
      .array(
        observed(
          z.strictObject({ tag: z.string(), peer: z.string(), peerTag: z.string(), priority: z.string() }),
        ),
      )
      .optional(),
  }),
  /** Allow-listed keys of `/etc/default/LifeKeeper` and relatives. `files` names the files read. */
  settings: z.strictObject({
    files: z.array(Place),
    values: z.array(observed(z.strictObject({ key: z.string(), value: z.string() }))),
  }),
  /** STONITH: the peers that have an entry. Never the command: it holds credentials. */
  stonith: z.strictObject({
    files: z.array(Place),
    peers: z.array(observed(z.strictObject({ peer: z.string(), agent: z.string() }))),
  }),
  watchdog: z.strictObject({
    files: z.array(Place),
    values: z.array(observed(z.strictObject({ key: z.string(), value: z.string() }))),
    /** Whether the service is enabled or active, as `systemctl` or `chkconfig` prints it. */
    service: z.array(observed(z.string())),
  }),
  /** `physical`, `vmware`, `kvm`, `hyperv`, `azure`, `aws`, `gcp`, `oci`, or the printed word. */
  platform: z.array(observed(z.string())),
  md: z.array(observed(MdDevice)),
  /** DRBD resource names in use. */
  drbd: z.array(observed(z.string())),
  windows: z.array(observed(z.strictObject({ product: z.string(), version: z.string() }))),
});
export type Facts = z.infer<typeof Facts>;

/** What one node's part of a bundle says. A bundle made by hand may hold several such parts. */
export const NodeEvidence = z.strictObject({
  /** The folder (or nested archive) all members of this part lie under; `''` for the whole bundle. */
  root: z.string(),
  layout: z.enum(['sos', 'supportconfig', 'lksupport', 'handmade', 'windows', 'log']),
  facts: Facts,
  logs: z.array(LogMember),
  /**
   * Kept LifeKeeper lines, in the order read. Every line counts in `logs[].counts`; kept are, per message id, the
   * first {@link MAX_RECORDS_PER_ID} of component `dr` or of a level other than INFO, and at most the first
   * {@link MAX_ROUTINE_RECORDS_PER_ID} of all others; a bundle that has very many keeps fewer of each (see
   * `logs/budget.ts`). What was not kept is in `logs[].dropped`; a problem `limit_records` says so when it is
   * more than routine.
   */
  records: z.array(LogRecord),
  system: z.array(SystemRecord),
});
export type NodeEvidence = z.infer<typeof NodeEvidence>;

export const BundleSummary = z.strictObject({
  id: z.string(),
  fileName: z.string(),
  /** Lower-case hex; null when the bundle was read by ranges and nobody gave its digest. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  bytes: z.int().min(0),
  /** `tar`, `tar+gzip`, `tar+xz`, `zip`, `gzip`, `text`, … as recognised by content; `unknown` when rejected. */
  format: z.string(),
  layout: z.enum(['sos', 'supportconfig', 'lksupport', 'handmade', 'windows', 'log', 'unknown']),
  status: z.enum(['complete', 'partial', 'rejected']),
  problems: z.array(Problem),
  members: z.strictObject({
    seen: z.int().min(0),
    read: z.int().min(0),
    /** Seen but not looked at: binaries, members outside the interest of any collector. */
    skipped: z.int().min(0),
  }),
  /** Bytes after decompression that were looked at. */
  expandedBytes: z.int().min(0),
  /** Lines dropped at extraction because they hold credentials. */
  secretsDropped: z.int().min(0),
});
export type BundleSummary = z.infer<typeof BundleSummary>;

export const Evidence = z.strictObject({
  schemaVersion: z.literal('1'),
  bundle: BundleSummary,
  nodes: z.array(NodeEvidence),
});
export type Evidence = z.infer<typeof Evidence>;
