import type { Facts } from './evidence.ts';

/** Facts with nothing observed yet: every list empty. */
export function noFacts(): Facts {
  return {
    hostname: [],
    os: [],
    kernel: { running: [], installed: [], nextBoot: [] },
    packages: { lists: [], seen: [] },
    raid1: [],
    timezone: [],
    collectedAt: [],
    boots: [],
    cluster: { status: [], stopped: false, resources: [], commPaths: [] },
    settings: { files: [], values: [] },
    stonith: { files: [], peers: [] },
    watchdog: { files: [], values: [], service: [] },
    platform: [],
    md: [],
    drbd: [],
    windows: [],
  };
}
