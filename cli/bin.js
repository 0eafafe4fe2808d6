#!/usr/bin/env node
// Starts the command on a Node that can run it. Plain JavaScript on purpose: this file must also load on a Node
// that is too old for the rest, to find a newer one or to say in one sentence what is missing.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_MAJOR = 24;
const here = dirname(fileURLToPath(import.meta.url));

/** The Node that `npm ci` installs beside this package (devDependency `node`), if it is there. */
function nodeOfThePackage() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const candidate = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(candidate) && candidate !== process.execPath ? candidate : null;
  } catch {
    return null;
  }
}

/** The compiled command in an installed package (Node strips no types under node_modules), the source in a clone. */
function entry() {
  const built = join(here, '..', 'dist', 'cli', 'main.js');
  return here.split(sep).includes('node_modules') && existsSync(built) ? built : join(here, 'main.ts');
}

if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) {
  await import(pathToFileURL(entry()).href);
} else {
  const node = nodeOfThePackage();
  if (node === null) {
    process.stderr.write(
      `bundle-advisor needs Node ${OLDEST_MAJOR} or newer and this is ${process.version}; install Node ${OLDEST_MAJOR}, or run "npm ci" in the folder of bundle-advisor, which brings it.\n`,
    );
    process.exit(2);
  }
  // The terminal sends Ctrl-C to both processes; the child decides how to stop and this one reports its answer.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const child = spawn(node, [entry(), ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('exit', (code, signal) =>
    process.exit(signal === null ? code : 128 + (signal === 'SIGINT' ? 2 : 15)),
  );
}
