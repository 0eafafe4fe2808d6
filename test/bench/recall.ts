/**
 * Holds the evidence of a bundle against what was written into it: `node recall.ts BUNDLE TRUTHS.json`.
 * Prints how many of the events were found at just their line and byte, and how many were found that are none.
 */
import { readFileSync } from 'node:fs';
import { openFile } from '../../shared/archive/file_source.ts';
import { extractBundle } from '../../shared/bundle/extract.ts';
import type { Truths } from './bundles.ts';

const [bundlePath = '', truthsPath = ''] = process.argv.slice(2);
const truths: Truths = JSON.parse(readFileSync(truthsPath, 'utf8'));
await using source = await openFile(bundlePath);
const { nodes } = await extractBundle(source, { bundleId: 'bench' });
const wanted = new Set(
  Object.entries(truths).flatMap(([member, places]) =>
    places.map(({ line, offset }) => `${member}:${line}:${offset}`),
  ),
);
const found = nodes
  .flatMap((node) => node.records)
  .filter((record) => record.id === '104009')
  .map(({ at }) => `${at.member}:${at.line}:${at.offset}`);
const right = found.filter((place) => wanted.has(place)).length;
console.log(JSON.stringify({ written: wanted.size, right, wrong: found.length - right }));
