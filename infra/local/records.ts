import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { ClassicLevel } from 'classic-level';
import dynalite from 'dynalite';
import { PRIMARY_KEY, SECONDARY_INDEXES } from '../../shared/cases/adapters/dynamodb_table.ts';

/** The DynamoDB API over files in a directory, for the process's own use on loopback. */
export interface LocalRecords {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  close(): Promise<void>;
}

export const LOCAL_TABLE = 'bundle-advisor';

/** The records are open in another process. */
export class RecordsLocked extends Error {
  readonly code = 'records_locked';
}

/** dynalite opens its files late and throws where nobody can catch it; so try the lock beforehand. */
async function tryLock(directory: string): Promise<void> {
  const database = new ClassicLevel(directory);
  try {
    await database.open();
  } catch (error) {
    if (error instanceof Error && error.cause instanceof Error && 'code' in error.cause) {
      if (error.cause.code === 'LEVEL_LOCKED')
        throw new RecordsLocked('The records are in use.', { cause: error });
    }
    throw error;
  } finally {
    await database.close();
  }
}

/**
 * Opens (and at first makes) the records in a directory; in memory without one.
 *
 * @throws {RecordsLocked} when another process has them open.
 */
export async function openRecords(directory?: string): Promise<LocalRecords> {
  if (directory !== undefined) await tryLock(directory);
  const server = dynalite({ ...(directory === undefined ? {} : { path: directory }), createTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = localClient(endpoint);
  await createTable(client, LOCAL_TABLE);
  return {
    client,
    endpoint,
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A client of a DynamoDB stand-in; the credentials mean nothing there. */
export function localClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

export async function createTable(client: DynamoDBClient, table: string): Promise<void> {
  const keys = [
    PRIMARY_KEY.partition,
    PRIMARY_KEY.sort,
    ...SECONDARY_INDEXES.flatMap(({ partition, sort }) => [partition, sort]),
  ];
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: PRIMARY_KEY.partition, KeyType: 'HASH' },
          { AttributeName: PRIMARY_KEY.sort, KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: SECONDARY_INDEXES.map(({ name, partition, sort }) => ({
          IndexName: name,
          KeySchema: [
            { AttributeName: partition, KeyType: 'HASH' },
            { AttributeName: sort, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        })),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}
