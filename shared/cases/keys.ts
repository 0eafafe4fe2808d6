/**
 * Where objects lie. Keys are generated ASCII, so that the differences between S3, its events and its stand-ins
 * in encoding keys never matter; the user's file names are data in records.
 *
 * Every output is addressed by its input: evidence by bundle and object version, an analysis by the hash of what
 * it was made of, a report by its analysis.
 */

export const BUNDLES = 'bundles/';
export const EVIDENCE = 'evidence/';
export const CONFIRMATIONS = 'confirmations/';
export const ANALYSES = 'analysis/';
export const REPORTS = 'reports/';

/** Prefixes under which a case has objects in the results bucket. */
export const RESULT_PREFIXES = [EVIDENCE, CONFIRMATIONS, ANALYSES, REPORTS] as const;

/** The version part of the evidence that stands in for a bundle which could not be read at all. */
export const UNREAD = 'unread';

const ID = '[0-9a-z]{26}';
const BUNDLE_KEY = new RegExp(`^${BUNDLES}(${ID})/(${ID})$`);
const EVIDENCE_KEY = new RegExp(`^${EVIDENCE}(${ID})/(${ID})/([0-9A-Za-z._-]+)\\.json\\.gz$`);
const CONFIRMATION_KEY = new RegExp(`^${CONFIRMATIONS}(${ID})/(${ID})\\.json$`);
const ANALYSIS_KEY = new RegExp(`^${ANALYSES}(${ID})/([0-9a-f]{64})\\.json$`);

export function bundleKey(caseId: string, bundleId: string): string {
  return `${BUNDLES}${caseId}/${bundleId}`;
}

export function evidenceKey(caseId: string, bundleId: string, version: string): string {
  return `${EVIDENCE}${caseId}/${bundleId}/${version.replaceAll(/[^0-9A-Za-z._-]/g, '-')}.json.gz`;
}

export function confirmationKey(caseId: string, confirmationId: string): string {
  return `${CONFIRMATIONS}${caseId}/${confirmationId}.json`;
}

export function analysisKey(caseId: string, hash: string): string {
  return `${ANALYSES}${caseId}/${hash}.json`;
}

export function reportKey(caseId: string, hash: string, language: string, format: string): string {
  return `${REPORTS}${caseId}/${hash}/${language}.${format}`;
}

export function parseBundleKey(key: string): { caseId: string; bundleId: string } | null {
  const [, caseId, bundleId] = BUNDLE_KEY.exec(key) ?? [];
  return caseId === undefined || bundleId === undefined ? null : { caseId, bundleId };
}

export function parseEvidenceKey(key: string): { caseId: string; bundleId: string; version: string } | null {
  const [, caseId, bundleId, version] = EVIDENCE_KEY.exec(key) ?? [];
  return caseId === undefined || bundleId === undefined || version === undefined
    ? null
    : { caseId, bundleId, version };
}

export function parseConfirmationKey(key: string): { caseId: string; confirmationId: string } | null {
  const [, caseId, confirmationId] = CONFIRMATION_KEY.exec(key) ?? [];
  return caseId === undefined || confirmationId === undefined ? null : { caseId, confirmationId };
}

export function parseAnalysisKey(key: string): { caseId: string; hash: string } | null {
  const [, caseId, hash] = ANALYSIS_KEY.exec(key) ?? [];
  return caseId === undefined || hash === undefined ? null : { caseId, hash };
}
