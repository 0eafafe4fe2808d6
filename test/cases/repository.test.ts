import { afterAll } from 'vitest';
import { LOCAL_TABLE, type LocalRecords, openRecords } from '../../infra/local/records.ts';
import { dynamoDbRepository } from '../../shared/cases/adapters/dynamodb_repository.ts';
import { describeRepository } from './repository.ts';

let records: LocalRecords | undefined;
afterAll(() => records?.close());

describeRepository('dynalite', async (options) => {
  records = await openRecords();
  return dynamoDbRepository(records.client, LOCAL_TABLE, options);
});
