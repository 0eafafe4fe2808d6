import { type Facts, type NodeEvidence, noFacts } from '../evidence/evidence.ts';
import type { MemberFindings } from './member.ts';

/** Puts the findings of a bundle's members together, one part per node. */
export function nodeParts(findings: readonly MemberFindings[], format: string): NodeEvidence[] {
  const useful = findings.filter(
    (found) => found.logs.length > 0 || (found.facts !== null && hasFacts(found.facts)),
  );
  if (useful.length === 0) return [];
  const [only] = useful;
  if (
    useful.length === 1 &&
    only !== undefined &&
    only.facts === null &&
    ['text', 'gzip', 'xz', 'bzip2', 'zstd'].includes(format)
  )
    return [part('', 'log', useful)];
  return [part('', 'handmade', useful)];
}

function part(
  root: string,
  layout: NodeEvidence['layout'],
  findings: readonly MemberFindings[],
): NodeEvidence {
  const facts = noFacts();
  for (const found of findings) if (found.facts !== null) addFacts(facts, found.facts);
  return {
    root,
    layout,
    facts,
    logs: findings.flatMap((found) => found.logs),
    records: findings.flatMap((found) => found.records),
    system: findings.flatMap((found) => found.system),
  };
}

/** Whether anything at all was observed. */
export function hasFacts(facts: Facts): boolean {
  return Object.values(facts).some((value) =>
    Array.isArray(value)
      ? value.length > 0
      : Object.values(value).some((inner) => (Array.isArray(inner) ? inner.length > 0 : inner === true)),
  );
}

/** Appends every list of `more` to the same list of `facts`. */
export function addFacts(facts: Facts, more: Facts): void {
  append(facts as unknown as Tree, more as unknown as Tree);
}

interface Tree {
  [key: string]: unknown[] | boolean | Tree;
}

function append(into: Tree, from: Tree): void {
  for (const [key, value] of Object.entries(from)) {
    const existing = into[key];
    if (Array.isArray(value) && Array.isArray(existing)) existing.push(...value);
    else if (typeof value === 'boolean') into[key] = value || existing === true;
    else if (
      typeof value === 'object' &&
      typeof existing === 'object' &&
      !Array.isArray(value) &&
      !Array.isArray(existing)
    )
      append(existing, value);
  }
}
