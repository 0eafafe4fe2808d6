import { sqsQueue } from '../../shared/cases/adapters/sqs_queue.ts';
import { portsFromEnvironment, QueueUrls } from '../environment.ts';
import { createHandler } from './handler.ts';

const ports = portsFromEnvironment();

export const handler = createHandler({
  ...ports,
  queue: sqsQueue(QueueUrls.parse(process.env), ports.clock.now),
});
