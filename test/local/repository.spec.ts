import { afterAll } from 'vitest';
import { createTable, LOCAL_TABLE, localClient } from '../../infra/local/records.ts';
import { dynamoDbRepository } from '../../shared/cases/adapters/dynamodb_repository.ts';
import { describeRepository } from '../cases/repository.ts';

const client = localClient(process.env.DYNAMODB_ENDPOINT ?? '');
afterAll(() => client.destroy());

describeRepository('DynamoDB Local', async (options) => {
  await createTable(client, LOCAL_TABLE);
  return dynamoDbRepository(client, LOCAL_TABLE, options);
});
