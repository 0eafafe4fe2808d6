/**
 * `node test/load/init.ts [STARTS]`: how much code each function is, and how long it takes to load in a fresh Node
 * process (median and least of STARTS, 9 by default), as a cold start in Lambda has to. What docs/operations.md says.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { codeBytes, deployedCode, startFunction } from '../infra/deployed_code.ts';

const starts = Number(process.argv[2] ?? 9);
const folder = mkdtempSync(join(tmpdir(), 'bundle-advisor-init-'));
try {
  const functions = deployedCode(folder);
  console.log('function   at start   in all   zipped   median   least');
  for (const code of functions) {
    const { atStart, all } = codeBytes(code);
    const zipped = readdirSync(code.directory)
      .filter((file) => file.endsWith('.mjs'))
      .reduce((sum, file) => sum + gzipSync(readFileSync(join(code.directory, file))).byteLength, 0);
    const times: number[] = [];
    for (let start = 0; start < starts; start += 1) {
      const running = await startFunction(code, {});
      running.stop();
      times.push(running.initialised);
    }
    times.sort((a, b) => a - b);
    const [median = 0, least = 0] = [times[Math.floor(starts / 2)], times[0]];
    const kilobytes = [atStart, all, zipped].map((bytes) => `${(bytes / 1_000).toFixed(0)} kB`.padStart(8));
    const milliseconds = [median, least].map((time) => `${time.toFixed(0)} ms`.padStart(7));
    console.log(`${code.name.padEnd(8)} ${[...kilobytes, ...milliseconds].join(' ')}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
