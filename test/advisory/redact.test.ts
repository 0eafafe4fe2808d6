import { beforeAll, describe, expect, it, vi } from 'vitest';
import { FORMATS, type RenderOptions, render } from '../../shared/advisory/render.ts';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import { type Fonts, loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { cases } from './cases.ts';
import { pdfText } from './pdf_text.ts';
import { analysis, bundle, confirmation, GENERATED_AT, mirror, node, place, resync } from './sample.ts';

vi.setConfig({ testTimeout: 120_000 });

let knowledge: Knowledge;
let fonts: Fonts;
beforeAll(async () => {
  knowledge = await loadKnowledge();
  fonts = await loadFonts();
});

const ALL = { hosts: true, addresses: true, users: true };

async function rendered(of: Analysis, over: Partial<RenderOptions>) {
  const options = { language: 'ja', format: 'json', generatedAt: GENERATED_AT, fonts, ...over } as const;
  const { body, redaction } = await render(of, knowledge, options);
  return { text: options.format === 'pdf' ? await pdfText(body) : new TextDecoder().decode(body), redaction };
}

/** Names, addresses and people in every place a bundle can bring them from. */
const named = analysis({
  bundles: [
    bundle('b1', { fileName: 'sosreport-dbprod01-2021.tar.xz' }),
    bundle('b2', { fileName: 'abc-10.159.14.1.zip' }),
  ],
  nodes: [
    node('dbprod01', { hostname: 'dbprod01' }),
    node('abc-10', { hostname: 'abc-10.159.14.1', bundles: ['b2'] }),
  ],
  missingNodes: ['dbprod03'],
  confirmations: [
    confirmation({ node: 'dbprod01', target: 'abc-10', by: 'yamada.taro', comment: '山田より電話で確認' }),
  ],
  mirrors: [
    mirror({
      source: 'dbprod01',
      targets: ['abc-10'],
      suspectNodes: ['abc-10'],
      copies: [
        { node: 'dbprod01', state: 'trusted', since: null },
        { node: 'abc-10', state: 'suspect', since: 0 },
      ],
      partialResyncs: [
        resync('dbprod01', '18', '2.2 MB', {
          targets: ['abc-10'],
          evidence: [
            place(
              'sosreport-dbprod01-2021/var/log/lifekeeper.log',
              9,
              'May 18 13:25:19 DBPROD01.example.co.jp sshd[77]: INFO:dr:x:t:104009:from 10.159.14.7 (fe80::1ff:fe23:4567:890a, 00:1B:44:11:3A:B7) to abc-10.159.14.1 kernel 4.18.0-193.28.1.el8_2 user=yamada.taro mail taro@example.co.jp',
            ),
          ],
        }),
      ],
    }),
  ],
});

const SECRETS = [
  /dbprod0/i,
  /example\.co/,
  /abc-10/,
  /10\.159/,
  /fe80/i,
  /00:1b:44/i,
  /yamada/,
  /taro@/,
  /山田/,
];

describe('redaction', () => {
  it.each(FORMATS)('leaves no name, address or person in %s', async (format) => {
    const { text } = await rendered(named, { format, redact: ALL, caseLabel: 'dbprod01 failover' });
    for (const secret of SECRETS) expect(text).not.toMatch(secret);
  });

  it('would find these names without redaction', async () => {
    const { text } = await rendered(named, { format: 'json' });
    for (const secret of SECRETS) expect(text).toMatch(secret);
  });

  it('gives a name the same pseudonym in every format and language', async () => {
    const texts = await Promise.all(
      (['html', 'md', 'json', 'sarif'] as const).map(async (format) =>
        rendered(named, { format, redact: ALL, language: format === 'md' ? 'en' : 'ja' }),
      ),
    );
    for (const { text } of texts.slice(0, 3)) expect(text).toMatch(/host-1/);
    for (const { redaction } of texts) expect(redaction).toEqual(texts[0]?.redaction);
  });

  it('keeps versions, verdicts and byte positions', async () => {
    const { text } = await rendered(named, { format: 'json', redact: ALL });
    const result: Analysis = JSON.parse(text);
    expect(text).toContain('4.18.0-193.28.1.el8_2');
    expect(result.verdict).toBe(named.verdict);
    expect(result.mirrors[0]?.partialResyncs[0]?.evidence[0]).toMatchObject({ line: 9, offset: 900 });
    expect(result.nodes.map((entry) => entry.affectedness)).toHaveLength(2);
  });

  it('takes no word of a kernel banner for a host', async () => {
    const banner = place(
      'proc/version',
      1,
      'Linux version 4.18.0-193.el8.x86_64 (mock@build) (gcc version 8.3.1)',
    );
    const uname = place('uname', 1, 'Linux dbprod01 4.18.0-193.el8.x86_64 #1 SMP');
    const [first] = analysis().nodes;
    if (first === undefined) throw new Error('the sample has no node');
    const shown = node('dbprod01', { affectedness: { ...first.affectedness, evidence: [banner, uname] } });
    const { text } = await rendered(analysis({ nodes: [shown] }), { format: 'json', redact: ALL });
    expect(text).toContain('Linux version 4.18.0');
    expect(text).toContain('proc/version');
    expect(text).not.toContain('dbprod01');
  });

  it('replaces only what is asked for', async () => {
    const { text, redaction } = await rendered(named, { format: 'json', redact: { addresses: true } });
    expect(text).toMatch(/dbprod01/);
    expect(text).not.toMatch(/10\.159\.14/);
    expect(redaction?.kinds).toEqual(['address']);
  });

  it('hands back a receipt that counts and holds no original', async () => {
    const { redaction } = await rendered(named, { format: 'html', redact: ALL });
    expect(redaction?.commentsWithheld).toBe(true);
    expect(redaction?.replaced.filter((entry) => entry.kind === 'host').length).toBe(5);
    for (const secret of SECRETS) expect(JSON.stringify(redaction)).not.toMatch(secret);
  });

  it('changes no code of the contract, whatever a host is called', async () => {
    const odd = analysis({ nodes: [node('affected'), node('node')] });
    const { text } = await rendered(odd, { format: 'json', redact: ALL });
    const result: Analysis = JSON.parse(text);
    expect(result.nodes.map((entry) => entry.affectedness.verdict)).toEqual(['affected', 'affected']);
    expect(result.nodes.map((entry) => entry.hostname)).toEqual(['host-1', 'host-2']);
  });
});

describe('a report of a new revision', () => {
  it('says what changed since the last one', async () => {
    const all = cases(knowledge);
    const { text } = await rendered(all.cleared, {
      format: 'md',
      language: 'en',
      previous: all.target_suspect,
    });
    const section = text.slice(text.indexOf('## Changes since'), text.indexOf('## Required actions'));
    expect(section).toContain(
      'Data on the standby side may be damaged → Cleared by a full resynchronization',
    );
    expect(section).toContain('from `node1` to `node2` was confirmed as completed');
    expect(section).not.toContain('Finding resolved');
  });

  it('says so when nothing changed, and has no such section without a previous one', async () => {
    const same = await rendered(analysis(), { format: 'md', language: 'en', previous: analysis() });
    expect(same.text).toContain('No verdict has changed');
    const first = await rendered(analysis(), { format: 'md', language: 'en' });
    expect(first.text).not.toContain('## Changes since');
  });
});
