/** One line of interest that was written: its number in the file and its first byte. */
export interface Truth {
  readonly line: number;
  readonly offset: number;
}

export interface GeneratedLog {
  readonly bytes: Buffer;
  readonly truths: readonly Truth[];
}

const QUIET = [
  'INFO:lcd:lcdsync::010005:saving state',
  'INFO:filesys:quickCheck:/data:102001:the mount point is in use',
  'INFO:ip:quickCheck:ip-10.0.0.10:123045:the address answers',
  'NOTIFY:lcm:recoverAll::000030:nothing to do',
];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SIZES = ['2.9 GB', '662.2 MB', '2.2 MB', '0.0 B'];
/** One line in so many is message 104009. */
const RARITY = 20_000;

/**
 * A log of a LifeKeeper node, the same for the same seed: a third LifeKeeper's lines, the rest the system's, some
 * with the digits 104009 in them where they mean nothing, and message 104009 itself here and there.
 *
 * @param bytes about how long.
 */
export function generateLog(bytes: number, seed: number, host = 'node1'): GeneratedLog {
  const random = xorshift(seed);
  const out = Buffer.allocUnsafe(bytes + 512);
  const truths: Truth[] = [];
  let at = 0;
  let second = 0;
  for (let line = 1; at < bytes; line += 1) {
    second += random() % 3;
    const stamp = stampOf(second);
    const roll = random() % RARITY;
    if (roll === 0) truths.push({ line, offset: at });
    const text =
      roll === 0
        ? `${stamp} ${host} mirror_action[${random() % 32_768}]: INFO:dr:resume:datarep-data:104009:/dev/md0: bitmap merged, resyncing ${SIZES[random() % 4]}\n`
        : roll % 3 === 0
          ? `${stamp} ${host} lifekeeper[${random() % 32_768}]: ${QUIET[roll % QUIET.length]}\n`
          : roll % 50 === 1
            ? `${stamp} ${host} kernel: md0: seq=${random()}104009 blocks\n`
            : `${stamp} ${host} systemd[1]: Started Session ${random() % 100_000} of user root.\n`;
    at += out.write(text, at, 'latin1');
  }
  return { bytes: out.subarray(0, at), truths };
}

function stampOf(second: number): string {
  const days = Math.floor(second / 86_400) % 336;
  const month = MONTHS[Math.floor(days / 28)] ?? 'Jan';
  const two = (value: number) => `${value % 60}`.padStart(2, '0');
  return `${month} ${`${(days % 28) + 1}`.padStart(2)} ${`${Math.floor(second / 3600) % 24}`.padStart(2, '0')}:${two(Math.floor(second / 60))}:${two(second)}`;
}

function xorshift(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
