import { z } from '@hono/zod-openapi';
import { Confirmation } from '../analysis/analysis.ts';
import {
  type BundleRecord,
  BundleState,
  type CaseRecord,
  caseState,
  Progress,
  Reason,
} from '../cases/record.ts';
import { Problem } from '../evidence/problem.ts';

/** Largest bundle taken in one PUT: S3's own limit. */
export const MAX_SINGLE_UPLOAD = 5 * 1024 ** 3;

/** Parts of an upload: S3's own limits, and what we take when nobody says. */
const MIN_PART = 5 * 1024 ** 2;
const DEFAULT_PART = 64 * 1024 ** 2;
const MAX_PARTS = 10_000;

/** Size of the parts of a bundle; null when it goes up in one piece. */
export function partBytesOf(bytes: number, wanted: number | undefined): number | null {
  if (bytes === 0 || (wanted === undefined && bytes <= MAX_SINGLE_UPLOAD)) return null;
  return Math.max(wanted ?? DEFAULT_PART, Math.ceil(bytes / MAX_PARTS));
}

/** Largest bundle taken at all. */
export const MAX_BUNDLE = 200 * 1024 ** 3;

/** Bundles announced in one case. */
export const MAX_BUNDLES_PER_CASE = 200;

export const IdParameter = z
  .string()
  .regex(/^[0-9a-z]{26}$/)
  .openapi({ example: '01jd9a4q7w5cmk3e2v8x6ytz1b' });

const timeZone = z
  .string()
  .max(64)
  .refine((name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  }, 'is not an IANA time zone name');

const plainText = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text), 'must not hold control characters');

export const NewCase = z
  .strictObject({
    title: plainText(200).openapi({ example: 'Support request 12345' }),
    timezone: timeZone.default('Asia/Tokyo').openapi({
      description: 'Zone of the nodes, used where a bundle names none.',
      example: 'Asia/Tokyo',
    }),
    expectedNodes: z.array(plainText(253)).max(64).default([]).openapi({
      description: 'Host names of all nodes of the cluster; the report names those that are missing.',
    }),
    customer: plainText(128)
      .optional()
      .openapi({ description: 'Whose case it is; only staff may name one.' }),
  })
  .openapi('NewCase');

export const NewBundle = z
  .strictObject({
    fileName: plainText(255).openapi({ example: 'node1.tar.gz' }),
    bytes: z
      .int()
      .min(0)
      .max(MAX_BUNDLE)
      .openapi({ description: 'Exact size of the file; the upload must have it.', example: 12_345_678 }),
    partBytes: z.int().min(MIN_PART).max(MAX_SINGLE_UPLOAD).optional().openapi({
      description:
        'Asks for an upload in parts of this size, which can be resumed. Always in parts above 5 GiB; the size may be raised so that 10,000 parts suffice.',
    }),
  })
  .openapi('NewBundle');

export const SignedRequest = z
  .object({
    method: z.literal('PUT'),
    url: z.string(),
    headers: z.record(z.string(), z.string()).openapi({
      description: 'Headers that must be sent exactly so. Most clients set Content-Length by themselves.',
    }),
    expiresAt: z.string(),
  })
  .openapi('SignedRequest');

export const PartsPlan = z
  .object({
    partBytes: z.int().openapi({ description: 'Size of every part but the last.' }),
    parts: z.int().openapi({ description: 'How many parts there are; they count from 1.' }),
  })
  .openapi('PartsPlan');

export const PartNumbers = z
  .strictObject({ parts: z.array(z.int().min(1).max(MAX_PARTS)).min(1).max(100) })
  .openapi('PartNumbers');

export const SignedPart = z
  .object({ part: z.int(), bytes: z.int(), upload: SignedRequest })
  .openapi('SignedPart');

export const ArrivedParts = PartsPlan.extend({
  arrived: z.array(z.int()).openapi({ description: 'Parts that are there with their whole length.' }),
}).openapi('ArrivedParts');

export const BundleView = z
  .object({
    id: IdParameter,
    fileName: z.string(),
    bytes: z.int(),
    state: BundleState,
    reason: Reason.nullable().openapi({ description: 'Why it is rejected or failed.' }),
    problems: z.array(Problem),
    progress: Progress.nullable(),
    sha256: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    uploadExpiresAt: z.string(),
  })
  .openapi('Bundle');

export const AnalysisView = z.object({
  revision: z.int(),
  verdict: z.string(),
  dataRisk: z.string().nullable(),
  findings: z.int(),
  knowledge: z
    .string()
    .openapi({ description: 'The knowledge it was made with.', example: '2026.11+4f0c2a9be1d7' }),
  at: z.string(),
});

const CaseFields = {
  id: IdParameter,
  title: z.string(),
  timezone: z.string(),
  expectedNodes: z.array(z.string()),
  customer: z.string().nullable(),
  createdAt: z.string(),
  analysis: AnalysisView.nullable(),
};

export const CaseSummary = z.object(CaseFields).openapi('CaseSummary');

export const CaseView = z
  .object({
    ...CaseFields,
    state: z.enum(['open', 'working', 'ready', 'deleting']).openapi({
      description: '`ready`: the reports hold everything that has arrived.',
    }),
    bundles: z.array(BundleView),
    reports: z
      .array(z.object({ language: z.string(), format: z.string(), href: z.string() }))
      .openapi({ description: 'Empty until the case is ready.' }),
  })
  .openapi('Case');

export const NewConfirmation = z
  .strictObject({
    kind: Confirmation.shape.kind,
    mirror: plainText(256),
    node: plainText(253),
    target: plainText(253).nullable().default(null),
    at: z.iso.datetime({ offset: true }),
    by: plainText(200),
    comment: plainText(2_000).nullable().default(null),
  })
  .refine((one) => one.kind !== 'full_resync_done' || one.target !== null, {
    path: ['target'],
    message: 'names the node copied to, for full_resync_done',
  })
  .openapi('NewConfirmation');

export const ConfirmationView = z.object(Confirmation.shape).openapi('Confirmation');

export const KnowledgeView = z
  .object({
    version: z.string().openapi({
      description: 'Its version, and a digest of all it says.',
      example: '2026.11+4f0c2a9be1d7',
    }),
  })
  .openapi('Knowledge');

export const NewReanalysis = z
  .strictObject({
    scope: z.enum(['outdated', 'all']).default('outdated').openapi({
      description:
        '`outdated`: cases judged with other knowledge than the present; `all`: every judged case.',
    }),
    dryRun: z.boolean().default(false).openapi({ description: 'Only tells which cases it would be.' }),
    limit: z.int().min(1).max(100).default(50).openapi({ description: 'Cases looked at by this request.' }),
    cursor: z.string().max(4_096).optional(),
  })
  .openapi('NewReanalysis');

export const FindingView = z
  .object({
    caseId: IdParameter,
    findingId: z.string(),
    advisory: z.string(),
    rule: z.string(),
    subject: z.object({ kind: z.string(), id: z.string() }),
    verdict: z.string(),
    reason: z.string(),
    severity: z.string(),
    analysedAt: z.string(),
  })
  .openapi('FleetFinding');

export function caseSummary(record: CaseRecord): z.infer<typeof CaseSummary> {
  const { caseId, title, timezone, expectedNodes, customer, createdAt, analysis } = record;
  return {
    id: caseId,
    title,
    timezone,
    expectedNodes,
    customer: customer === NO_CUSTOMER ? null : customer,
    createdAt,
    analysis:
      analysis === null
        ? null
        : {
            revision: analysis.revision,
            verdict: analysis.verdict,
            dataRisk: analysis.dataRisk,
            findings: analysis.findings,
            knowledge: analysis.knowledge,
            at: analysis.at,
          },
  };
}

/** The customer of cases that belong to nobody in particular. */
export const NO_CUSTOMER = '-';

export function bundleView(record: BundleRecord): z.infer<typeof BundleView> {
  const { bundleId, fileName, bytes, state, reason, problems, progress, sha256 } = record;
  const { createdAt, updatedAt, uploadExpiresAt } = record;
  return {
    id: bundleId,
    fileName,
    bytes,
    state,
    reason,
    problems,
    progress,
    sha256,
    createdAt,
    updatedAt,
    uploadExpiresAt,
  };
}

export function caseView(
  record: CaseRecord,
  bundles: readonly BundleRecord[],
  forms: readonly { language: string; format: string }[],
): z.infer<typeof CaseView> {
  const state = caseState(record, bundles);
  return {
    ...caseSummary(record),
    state,
    bundles: bundles.map(bundleView),
    reports:
      state === 'ready'
        ? forms.map(({ language, format }) => ({
            language,
            format,
            href: `/cases/${record.caseId}/report?lang=${language}&format=${format}`,
          }))
        : [],
  };
}
