import type { Analysis } from '../analysis/analysis.ts';
import type { Knowledge } from '../knowledge/schema.ts';
import { Citations } from './citations.ts';
import type { Document, Phrase, Section } from './document.ts';
import { inZone } from './instant.ts';
import { asFound, code, instant, phrases, say } from './phrase.ts';
import { planActions } from './plan.ts';
import { actions, avoid } from './sections/actions.ts';
import { cause, fix } from './sections/background.ts';
import { changes } from './sections/changes.ts';
import type { Context, Control } from './sections/context.ts';
import { control, history } from './sections/control.ts';
import { coverage } from './sections/coverage.ts';
import { decision } from './sections/decision.ts';
import { evidence } from './sections/evidence.ts';
import { fencing } from './sections/fencing.ts';
import { integrity } from './sections/integrity.ts';
import { assessment, systems } from './sections/systems.ts';
import { timeline } from './sections/timeline.ts';

/**
 * The document of a case, free of language and format. Evidence is numbered in reading order, so that `[E1]` is
 * the first reference on page one; the appendix is therefore built last.
 */
export function buildDocument(
  analysis: Analysis,
  knowledge: Knowledge,
  facts: Control,
  previous: Analysis | null,
): Document<Phrase> {
  const context: Context = {
    analysis,
    knowledge,
    citations: new Citations(),
    plan: planActions(analysis, knowledge),
    previous,
    control: facts,
  };
  const body: Section<Phrase>[] = [
    decision(context),
    ...(previous === null ? [] : [changes(context, previous)]),
    actions(context),
    avoid(context),
    assessment(context),
    integrity(context),
    timeline(context),
    systems(context),
    fencing(context),
    coverage(context),
    cause(context),
    fix(context),
  ];
  const generated = instant(inZone(facts.generatedAt, 'Asia/Tokyo'), 'minute');
  return {
    title: say('title'),
    subtitle: say('subtitle'),
    identity: [
      ...(facts.caseLabel === null ? [] : [{ term: say('control.case'), value: asFound(facts.caseLabel) }]),
      { term: say('control.report_id'), value: code(facts.reportId) },
      { term: say('identity.generated'), value: generated },
      {
        term: say('identity.nodes'),
        value: say('identity.nodes.value', {
          nodes: analysis.nodes.length,
          missing: analysis.missingNodes.length,
          bundles: analysis.bundles.length,
        }),
      },
    ],
    sections: [...body, evidence(context), history(context), control(context)],
    footer: phrases(say('footer', { id: facts.reportId })),
    reportId: facts.reportId,
  };
}
