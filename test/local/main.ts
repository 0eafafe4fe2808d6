/**
 * `npm run test:localstack`: deploys the unchanged CDK app to a local AWS and holds it to the end-to-end spec.
 * Uses what answers at AWS_ENDPOINT_URL (LocalStack, MiniStack), or else starts MiniStack itself.
 *
 * Exit codes: 0 passed, 1 failed, 77 could not be run here (the sentence says why).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoLocalAws, openLocalAws, run } from './local_aws.ts';

/** Deployment settings for tests: nothing stays, failures come back at once. */
const CONTEXT = ['-c', 'removal=destroy', '-c', 'retrySeconds=0'];

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
  const cdk = ['--output', join(scratch, 'cdk.out'), '--ci', '--progress', 'events', ...CONTEXT];
  await run('cdk', ['bootstrap', 'aws://000000000000/us-east-1', '--quiet', ...cdk], env);
  await run('cdk', ['deploy', '--require-approval', 'never', '--outputs-file', outputs, ...cdk], env);
  await run('vitest', ['run', '--config', 'test/e2e/vitest.config.ts'], env);
}

const scratch = await mkdtemp(join(tmpdir(), 'bundle-advisor-deploy-'));
try {
  const aws = await openLocalAws(process.env);
  console.log(`Local AWS at ${aws.endpoint}`);
  try {
    await deployAndTest(aws.endpoint, scratch);
  } finally {
    await aws.stop();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof NoLocalAws ? 77 : 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}
