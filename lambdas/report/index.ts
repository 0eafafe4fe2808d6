import { join } from 'node:path';
import { loadFonts } from '../../shared/fonts/load.ts';
import { loadKnowledge } from '../../shared/knowledge/load.ts';
import { portsFromEnvironment, retryFromEnvironment } from '../environment.ts';
import { createHandler } from './handler.ts';
import { renderAllWith } from './render_all.ts';

/** The build copies knowledge and fonts beside the bundled code. */
const [knowledge, fonts] = await Promise.all([
  loadKnowledge([], join(import.meta.dirname, 'knowledge')),
  loadFonts(join(import.meta.dirname, 'fonts')),
]);

export const handler = createHandler({
  ...portsFromEnvironment(),
  retryLater: retryFromEnvironment(),
  renderAll: renderAllWith(knowledge, fonts),
});
