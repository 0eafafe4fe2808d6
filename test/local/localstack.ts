import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { dynamoDbCommand } from './dynamodb_local.ts';
import { freePort, NotHere, type Service, serving } from './processes.ts';
import { findPython, virtualEnvironment } from './python.ts';

const FOLDER = join(import.meta.dirname, 'localstack');
const COMPOSE = join(import.meta.dirname, '../../compose.yaml');

const Compose = z.object({
  services: z.object({ localstack: z.object({ environment: z.record(z.string(), z.string()) }) }),
});

/** LocalStack 4.14.0 says it runs from Python 3.10 on; its code needs 3.13. */
const PYTHON_MINOR = 13;

/**
 * LocalStack without Docker, on loopback, its files in a directory, with the settings of `compose.yaml`: see
 * `localstack/host.py`. What it would fetch when first used (certificates, DynamoDB Local, a JRE) is turned off or
 * here already.
 *
 * @throws {NotHere} without Python 3.13, a package index, or a JDK.
 */
export async function startLocalStack(directory: string): Promise<Service> {
  const dynamoDb = await dynamoDbCommand();
  const python = await findPython(PYTHON_MINOR, PYTHON_MINOR);
  if (python === null) throw new NotHere('LocalStack 4.14.0 needs Python 3.13, and there is none.');
  const requirements = await readFile(join(FOLDER, 'requirements.txt'), 'utf8');
  const environment = await virtualEnvironment('localstack', python, requirements);
  const compose = Compose.parse(parse(await readFile(COMPOSE, 'utf8')));
  const port = await freePort();
  const child = spawn(join(environment, 'bin/python'), [join(FOLDER, 'host.py')], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...compose.services.localstack.environment,
      FUNCTION_NODE: process.execPath,
      FUNCTION_RUNTIME: join(FOLDER, 'function.ts'),
      DYNAMODB_COMMAND: JSON.stringify(dynamoDb),
      LAMBDA_RUNTIME_EXECUTOR: 'process',
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: directory,
      TMPDIR: directory,
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      // Host names of APIs end in it, and one that ends in a number is an address.
      LOCALSTACK_HOST: `localhost:${port}`,
      DNS_ADDRESS: '0',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      LS_LOG: 'error',
      PYTHONWARNINGS: 'ignore',
    },
  });
  const service = await serving(child, `http://127.0.0.1:${port}`);
  if (service === null) throw new Error('LocalStack was installed but does not start.');
  return service;
}
