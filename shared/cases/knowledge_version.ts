import { createHash } from 'node:crypto';
import type { Knowledge } from '../knowledge/schema.ts';

/**
 * Names the knowledge that analyses are made with: its version for people, and a digest of all it says, so that a
 * change counts even when nobody raised the version. `2026.11+4f0c2a9be1d7`
 */
export function knowledgeVersion(knowledge: Knowledge): string {
  const digest = createHash('sha256').update(JSON.stringify(knowledge)).digest('hex');
  return `${knowledge.version}+${digest.slice(0, 12)}`;
}
