import { portsFromEnvironment } from '../environment.ts';
import { queueFromEnvironment } from '../queues.ts';
import { createHandler } from './handler.ts';

const ports = portsFromEnvironment();

export const handler = createHandler({ ...ports, queue: queueFromEnvironment(ports.clock.now) });
