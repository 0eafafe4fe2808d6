import { parseArgs } from 'node:util';
import { KnowledgeError } from '../../shared/knowledge/load.ts';
import { loadCore } from './core.ts';
import { StartError, startLocal } from './start.ts';

const USAGE = `Usage: npm start -- [--data DIR] [--port N] [--knowledge DIR]...

  --data DIR        where bundles, records and reports are kept (default .bundle-advisor)
  --port N          port on 127.0.0.1 (default 8080)
  --knowledge DIR   folder with further advisories (repeatable)`;

/** One JSON line an entry, on standard error: standard output is for people. */
function line(level: string) {
  return (message: string, fields: Record<string, unknown>) =>
    process.stderr.write(
      `${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`,
    );
}

function readArguments(): { dataDir: string; port: number; knowledge: string[] } | null {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string', default: '.bundle-advisor' },
        port: { type: 'string', default: '8080' },
        knowledge: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const port = Number(values.port);
    if (values.help || !Number.isInteger(port) || port < 0 || port > 65_535) return null;
    return { dataDir: values.data, port, knowledge: values.knowledge };
  } catch {
    return null;
  }
}

const wanted = readArguments();
if (wanted === null) {
  console.error(USAGE);
  process.exit(2);
}

try {
  const stack = await startLocal({
    ...wanted,
    core: await loadCore({ knowledge: wanted.knowledge }),
    log: { info: line('info'), warn: line('warn'), error: line('error') },
  });
  console.log(`Bundle Advisor listens on ${stack.url}`);
  console.log(`Data:  ${wanted.dataDir}`);
  console.log(`Token: ${stack.token}   (also in ${wanted.dataDir}/token)`);
  console.log('Stop with Ctrl-C; work that is under way goes on at the next start.');
  const stop = () => {
    process.once('SIGINT', () => process.exit(130));
    stack.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof StartError || error instanceof KnowledgeError ? 2 : 1;
}
