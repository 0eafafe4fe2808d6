/**
 * The embedded stack for `npm run load`: delivers every message one to three times and up to half a second late, so
 * that messages are duplicated and reordered. Prints its URL.
 */
import { loadCore } from '../../infra/local/core.ts';
import { startLocal } from '../../infra/local/start.ts';

const [dataDir = '', port = '0'] = process.argv.slice(2);
const stack = await startLocal({
  dataDir,
  port: Number(port),
  core: await loadCore({ formats: ['html', 'json'] }),
  retryDelay: () => 200,
  sweepEvery: 5,
  deadlines: { upload: 3_600, multipart: 3_600, arrival: 60, work: 30 },
  copies: () => Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => Math.random() * 500),
});
console.log(stack.url);
