import { createHash } from 'node:crypto';
import type { Knowledge } from '../knowledge/schema.ts';

/**
 * The knowledge as a service judges with it: a digest of all it says is part of its version, so that a change counts
 * even when nobody raised the version, and a report names what it rests on. `2026.11+4f0c2a9be1d7`
 */
export function identifiedKnowledge(knowledge: Knowledge): Knowledge {
  const digest = createHash('sha256').update(JSON.stringify(knowledge)).digest('hex');
  return { ...knowledge, version: `${knowledge.version}+${digest.slice(0, 12)}` };
}
