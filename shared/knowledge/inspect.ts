import { z } from 'zod';
import { KnowledgeError, loadKnowledge } from './load.ts';
import { type Knowledge, KnowledgeFile } from './schema.ts';

/** One entry of the knowledge, as a list shows it. */
export interface KnowledgeEntry {
  readonly kind:
    | 'advisory'
    | 'row'
    | 'related'
    | 'stream'
    | 'rule'
    | 'procedure'
    | 'message'
    | 'combination'
    | 'term'
    | 'source';
  readonly id: string;
  readonly title: { readonly ja: string; readonly en: string };
}

/** Every entry, grouped by kind in the order a reader looks for them. */
export function listKnowledge(knowledge: Knowledge): KnowledgeEntry[] {
  const titled = (
    kind: KnowledgeEntry['kind'],
    entries: readonly { id: string; title: { ja: string; en: string } }[],
  ) => entries.map(({ id, title }) => ({ kind, id, title }));
  const tables = knowledge.advisories.flatMap((advisory) =>
    advisory.kind === 'affectedness'
      ? [
          ...titled(
            'row',
            advisory.rows.map((row) => ({
              id: row.id,
              title: { ja: `${row.system.ja}: ${row.kernels.ja}`, en: `${row.system.en}: ${row.kernels.en}` },
            })),
          ),
          ...titled(
            'related',
            advisory.related.map((related) => ({ id: related.id, title: related.why })),
          ),
        ]
      : [],
  );
  return [
    ...titled('advisory', knowledge.advisories),
    ...tables,
    ...titled('rule', Object.values(knowledge.rules)),
    ...titled('procedure', Object.values(knowledge.procedures)),
    ...titled(
      'message',
      Object.values(knowledge.messages).map(({ id, meaning }) => ({ id, title: meaning })),
    ),
    ...titled('stream', knowledge.streams),
    ...titled('combination', knowledge.fencing.combinations),
    ...titled(
      'term',
      Object.values(knowledge.terms).map(({ id, ja, en }) => ({ id, title: { ja, en } })),
    ),
    ...titled(
      'source',
      Object.entries(knowledge.sources).map(([id, source]) => ({ id, title: source.title })),
    ),
  ];
}

/** The entries with this id, whole, each with the sources it cites spelled out; empty when there is none. */
export function showKnowledge(
  knowledge: Knowledge,
  id: string,
): { kind: KnowledgeEntry['kind']; entry: unknown; sources: unknown[] }[] {
  const found: { kind: KnowledgeEntry['kind']; entry: { sources?: readonly string[] } }[] = [];
  for (const advisory of knowledge.advisories) {
    if (advisory.id === id) found.push({ kind: 'advisory', entry: advisory });
    if (advisory.kind !== 'affectedness') continue;
    for (const row of advisory.rows) if (row.id === id) found.push({ kind: 'row', entry: row });
    for (const related of advisory.related)
      if (related.id === id) found.push({ kind: 'related', entry: related });
  }
  for (const stream of knowledge.streams) if (stream.id === id) found.push({ kind: 'stream', entry: stream });
  for (const combination of knowledge.fencing.combinations)
    if (combination.id === id) found.push({ kind: 'combination', entry: combination });
  const tables = [
    ['rule', knowledge.rules],
    ['procedure', knowledge.procedures],
    ['message', knowledge.messages],
  ] as const;
  for (const [kind, table] of tables) {
    const entry = table[id];
    if (entry !== undefined) found.push({ kind, entry });
  }
  const term = knowledge.terms[id];
  if (term !== undefined) found.push({ kind: 'term', entry: { ...term, sources: [] } });
  const source = knowledge.sources[id];
  if (source !== undefined) found.push({ kind: 'source', entry: { ...source, sources: [] } });
  return found.map(({ kind, entry }) => ({
    kind,
    entry,
    sources: (entry.sources ?? []).map((key) => ({ id: key, ...knowledge.sources[key] })),
  }));
}

export type KnowledgeCheck =
  | { readonly ok: true; readonly version: string; readonly entries: number }
  | { readonly ok: false; readonly faults: KnowledgeError['faults'] };

/** Loads the shipped knowledge and the folders given, and tells every fault with file, line and field. */
export async function checkKnowledge(directories: readonly string[] = []): Promise<KnowledgeCheck> {
  try {
    const knowledge = await loadKnowledge(directories);
    return { ok: true, version: knowledge.version, entries: listKnowledge(knowledge).length };
  } catch (error) {
    if (error instanceof KnowledgeError) return { ok: false, faults: error.faults };
    throw error;
  }
}

/** JSON Schema of a knowledge file, for editors that complete and check YAML while it is written. */
export function knowledgeJsonSchema(): unknown {
  return { ...z.toJSONSchema(KnowledgeFile, { io: 'input' }), title: 'Knowledge of Bundle Advisor' };
}
