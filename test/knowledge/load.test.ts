import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  checkKnowledge,
  knowledgeJsonSchema,
  listKnowledge,
  showKnowledge,
} from '../../shared/knowledge/inspect.ts';
import { KnowledgeError, loadKnowledge } from '../../shared/knowledge/load.ts';
import { judged } from '../analysis/checked.ts';
import { OTHER_ADVISORY } from '../fixtures/advisory.ts';
import { bundles } from '../fixtures/evidence.ts';

async function withFiles<T>(
  files: Record<string, string>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'knowledge-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function faultsOf(text: string): Promise<KnowledgeError['faults']> {
  return withFiles({ 'extra.yaml': text }, async (directory) => {
    try {
      await loadKnowledge([directory]);
    } catch (error) {
      if (error instanceof KnowledgeError) return error.faults;
      throw error;
    }
    return [];
  });
}

describe('a folder of further knowledge', () => {
  it('adds an advisory without code, judged beside the shipped ones', async () => {
    await withFiles({ 'acme.yaml': OTHER_ADVISORY }, async (directory) => {
      const knowledge = await loadKnowledge([directory]);
      const verdictOf = (kernel: string, lifekeeper: string) => {
        const analysis = judged(bundles({ os: 'rhel 9.2', kernel, lifekeeper }), { knowledge });
        const [other] = analysis.nodes[0]?.otherAffectedness ?? [];
        return [other?.advisory, other?.verdict, other?.reason];
      };
      const id = 'acme-nbd-hang';
      expect(verdictOf('5.14.0-283.el9.x86_64', '9.8.0')).toEqual([id, 'not_affected', 'kernel_below_range']);
      expect(verdictOf('5.14.0-284.el9.x86_64', '9.8.0')).toEqual([id, 'affected', 'kernel_in_range']);
      expect(verdictOf('5.14.0-284.11.1.el9_2.x86_64', '9.7.0')).toEqual([id, 'affected', 'kernel_in_range']);
      expect(verdictOf('5.14.0-362.el9.x86_64', '9.8.0')).toEqual([id, 'not_affected', 'kernel_above_range']);
      expect(verdictOf('5.14.0-284.el9.x86_64', '9.6.2')).toEqual([
        id,
        'not_affected',
        'product_before_defect',
      ]);
      expect(verdictOf('5.14.0-284.el9.x86_64', '9.8.1')).toEqual([id, 'fixed', 'product_fixed_version']);
      const analysis = judged(
        bundles({ os: 'rhel 9.2', kernel: '5.14.0-284.el9.x86_64', lifekeeper: '9.8.0' }),
        { knowledge },
      );
      expect(
        analysis.findings.filter((finding) => finding.advisory === id).map((finding) => finding.verdict),
      ).toEqual(['affected']);
    });
  });

  it('cannot redefine what is shipped', async () => {
    const [fault] = await faultsOf(
      'terms:\n  - { id: other, ja: 別, en: other }\n  - { id: mirror, ja: 鏡, en: looking glass }\n',
    );
    expect(fault).toMatchObject({
      line: 3,
      field: 'terms.1',
      message: expect.stringContaining('already defined'),
    });
    expect(fault?.file).toMatch(/extra\.yaml$/);
  });
});

describe('a faulty file', () => {
  it('is named with line and field when a language is missing', async () => {
    const text = 'texts:\n  reason:\n    my_reason:\n      ja: 理由です。\n';
    expect(await faultsOf(text)).toMatchObject([{ line: 4, field: 'texts.reason.my_reason.en' }]);
  });

  it('is named when a text is empty', async () => {
    expect(await faultsOf('terms:\n  - { id: x, ja: "", en: x }\n')).toMatchObject([
      { line: 2, field: 'terms.0.ja' },
    ]);
  });

  it('is named when a rule has no sample or no source', async () => {
    const text =
      'rules:\n  - id: r\n    advisory: split-brain-fencing\n    title: { ja: 題, en: t }\n    summary: { ja: 文, en: s }\n    severity: low\n    sources: []\n';
    expect(await faultsOf(text)).toMatchObject([
      { line: 2, field: 'rules.0.sample' },
      { line: 7, field: 'rules.0.sources' },
    ]);
  });

  it('is named when a message has no sample and a procedure none either', async () => {
    const text =
      'messages:\n  - id: "104999"\n    level: INFO\n    component: dr\n    pattern: x\n    role: other\n    meaning: { ja: 意味, en: m }\n    confirmed: false\n    sources: [cve-2021-46950]\n' +
      'procedures:\n  - id: p\n    kind: do\n    title: { ja: 題, en: t }\n    purpose: { ja: 文, en: s }\n    risk: none\n    riskText: { ja: 文, en: s }\n    steps: [{ id: a, text: { ja: 文, en: s }, on: any }]\n    sources: [cve-2021-46950]\n';
    expect((await faultsOf(text)).map((fault) => fault.field)).toEqual([
      'messages.0.sample',
      'procedures.0.sample',
    ]);
  });

  it('is named when it cites a source or stream that does not exist', async () => {
    const text = OTHER_ADVISORY.replace('stream: el-9', 'stream: el-99').replace(
      'sources: [acme-notice]\n    history',
      'sources: [nowhere]\n    history',
    );
    const lineOf = (part: string): number => text.split('\n').findIndex((line) => line.includes(part)) + 1;
    expect((await faultsOf(text)).map(({ line, field, message }) => [line, field, message])).toEqual([
      [lineOf('nowhere'), 'advisories.acme-nbd-hang.sources.0', 'The source "nowhere" is not defined.'],
      [
        lineOf('el-99'),
        'advisories.acme-nbd-hang.rows.0.stream',
        'The kernel stream "el-99" is not defined.',
      ],
    ]);
  });

  it('is named when it is no YAML, and when a key is unknown', async () => {
    const [broken] = await faultsOf('terms:\n  - { id: a\n');
    expect(broken).toMatchObject({ field: '', line: 3 });
    expect(await faultsOf('# comment\nrulez: []\n')).toMatchObject([
      { message: expect.stringContaining('rulez') },
    ]);
  });

  it('does not hide the faults of another', async () => {
    await withFiles({ 'a.yaml': 'terms: 1\n', 'b.yml': 'rules: 2\n' }, async (directory) => {
      const checked = await checkKnowledge([directory]);
      expect(checked.ok ? [] : checked.faults.map((fault) => fault.field)).toEqual(['terms', 'rules']);
    });
  });
});

describe('looking at the knowledge', () => {
  it('lists every kind and shows an entry with its sources spelled out', async () => {
    const knowledge = await loadKnowledge();
    const kinds = new Set(listKnowledge(knowledge).map((entry) => entry.kind));
    expect([...kinds].sort()).toEqual(
      [
        'advisory',
        'combination',
        'message',
        'procedure',
        'related',
        'row',
        'rule',
        'source',
        'stream',
        'term',
      ].sort(),
    );
    const [shown] = showKnowledge(knowledge, '104009');
    expect(shown).toMatchObject({
      kind: 'message',
      sources: [{ id: 'sios-datakeeper-notice', publisher: 'SIOS Technology' }],
    });
    expect(showKnowledge(knowledge, 'sles-15-sp1').map((entry) => entry.kind)).toEqual(['row', 'stream']);
    expect(showKnowledge(knowledge, 'no-such-id')).toEqual([]);
  });

  it('tells that a folder is not there', async () => {
    expect(await checkKnowledge(['/no/such/folder'])).toMatchObject({
      ok: false,
      faults: [{ file: '/no/such/folder' }],
    });
  });

  it('gives editors a JSON Schema that the shipped files name', async () => {
    expect(knowledgeJsonSchema()).toMatchObject({ type: 'object', properties: { rules: { type: 'array' } } });
    expect(parse(OTHER_ADVISORY)).toHaveProperty('advisories');
  });
});
