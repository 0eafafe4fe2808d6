/**
 * `node test/load/cpu.ts FILE…`: CPU seconds of each stage for a case of these bundles, on this machine. What
 * docs/cost.md is computed from.
 */
import { loadCore } from '../../infra/local/core.ts';
import { openFile } from '../../shared/archive/file_source.ts';
import { encodeEvidence } from '../../shared/cases/evidence_document.ts';
import type { Evidence } from '../../shared/evidence/evidence.ts';

async function measured<T>(name: string, work: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  console.log(`${name.padEnd(40)} ${((user + system) / 1e6).toFixed(2)} s CPU`);
  return result;
}

const core = await measured('start, knowledge and fonts included', () => loadCore());
const evidence: Evidence[] = [];
for (const path of process.argv.slice(2)) {
  await using source = await openFile(path);
  const one = await measured(`extract ${source.name}, ${(source.size / 1e6).toFixed(1)} MB`, () =>
    core.extract(source, { bundleId: `bundle-${evidence.length + 1}` }),
  );
  console.log(
    `  ${(one.bundle.expandedBytes / 1e6).toFixed(0)} MB looked at, evidence ${((await encodeEvidence(one)).byteLength / 1e6).toFixed(2)} MB`,
  );
  evidence.push(one);
}
const options = { timezone: 'Asia/Tokyo', confirmations: [], expectedNodes: [] };
const analysis = await measured('analyze', async () => core.judge(evidence, options));
let reportBytes = 0;
await measured('report, every form in both languages', async () => {
  const rendered = core.renderAll(analysis, {
    generatedAt: '2026-11-22T00:00:00Z',
    caseLabel: 'Cost',
    earlier: [],
  });
  for await (const report of rendered) {
    if ('error' in report) throw report.error;
    reportBytes += report.body.byteLength;
  }
});
console.log(`  reports ${(reportBytes / 1e6).toFixed(2)} MB`);
console.log(`peak memory ${(process.resourceUsage().maxRSS / 1_024).toFixed(0)} MB`);
