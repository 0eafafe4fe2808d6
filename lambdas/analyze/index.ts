import { judge } from '../../shared/analysis/judge.ts';
import { portsFromEnvironment } from '../environment.ts';
import { deployedKnowledge } from '../knowledge.ts';
import { retryFromEnvironment } from '../queues.ts';
import { createHandler } from './handler.ts';

const knowledge = await deployedKnowledge(import.meta.dirname);

export const handler = createHandler({
  ...portsFromEnvironment(),
  retryLater: retryFromEnvironment(),
  judge: (evidence, options) => judge(evidence, knowledge, options),
  knowledgeVersion: knowledge.version,
});
