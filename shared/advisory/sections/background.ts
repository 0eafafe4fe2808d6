import type { Phrase, Section } from '../document.ts';
import { known, list, paragraph, say } from '../phrase.ts';
import { affectednessAdvisory, type Context } from './context.ts';
import { sourceLine } from './systems.ts';

/** The cause in one paragraph a manager can read. */
export function cause(context: Context): Section<Phrase> {
  const advisory = affectednessAdvisory(context.knowledge);
  return {
    id: 'cause',
    heading: say('section.cause'),
    place: 'body',
    body:
      advisory === null
        ? [paragraph(say('background.none'))]
        : [paragraph(known(advisory.summary)), paragraph(known(advisory.cause))],
  };
}

/** Fixed versions, the way to the patch, and where this is published. */
export function fix(context: Context): Section<Phrase> {
  const advisory = affectednessAdvisory(context.knowledge);
  return {
    id: 'fix',
    heading: say('section.fix'),
    place: 'body',
    body:
      advisory?.fix === undefined
        ? [paragraph(say('background.none'))]
        : [
            paragraph(known(advisory.fix)),
            paragraph(say('fix.sources')),
            ...list(advisory.sources.map((id) => sourceLine(context, id))),
          ],
  };
}
