import { createHash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { NotHere, outputOf, run } from './processes.ts';

const CACHES = join(import.meta.dirname, '../../node_modules/.cache/bundle-advisor');

/** A Python from a version on, up to and including another: of the path, or one that pyenv keeps. */
export async function findPython(from: number, to: number): Promise<string | null> {
  const minors = Array.from({ length: to - from + 1 }, (_, index) => to - index);
  const candidates = minors.flatMap((minor) => [
    `python3.${minor}`,
    ...globSync(
      join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), `versions/3.${minor}.*/bin/python3`),
    ),
  ]);
  for (const python of ['python3', ...candidates]) {
    const minor = await outputOf(python, ['-c', 'import sys; print(sys.version_info[1])']);
    if (minor !== null && Number(minor) >= from && Number(minor) <= to) return python;
  }
  return null;
}

/**
 * The directory of a virtual environment with exactly these requirements (lines as pip takes them), made at first
 * from the machine's own package index and kept beside the project's npm packages.
 *
 * @throws {NotHere} when the packages cannot be installed.
 */
export async function virtualEnvironment(
  name: string,
  python: string,
  requirements: string,
): Promise<string> {
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const directory = join(CACHES, `${name}-${digest}`);
  const complete = join(directory, 'complete');
  if (existsSync(complete)) return directory;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const list = join(directory, 'requirements.txt');
  await writeFile(list, requirements);
  try {
    await run(python, ['-m', 'venv', directory]);
    await run(join(directory, 'bin/python'), [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'],
      ...['--requirement', list],
    ]);
  } catch (cause) {
    await rm(directory, { recursive: true, force: true });
    throw new NotHere(`${name} cannot be installed here: Python's venv and a package index are needed.`, {
      cause,
    });
  }
  await writeFile(complete, '');
  return directory;
}
