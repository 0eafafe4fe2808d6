/**
 * The shape of the one table, for everything that makes it: the CDK app, the embedded stack and the tests.
 * Keys are written by ElectroDB in `dynamodb_repository.ts`:
 *
 * | index | partition | order | answers |
 * |---|---|---|---|
 * | table | case | case, bundles, findings | one case and what belongs to it |
 * | gsi1 | all cases / all findings of a verdict | time | the newest cases, the affected of all cases |
 * | gsi2 | the same per customer | time | the same for a token restricted to one customer |
 * | gsi3 | unfinished cases / bundles (sparse) | deadline | what the sweep must look at |
 */
export const PRIMARY_KEY = { partition: 'pk', sort: 'sk' } as const;

export const SECONDARY_INDEXES = [
  { name: 'gsi1', partition: 'gsi1pk', sort: 'gsi1sk' },
  { name: 'gsi2', partition: 'gsi2pk', sort: 'gsi2sk' },
  { name: 'gsi3', partition: 'gsi3pk', sort: 'gsi3sk' },
] as const;

/** Attribute with the epoch second after which DynamoDB may drop an item. */
export const TIME_TO_LIVE = 'expiresAt';
