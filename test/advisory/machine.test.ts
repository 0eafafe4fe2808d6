import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as mandatory from '@secvisogram/csaf-validator-lib/mandatoryTests.js';
import * as optional from '@secvisogram/csaf-validator-lib/optionalTests.js';
import * as schema from '@secvisogram/csaf-validator-lib/schemaTests.js';
import validate from '@secvisogram/csaf-validator-lib/validate.js';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import type { Log } from 'sarif';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Format, type RenderOptions, render } from '../../shared/advisory/render.ts';
import type { Analysis } from '../../shared/analysis/analysis.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { cases } from './cases.ts';
import { analysis, finding, GENERATED_AT, node, place } from './sample.ts';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await loadKnowledge();
});

async function rendered(of: Analysis, format: Format, over: Partial<RenderOptions> = {}): Promise<string> {
  const { body } = await render(of, knowledge, {
    language: 'en',
    format,
    generatedAt: GENERATED_AT,
    ...over,
  });
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
}

/** One node for each verdict, and one that is missing. */
const mixed = analysis({
  nodes: [
    node('node1'),
    node('node2', {
      affectedness: { ...node('x').affectedness, verdict: 'not_affected', reason: 'datakeeper_absent' },
    }),
    node('node3', {
      affectedness: {
        ...node('x').affectedness,
        verdict: 'fixed',
        reason: 'product_fixed_version',
        params: { lifekeeper: '9.5.2', fixedIn: '9.5.2' },
      },
    }),
  ],
  missingNodes: ['node4'],
});

/** 6.2.3 asks for a CVSS score. None is given: the advisory states no score, and we make none up. */
const { optionalTest_6_2_3: _score, ...wantedOptional } = optional;

describe('CSAF', () => {
  it.each(['ja', 'en'] as const)(
    'passes every schema, mandatory and optional test of the validator (%s)',
    async (language) => {
      const tests = [schema.csaf_2_0, ...Object.values(mandatory), ...Object.values(wantedOptional)];
      const judged = cases(knowledge);
      for (const value of [mixed, judged.mixed, judged.fixed_after_exposure]) {
        const document = JSON.parse(await rendered(value, 'csaf', { language, caseLabel: 'CASE-1' }));
        const result = await validate(tests, document);
        const failed = result.tests.filter((test) => test.errors.length > 0 || test.warnings.length > 0);
        expect(failed.map((test) => [test.name, test.errors, test.warnings])).toEqual([]);
        expect(result.isValid).toBe(true);
      }
    },
  );

  it('says of every node what is known of it, and of a missing one that nothing is', async () => {
    const document = JSON.parse(await rendered(mixed, 'csaf'));
    expect(document.vulnerabilities[0].product_status).toEqual({
      known_affected: ['node1'],
      known_not_affected: ['node2'],
      fixed: ['node3'],
      under_investigation: ['node4'],
    });
    expect(document.vulnerabilities[0].cve).toBe('CVE-2021-46950');
  });

  it('gives a command never without its time, its direction and what stops it', async () => {
    const { fixed_after_exposure, source_suspect } = cases(knowledge);
    const detailsOf = async (of: Analysis): Promise<string[]> =>
      JSON.parse(await rendered(of, 'csaf')).vulnerabilities[0].remediations.map(
        (remediation: { details: string }) => remediation.details,
      );
    const [copy = ''] = (await detailsOf(fixed_after_exposure)).filter((text) => text.includes('fullresync'));
    expect(copy).toMatch(/^Run a full resynchronization \(before the next switchover/);
    expect(copy).toContain('The data on node2 will be overwritten with the data from node1.');
    expect(copy.indexOf('Stop condition: If the node that is ISP is not node1')).toBeLessThan(
      copy.indexOf('mirror_action'),
    );
    expect(await detailsOf(source_suspect)).toContainEqual(
      expect.stringMatching(/^Restore from a backup \(only if the data check finds damage\)/),
    );
  });

  it('marks the translation with an id of its own and names the original first', async () => {
    const ja = JSON.parse(await rendered(mixed, 'csaf', { language: 'ja' })).document;
    const en = JSON.parse(await rendered(mixed, 'csaf', { language: 'en' })).document;
    expect(en.tracking.id).toBe(`${ja.tracking.id}-en`);
    expect(en.source_lang).toBe('ja');
    expect(ja.source_lang).toBeUndefined();
    expect(en.references[0].category).toBe('external');
  });
});

describe('OpenVEX', () => {
  it('has a statement per node with the status and the words its status asks for', async () => {
    const document = JSON.parse(await rendered(mixed, 'openvex'));
    expect(document['@context']).toBe('https://openvex.dev/ns/v0.2.0');
    const byStatus = Object.fromEntries(
      document.statements.map((statement: { status: string }) => [statement.status, statement]),
    );
    expect(Object.keys(byStatus).sort()).toEqual([
      'affected',
      'fixed',
      'not_affected',
      'under_investigation',
    ]);
    expect(byStatus.affected.action_statement).not.toBe('');
    const judged = JSON.parse(await rendered(cases(knowledge).source_suspect, 'openvex'));
    expect(judged.statements[0].action_statement).toContain(
      'Restore from a backup (only if the data check finds damage)',
    );
    expect(byStatus.not_affected.justification).toBe('component_not_present');
    expect(byStatus.under_investigation.status_notes).toMatch(/^node_missing: /);
  });
});

describe('SARIF', () => {
  const found = analysis({
    findings: [
      finding({ evidence: [place('node1/var/log/life keeper.log', 12, 'May 18 x')] }),
      finding({
        id: 'f-2',
        verdict: 'cannot_determine',
        severity: 'medium',
        evidence: [place('node1/uname', 0, '')],
      }),
      finding({ id: 'f-3', verdict: 'fixed', severity: 'info' }),
    ],
  });

  it('is valid against the schema of OASIS', async () => {
    const path = createRequire(import.meta.url).resolve(
      '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
    );
    const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats.default(ajv);
    const check = ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
    for (const language of ['ja', 'en'] as const) {
      const log = JSON.parse(await rendered(found, 'sarif', { language, previous: analysis() }));
      expect(check(log), JSON.stringify(check.errors)).toBe(true);
    }
  });

  it('keeps what cannot be told apart from what passed', async () => {
    const log: Log = JSON.parse(await rendered(found, 'sarif'));
    expect(log.runs[0]?.results?.map((result) => [result.kind, result.level])).toEqual([
      ['fail', 'error'],
      ['open', 'none'],
      ['pass', 'none'],
    ]);
  });

  it('leads from a result to the member inside its bundle', async () => {
    const log: Log = JSON.parse(await rendered(found, 'sarif'));
    const run = log.runs[0];
    const location = run?.results?.[0]?.locations?.[0]?.physicalLocation;
    expect(location?.artifactLocation?.uri).toBe('node1/var/log/life%20keeper.log');
    expect(location?.region).toMatchObject({ startLine: 12, byteOffset: 1200, byteLength: 8 });
    const artifact = run?.artifacts?.[location?.artifactLocation?.index ?? -1];
    expect(run?.artifacts?.[artifact?.parentIndex ?? -1]?.hashes?.['sha-256']).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('CSV', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1+1', '%1'])(
    'takes no cell as a formula: %j',
    async (text) => {
      const nodes = [
        node('node1', { affectedness: { ...node('x').affectedness, evidence: [place(text, 1, text)] } }),
      ];
      const file = await rendered(analysis({ nodes }), 'csv');
      const cells = [...file.matchAll(/"((?:[^"]|"")*)"/g)].map((match) => match[1] ?? '');
      expect(cells.length).toBeGreaterThan(9);
      expect(cells.filter((cell) => /^\s*[=+\-@＝＋－＠%]/.test(cell))).toEqual([]);
    },
  );

  it('has a row per piece of evidence', async () => {
    const file = await rendered(analysis(), 'csv');
    expect(file.startsWith('\ufeff')).toBe(true);
    expect(file.trim().split('\r\n')).toHaveLength(4);
  });
});
