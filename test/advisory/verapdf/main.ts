/**
 * `npm run test:pdf`: veraPDF finds every PDF to keep PDF/UA-1 (ISO 14289-1), the standard for what reading aids
 * need, which the files say of themselves. Needs a JDK and Maven, which fetches veraPDF's library; exit code 77 when
 * they are not there, 1 with a line per fault.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render } from '../../../shared/advisory/render.ts';
import { loadFonts } from '../../../shared/fonts/load.ts';
import { loadKnowledge } from '../../../shared/knowledge/load.ts';
import { clusterOf } from '../../bench/cluster.ts';
import { cases } from '../cases.ts';
import { GENERATED_AT } from '../sample.ts';

for (const tool of ['java', 'mvn']) {
  if (spawnSync(tool, ['-version']).status !== 0) {
    console.error(`No ${tool} here. Install Debian's packages default-jdk-headless and maven.`);
    process.exit(77);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'bundle-advisor-verapdf-'));
try {
  const paths = join(folder, 'classpath');
  execFileSync(
    'mvn',
    ['-q', '-B', '-f', import.meta.dirname, 'dependency:build-classpath', `-Dmdep.outputFile=${paths}`],
    { stdio: 'inherit' },
  );
  const [knowledge, fonts] = await Promise.all([loadKnowledge(), loadFonts()]);
  const analyses = { ...cases(knowledge), large: clusterOf(32, 10_000, knowledge) };
  const files: string[] = [];
  for (const [name, analysis] of Object.entries(analyses)) {
    for (const language of ['ja', 'en'] as const) {
      const options = { language, format: 'pdf', generatedAt: GENERATED_AT, fonts } as const;
      const { body } = await render(analysis, knowledge, options);
      const file = join(folder, `${name}.${language}.pdf`);
      writeFileSync(file, body);
      files.push(file);
    }
  }
  const said = execFileSync(
    'java',
    ['-cp', readFileSync(paths, 'utf8'), join(import.meta.dirname, 'Validate.java'), ...files],
    { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 },
  );
  // veraPDF writes how far it is between its lines.
  const lines = said.split(/[\r\n]+/).filter((line) => line !== '' && !line.startsWith('Progress:'));
  const checked = lines.filter((line) => line.startsWith('checked '));
  const faults = lines.filter((line) => !line.startsWith('checked '));
  for (const fault of faults) console.error(fault.replaceAll(`${folder}/`, ''));
  console.log(`${checked.length} of ${files.length} PDF files checked, ${faults.length} faults`);
  process.exitCode = faults.length === 0 && checked.length === files.length ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
