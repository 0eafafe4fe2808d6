import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { fillIn } from '../../shared/analysis/actions.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import type { Text } from '../../shared/knowledge/schema.ts';
import { judged } from '../analysis/checked.ts';
import { bundle, nodePart, record } from '../fixtures/evidence.ts';

const knowledge = await loadKnowledge();

/** Every bilingual text of the knowledge with a path that names it. */
function* texts(value: unknown, path: string): Generator<[string, Text]> {
  if (typeof value !== 'object' || value === null) return;
  if ('ja' in value && 'en' in value && typeof value.ja === 'string' && typeof value.en === 'string') {
    yield [path, { ja: value.ja, en: value.en }];
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* texts(inner, `${path}.${key}`);
}
const isAddress = (path: string): boolean => path.endsWith('.url');
const all = [...texts(knowledge, 'knowledge')].filter(([path]) => !isAddress(path));

type Elements = ReturnType<IntlMessageFormat['getAst']>;

function argumentsOf(elements: Elements): string[] {
  return elements.flatMap((element) => {
    const own = 'value' in element && element.type !== 0 ? [String(element.value)] : [];
    const options = 'options' in element ? Object.values<{ value: Elements }>(element.options) : [];
    return [...own, ...options.flatMap((option) => argumentsOf(option.value))];
  });
}

describe('the texts of the shipped knowledge', () => {
  it('parse as ICU messages and take the same arguments in both languages', () => {
    const differing = all.filter(([, text]) => {
      const [ja, en] = (['ja', 'en'] as const).map((language) =>
        [...new Set(argumentsOf(new IntlMessageFormat(text[language], language).getAst()))].sort().join(),
      );
      return ja !== en;
    });
    expect(differing).toEqual([]);
  });

  it('have no Japanese in the English and no untranslated sentence in the Japanese', () => {
    const japanese = /[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]/;
    const bare = (text: string): string => text.replace(/\{\w+\}/g, '');
    expect(all.filter(([, text]) => japanese.test(text.en))).toEqual([]);
    const untranslated = all.filter(
      ([, text]) => !japanese.test(text.ja) && bare(text.ja).split(/\s+/).length > 4,
    );
    expect(untranslated).toEqual([]);
  });

  it('use the one word the terms fix for a thing', () => {
    const avoided = /サーバ(?!ー)|ユーザ(?!ー)|部分同期|差分同期|全同期|お願いできますでしょうか/;
    expect(all.filter(([, text]) => avoided.test(text.ja))).toEqual([]);
  });
});

describe('every entry of the shipped knowledge', () => {
  it('of the message catalogue has a sample that its own pattern matches and no other', () => {
    for (const message of Object.values(knowledge.messages)) {
      const sample = record(message.sample);
      expect(sample.id).toBe(message.id);
      expect(sample.component).toBe(message.component);
      expect(sample.level).toBe(message.level);
      const matching = Object.values(knowledge.messages).filter((other) =>
        new RegExp(other.pattern, 'u').test(sample.text),
      );
      expect(matching.map((other) => other.id)).toEqual([message.id]);
    }
  });

  it('of the procedures renders its sample commands and no others', () => {
    for (const procedure of Object.values(knowledge.procedures)) {
      const commands = procedure.steps.flatMap((step) =>
        step.commands.map((line) => fillIn(line, procedure.sample.params)),
      );
      expect(commands, procedure.id).toEqual(procedure.sample.commands);
      expect(commands.join(), procedure.id).not.toMatch(/[<>{}]/);
    }
  });

  it('that overwrites data says in words which copy is overwritten, and is of high risk or says what stops it', () => {
    for (const procedure of Object.values(knowledge.procedures)) {
      const copies = procedure.steps.some((step) =>
        step.commands.some((command) => command.includes('fullresync')),
      );
      if (!copies) continue;
      expect(procedure.direction, procedure.id).toBeDefined();
      expect(procedure.risk).toBe('high');
      expect(procedure.steps.some((step) => step.stop !== undefined)).toBe(true);
    }
  });

  it('stops and starts LifeKeeper on every node, whichever node the finding is about', () => {
    const steps = Object.values(knowledge.procedures)
      .flatMap((procedure) => procedure.steps)
      .filter((step) => step.commands.some((command) => /\blkst(op|art)\b/.test(command)));
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.map((step) => step.on)).toEqual(steps.map(() => 'every'));
  });

  it('cites sources that exist and none is without an entry that cites it', () => {
    const cited = new Set(
      JSON.stringify(knowledge)
        .match(/"sources":\[[^\]]*\]/g)
        ?.join()
        .match(/"[\w-]+"/g) ?? [],
    );
    const unused = Object.keys(knowledge.sources).filter((id) => !cited.has(`"${id}"`));
    expect(unused).toEqual([]);
  });
});

/** What cannot be said with node samples alone: the rule's case, made whole. */
const COMPLETED: Record<string, (nodes: ReturnType<typeof sampleNodes>) => Parameters<typeof judged>> = {
  mirror_cleared: (nodes) => [
    nodes.map((node) => bundle([node])),
    {
      confirmations: [
        {
          id: 'c1',
          kind: 'full_resync_done',
          mirror: 'datarep-dk-mirror',
          node: 'node1',
          target: 'node2',
          at: '2021-04-07T10:00:00+09:00',
          by: 'operator',
          comment: null,
        },
      ],
    },
  ],
  confirmation_unusable: (nodes) => [
    nodes.map((node) => bundle([node])),
    {
      confirmations: [
        {
          id: 'c1',
          kind: 'data_verified',
          mirror: 'no-such-mirror',
          node: 'node1',
          target: null,
          at: '2021-04-07T10:00:00+09:00',
          by: 'operator',
          comment: null,
        },
      ],
    },
  ],
  split_brain_suspected: (nodes) => [
    nodes.map((node, index) => bundle([{ ...node, collectedAt: `2021-04-0${index + 7}T10:00:00+09:00` }])),
    {},
  ],
  bundle_unreadable: (nodes) => [
    nodes.map((node) => {
      const whole = bundle([node]);
      const problem = { code: 'truncated' as const, detail: 'cut', fatal: true, count: 1 };
      return {
        ...whole,
        nodes: [],
        bundle: { ...whole.bundle, status: 'rejected' as const, problems: [problem] },
      };
    }),
    {},
  ],
  fencing_cannot_determine: (nodes) => [
    nodes.map((node) => bundle([{ ...node, wholePackageList: false }])),
    {},
  ],
};

function sampleNodes(id: string) {
  return (knowledge.rules[id]?.sample.nodes ?? []).map((node) => ({
    host: node.name,
    collectedAt: '2021-04-08T10:00:00+09:00',
    lifekeeper: node.lifekeeper ?? null,
    wholePackageList: node.lifekeeper !== undefined,
    lines: node.lines,
    packages: node.packages,
    ...(node.os === undefined ? {} : { os: node.os }),
    ...(node.kernel === undefined ? {} : { kernel: node.kernel }),
    ...(Object.keys(node.settings).length === 0 ? {} : { settings: node.settings }),
    ...(node.isp.length === 0 ? {} : { resources: node.isp.map((tag) => ({ tag })) }),
    ...(node.platform === undefined ? {} : { platform: node.platform }),
  }));
}

describe('the sample of rule', () => {
  for (const rule of Object.values(knowledge.rules)) {
    it(`${rule.id} leads to its finding`, () => {
      const nodes = sampleNodes(rule.id);
      const [evidence, options] = COMPLETED[rule.id]?.(nodes) ?? [nodes.map((node) => bundle([node])), {}];
      const found = judged(evidence, options).findings.filter((finding) => finding.rule === rule.id);
      expect(found.map((finding) => finding.verdict)).toContain(rule.sample.verdict);
      expect(found.every((finding) => finding.severity === rule.severity)).toBe(true);
    });
  }

  it('never yields a part that is not valid evidence', () => {
    expect(nodePart({}).facts.hostname[0]?.value).toBe('node1');
  });
});
