import { describe, expect, it } from 'vitest';
import { placeholders, plain } from '../../shared/advisory/localize.ts';
import { CATALOGUES, type TextKey } from '../../shared/advisory/texts/catalogue.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { cases } from './cases.ts';
import { documentOf, shapeOf, wordsOf } from './words.ts';

const knowledge = await loadKnowledge();
const all = cases(knowledge);

const JAPANESE = /[\u3040-\u30ff\u3400-\u9fff\uff01-\uff60]/;

describe('the message catalogue', () => {
  it('has the same keys in both languages', () => {
    expect(Object.keys(CATALOGUES.ja).sort()).toEqual(Object.keys(CATALOGUES.en).sort());
  });

  it('has the same placeholders in both languages', () => {
    const keys = Object.keys(CATALOGUES.ja) as TextKey[];
    const of = (language: 'ja' | 'en') =>
      Object.fromEntries(keys.map((key) => [key, placeholders(CATALOGUES[language][key])]));
    expect(of('en')).toEqual(of('ja'));
  });

  it('has no Japanese in the English texts', () => {
    expect(Object.entries(CATALOGUES.en).filter(([, text]) => JAPANESE.test(text))).toEqual([]);
  });

  it('finds placeholders wherever ICU allows them', () => {
    const text = '{a} {n, plural, one {{b} #} other {# {c}}} {k, select, x {{d}} other {}}';
    expect(placeholders(text)).toEqual(['a', 'b', 'c', 'd', 'k', 'n']);
  });
});

describe.each(Object.entries(all))('both languages of %s', (_name, value) => {
  const ja = documentOf(value, knowledge, 'ja');
  const en = documentOf(value, knowledge, 'en');

  it('have the same sections, rows, steps, commands and evidence', () => {
    expect(shapeOf(en)).toEqual(shapeOf(ja));
    expect(wordsOf(en)).toHaveLength(wordsOf(ja).length);
  });

  it('have no Japanese in the English text', () => {
    expect(wordsOf(en).filter((text) => JAPANESE.test(text))).toEqual([]);
  });

  it('leave no placeholder unfilled', () => {
    expect([...wordsOf(ja), ...wordsOf(en)].filter((text) => /\{\w+\}/.test(text))).toEqual([]);
  });

  it('never call anything safe or without problems', () => {
    const said = [...wordsOf(ja), ...wordsOf(en)].join('\n');
    expect(said).not.toMatch(/問題ありません|問題はありません|安全です|\bis safe\b|no problem/i);
  });
});

describe('advice', () => {
  it('of a full resynchronization stands only where the analysis asks for one', () => {
    const asked = Object.entries(all).map(([name, value]) => [
      name,
      value.findings.some((finding) =>
        finding.actions.some((action) =>
          action.steps.some((step) => step.commands.join().includes('fullresync')),
        ),
      ),
    ]);
    const printed = Object.entries(all).map(([name, value]) => [
      name,
      JSON.stringify(documentOf(value, knowledge, 'en')).includes(' fullresync '),
    ]);
    expect(printed).toEqual(asked);
    expect(asked.filter(([, yes]) => yes)).not.toEqual([]);
  });

  it('says what is overwritten before the command that overwrites', () => {
    const steps = documentOf(all.target_suspect, knowledge, 'ja').sections.flatMap((section) =>
      section.body.flatMap((block) =>
        block.kind === 'group'
          ? block.body.flatMap((inner) => (inner.kind === 'steps' ? inner.items : []))
          : [],
      ),
    );
    const overwriting = steps.filter((step) => step.commands.join().includes('fullresync'));
    expect(overwriting.length).toBeGreaterThan(0);
    for (const step of overwriting) {
      expect(plain(step.overwrite ?? [])).toContain('node2のデータは、node1の内容で上書きされます');
      expect(step.commands).toEqual(['mirror_action datarep-dk-mirror fullresync node1 node2']);
    }
  });

  it('names no node and no resource it does not know', () => {
    for (const [name, value] of Object.entries(all)) {
      const page = JSON.stringify(documentOf(value, knowledge, 'en'));
      expect(page, name).not.toMatch(/<(source|target|targets|tag|node)>|\bsend_[a-z]+\b|\bask_vendor\b/);
      expect(page, name).not.toMatch(/\b(scsi_reservation|windows_probe)\b/);
    }
  });

  it('refers to no procedure that the report does not have', () => {
    const titles = Object.values(knowledge.procedures).map((procedure) => procedure.title.ja);
    const quoted = Object.values(knowledge.procedures).flatMap((procedure) =>
      procedure.steps.flatMap(
        (step) => JSON.stringify([step.text.ja, step.stop?.ja]).match(/「[^」]+」/g) ?? [],
      ),
    );
    expect(quoted.filter((title) => titles.some((known) => title.includes(known)))).toEqual([]);
  });

  it('on a split brain resolves it before anything else', () => {
    const [first] = documentOf(all.split_brain, knowledge, 'en').sections.flatMap((section) =>
      section.id === 'actions' ? section.body.filter((block) => block.kind === 'group') : [],
    );
    expect(plain(first?.heading ?? [])).toContain('Resolve the split brain');
  });

  it('on a suspect source forbids the resynchronization instead', () => {
    const said = wordsOf(documentOf(all.source_suspect, knowledge, 'ja')).join('\n');
    expect(said).toContain('完全再同期を実施しないでください');
  });
});
