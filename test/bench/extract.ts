/**
 * Extracts in a process of its own what is no file: `node extract.ts huge SCALE` or `node extract.ts zip SCALE`.
 * Prints one line of JSON.
 */
import { setFlagsFromString } from 'node:v8';
import { extractBundle } from '../../shared/bundle/extract.ts';
import { huge, zipOfCores } from './bundles.ts';

// As the command does.
setFlagsFromString('--semi-space-growth-factor=1');
const [what, scale] = process.argv.slice(2);
const made = what === 'huge' ? huge(Number(scale)) : zipOfCores(Number(scale));
const started = performance.now();
const { bundle, nodes } = await extractBundle(made.source, { bundleId: 'bench' });
const seconds = (performance.now() - started) / 1000;
const found = nodes.flatMap((node) => node.logs).reduce((sum, log) => sum + (log.counts['104009'] ?? 0), 0);
console.log(
  JSON.stringify({
    seconds,
    found,
    truths: made.truths,
    status: bundle.status,
    problems: bundle.problems,
    size: made.source.size,
    read: 'read' in made ? made.read() : made.source.size,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  }),
);
