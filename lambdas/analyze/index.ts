import { join } from 'node:path';
import { judge } from '../../shared/analysis/judge.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { portsFromEnvironment, retryFromEnvironment } from '../environment.ts';
import { createHandler } from './handler.ts';

/** The build copies the knowledge beside the bundled code. */
const knowledge = await loadKnowledge([], join(import.meta.dirname, 'knowledge'));

export const handler = createHandler({
  ...portsFromEnvironment(),
  retryLater: retryFromEnvironment(),
  judge: (evidence, options) => judge(evidence, knowledge, options),
  knowledgeVersion: knowledge.version,
});
