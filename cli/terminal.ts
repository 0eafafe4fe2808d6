/** Progress of one piece of work; silent when standard error is not a terminal. */
export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

/**
 * A progress bar on standard error, so that standard output stays clean for `--json` and pipes.
 * `unit` is `bytes` (shown in MB) or `steps`.
 */
export async function progress(label: string, unit: 'bytes' | 'steps' = 'bytes'): Promise<Progress> {
  if (process.stderr.isTTY !== true) return { update: () => {}, stop: () => {} };
  const { default: bars } = await import('cli-progress');
  const scale = unit === 'bytes' ? 1_000_000 : 1;
  const bar = new bars.SingleBar({
    format: `${label} {bar} {percentage}% | {value}/{total}${unit === 'bytes' ? ' MB' : ''}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  });
  let started = false;
  return {
    update(done, total) {
      const value = Math.round(done / scale);
      const end = Math.max(1, Math.round(total / scale));
      if (started) bar.update(value);
      else bar.start(end, value);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

/** The language of the person at the terminal, by POSIX precedence; English unless it is Japanese. */
export function terminalLanguage(environment: NodeJS.ProcessEnv): 'ja' | 'en' {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '';
  return locale.startsWith('ja') ? 'ja' : 'en';
}

/** Writes to standard output and waits until it is taken; a closed pipe (`| head`) ends quietly. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`, (error) => {
      if (error && 'code' in error && error.code !== 'EPIPE') reject(error);
      else resolve();
    });
  });
}
