import { execFile } from 'node:child_process';
import { join } from 'node:path';

export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

const MAIN = join(import.meta.dirname, '../../cli/main.ts');

/** Runs the command as a person would, without a terminal, from `cwd`. */
export function bundleAdvisor(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd, env: { ...process.env, LANG: 'C', ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      },
    );
  });
}
