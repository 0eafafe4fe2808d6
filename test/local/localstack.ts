import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dynamoDbCommand } from './dynamodb_local.ts';
import { freePort, NotHere, type Service, serving } from './processes.ts';
import { findPython, virtualEnvironment } from './python.ts';

const FOLDER = join(import.meta.dirname, 'localstack');

/** LocalStack 4.14.0 says it runs from Python 3.10 on; its code needs 3.13. */
const PYTHON_MINOR = 13;

/**
 * LocalStack without Docker, on loopback, its files in a directory: see `localstack/host.py`. What it would fetch at
 * its first start (certificates, DynamoDB Local, a JRE) is turned off or here already.
 *
 * @throws {NotHere} without Python 3.13, a package index, or a JDK.
 */
export async function startLocalStack(directory: string): Promise<Service> {
  const dynamoDb = await dynamoDbCommand();
  const python = await findPython(PYTHON_MINOR, PYTHON_MINOR);
  if (python === null) throw new NotHere('LocalStack 4.14.0 needs Python 3.13, and there is none.');
  const requirements = await readFile(join(FOLDER, 'requirements.txt'), 'utf8');
  const environment = await virtualEnvironment('localstack', python, requirements);
  const port = await freePort();
  const child = spawn(join(environment, 'bin/python'), [join(FOLDER, 'host.py')], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      FUNCTION_NODE: process.execPath,
      FUNCTION_RUNTIME: join(FOLDER, 'function.ts'),
      DYNAMODB_COMMAND: JSON.stringify(dynamoDb),
      LAMBDA_RUNTIME_EXECUTOR: 'process',
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: directory,
      TMPDIR: directory,
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      // Names of queues and APIs are made from it; it must not be a number, because they go before it as labels.
      LOCALSTACK_HOST: `localhost:${port}`,
      SQS_ENDPOINT_STRATEGY: 'path',
      S3_SKIP_SIGNATURE_VALIDATION: '0',
      LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT: '60',
      LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC: '0.1',
      LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC: '1',
      LS_LOG: 'error',
      PYTHONWARNINGS: 'ignore',
      DISABLE_EVENTS: '1',
      DNS_ADDRESS: '0',
      SKIP_SSL_CERT_DOWNLOAD: '1',
    },
  });
  const service = await serving(child, `http://127.0.0.1:${port}`, 120);
  if (service === null) throw new Error('LocalStack was installed but does not start.');
  return service;
}
