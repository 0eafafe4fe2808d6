import type { Analysis, Confirmation, Finding, MirrorOutcome, Verdict } from '../analysis/analysis.ts';

/** What changed between two analyses of one case. `before: null` means the subject is new. */
export interface Delta {
  nodes: readonly { node: string; before: Verdict | null; after: Verdict }[];
  mirrors: readonly { mirror: string; before: MirrorOutcome | null; after: MirrorOutcome }[];
  newFindings: readonly Finding[];
  goneFindings: readonly Finding[];
  newBundles: readonly { id: string; fileName: string }[];
  /** Nodes that were missing and are now part of the case. */
  arrivedNodes: readonly string[];
  confirmations: readonly Confirmation[];
  knowledge: { before: string; after: string } | null;
}

/** Compares two analyses of one case; subjects are told apart by their stable ids. */
export function changesBetween(previous: Analysis, current: Analysis): Delta {
  const byId = <T extends { id: string }>(items: readonly T[]) =>
    new Map(items.map((item) => [item.id, item]));
  const before = {
    nodes: byId(previous.nodes),
    findings: byId(previous.findings),
    bundles: byId(previous.bundles),
    confirmations: byId(previous.confirmations),
    mirrors: new Map(previous.mirrors.map((mirror) => [mirror.tag, mirror])),
  };
  const findings = byId(current.findings);
  const present = new Set(current.nodes.map((node) => node.id));
  return {
    nodes: current.nodes.flatMap((node) => {
      const was = before.nodes.get(node.id)?.affectedness.verdict ?? null;
      const { verdict } = node.affectedness;
      return was === verdict ? [] : [{ node: node.hostname, before: was, after: verdict }];
    }),
    mirrors: current.mirrors.flatMap((mirror) => {
      const was = before.mirrors.get(mirror.tag)?.outcome ?? null;
      return was === mirror.outcome ? [] : [{ mirror: mirror.tag, before: was, after: mirror.outcome }];
    }),
    newFindings: current.findings.filter((finding) => !before.findings.has(finding.id)),
    goneFindings: previous.findings.filter((finding) => !findings.has(finding.id)),
    newBundles: current.bundles.filter((bundle) => !before.bundles.has(bundle.id)),
    arrivedNodes: previous.missingNodes.filter((name) => present.has(name)),
    confirmations: current.confirmations.filter((entry) => !before.confirmations.has(entry.id)),
    knowledge:
      previous.knowledge.version === current.knowledge.version
        ? null
        : { before: previous.knowledge.version, after: current.knowledge.version },
  };
}
