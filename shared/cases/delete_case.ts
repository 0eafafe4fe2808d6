import { BUNDLES, RESULT_PREFIXES } from './keys.ts';
import type { Ports } from './ports.ts';

/**
 * Removes a case that is marked as deleting: every version of every object first, then the records, the case
 * itself last, so that a crash in between leaves something for the sweep to go on with.
 */
export async function deleteCase(
  ports: Pick<Ports, 'uploads' | 'results' | 'repository'>,
  caseId: string,
): Promise<void> {
  await ports.uploads.deletePrefix(`${BUNDLES}${caseId}/`);
  await Promise.all(RESULT_PREFIXES.map((prefix) => ports.results.deletePrefix(`${prefix}${caseId}/`)));
  await ports.repository.deleteCase(caseId);
}
