import { z } from 'zod';

/**
 * The shape of everything the product knows: advisories, messages, fencing rules, procedures and texts. It is
 * data in YAML so that a support engineer can read, correct and extend it without touching code. Each file may
 * hold any of the sections of {@link KnowledgeFile}; files are merged, and an id may be defined only once.
 *
 * Texts are ICU MessageFormat templates in both languages. Their arguments are the `params` of the code in the
 * analysis document. Lists reach a template as one string, joined by the renderer in the reader's language.
 */

/** One text in both languages; both are required and never empty. */
export const Text = z.strictObject({ ja: z.string().trim().min(1), en: z.string().trim().min(1) });
export type Text = z.infer<typeof Text>;

const Id = z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/i);

/** How well a statement is known. Only `documented` may be told to a customer without a reservation. */
export const Standing = z.enum(['documented', 'observed', 'inferred']);
export type Standing = z.infer<typeof Standing>;

/** Where a statement comes from. */
export const Source = z.strictObject({
  title: Text,
  publisher: z.string().min(1),
  /** Per language where the publisher has both; the same address twice otherwise. */
  url: z.strictObject({ ja: z.url(), en: z.url() }),
  /** Date of publication or last revision, `YYYY-MM-DD`; null when the page states none. */
  date: z.iso.date().nullable(),
});
export type Source = z.infer<typeof Source>;

/** Ids of {@link Source}s; at least one. */
const Sources = z.array(Id).min(1);

/** A dotted version such as `9.5.2`. */
const Version = z.string().regex(/^\d+(\.\d+)*$/);

/**
 * A kernel bound and the form it is written in. SUSE's `uname -r` drops the last number of the package release:
 * package `4.12.14-197.37.1` runs as `4.12.14-197.37-default`, so the two forms must never be mixed.
 */
export const KernelBound = z.strictObject({
  value: z.string().regex(/^\d+(\.\d+)*-[\w.]+$/),
  form: z.enum(['uname', 'package']),
});
export type KernelBound = z.infer<typeof KernelBound>;

/**
 * A line of kernels that continues one code base: `4.12.14-95.*` of SLES 12 SP4. Numbers are only comparable
 * inside one stream.
 */
export const KernelStream = z.strictObject({
  id: Id,
  title: Text,
  /** `el`: RHEL and rebuilds; `uek`: Oracle UEK; `suse`; `debian`: Debian and Ubuntu; `amzn`. */
  family: z.enum(['el', 'uek', 'suse', 'debian', 'amzn']),
  /** Upstream version the package is based on; a prefix when it ends in `.*`. */
  base: z.string().regex(/^\d+(\.\d+)*(\.\*)?$/),
  /**
   * Leading numbers of the release that belong to the stream, e.g. `95`, `150100.197`. Ranges as `2025-2047`.
   * Empty: every release of this base and family.
   */
  leading: z.array(z.string().regex(/^\d+(-\d+)?(\.\d+)*$/)),
  /** Distribution marks, e.g. `el8`, `el7uek`, `lp151`; empty: none or any that fits the family. */
  marks: z.array(z.string()),
  /** Operating systems that ship it. Versions match as whole dotted prefixes: `7` covers `7.9`. */
  os: z
    .array(
      z.strictObject({
        id: Id,
        version: Version,
        /** The version itself is meant, not what starts with it. */
        exact: z.boolean().default(false),
      }),
    )
    .min(1),
  /** Streams of one line number their releases onwards (RHEL 8.2: 193, 8.3: 240), so that they can be compared. */
  line: Id.optional(),
  /** Renumbering: releases with this prefix continue the numbers without it (`150100.197.111` → `197.111`). */
  renumbered: z.string().regex(/^\d+$/).optional(),
  standing: Standing,
  sources: Sources,
});
export type KernelStream = z.infer<typeof KernelStream>;

/** A kernel in which the vendor has the defect repaired. */
export const VendorFix = z.strictObject({
  from: KernelBound,
  /** Id of the erratum, e.g. `SUSE-SU-2021:1891-1`. */
  erratum: z.string().min(1),
  date: z.iso.date().nullable(),
  /** Operating system ids the erratum speaks of; absent: all of the stream. */
  os: z.array(Id).optional(),
  /** `documented`: makes a verdict `fixed`. Anything else is only mentioned. */
  standing: Standing,
  sources: Sources,
});
export type VendorFix = z.infer<typeof VendorFix>;

/** A release string and the decision it must lead to; run as a test and printed in docs/verdicts.md. */
export const KernelSample = z.strictObject({
  kernel: z.string(),
  os: z.strictObject({ id: Id, version: Version }),
  verdict: z.enum(['affected', 'not_affected', 'fixed', 'cannot_determine']),
  reason: Id,
});
export type KernelSample = z.infer<typeof KernelSample>;

/** One row of an advisory's table of affected systems. */
export const AffectedRow = z.strictObject({
  id: Id,
  /** The cells as the customer reads them. */
  system: Text,
  kernels: Text,
  versions: Text,
  os: z.array(z.strictObject({ id: Id, version: Version, exact: z.boolean().default(false) })).min(1),
  stream: Id,
  /** First affected kernel; `all` when the advisory says so. */
  from: z.union([z.literal('all'), KernelBound]),
  /** First kernel no longer affected, when the advisory states one. */
  before: KernelBound.optional(),
  /** Product versions that support the system; both ends included. */
  supported: z.strictObject({ from: Version, to: Version }),
  vendorFixes: z.array(VendorFix).default([]),
  sources: Sources,
  samples: z.array(KernelSample).min(1),
});
export type AffectedRow = z.infer<typeof AffectedRow>;

/** A system that shares the code of a listed one without being listed: neither affected nor cleared. */
export const RelatedStream = z.strictObject({
  id: Id,
  stream: Id,
  /** Restricts to some of the stream's operating systems; absent: all of them. */
  os: z.array(z.strictObject({ id: Id, version: Version, exact: z.boolean().default(false) })).optional(),
  why: Text,
  standing: Standing,
  vendorFixes: z.array(VendorFix).default([]),
  sources: Sources,
  samples: z.array(KernelSample).min(1),
});
export type RelatedStream = z.infer<typeof RelatedStream>;

/** A system that was looked at and is in no table: the only way to `not_in_table`. */
export const UnlistedStream = z.strictObject({
  stream: Id,
  os: z.array(z.strictObject({ id: Id, version: Version, exact: z.boolean().default(false) })).optional(),
  sources: Sources,
  samples: z.array(KernelSample).min(1),
});
export type UnlistedStream = z.infer<typeof UnlistedStream>;

/** What the reader of a rendered advisory is told around the findings. */
const AdvisoryTexts = z.strictObject({
  title: Text,
  summary: Text,
  cause: Text,
  fix: Text.optional(),
  /** What is not affected, said as plainly as what is. */
  unaffected: Text.optional(),
});

const Revision = z.strictObject({ date: z.iso.date(), text: Text });

/** An advisory that asks: does this defect concern this node, and was data exposed to it? */
export const AffectednessAdvisory = AdvisoryTexts.extend({
  id: Id,
  kind: z.literal('affectedness'),
  revision: z.string().min(1),
  updated: z.iso.date(),
  product: z.strictObject({
    name: z.string().min(1),
    /** The package whose version is the product version. */
    versionPackage: z.string().min(1),
    /** Packages of the component concerned; when a complete list has none of them, the node is not concerned. */
    componentPackages: z.array(z.string().min(1)).min(1),
    /** Log component that shows the packages in use, e.g. `dr`. */
    component: z.string().min(1),
    /** First version with the defect, when earlier ones do not have it. */
    affectedFrom: Version.optional(),
    fixedIn: Version.optional(),
    /** From this version on a resource may be replicated by DRBD, which the defect does not concern. */
    drbdFrom: Version.optional(),
  }),
  /** The kernel module that a patch replaces, and the folders a replacement lies in. */
  module: z
    .strictObject({ name: z.string().min(1), patchedFolders: z.array(z.string().min(1)).min(1) })
    .optional(),
  /** Message id that shows an exposure, and the size that means there was none. */
  exposure: z
    .strictObject({ message: z.string().regex(/^\d{6}$/), harmlessSize: z.string().min(1) })
    .optional(),
  rows: z.array(AffectedRow).min(1),
  related: z.array(RelatedStream).default([]),
  unlisted: z.array(UnlistedStream).default([]),
  history: z.array(Revision).min(1),
  sources: Sources,
});
export type AffectednessAdvisory = z.infer<typeof AffectednessAdvisory>;

/** The advisory on split brain: its rules are the fencing matrix and the rules of kind `fencing`. */
export const FencingAdvisory = AdvisoryTexts.extend({
  id: Id,
  kind: z.literal('fencing'),
  revision: z.string().min(1),
  updated: z.iso.date(),
  history: z.array(Revision).min(1),
  sources: Sources,
});
export type FencingAdvisory = z.infer<typeof FencingAdvisory>;

export const Advisory = z.discriminatedUnion('kind', [AffectednessAdvisory, FencingAdvisory]);
export type Advisory = z.infer<typeof Advisory>;

/** One message of the catalogue. */
export const Message = z.strictObject({
  id: z.string().regex(/^\d{6}$/),
  level: z.string().min(1),
  component: z.string(),
  /** Regular expression on the text after the id. */
  pattern: z.string().min(1),
  /** What the message does to the analysis. */
  role: z.enum([
    'partial_resync',
    'resync_completed',
    'replication_failure',
    'peer_lost',
    'forced_halt',
    'other',
  ]),
  meaning: Text,
  /** True when the id and the text were read in a published document; false messages are never interpreted. */
  confirmed: z.boolean(),
  /** A whole line that this pattern, and no other of the catalogue, matches. */
  sample: z.string().min(1),
  sources: Sources,
});
export type Message = z.infer<typeof Message>;

/** A kind of finding. Severity and risk of the action stand apart on purpose. */
export const Rule = z.strictObject({
  id: Id,
  advisory: Id,
  title: Text,
  /** One or two sentences about this case; gets the params of the finding. */
  summary: Text,
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
  /** A smallest case that leads to this finding. */
  sample: z.strictObject({
    nodes: z
      .array(
        z.strictObject({
          name: z.string(),
          os: z.string().optional(),
          kernel: z.string().optional(),
          lifekeeper: z.string().optional(),
          lines: z.array(z.string()).default([]),
          settings: z.record(z.string(), z.string()).default({}),
          packages: z.array(z.string()).default([]),
          isp: z.array(z.string()).default([]),
          platform: z.string().optional(),
        }),
      )
      .min(1),
    verdict: z.string(),
  }),
  sources: Sources,
});
export type Rule = z.infer<typeof Rule>;

/** One step; one action a step. */
export const Step = z.strictObject({
  id: Id,
  text: Text,
  /**
   * Where it runs. `source`, `target`, `each`: filled in from the finding; `every`: every node of the cluster,
   * whichever the finding names; `any`: it does not matter.
   */
  on: z.enum(['source', 'target', 'former_source', 'each', 'every', 'peer', 'any', 'none']),
  /** Commands with `{tag}`, `{source}`, `{target}`, … filled in from the finding. */
  commands: z.array(z.string().min(1)).default([]),
  /** What is to be seen when it went well. */
  expect: Text.optional(),
  /** When to stop, and what then. */
  stop: Text.optional(),
});
export type Step = z.infer<typeof Step>;

export const Procedure = z.strictObject({
  id: Id,
  kind: z.enum(['do', 'avoid']),
  title: Text,
  /** Why, and for whom. */
  purpose: Text,
  /** When or on which condition to do it, where the severity of the finding does not tell: "after every failover". */
  due: Text.optional(),
  /** True for what is done whenever its occasion arises, not once: maintenance, a failover, backups. */
  standing: z.boolean().default(false),
  risk: z.enum(['none', 'low', 'moderate', 'high']),
  /** What the action itself may cost: outage, reboot, load. */
  riskText: Text,
  /** In words which copy is overwritten by which; required for every procedure that overwrites data. */
  direction: Text.optional(),
  steps: z.array(Step).min(1),
  /** Values for a trial rendering and the commands that must come out of it, all steps in order. */
  sample: z.strictObject({ params: z.record(z.string(), z.string()), commands: z.array(z.string()) }),
  sources: Sources,
});
export type Procedure = z.infer<typeof Procedure>;

/** Which fencing measures are valid for a platform and storage. */
export const FencingCombination = z.strictObject({
  id: Id,
  title: Text,
  platforms: z.array(z.string().min(1)).min(1),
  storage: z.enum(['shared_scsi', 'shared_any', 'datakeeper']),
  system: z.enum(['linux', 'windows']),
  valid: z
    .array(
      z.strictObject({
        measure: z.enum(['quorum', 'scsi_reservation', 'stonith', 'watchdog']),
        /** Modes or storage types allowed; absent: any. */
        modes: z.array(z.string()).optional(),
        storageTypes: z.array(z.string()).optional(),
      }),
    )
    .min(1),
  sources: Sources,
});
export type FencingCombination = z.infer<typeof FencingCombination>;

/** A setting the product reads, its values and its default. */
export const FencingParameter = z.strictObject({
  key: z.string().min(1),
  meaning: Text,
  values: z.array(z.string()),
  default: z.string().nullable(),
  sources: Sources,
});
export type FencingParameter = z.infer<typeof FencingParameter>;

/** A word and its fixed translation. */
export const Term = z.strictObject({
  id: Id,
  ja: z.string().min(1),
  en: z.string().min(1),
  note: Text.optional(),
});
export type Term = z.infer<typeof Term>;

/** The tables of texts by code. */
export const TEXT_TABLES = [
  'verdict',
  'outcome',
  'severity',
  'risk',
  'reason',
  'note',
  'wanted',
  'assumption',
  'measure',
  'measure_state',
  'platform',
  'cause',
  'event',
  'timeline',
  'copy_state',
  'year_from',
  'zone_from',
  'problem',
] as const;
export type TextTable = (typeof TEXT_TABLES)[number];
const TextsOfTable = z.record(Id, Text);
export const Texts = z.strictObject(
  Object.fromEntries(TEXT_TABLES.map((table) => [table, TextsOfTable.optional()])) as Record<
    TextTable,
    z.ZodOptional<typeof TextsOfTable>
  >,
);

/** What one YAML file may hold. */
export const KnowledgeFile = z.strictObject({
  /** Version of the whole knowledge; exactly one file states it. */
  version: z.string().optional(),
  sources: z.record(Id, Source).optional(),
  streams: z.array(KernelStream).optional(),
  advisories: z.array(Advisory).optional(),
  messages: z.array(Message).optional(),
  rules: z.array(Rule).optional(),
  procedures: z.array(Procedure).optional(),
  fencing: z
    .strictObject({
      combinations: z.array(FencingCombination).optional(),
      parameters: z.array(FencingParameter).optional(),
    })
    .optional(),
  terms: z.array(Term).optional(),
  texts: Texts.optional(),
});
export type KnowledgeFile = z.infer<typeof KnowledgeFile>;

/** All files merged; every reference between them resolves. */
export interface Knowledge {
  readonly version: string;
  readonly sources: Readonly<Record<string, Source>>;
  readonly streams: readonly KernelStream[];
  /** In the order of the files; `datakeeper-partial-resync` first. */
  readonly advisories: readonly Advisory[];
  readonly messages: Readonly<Record<string, Message>>;
  readonly rules: Readonly<Record<string, Rule>>;
  readonly procedures: Readonly<Record<string, Procedure>>;
  readonly fencing: {
    readonly combinations: readonly FencingCombination[];
    readonly parameters: readonly FencingParameter[];
  };
  readonly terms: Readonly<Record<string, Term>>;
  readonly texts: Readonly<Record<TextTable, Readonly<Record<string, Text>>>>;
}

/** The text for a code. A code without a text is a fault of the knowledge, never of the customer's data: throws. */
export function textOf(knowledge: Knowledge, table: TextTable, code: string): Text {
  const text = knowledge.texts[table][code];
  if (text === undefined) throw new Error(`The knowledge has no text for ${table} "${code}".`);
  return text;
}
