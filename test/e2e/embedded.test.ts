import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localTarget } from './local_target.ts';
import { describeService } from './spec.ts';

describeService(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bundle-advisor-'));
  const target = await localTarget(dataDir);
  return {
    ...target,
    close: async () => {
      await target.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
});
