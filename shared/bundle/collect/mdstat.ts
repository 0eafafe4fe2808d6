import type { MdDevice } from '../../evidence/evidence.ts';
import type { Place } from '../../evidence/place.ts';
import { collector } from './collector.ts';

/** `/proc/mdstat` (Linux `drivers/md/md.c`, `md_seq_show`). */
export const mdstat = collector(/^(\/proc\/mdstat|mdstat)$/, (facts) => {
  let device: MdDevice | null = null;
  let at: Place | null = null;
  const close = () => {
    if (device !== null && at !== null) facts.md.push({ value: device, at });
    device = null;
  };
  return {
    line(line) {
      const head =
        /^(md[\w/]*)\s*:\s*(active|inactive)\s*(?:\([\w-]+\)\s*)?(?:(raid\d+|linear|multipath|faulty)\s+)?(.*)$/.exec(
          line.text,
        );
      if (head?.[1] !== undefined) {
        close();
        at = line.at();
        device = {
          device: `/dev/${head[1]}`,
          level: head[3] ?? '',
          legs: (head[4] ?? '').split(/\s+/).filter((leg) => leg !== ''),
          bitmap: false,
          state: head[2] === 'inactive' ? 'inactive' : 'clean',
        };
        return;
      }
      if (device === null || !/^\s+\S/.test(line.text)) return;
      if (/^\s+bitmap:/.test(line.text)) device.bitmap = true;
      const action = /\b(resync|recovery|reshape|check)\s*=/.exec(line.text)?.[1];
      if (action !== undefined) device.state = action;
      else if (/\[[U_]*_[U_]*\]/.test(line.text) && device.state === 'clean') device.state = 'degraded';
    },
    end: close,
  };
});
