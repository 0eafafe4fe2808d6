import type { AffectednessAdvisory, Knowledge } from './schema.ts';

/** A reference to something the knowledge does not define. */
export interface BrokenReference {
  /** Section, id, and the field below it. */
  readonly path: readonly string[];
  readonly message: string;
}

/** Every reference between entries that leads nowhere: sources, streams, advisories. */
export function findBrokenReferences(knowledge: Knowledge): BrokenReference[] {
  const broken: BrokenReference[] = [];
  const streams = new Set(knowledge.streams.map((stream) => stream.id));
  const advisories = new Set(knowledge.advisories.map((advisory) => advisory.id));
  const checkSources = (sources: readonly string[], ...path: string[]): void => {
    sources.forEach((source, index) => {
      if (!(source in knowledge.sources))
        broken.push({
          path: [...path, 'sources', String(index)],
          message: `The source "${source}" is not defined.`,
        });
    });
  };
  const checkStream = (stream: string, ...path: string[]): void => {
    if (!streams.has(stream))
      broken.push({ path: [...path, 'stream'], message: `The kernel stream "${stream}" is not defined.` });
  };
  if (knowledge.version === '')
    broken.push({ path: ['version'], message: 'No file states the version of the knowledge.' });
  for (const stream of knowledge.streams) checkSources(stream.sources, 'streams', stream.id);
  for (const advisory of knowledge.advisories) {
    checkSources(advisory.sources, 'advisories', advisory.id);
    if (advisory.kind === 'affectedness') checkTables(advisory, checkSources, checkStream);
  }
  for (const message of Object.values(knowledge.messages))
    checkSources(message.sources, 'messages', message.id);
  for (const rule of Object.values(knowledge.rules)) {
    checkSources(rule.sources, 'rules', rule.id);
    if (!advisories.has(rule.advisory))
      broken.push({
        path: ['rules', rule.id, 'advisory'],
        message: `The advisory "${rule.advisory}" is not defined.`,
      });
  }
  for (const procedure of Object.values(knowledge.procedures))
    checkSources(procedure.sources, 'procedures', procedure.id);
  for (const combination of knowledge.fencing.combinations)
    checkSources(combination.sources, 'fencing', combination.id);
  for (const parameter of knowledge.fencing.parameters)
    checkSources(parameter.sources, 'fencing', parameter.key);
  return broken;
}

function checkTables(
  advisory: AffectednessAdvisory,
  checkSources: (sources: readonly string[], ...path: string[]) => void,
  checkStream: (stream: string, ...path: string[]) => void,
): void {
  const tables = { rows: advisory.rows, related: advisory.related, unlisted: advisory.unlisted };
  for (const [table, rows] of Object.entries(tables)) {
    rows.forEach((row, index) => {
      const path = ['advisories', advisory.id, table, String(index)];
      checkStream(row.stream, ...path);
      checkSources(row.sources, ...path);
    });
  }
  for (const [table, rows] of Object.entries({ rows: advisory.rows, related: advisory.related })) {
    rows.forEach((row, index) => {
      row.vendorFixes.forEach((fix, at) => {
        checkSources(fix.sources, 'advisories', advisory.id, table, String(index), 'vendorFixes', String(at));
      });
    });
  }
}
