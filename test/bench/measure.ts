import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a command took. `peakMiB` is that of its largest process. */
export interface Measurement {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly stdout: string;
}

const SAMPLE_MILLISECONDS = 15;

/**
 * Runs a line of bash and measures it: wall time from here, CPU time of all its processes from bash's `time`, the
 * peak RSS from `/proc` (Linux), sampled until the end.
 *
 * @param feed bytes for its standard input.
 * @throws when the line fails.
 */
export async function measure(line: string, feed?: AsyncIterable<Uint8Array>): Promise<Measurement> {
  const started = performance.now();
  const child = spawn('bash', ['-c', `set -o pipefail; TIMEFORMAT='%U %S'; time { ${line}\n}`], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
  });
  let peakKiB = 0;
  const sampling = setInterval(() => {
    peakKiB = Math.max(peakKiB, largestOf(child.pid ?? -1));
  }, SAMPLE_MILLISECONDS);
  const done = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  child.stdin.on('error', () => undefined);
  if (feed !== undefined) {
    for await (const chunk of feed) {
      if (!child.stdin.write(chunk))
        await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), done]);
    }
  }
  child.stdin.end();
  const code = await done;
  clearInterval(sampling);
  const seconds = (performance.now() - started) / 1000;
  const times = /(\d+\.\d+) (\d+\.\d+)\s*$/.exec(texts.stderr);
  if (code !== 0 || times === null)
    throw new Error(`${line}\nended with ${code}: ${texts.stderr.slice(-2000)}`);
  return {
    seconds,
    cpuSeconds: Number(times[1]) + Number(times[2]),
    peakMiB: peakKiB / 1024,
    stdout: texts.stdout,
  };
}

/** The high-water mark in KiB of the largest process of a group that lives now. */
function largestOf(group: number): number {
  let largest = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) !== group) continue;
      largest = Math.max(
        largest,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0),
      );
    } catch {
      // The process has ended between the two looks.
    }
  }
  return largest;
}
