import { ulid } from 'ulid';
import { portsFromEnvironment } from '../environment.ts';
import { deployedKnowledgeVersion } from '../knowledge.ts';
import { queueFromEnvironment } from '../queues.ts';
import { REPORT_FORMATS } from '../report/forms.ts';
import { authenticationFromEnvironment } from './authentication.ts';
import { createHandler } from './handler.ts';

const ports = portsFromEnvironment();

export const handler = createHandler({
  ...ports,
  queue: queueFromEnvironment(ports.clock.now),
  knowledgeVersion: await deployedKnowledgeVersion(import.meta.dirname),
  authenticate: authenticationFromEnvironment(process.env),
  newId: () => ulid().toLowerCase(),
  formats: REPORT_FORMATS,
  // Lambda answers at most 6 MB, and binary ones grow by a third in base64.
  maxAnswerBytes: 4_000_000,
});
