import { portsFromEnvironment } from '../environment.ts';
import { queueFromEnvironment } from '../queues.ts';
import { createHandler } from './handler.ts';

const ports = portsFromEnvironment();

export const handler = createHandler({ ...ports, queue: await queueFromEnvironment(ports.clock.now) });
