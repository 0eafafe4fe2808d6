/** Imports the function of a folder, calls it with the event on standard input, and answers on descriptor 3. */
import { writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const event = await text(process.stdin);
const url = pathToFileURL(join(process.argv[2] ?? '', 'index.mjs'));
const began = performance.now();
const { handler } = await import(url.href);
const initialised = performance.now() - began;
if (typeof handler !== 'function') throw new TypeError('There is no handler.');
const context = { getRemainingTimeInMillis: () => 900_000 };
const answer = event === '' ? null : await handler(JSON.parse(event), context);
const addons = process.report
  .getReport()
  .sharedObjects.filter((file) => file.endsWith('.node'))
  .map((file) => basename(file));
writeSync(3, JSON.stringify({ initialised, answer: answer ?? null, addons }));
process.exit(0);
