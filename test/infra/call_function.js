/**
 * Imports the function of a folder and calls it with each event its parent sends: as in a sandbox of Lambda, which
 * takes one event after another.
 */
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Everything written since the last answer. */
let written = '';
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (text) => {
    written += text;
    return true;
  };
}

const url = pathToFileURL(join(process.argv[2] ?? '', 'index.mjs'));
const began = performance.now();
const { handler } = await import(url.href).catch((error) => {
  process.send?.({ fault: error instanceof Error ? error.stack : String(error) });
  process.exit(1);
});
process.send?.({ initialised: performance.now() - began });

process.on('message', async (event) => {
  const context = { getRemainingTimeInMillis: () => 900_000 };
  const reply = await handler(event, context).then(
    (answer) => ({ answer }),
    (error) => ({ fault: error instanceof Error ? error.stack : String(error) }),
  );
  const addons = process.report
    .getReport()
    .sharedObjects.filter((file) => file.endsWith('.node'))
    .map((file) => basename(file));
  process.send?.({ ...reply, addons, written });
  written = '';
});
