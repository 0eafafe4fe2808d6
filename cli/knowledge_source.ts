import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identifiedKnowledge } from '../shared/cases/identified_knowledge.ts';
import type { Knowledge } from '../shared/knowledge/schema.ts';

/** Written by `npm run build` beside the built command: the shipped knowledge, checked. */
export const BUILT_KNOWLEDGE = 'knowledge.json';

/**
 * The knowledge that a command judges with, named as a service names it: the shipped one, and further advisories from
 * folders of YAML. Where the command was built and no folders are given, nothing is left to parse and check.
 *
 * @throws KnowledgeError naming file, line and field of every fault found.
 */
export async function knowledgeOf(folders: readonly string[]): Promise<Knowledge> {
  if (folders.length === 0) {
    const built = await readFile(join(import.meta.dirname, BUILT_KNOWLEDGE), 'utf8').catch(() => null);
    if (built !== null) return JSON.parse(built);
  }
  const { loadKnowledge } = await import('../shared/knowledge/load.ts');
  return identifiedKnowledge(await loadKnowledge(folders));
}
