import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort, NotHere, type Service, serving } from './processes.ts';
import { findPython, virtualEnvironment } from './python.ts';

/** Pinned: young and fast-moving. MIT. */
const REQUIREMENTS = 'ministack==1.5.33\n';

/** MiniStack on loopback, its files in a directory. */
export async function startMiniStack(directory: string): Promise<Service> {
  const python = await findPython(10, 14);
  if (python === null) throw new NotHere('MiniStack needs Python 3.10 or later, and there is none.');
  const environment = await virtualEnvironment('ministack', python, REQUIREMENTS);
  const port = await freePort();
  const child = spawn(join(environment, 'bin/ministack'), [], {
    cwd: directory,
    stdio: 'ignore',
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      EDGE_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
    },
  });
  const service = await serving(child, `http://127.0.0.1:${port}`);
  if (service === null) throw new Error('MiniStack was installed but does not start.');
  return service;
}
