import { parseUname } from '../../shared/analysis/kernel.ts';
import { decideKernel } from '../../shared/analysis/kernel_verdict.ts';
import { osLabel } from '../../shared/analysis/os.ts';
import { knowledgeJsonSchema } from '../../shared/knowledge/inspect.ts';
import {
  type AffectednessAdvisory,
  type AffectedRow,
  type KernelBound,
  type KernelSample,
  type KernelStream,
  type Knowledge,
  textOf,
} from '../../shared/knowledge/schema.ts';

/** Documents generated from the knowledge, by path. `npm run docs` writes them; a test checks that they are current. */
export function documents(knowledge: Knowledge): Record<string, string> {
  return {
    'docs/verdicts.md': verdictsDocument(knowledge),
    'docs/knowledge.schema.json': `${JSON.stringify(knowledgeJsonSchema(), null, 2)}\n`,
  };
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Every row and its boundaries with the verdict the product gives, for proof-reading without reading code. */
export function verdictsDocument(knowledge: Knowledge): string {
  const parts = [
    '# Verdicts',
    '',
    'Generated from `shared/knowledge` by `npm run docs`; do not edit. Every verdict below is the answer of the',
    'judgement itself, not a copy of the tables. 判定はすべて実際の判定処理の結果です。',
    '',
  ];
  for (const advisory of knowledge.advisories)
    if (advisory.kind === 'affectedness') parts.push(...advisoryPart(knowledge, advisory));
  return `${parts.join('\n')}\n`;
}

function advisoryPart(knowledge: Knowledge, advisory: AffectednessAdvisory): string[] {
  const { product, module } = advisory;
  const sourcesOf = (ids: readonly string[]): string =>
    ids.map((id) => `[${id}](${knowledge.sources[id]?.url.en ?? ''})`).join(' ');
  const parts = [
    `## ${advisory.title.en} / ${advisory.title.ja}`,
    '',
    `Advisory \`${advisory.id}\`, revision ${advisory.revision}. Sources: ${sourcesOf(advisory.sources)}`,
    '',
    '### Decisions before the tables',
    '',
    table(
      ['order', 'situation', 'verdict', 'reason'],
      [
        [
          '1',
          `Windows node, or a whole package list without ${product.componentPackages.join(', ')} and no log line of \`${product.component}\``,
          ...cells(knowledge, 'not_affected', 'datakeeper_absent'),
        ],
        ...(product.drbdFrom === undefined
          ? []
          : [
              [
                '2',
                `all replicated resources are DRBD (LifeKeeper ${product.drbdFrom} and later)`,
                ...cells(knowledge, 'not_affected', 'mirror_is_drbd'),
              ],
            ]),
        ...(product.fixedIn === undefined
          ? []
          : [
              [
                '3',
                `${product.versionPackage} ${product.fixedIn} and later`,
                ...cells(knowledge, 'fixed', 'product_fixed_version'),
              ],
            ]),
        ...(module === undefined
          ? []
          : [
              [
                '4',
                `module \`${module.name}\` of the running kernel lies in ${module.patchedFolders.join(', ')}`,
                ...cells(knowledge, 'fixed', 'patch_present'),
              ],
            ]),
        ['5', 'kernel missing or contradictory', ...cells(knowledge, 'cannot_determine', 'kernel_missing')],
        [
          '5',
          'operating system missing or contradictory',
          ...cells(knowledge, 'cannot_determine', 'os_missing'),
        ],
        [
          '5',
          'self-built kernel, other flavour, stream that no table covers',
          ...cells(knowledge, 'cannot_determine', 'kernel_stream_unknown'),
        ],
      ],
    ),
    '',
    '### Affected systems',
    '',
  ];
  for (const row of advisory.rows) {
    const stream = knowledge.streams.find((candidate) => candidate.id === row.stream);
    if (stream === undefined) continue;
    parts.push(
      `#### ${row.system.en}: ${row.kernels.en} (LifeKeeper ${row.versions.en})`,
      '',
      `${row.system.ja}: ${row.kernels.ja}(${row.versions.ja})。Sources: ${sourcesOf(row.sources)}`,
      '',
      ...row.vendorFixes.flatMap((fix) => [
        `Vendor correction: ${fix.from.value} and later, ${fix.erratum}${fix.date === null ? '' : `, ${fix.date}`} (${fix.standing}). ${sourcesOf(fix.sources)}`,
        '',
      ]),
      sampleTable(knowledge, advisory, [...boundaries(row, stream), ...row.samples]),
      '',
    );
  }
  parts.push('### Systems that share code with a row without being listed', '');
  for (const related of advisory.related)
    parts.push(
      `#### ${related.id}`,
      '',
      `${related.why.en} ${related.why.ja} (${related.standing}) Sources: ${sourcesOf(related.sources)}`,
      '',
      sampleTable(knowledge, advisory, related.samples),
      '',
    );
  parts.push(
    '### Systems known to be outside of both',
    '',
    sampleTable(
      knowledge,
      advisory,
      advisory.unlisted.flatMap((entry) => entry.samples),
    ),
    '',
  );
  return parts;
}

function cells(knowledge: Knowledge, verdict: string, reason: string): [string, string] {
  const text = textOf(knowledge, 'verdict', verdict);
  return [`**${verdict}** ${text.ja}`, `\`${reason}\``];
}

type Probe = Pick<KernelSample, 'kernel' | 'os'>;

function sampleTable(knowledge: Knowledge, advisory: AffectednessAdvisory, probes: readonly Probe[]): string {
  const seen = new Set<string>();
  const rows = probes.flatMap(({ kernel, os }) => {
    const system = osLabel(os);
    if (seen.has(`${kernel} ${system}`)) return [];
    seen.add(`${kernel} ${system}`);
    const decision = decideKernel(
      advisory,
      knowledge.streams,
      { ...os, pretty: system },
      kernel,
      parseUname(kernel),
    );
    const compared = decision.trace
      .filter((step) => step.operator === '>=' || step.operator === '<')
      .map((step) => `${step.left} ${step.operator === '<' ? '&lt;' : '>='} ${step.right}`);
    return [
      [system, `\`${kernel}\``, ...cells(knowledge, decision.verdict, decision.reason), compared.join(', ')],
    ];
  });
  return table(['system', 'uname -r', 'verdict', 'reason', 'comparison'], rows);
}

/** The kernels just below, at and just above every bound of a row. */
export function boundaries(row: AffectedRow, stream: KernelStream): Probe[] {
  const bounds: KernelBound[] = [
    ...(row.from === 'all' ? [] : [row.from]),
    ...row.vendorFixes
      .filter((fix) => fix.standing === 'documented' && fix.os === undefined)
      .map((fix) => fix.from),
  ];
  return bounds.flatMap((bound) => {
    const [base = '', release = ''] = bound.value.split('-');
    const numbers = (/^\d+(?:\.\d+)*/.exec(release)?.[0] ?? '').split('.').map(Number);
    if (stream.family === 'suse' && bound.form === 'package') numbers.pop();
    const [os] = row.os;
    if (os === undefined) return [];
    return [-1, 0, 1].map((step) => {
      const moved = [...numbers];
      moved[moved.length - 1] = (moved.at(-1) ?? 0) + step;
      return {
        kernel: `${base}-${moved.join('.')}${suffixOf(stream)}`,
        os: { id: os.id, version: os.version },
      };
    });
  });
}

function suffixOf(stream: KernelStream): string {
  if (stream.family === 'suse') return '-default';
  return `.${stream.marks[0] ?? 'el8'}.x86_64`;
}
