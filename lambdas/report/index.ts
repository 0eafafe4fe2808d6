import { join } from 'node:path';
import { loadFonts } from '../../shared/fonts/load.ts';
import { portsFromEnvironment } from '../environment.ts';
import { deployedKnowledge } from '../knowledge.ts';
import { retryFromEnvironment } from '../queues.ts';
import { createHandler } from './handler.ts';
import { renderAllWith } from './render_all.ts';

/** The build copies knowledge and fonts beside the bundled code. */
const [knowledge, fonts] = await Promise.all([
  deployedKnowledge(import.meta.dirname),
  loadFonts(join(import.meta.dirname, 'fonts')),
]);

export const handler = createHandler({
  ...portsFromEnvironment(),
  retryLater: retryFromEnvironment(),
  renderAll: renderAllWith(knowledge, fonts),
});
