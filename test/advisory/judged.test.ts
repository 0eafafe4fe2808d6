import { describe, expect, it } from 'vitest';
import { FORMATS, render } from '../../shared/advisory/render.ts';
import { Analysis } from '../../shared/analysis/analysis.ts';
import { judge } from '../../shared/analysis/judge.ts';
import { loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { bundle, bundles, completed, partial } from '../fixtures/evidence.ts';
import { GENERATED_AT } from './sample.ts';
import { documentOf, shapeOf, wordsOf } from './words.ts';

const knowledge = await loadKnowledge();
const fonts = await loadFonts();
const options = { timezone: 'Asia/Tokyo', confirmations: [] };

/** Cases as the judgement makes them, from the smallest to a cluster of 32 nodes. */
const judged: Record<string, Analysis> = {
  nothing: judge([], knowledge, options),
  'an affected pair': judge(
    bundles(
      {
        host: 'node1',
        os: 'rhel 8.2',
        kernel: '4.18.0-193.el8.x86_64',
        lifekeeper: '9.5.1',
        lines: [
          partial('node1', 'Mar 12 02:14:19', '2.2 MB'),
          completed('node1', 'Mar 12 02:15:00', 'node2'),
        ],
        collectedAt: '2021-04-07T12:00:00+09:00',
      },
      { host: 'node2', os: 'rhel 8.2', kernel: '4.18.0-193.el8.x86_64', lifekeeper: '9.5.1' },
    ),
    knowledge,
    options,
  ),
  'a rule sample each': judge(
    Object.values(knowledge.rules).flatMap((rule) =>
      rule.sample.nodes.map((sample, index) =>
        bundle(
          [
            {
              host: `${rule.id.replaceAll('_', '')}${index}`,
              lines: sample.lines,
              settings: sample.settings,
              packages: sample.packages,
              ...(sample.os === undefined ? {} : { os: sample.os }),
              ...(sample.kernel === undefined ? {} : { kernel: sample.kernel }),
              ...(sample.lifekeeper === undefined ? {} : { lifekeeper: sample.lifekeeper }),
              ...(sample.platform === undefined ? {} : { platform: sample.platform }),
            },
          ],
          { id: `${rule.id}-${index}` },
        ),
      ),
    ),
    knowledge,
    options,
  ),
  '32 nodes': judge(
    Array.from({ length: 32 }, (_, index) => {
      const host = `node${index + 1}`;
      const tag = `datarep-${Math.floor(index / 2) + 1}`;
      const peer = `node${index % 2 === 0 ? index + 2 : index}`;
      return bundle(
        [
          {
            host,
            os: 'rhel 8.2',
            kernel: '4.18.0-193.el8.x86_64',
            lifekeeper: '9.5.1',
            lines: [
              ...Array.from({ length: 20 }, (_unused, day) =>
                partial(host, `Mar ${String(day + 1).padStart(2)} 02:14:19`, '2.2 MB', { tag }),
              ),
              completed(host, 'Mar 29 03:00:00', peer, tag),
            ],
            collectedAt: '2021-04-07T12:00:00+09:00',
          },
        ],
        { id: `b${index}` },
      );
    }),
    knowledge,
    options,
  ),
};

describe.each(Object.entries(judged))('the advisory of %s', (_name, value) => {
  it('is the same in both languages and leaves nothing open', () => {
    expect(Analysis.safeParse(value).error).toBeUndefined();
    const ja = documentOf(value, knowledge, 'ja');
    const en = documentOf(value, knowledge, 'en');
    expect(shapeOf(en)).toEqual(shapeOf(ja));
    expect([...wordsOf(ja), ...wordsOf(en)].filter((text) => /\{\w+\}/.test(text))).toEqual([]);
    expect(wordsOf(en).filter((text) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(text))).toEqual([]);
  });

  it('renders in every format', async () => {
    for (const format of FORMATS) {
      const { body } = await render(value, knowledge, {
        language: 'ja',
        format,
        generatedAt: GENERATED_AT,
        fonts,
      });
      expect(body.length, format).toBeGreaterThan(100);
    }
  }, 120_000);

  it('cites only evidence that the appendix has', () => {
    const document = documentOf(value, knowledge, 'en');
    const cited = new Set(JSON.stringify(shapeOf(document)).match(/"E\d+"/g) ?? []);
    const listed = document.sections.flatMap((section) =>
      section.body.flatMap((block) =>
        block.kind === 'evidence' ? block.entries.map((entry) => `"${entry.id}"`) : [],
      ),
    );
    expect([...cited].filter((id) => !listed.includes(id))).toEqual([]);
  });
});
