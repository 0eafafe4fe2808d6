import { limitsFromEnvironment } from '../../shared/archive/limits.ts';
import { extractBundle } from '../../shared/bundle/extract.ts';
import { portsFromEnvironment } from '../environment.ts';
import { retryFromEnvironment } from '../queues.ts';
import { createHandler } from './handler.ts';

const limits = limitsFromEnvironment(process.env);

export const handler = createHandler({
  ...portsFromEnvironment(),
  retryLater: retryFromEnvironment(),
  extract: (source, options) => extractBundle(source, { ...options, limits }),
});
