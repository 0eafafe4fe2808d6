import type { Analysis, Finding, MirrorOutcome, Node, Severity, Verdict } from '../../analysis/analysis.ts';
import type { AffectednessAdvisory, Knowledge } from '../../knowledge/schema.ts';
import type { Citations } from '../citations.ts';
import type { Phrase, Tone } from '../document.ts';
import { badge, fromTable, known, say } from '../phrase.ts';
import type { PlannedAction } from '../plan.ts';
import type { Receipt } from '../redact.ts';

/** What every section is built from. */
export interface Context {
  analysis: Analysis;
  knowledge: Knowledge;
  citations: Citations;
  /** What to do and what to avoid, each once. */
  plan: readonly PlannedAction[];
  previous: Analysis | null;
  control: Control;
}

/** What document control says beside the analysis. */
export interface Control {
  reportId: string;
  generatedAt: string;
  caseLabel: string | null;
  toolVersion: string;
  contact: string | null;
  confidentiality: boolean;
  languageOfRecord: 'ja' | 'en';
  /** Number of this revision, from 1. */
  revision: number;
  /** Earlier revisions, oldest first. */
  revisions: readonly { number: number; at: string; reason: string }[];
  receipt: Receipt | null;
}

const VERDICT_TONES: Readonly<Record<Verdict, Tone>> = {
  affected: 'danger',
  not_affected: 'good',
  fixed: 'good',
  cannot_determine: 'unknown',
};

const OUTCOME_TONES: Readonly<Record<MirrorOutcome, Tone>> = {
  source_suspect: 'danger',
  target_suspect: 'danger',
  cannot_determine: 'unknown',
  none_seen: 'neutral',
  zero_bytes_only: 'good',
  cleared_by_full_resync: 'good',
};

const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = {
  critical: 'danger',
  high: 'danger',
  medium: 'caution',
  low: 'neutral',
  info: 'neutral',
};

export function verdictTone(verdict: Verdict): Tone {
  return VERDICT_TONES[verdict];
}

export function outcomeTone(outcome: MirrorOutcome): Tone {
  return OUTCOME_TONES[outcome];
}

export function verdictBadge(context: Context, verdict: Verdict): Phrase {
  return badge(VERDICT_TONES[verdict], fromTable(context.knowledge, 'verdict', verdict));
}

export function outcomeBadge(context: Context, outcome: MirrorOutcome): Phrase {
  return badge(OUTCOME_TONES[outcome], fromTable(context.knowledge, 'outcome', outcome));
}

export function severityBadge(context: Context, severity: Severity): Phrase {
  return badge(SEVERITY_TONES[severity], fromTable(context.knowledge, 'severity', severity));
}

/** The advisory of the knowledge that asks which nodes are affected by the partial resync defect. */
export function affectednessAdvisory(knowledge: Knowledge): AffectednessAdvisory | null {
  return knowledge.advisories.find((advisory) => advisory.kind === 'affectedness') ?? null;
}

export function findingTitle(context: Context, finding: Finding): Phrase {
  const rule = context.knowledge.rules[finding.rule];
  return rule === undefined
    ? fromTable(context.knowledge, 'reason', finding.reason, finding.params)
    : known(rule.title, finding.params);
}

/** The answer to "am I affected?": how many nodes the verdict of the case is about, and how many remain open. */
export function verdictAnswer({ nodes, missingNodes, verdict }: Analysis): Phrase {
  const counted = (wanted: Verdict) =>
    nodes.filter((node) => node.affectedness.verdict === wanted).length +
    (wanted === 'cannot_determine' ? missingNodes.length : 0);
  const total = nodes.length + missingNodes.length;
  const count = counted(verdict);
  return say(`answer.affected.${verdict}`, {
    count,
    total,
    open: counted('cannot_determine'),
    all: count === total ? 'yes' : 'no',
  });
}

/** What a finding is about, as the customer knows it; nothing for the cluster as a whole. */
export function subjectOf({ analysis }: Context, { subject }: Finding): string[] {
  if (subject.kind === 'cluster') return [];
  if (subject.kind !== 'bundle') return [subject.id];
  return [analysis.bundles.find((bundle) => bundle.id === subject.id)?.fileName ?? subject.id];
}

/** Why a node has its verdict. */
export function nodeReason(context: Context, node: Node): Phrase {
  const { reason, params } = node.affectedness;
  return fromTable(context.knowledge, 'reason', reason, params);
}
