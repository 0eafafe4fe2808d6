/**
 * `npm run test:dynamodb`: holds the repository on DynamoDB to its spec against Amazon's DynamoDB Local, as a second
 * opinion on the stand-in that `npm test` uses.
 *
 * Exit codes: 0 passed, 1 failed, 77 could not be run here (the sentence says why).
 */
import { startDynamoDb } from './dynamodb_local.ts';
import { asScript, run } from './processes.ts';

await asScript(async () => {
  const dynamoDb = await startDynamoDb();
  try {
    const env = { ...process.env, DYNAMODB_ENDPOINT: dynamoDb.endpoint };
    await run('vitest', ['run', '--config', 'test/local/vitest.config.ts'], env);
  } finally {
    await dynamoDb.stop();
  }
});
