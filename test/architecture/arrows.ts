/**
 * Checks that imports follow the arrows of docs/architecture.md. Run by `npm run check`; exits 1 with one line
 * per import that goes against them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Folder → folders it may import from, itself always included. The longest matching folder wins. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'shared/evidence': [],
  'shared/archive': ['shared/evidence'],
  'shared/logs': ['shared/evidence'],
  'shared/bundle': ['shared/archive', 'shared/logs', 'shared/evidence'],
  'shared/knowledge': ['shared/evidence'],
  'shared/fonts': [],
  'shared/analysis': ['shared/evidence', 'shared/knowledge'],
  'shared/advisory': ['shared/analysis', 'shared/evidence', 'shared/fonts', 'shared/knowledge'],
  'shared/cases': ['shared/analysis', 'shared/archive', 'shared/evidence', 'shared/knowledge'],
  'shared/api': ['shared/cases', 'shared/advisory', 'shared/analysis', 'shared/evidence', 'shared/knowledge'],
  lambdas: ['shared'],
  cli: ['shared', 'infra/local', 'test/fixtures'],
  infra: ['shared', 'lambdas'],
  test: ['shared', 'lambdas', 'infra', 'cli', 'cdk.json'],
};

/** Packages that only these folders may import. */
const ONLY_FROM: readonly { packages: RegExp; folders: readonly string[] }[] = [
  { packages: /^(@aws-sdk|@smithy|electrodb)(\/|$)/, folders: ['shared/cases/adapters', 'infra', 'test'] },
  { packages: /^(aws-cdk-lib|constructs|cdk-nag)(\/|$)/, folders: ['infra', 'test'] },
  {
    packages: /^(unzipper|xz-decompress|seek-bzip|node-liblzma)(\/|$)/,
    folders: ['shared/archive', 'test'],
  },
];

/** Folders that must stay free of I/O, clocks and randomness. */
const PURE = ['shared/analysis', 'shared/advisory'];
const IMPURE =
  /^node:(fs|net|http|https|child_process|os|worker_threads|process)(\/|$)|^(fs|os|http|https|child_process)$/;
const IMPURE_CALLS =
  /\b(Date\.now|Math\.random|crypto\.randomUUID|new Date\(\)|process\.env|Temporal\.Now)\b/;

const root = resolve(import.meta.dirname, '../..');
const IMPORT =
  /^\s*(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^\s*import\s*['"]([^'"]+)['"]/gm;

function folderOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function within(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file === folder || file.startsWith(`${folder}/`));
}

function violationsOf(file: string): string[] {
  const folder = folderOf(file);
  if (folder === undefined) return [];
  const source = readFileSync(join(root, file), 'utf8');
  const found: string[] = [];
  for (const match of source.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    if (specifier.startsWith('.')) {
      const target = relative(root, resolve(root, dirname(file), specifier));
      if (!within(target, [folder, ...(MAY_IMPORT[folder] ?? [])]))
        found.push(`${file}: may not import ${target}`);
    } else {
      for (const rule of ONLY_FROM) {
        if (rule.packages.test(specifier) && !within(file, rule.folders))
          found.push(`${file}: may not import ${specifier}`);
      }
      if (within(file, PURE) && IMPURE.test(specifier))
        found.push(`${file}: is pure and may not import ${specifier}`);
    }
  }
  const impure = within(file, PURE) ? IMPURE_CALLS.exec(source) : null;
  if (impure) found.push(`${file}: is pure and may not call ${impure[0]}`);
  return found;
}

const files = ['shared', 'lambdas', 'infra', 'cli', 'test']
  .flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' }).map((name) => `${top}/${name}`),
  )
  .filter((name) => name.endsWith('.ts') && name !== 'test/architecture/arrows.ts')
  .sort();
const violations = files.flatMap(violationsOf);
for (const line of violations) console.error(line);
console.log(`${files.length} files, ${violations.length} imports against the arrows`);
process.exitCode = violations.length === 0 ? 0 : 1;
