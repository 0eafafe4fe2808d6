import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knowledge } from '../shared/knowledge/schema.ts';

/**
 * The knowledge that was deployed with the function. The build has checked it and put it beside the bundled code as
 * JSON (`infra/code/bundle.ts`), so that a start needs neither YAML nor a schema.
 */
export async function deployedKnowledge(codeDirectory: string): Promise<Knowledge> {
  return JSON.parse(await readFile(join(codeDirectory, 'knowledge.json'), 'utf8'));
}

/** The name of that knowledge, for a function that needs no more of it. */
export async function deployedKnowledgeVersion(codeDirectory: string): Promise<string> {
  return readFile(join(codeDirectory, 'knowledge-version'), 'utf8');
}
