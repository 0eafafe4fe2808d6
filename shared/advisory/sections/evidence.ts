import type { EvidenceEntry, Phrase, Section } from '../document.ts';
import { instant, paragraph, say } from '../phrase.ts';
import type { Context } from './context.ts';

const LOGGED =
  /^(?:\S+:)?([A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T[\d:.,]+(?:Z|[+-]\d{2}:?\d{2})?)(?=\s)/;

/** Every place cited, verbatim, in the order of first citation. Built last. */
export function evidence(context: Context): Section<Phrase> {
  const bundles = new Map(context.analysis.bundles.map((bundle) => [bundle.id, bundle.fileName]));
  const entries = context.citations.all.map(
    ({ id, ref, inferred, logged }): EvidenceEntry<Phrase> => ({
      id,
      bundle: bundles.get(ref.bundle) ?? ref.bundle,
      member: ref.member,
      line: ref.line,
      offset: ref.offset,
      length: ref.length,
      text: ref.text,
      loggedTime: logged ?? LOGGED.exec(ref.text)?.[1] ?? null,
      inferredTime: inferred === null ? say('none.value') : instant(inferred),
    }),
  );
  return {
    id: 'evidence',
    heading: say('section.evidence'),
    place: 'appendix',
    body:
      entries.length === 0
        ? [paragraph(say('evidence.none'))]
        : [paragraph(say('evidence.lead')), { kind: 'evidence', entries }],
  };
}
