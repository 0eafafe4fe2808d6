import type { Phrase, Section } from '../document.ts';
import { inZone } from '../instant.ts';
import { asFound, code, instant, known, list, paragraph, phrases, say } from '../phrase.ts';
import type { Context } from './context.ts';

/** Revisions of this report and of the advisories it rests on. */
export function history(context: Context): Section<Phrase> {
  const { analysis, knowledge, control } = context;
  const used = new Set(analysis.knowledge.advisories.map((advisory) => advisory.id));
  return {
    id: 'history',
    heading: say('section.history'),
    place: 'appendix',
    body: [
      {
        kind: 'table',
        caption: say('history.report'),
        head: [say('history.number'), say('history.date'), say('history.change')],
        rows: [
          ...control.revisions.map((revision) => ({
            marked: false,
            cells: [
              asFound(String(revision.number)),
              instant(revision.at, 'minute'),
              asFound(revision.reason),
            ],
          })),
          {
            marked: false,
            cells: [
              asFound(String(control.revision)),
              instant(inZone(control.generatedAt, 'Asia/Tokyo'), 'minute'),
              say('history.current'),
            ],
          },
        ],
      },
      ...knowledge.advisories
        .filter((advisory) => used.has(advisory.id))
        .map((advisory) => ({
          kind: 'table' as const,
          caption: say('history.advisory', { advisory: known(advisory.title) }),
          head: [say('history.date'), say('history.change')],
          rows: advisory.history.map((entry) => ({
            marked: false,
            cells: [instant(`${entry.date}T00:00:00Z`, 'day'), known(entry.text)],
          })),
        })),
    ],
  };
}

/** What is needed to identify, check and reproduce this report. */
export function control(context: Context): Section<Phrase> {
  const { analysis, control: facts } = context;
  const { receipt } = facts;
  return {
    id: 'control',
    heading: say('section.control'),
    place: 'appendix',
    body: [
      {
        kind: 'facts',
        rows: [
          { term: say('control.report_id'), value: code(facts.reportId) },
          ...(facts.caseLabel === null
            ? []
            : [{ term: say('control.case'), value: asFound(facts.caseLabel) }]),
          { term: say('control.generated.jst'), value: instant(inZone(facts.generatedAt, 'Asia/Tokyo')) },
          { term: say('control.generated.utc'), value: instant(inZone(facts.generatedAt, 'UTC')) },
          {
            term: say('control.tool'),
            value: phrases(asFound('Bundle Advisor'), say('space'), code(facts.toolVersion)),
          },
          { term: say('control.knowledge'), value: code(analysis.knowledge.version) },
          ...analysis.knowledge.advisories.map((advisory) => ({
            term: say('control.advisory', { id: advisory.id }),
            value: say('control.advisory.value', {
              updated: instant(`${advisory.updated}T00:00:00Z`, 'day'),
            }),
          })),
          { term: say('control.zone'), value: code(analysis.timezone) },
          { term: say('control.language'), value: say(`control.language.${facts.languageOfRecord}`) },
          ...(facts.contact === null
            ? []
            : [{ term: say('control.contact'), value: asFound(facts.contact) }]),
        ],
      },
      {
        kind: 'table',
        caption: say('control.bundles'),
        head: [say('coverage.file'), say('control.bytes'), say('control.sha256')],
        rows: analysis.bundles.map((bundle) => ({
          marked: false,
          cells: [
            code(bundle.fileName),
            [{ kind: 'say' as const, key: 'control.bytes.value' as const, values: { bytes: bundle.bytes } }],
            bundle.sha256 === null ? say('unknown.value') : code(bundle.sha256),
          ],
        })),
      },
      ...(analysis.confirmations.length === 0
        ? []
        : [
            {
              kind: 'table' as const,
              caption: say('control.confirmations'),
              head: [say('timeline.time'), say('events.what'), say('head.mirror'), say('control.by')],
              rows: analysis.confirmations.map((confirmation) => ({
                marked: false,
                cells: [
                  instant(confirmation.at),
                  confirmation.kind === 'full_resync_done'
                    ? say('confirmation.full_resync_done', {
                        from: confirmation.node,
                        to: confirmation.target ?? '',
                      })
                    : say('confirmation.data_verified', { node: confirmation.node }),
                  code(confirmation.mirror),
                  phrases(
                    asFound(confirmation.by),
                    ...(confirmation.comment === null
                      ? []
                      : [say('paren', { content: asFound(confirmation.comment) })]),
                  ),
                ],
              })),
            },
          ]),
      ...(receipt === null
        ? []
        : [
            {
              kind: 'table' as const,
              caption: say('redaction.caption'),
              head: [say('redaction.kind'), say('redaction.pseudonym'), say('redaction.count')],
              rows: receipt.replaced.map((entry) => ({
                marked: false,
                cells: [
                  say(`redaction.kind.${entry.kind}`),
                  code(entry.pseudonym),
                  asFound(String(entry.count)),
                ],
              })),
            },
            paragraph(say('redaction.note')),
          ]),
      ...list(facts.confidentiality ? [say('control.confidential')] : []),
    ],
  };
}
