import { parse } from '@textlint/markdown-to-ast';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { FORMATS, type Format, render } from '../../shared/advisory/render.ts';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import { type Fonts, loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { analysis, bundle, GENERATED_AT, mirror, place, resync } from './sample.ts';

vi.setConfig({ testTimeout: 120_000 });

let knowledge: Knowledge;
let fonts: Fonts;
beforeAll(async () => {
  knowledge = await loadKnowledge();
  fonts = await loadFonts();
});

async function text(of: Analysis, language: 'ja' | 'en', format: Format): Promise<string> {
  const { body } = await render(of, knowledge, { language, format, generatedAt: GENERATED_AT, fonts });
  return new TextDecoder().decode(body);
}

describe('a rendered advisory', () => {
  it.each(FORMATS)('has the same bytes for the same analysis (%s)', async (format) => {
    for (const language of ['ja', 'en'] as const)
      expect(await text(analysis(), language, format)).toBe(await text(analysis(), language, format));
  });

  it('takes each rendering from its own options, whatever the same analysis was rendered with before', async () => {
    const value = analysis();
    const labelled = async (caseLabel: string) => {
      const options = { language: 'en', format: 'md', generatedAt: GENERATED_AT, caseLabel } as const;
      return new TextDecoder().decode((await render(value, knowledge, options)).body);
    };
    const first = await labelled('First case');
    expect(await labelled('Second case')).toBe(first.replaceAll('First case', 'Second case'));
    expect(first).toContain('First case');
  });

  it('answers the four questions in order before anything else', async () => {
    const page = await text(analysis(), 'en', 'md');
    const places = [
      'Am I affected?',
      'Is my data at risk now?',
      'What must I do',
      'What could not be checked?',
    ].map((question) => page.indexOf(question));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(places[3]).toBeLessThan(page.indexOf('## Required actions'));
  });

  it('shows hostile log text as text', async () => {
    const evil =
      'May 18 13:25:19 node1 x[1]: INFO:dr:recover:t:104009:<script>alert(1)</script> \u001b[31m \u202e |a|b| ```';
    const hostile = analysis({
      mirrors: [
        mirror({
          partialResyncs: [resync('node1', '18', '662.2 MB', { evidence: [place('a<b>/x', 3, evil)] })],
        }),
      ],
    });
    for (const format of ['html', 'md', 'text'] as const) {
      const page = await text(hostile, 'ja', format);
      for (const hidden of ['\u001b', '\u202e']) expect(page).not.toContain(hidden);
      expect(page).toContain('\\u001b[31m');
      if (format === 'html') expect(page).not.toContain('<script');
    }
  });
});

describe('text of a bundle', () => {
  /** Pieces that mean something to HTML, Markdown, terminals, spreadsheets or ICU messages. */
  const pieces = fc.constantFrom(
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '](javascript:alert(1))',
    '![x](https://evil.invalid/x)',
    'https://evil.invalid/',
    '| a | b |',
    '```',
    '`',
    '~~~',
    '# x',
    '- x',
    '&lt;',
    '\\',
    '"\'',
    '\u001b]0;x\u0007',
    '\u202e',
    '\n',
    '{count, plural, other {x}}',
    "'{'",
    '=cmd()',
    '日本語',
    '--><!--',
    '*x* _y_ $z$',
  );
  const hostile = fc
    .array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 6 })
    .map((parts) => `x${parts.join(' ')}`);

  function poisoned(text: string): Analysis {
    const evidence = [place(text, 3, text)];
    const [first] = analysis().nodes;
    if (first === undefined) throw new Error('the sample has no node');
    return analysis({
      bundles: [bundle('b1', { fileName: text })],
      nodes: [
        {
          ...first,
          hostname: text,
          os: { id: text, version: text, pretty: text },
          kernel: { ...first.kernel, running: text },
          affectedness: { ...first.affectedness, evidence, params: { kernel: text, os: text, bound: text } },
        },
      ],
      missingNodes: [text],
      mirrors: [
        mirror({
          tag: text,
          source: text,
          targets: [text],
          suspectNodes: [text],
          partialResyncs: [resync('node1', '18', text, { evidence, cause: text })],
        }),
      ],
    });
  }

  it('never becomes an element, an attribute or a link of the page', async () => {
    const clean = elements(await text(poisoned('x'), 'ja', 'html'));
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        expect(elements(await text(poisoned(value), 'ja', 'html'))).toEqual(clean);
      }),
      { numRuns: 40 },
    );
  });

  it('never becomes mark-up, an image or a link in Markdown', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        const found = nodesOf(parse(await text(poisoned(value), 'en', 'md')));
        expect(found.filter((node) => node.type === 'Html' || node.type === 'Image')).toEqual([]);
        const links = found.flatMap((node) => (node.type === 'Link' ? [node.url ?? ''] : []));
        expect(links.filter((url) => url.includes('evil') || url.startsWith('javascript:'))).toEqual([]);
        expect(found.filter((node) => node.type === 'Header' && node.depth === 1)).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
  });

  it('never reaches a terminal as a control or a change of direction', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        const shown = await text(poisoned(value), 'ja', 'text');
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 40 },
    );
  });

  /** The mark-up of a page: its tags with their attribute names, without text and values. */
  function elements(page: string): string[] {
    const body = page.slice(page.indexOf('</style>'));
    return [...body.matchAll(/<(\/?[a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/g)].map(
      ([, tag, attributes]) =>
        `${tag} ${[...(attributes ?? '').matchAll(/([a-z-]+)="[^"]*"/g)].map((match) => match[1]).join(' ')}`,
    );
  }

  interface Parsed {
    type: string;
    url?: string;
    depth?: number;
    children?: readonly Parsed[];
  }

  function nodesOf(node: Parsed): Parsed[] {
    return [node, ...(node.children ?? []).flatMap(nodesOf)];
  }
});
