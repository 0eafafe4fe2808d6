import type { Analysis } from '../../shared/analysis/analysis.ts';
import { judge } from '../../shared/analysis/judge.ts';
import type { Knowledge } from '../../shared/knowledge/schema.ts';
import { bundle, completed, idle, partial } from '../fixtures/evidence.ts';

const DAYS = 120;

/**
 * The analysis of a large cluster: pairs of nodes with a mirror each, whose logs hold `events` LifeKeeper lines
 * together, a third of them resyncs, over four months; half of the nodes are affected.
 */
export function clusterOf(nodes: number, events: number, knowledge: Knowledge): Analysis {
  const each = Math.round(events / nodes);
  const evidence = Array.from({ length: nodes }, (_, index) => {
    const pair = Math.floor(index / 2);
    const host = `node${index + 1}`;
    const peer = `node${index % 2 === 0 ? index + 2 : index}`;
    const tag = `datarep-${pair + 1}`;
    const lines = Array.from({ length: each }, (_unused, event) => {
      const stamp = stampAt((event / each) * DAYS);
      if (event % 6 === 1) return partial(host, stamp, event % 12 === 1 ? '0.0 B' : `${event}.2 MB`, { tag });
      if (event % 6 === 2) return completed(host, stamp, peer, tag);
      return idle(host, stamp);
    });
    return bundle(
      [
        {
          host,
          ...(pair % 2 === 0
            ? { os: 'rhel 8.2', kernel: '4.18.0-193.el8.x86_64' }
            : { os: 'sles 12.5', kernel: '4.12.14-122.17-default' }),
          lifekeeper: '9.5.1',
          lines,
          settings: { QUORUM_MODE: 'majority' },
          platform: 'vmware',
          collectedAt: '2021-05-01T12:00:00+09:00',
        },
      ],
      { id: `b${index}`, sha256: String(index).padStart(64, '0') },
    );
  });
  return judge(evidence, knowledge, { timezone: 'Asia/Tokyo', confirmations: [] });
}

/** A syslog stamp so many days into 2021. */
function stampAt(days: number): string {
  const at = new Date(Date.UTC(2021, 0, 1) + days * 86_400_000);
  const month = at.toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  return `${month} ${String(at.getUTCDate()).padStart(2)} ${at.toISOString().slice(11, 19)}`;
}
