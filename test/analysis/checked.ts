import { IntlMessageFormat } from 'intl-messageformat';
import { Analysis, type Confirmation, type Params } from '../../shared/analysis/analysis.ts';
import { judge } from '../../shared/analysis/judge.ts';
import type { Evidence } from '../../shared/evidence/evidence.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { type Knowledge, type Text, type TextTable, textOf } from '../../shared/knowledge/schema.ts';

/** The shipped knowledge, read once per test file. */
export const knowledge = await loadKnowledge();

/**
 * Judges and checks what every judgement must hold: the document fits its schema, and every code in it has a text
 * in both languages whose arguments the document gives.
 */
export function judged(
  evidence: readonly Evidence[],
  options: {
    confirmations?: readonly Confirmation[];
    timezone?: string;
    expectedNodes?: readonly string[];
    knowledge?: Knowledge;
  } = {},
): Analysis {
  const { knowledge: used = knowledge, timezone = 'Asia/Tokyo', confirmations = [], expectedNodes } = options;
  const analysis = judge(evidence, used, {
    timezone,
    confirmations,
    ...(expectedNodes === undefined ? {} : { expectedNodes }),
  });
  Analysis.parse(analysis);
  checkTexts(analysis, used);
  return analysis;
}

function render(text: Text, params: Params): void {
  const values = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  for (const language of ['ja', 'en'] as const)
    new IntlMessageFormat(text[language], language).format(values);
}

function checkTexts(analysis: Analysis, used: Knowledge): void {
  const show = (table: TextTable, code: string, params: Params = {}): void =>
    render(textOf(used, table, code), params);
  for (const node of analysis.nodes) {
    for (const item of [node.affectedness, ...node.otherAffectedness]) {
      show('verdict', item.verdict);
      show('reason', item.reason, item.params);
      for (const note of item.notes) show('note', note.code, note.params);
      for (const note of item.wanted) show('wanted', note.code, note.params);
    }
    for (const note of node.coverage.assumptions) show('assumption', note.code, note.params);
    for (const log of node.coverage.logs) show('year_from', log.yearFrom);
    show('zone_from', node.timezone.from);
    for (const measure of node.fencing.measures) {
      show('measure', measure.measure);
      show('measure_state', measure.state);
      for (const note of measure.notes) show('note', note.code, note.params);
    }
    for (const note of node.fencing.notes) show('note', note.code, note.params);
  }
  for (const mirror of analysis.mirrors) {
    show('outcome', mirror.outcome);
    show('reason', mirror.reason, mirror.params);
    for (const note of mirror.notes) show('note', note.code, note.params);
    for (const copy of mirror.copies) show('copy_state', copy.state);
    for (const event of mirror.events) show('event', event.kind, event.params);
  }
  for (const entry of analysis.timeline) show('timeline', entry.kind, entry.params);
  for (const finding of analysis.findings) {
    const rule = used.rules[finding.rule];
    if (rule === undefined) throw new Error(`no rule ${finding.rule}`);
    render(rule.title, finding.params);
    render(rule.summary, finding.params);
    show('reason', finding.reason, finding.params);
    for (const note of finding.notes) show('note', note.code, note.params);
    for (const action of finding.actions) {
      const procedure = used.procedures[action.procedure];
      if (procedure === undefined) throw new Error(`no procedure ${action.procedure}`);
      const texts = [procedure.title, procedure.purpose, procedure.riskText];
      if (procedure.direction !== undefined && action.direction !== null) texts.push(procedure.direction);
      for (const text of texts) render(text, action.params);
      for (const step of procedure.steps)
        for (const text of [step.text, step.expect, step.stop])
          if (text !== undefined) render(text, action.params);
    }
  }
}
