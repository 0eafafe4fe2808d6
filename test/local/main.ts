/**
 * `npm run test:localstack [-- --emulator localstack|ministack]`: deploys the unchanged CDK app to a local AWS and
 * holds it to the end-to-end spec. Uses what answers at AWS_ENDPOINT_URL, or else starts an emulator of its own on
 * loopback: the one named, or LocalStack, or MiniStack where LocalStack lacks something.
 *
 * Exit codes: 0 passed, 1 failed, 77 could not be run here (the sentence says why).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalStack } from './localstack.ts';
import { startMiniStack } from './ministack.ts';
import { answers, asScript, NotHere, run, type Service } from './processes.ts';

const EMULATORS: Readonly<Record<string, (directory: string) => Promise<Service>>> = {
  localstack: startLocalStack,
  ministack: startMiniStack,
};

/** Deployment settings for tests: nothing stays, failures come back at once. */
const CONTEXT = ['-c', 'removal=destroy', '-c', 'retrySeconds=0'];

async function openLocalAws(emulator: string | undefined, directory: string): Promise<Service> {
  const given = process.env.AWS_ENDPOINT_URL;
  if (given !== undefined && given !== '') {
    if (!(await answers(given))) throw new NotHere(`Nothing answers at AWS_ENDPOINT_URL=${given}.`);
    return { endpoint: given, stop: async () => undefined };
  }
  if (emulator === undefined) {
    try {
      return await startLocalStack(directory);
    } catch (error) {
      if (!(error instanceof NotHere)) throw error;
      console.log(`${error.message} Using MiniStack.`);
      return startMiniStack(directory);
    }
  }
  const start = EMULATORS[emulator];
  if (start === undefined) {
    throw new Error(`--emulator is one of ${Object.keys(EMULATORS).join(', ')}, not ${emulator}.`);
  }
  return start(directory);
}

async function deployAndTest(endpoint: string, scratch: string): Promise<void> {
  const outputs = join(scratch, 'outputs.json');
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    BUNDLE_ADVISOR_OUTPUTS: outputs,
  };
  const cdk = ['--output', join(scratch, 'cdk.out'), '--ci', ...CONTEXT];
  await run('cdk', ['bootstrap', 'aws://000000000000/us-east-1', ...cdk], env);
  const deploy = ['deploy', '--require-approval', 'never', '--progress', 'events', '--outputs-file', outputs];
  await run('cdk', [...deploy, ...cdk], env);
  await run('vitest', ['run', '--config', 'test/e2e/vitest.config.ts'], env);
}

await asScript(async () => {
  const { values } = parseArgs({ options: { emulator: { type: 'string' } } });
  const scratch = await mkdtemp(join(tmpdir(), 'bundle-advisor-aws-'));
  try {
    const aws = await openLocalAws(values.emulator, scratch);
    console.log(`Local AWS at ${aws.endpoint}`);
    try {
      await deployAndTest(aws.endpoint, scratch);
    } finally {
      await aws.stop();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
});
