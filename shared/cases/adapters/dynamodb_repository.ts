import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import type { z } from 'zod';
import { BundleRecord, CaseRecord, FindingRecord, issuedEntry } from '../record.ts';
import { type CaseRepository, InvalidCursor, type Page } from '../repository.ts';
import { SECONDARY_INDEXES } from './dynamodb_table.ts';

const SERVICE = 'advisor';
const [gsi1, gsi2, gsi3] = SECONDARY_INDEXES;

/** A client that finds endpoint, region and credentials in its environment. */
export function dynamoDbClient(): DynamoDBClient {
  return new DynamoDBClient({});
}

/** Findings written at the same time. */
const CONCURRENCY = 10;

/** Within days after an item's time to live DynamoDB drops it; for our readers it is gone at once. */
type Mortal = { readonly expiresAt?: number | undefined };

/**
 * The repository on one DynamoDB table (see `dynamodb_table.ts`). Uses single-item conditional writes only, so that
 * it runs the same against DynamoDB, DynamoDB Local and dynalite.
 *
 * @param options.retentionSeconds Every item carries a time to live that many seconds after its creation, findings
 * that of their case.
 * @param options.now Milliseconds since 1970, to tell what is past its time; the wall clock by default.
 */
export function dynamoDbRepository(
  client: DynamoDBClient,
  table: string,
  options: { retentionSeconds?: number; now?: () => number } = {},
): CaseRepository {
  const { cases, bundles, findings } = entities(client, table);
  const lifetime = (createdAt: string) =>
    options.retentionSeconds === undefined
      ? {}
      : { expiresAt: Math.floor(Date.parse(createdAt) / 1_000) + options.retentionSeconds };

  const now = options.now ?? Date.now;
  const alive = ({ expiresAt }: Mortal) => expiresAt === undefined || expiresAt * 1_000 > now();

  async function getCase(caseId: string): Promise<CaseRecord | null> {
    const { data } = await cases.get({ caseId }).go({ consistent: true });
    return data === null || !alive(data) ? null : toCase(data);
  }

  /** The case after a write that may have found nothing to do. */
  async function caseAfter(updated: { data: object } | null, caseId: string): Promise<CaseRecord | null> {
    if (updated !== null) return toCase(updated.data);
    const record = await getCase(caseId);
    return record === null || record.deleting ? null : record;
  }

  return {
    async createCase(record) {
      await cases.create({ ...fromCase(record), ...lifetime(record.createdAt) }).go();
    },

    getCase,

    async listCases({ limit, cursor, customer }) {
      const query = customer === undefined ? cases.query.byTime({}) : cases.query.byCustomer({ customer });
      return page(
        cursor,
        () => query.go({ limit, order: 'desc', pages: 'all', count: limit, cursor: cursor ?? null }),
        alive,
        toCase,
      );
    },

    async registerInput(caseId, key, dueAt) {
      const updated = await unlessConditionFails(() =>
        cases
          .patch({ caseId })
          .add({ inputRevision: 1, inputs: [key] })
          .set({ due: 'case', dueAt })
          .where(
            ({ inputs, deleting }, { notContains, eq }) =>
              `${eq(deleting, false)} AND ${notContains(inputs, key)}`,
          )
          .go({ response: 'all_new' }),
      );
      return caseAfter(updated, caseId);
    },

    async requestAnalysis(caseId, revision, dueAt) {
      const updated = await unlessConditionFails(() =>
        cases
          .patch({ caseId })
          .add({ inputRevision: 1 })
          .set({ due: 'case', dueAt })
          .where(
            ({ inputRevision, deleting }, { eq }) =>
              `${eq(deleting, false)} AND ${eq(inputRevision, revision)}`,
          )
          .go({ response: 'all_new' }),
      );
      return caseAfter(updated, caseId);
    },

    async publishAnalysis(caseId, pointer) {
      const updated = await unlessConditionFails(() =>
        cases
          .patch({ caseId })
          .set({ analysis: pointer, analysedRevision: pointer.revision })
          .where(
            ({ analysedRevision, deleting }, { lt, eq }) =>
              `${eq(deleting, false)} AND ${lt(analysedRevision, pointer.revision)}`,
          )
          .go(),
      );
      if (updated !== null) return { outcome: 'published', pointer };
      const record = await getCase(caseId);
      if (record === null || record.deleting || record.analysis === null) return null;
      const { analysis } = record;
      const current = analysis.revision === pointer.revision && analysis.hash === pointer.hash;
      return { outcome: current ? 'current' : 'superseded', pointer: analysis };
    },

    async settleReports(caseId, pointer) {
      const settled = await unlessConditionFails(() =>
        cases
          .patch({ caseId })
          .set({ reportedHash: pointer.hash })
          .where(({ analysedRevision }, { eq }) => eq(analysedRevision, pointer.revision))
          .go(),
      );
      if (settled === null) return false;
      await unlessConditionFails(() =>
        cases
          .patch({ caseId })
          .remove(['due', 'dueAt'])
          .where(
            ({ inputRevision, deleting }, { eq }) =>
              `${eq(inputRevision, pointer.revision)} AND ${eq(deleting, false)}`,
          )
          .go(),
      );
      return true;
    },

    async noteIssued(caseId, pointer) {
      await unlessConditionFails(() =>
        cases
          .patch({ caseId })
          .add({ issued: [issuedEntry(pointer)] })
          .go(),
      );
    },

    async postponeCase(caseId, dueAt) {
      await unlessConditionFails(() =>
        cases
          .patch({ caseId })
          .set({ due: 'case', dueAt })
          .where(({ due }, { exists }) => exists(due))
          .go(),
      );
    },

    async markDeleting(caseId, dueAt) {
      const updated = await unlessConditionFails(() =>
        cases.patch({ caseId }).set({ deleting: true, due: 'case', dueAt }).go({ response: 'all_new' }),
      );
      return updated === null ? null : toCase(updated.data);
    },

    async deleteCase(caseId) {
      const [ownBundles, ownFindings] = await Promise.all([
        bundles.query.primary({ caseId }).go({ pages: 'all' }),
        findings.query.primary({ caseId }).go({ pages: 'all' }),
      ]);
      await inTurns(ownBundles.data, ({ bundleId }) => bundles.delete({ caseId, bundleId }).go());
      await inTurns(ownFindings.data, ({ findingId }) => findings.delete({ caseId, findingId }).go());
      await cases.delete({ caseId }).go();
    },

    async createBundle(record, dueAt) {
      await bundles
        .create({
          ...(apart(record).present as BundleItem),
          due: 'bundle',
          dueAt,
          ...lifetime(record.createdAt),
        })
        .go();
    },

    async getBundle(caseId, bundleId) {
      const { data } = await bundles.get({ caseId, bundleId }).go({ consistent: true });
      return data === null ? null : toBundle(data);
    },

    async listBundles(caseId) {
      const { data } = await bundles.query.primary({ caseId }).go({ pages: 'all', consistent: true });
      return data.map(toBundle);
    },

    async moveBundle(caseId, bundleId, move) {
      const patch = {
        ...move.patch,
        state: move.to,
        updatedAt: move.now,
        ...(move.dueAt === null ? { due: null, dueAt: null } : { due: 'bundle', dueAt: move.dueAt }),
      };
      const { present, absent } = apart(patch);
      const updated = await unlessConditionFails(() =>
        bundles
          .patch({ caseId, bundleId })
          .remove(absent as ['reason'])
          .set(present)
          .where(({ state, leaseOwner }, { eq, notExists }) => {
            const from = `(${move.from.map((one) => eq(state, one as string)).join(' OR ')})`;
            if (move.expectedLeaseOwner === undefined) return from;
            return move.expectedLeaseOwner === null
              ? `${from} AND ${notExists(leaseOwner)}`
              : `${from} AND ${eq(leaseOwner, move.expectedLeaseOwner)}`;
          })
          .go({ response: 'all_new' }),
      );
      return updated === null ? null : toBundle(updated.data);
    },

    async replaceFindings(caseId, revision, rows) {
      const owner = await getCase(caseId);
      await inTurns(rows, (row) =>
        unlessConditionFails(() =>
          findings
            .put({ ...row, ...lifetime(owner?.createdAt ?? row.analysedAt) })
            .where(
              (attributes, { notExists, lte }) =>
                `${notExists(attributes.revision)} OR ${lte(attributes.revision, revision)}`,
            )
            .go(),
        ),
      );
      const [record, stored] = await Promise.all([
        getCase(caseId),
        findings.query.primary({ caseId }).go({ pages: 'all', consistent: true }),
      ]);
      const inForce = record?.analysis?.revision ?? Number.POSITIVE_INFINITY;
      const stale = stored.data.filter((row) => row.revision < inForce);
      await inTurns(stale, ({ findingId }) =>
        unlessConditionFails(() =>
          findings
            .remove({ caseId, findingId })
            .where((attributes, { lt }) => lt(attributes.revision, inForce))
            .go(),
        ),
      );
    },

    async findingsByVerdict({ verdict, customer, limit, cursor }) {
      const query =
        customer === undefined
          ? findings.query.byVerdict({ verdict })
          : findings.query.byCustomer({ customer, verdict });
      return page(
        cursor,
        () => query.go({ limit, order: 'desc', pages: 'all', count: limit, cursor: cursor ?? null }),
        alive,
        (row) => FindingRecord.strip().parse(row),
      );
    },

    async overdue(at, limit) {
      const [overdueCases, overdueBundles] = await Promise.all([
        cases.query.byDue({ due: 'case' }).lte({ dueAt: at }).go({ limit, order: 'asc' }),
        bundles.query.byDue({ due: 'bundle' }).lte({ dueAt: at }).go({ limit, order: 'asc' }),
      ]);
      return {
        cases: overdueCases.data.filter(alive).map(toCase),
        bundles: overdueBundles.data.filter(alive).map(toBundle),
      };
    },
  };
}

/** A bundle as an item: without its nulls. */
type BundleItem = { [K in keyof BundleRecord as null extends BundleRecord[K] ? never : K]: BundleRecord[K] };

function entities(client: DynamoDBClient, table: string) {
  const configuration = { client, table };
  const cases = new Entity(
    {
      model: { entity: 'case', version: '1', service: SERVICE },
      attributes: {
        caseId: { type: 'string', required: true },
        title: { type: 'string', required: true },
        timezone: { type: 'string', required: true },
        expectedNodes: { type: 'list', items: { type: 'string' }, required: true },
        customer: { type: 'string', required: true },
        createdAt: { type: 'string', required: true },
        inputRevision: { type: 'number', required: true },
        inputs: { type: 'set', items: 'string' },
        analysis: { type: 'any' },
        analysedRevision: { type: 'number', required: true },
        reportedHash: { type: 'string' },
        issued: { type: 'set', items: 'string' },
        deleting: { type: 'boolean', required: true },
        due: { type: 'string' },
        dueAt: { type: 'string' },
        expiresAt: { type: 'number' },
      },
      indexes: {
        primary: {
          pk: { field: 'pk', composite: ['caseId'] },
          sk: { field: 'sk', composite: [] },
        },
        byTime: {
          index: gsi1.name,
          pk: { field: gsi1.partition, composite: [] },
          sk: { field: gsi1.sort, composite: ['createdAt', 'caseId'] },
        },
        byCustomer: {
          index: gsi2.name,
          pk: { field: gsi2.partition, composite: ['customer'] },
          sk: { field: gsi2.sort, composite: ['createdAt', 'caseId'] },
        },
        byDue: {
          index: gsi3.name,
          pk: { field: gsi3.partition, composite: ['due'] },
          sk: { field: gsi3.sort, composite: ['dueAt'] },
        },
      },
    },
    configuration,
  );
  const bundles = new Entity(
    {
      model: { entity: 'bundle', version: '1', service: SERVICE },
      attributes: {
        caseId: { type: 'string', required: true },
        bundleId: { type: 'string', required: true },
        fileName: { type: 'string', required: true },
        bytes: { type: 'number', required: true },
        state: { type: 'string', required: true },
        createdAt: { type: 'string', required: true },
        updatedAt: { type: 'string', required: true },
        uploadExpiresAt: { type: 'string', required: true },
        version: { type: 'string' },
        uploadId: { type: 'string' },
        partBytes: { type: 'number' },
        sha256: { type: 'string' },
        reason: { type: 'any' },
        problems: { type: 'any' },
        progress: { type: 'any' },
        attempts: { type: 'number', required: true },
        leaseOwner: { type: 'string' },
        leaseUntil: { type: 'string' },
        due: { type: 'string' },
        dueAt: { type: 'string' },
        expiresAt: { type: 'number' },
      },
      indexes: {
        primary: {
          pk: { field: 'pk', composite: ['caseId'] },
          sk: { field: 'sk', composite: ['bundleId'] },
        },
        byDue: {
          index: gsi3.name,
          pk: { field: gsi3.partition, composite: ['due'] },
          sk: { field: gsi3.sort, composite: ['dueAt'] },
        },
      },
    },
    configuration,
  );
  const findings = new Entity(
    {
      model: { entity: 'finding', version: '1', service: SERVICE },
      attributes: {
        caseId: { type: 'string', required: true },
        findingId: { type: 'string', required: true },
        customer: { type: 'string', required: true },
        revision: { type: 'number', required: true },
        advisory: { type: 'string', required: true },
        rule: { type: 'string', required: true },
        subjectKind: { type: 'string', required: true },
        subjectId: { type: 'string', required: true },
        verdict: { type: 'string', required: true },
        reason: { type: 'string', required: true },
        severity: { type: 'string', required: true },
        analysedAt: { type: 'string', required: true },
        expiresAt: { type: 'number' },
      },
      indexes: {
        primary: {
          pk: { field: 'pk', composite: ['caseId'] },
          sk: { field: 'sk', composite: ['findingId'] },
        },
        byVerdict: {
          index: gsi1.name,
          pk: { field: gsi1.partition, composite: ['verdict'] },
          sk: { field: gsi1.sort, composite: ['analysedAt', 'caseId', 'findingId'] },
        },
        byCustomer: {
          index: gsi2.name,
          pk: { field: gsi2.partition, composite: ['customer', 'verdict'] },
          sk: { field: gsi2.sort, composite: ['analysedAt', 'caseId', 'findingId'] },
        },
      },
    },
    configuration,
  );
  return { cases, bundles, findings };
}

function fromCase(record: CaseRecord) {
  const { inputs, issued, analysis, reportedHash, ...rest } = record;
  return {
    ...rest,
    ...(inputs.length === 0 ? {} : { inputs }),
    ...(issued.length === 0 ? {} : { issued }),
    ...(analysis === null ? {} : { analysis }),
    ...(reportedHash === null ? {} : { reportedHash }),
    analysedRevision: analysis?.revision ?? 0,
  };
}

function toCase(item: object): CaseRecord {
  return parseStored(CaseRecord, { inputs: [], issued: [], analysis: null, reportedHash: null }, item);
}

function toBundle(item: object): BundleRecord {
  const absent = {
    version: null,
    uploadId: null,
    partBytes: null,
    sha256: null,
    reason: null,
    problems: [],
    progress: null,
    leaseOwner: null,
    leaseUntil: null,
  };
  return parseStored(BundleRecord, absent, item);
}

/** DynamoDB has no use for nulls: they are absent attributes there, and null again here. */
function parseStored<T extends z.ZodObject>(schema: T, absent: object, item: object): z.infer<T> {
  return schema.strip().parse({ ...absent, ...item }) as z.infer<T>;
}

function apart<T extends object>(
  record: T,
): { present: { [K in keyof T]?: NonNullable<T[K]> }; absent: (keyof T)[] } {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return {
    present: Object.fromEntries(entries.filter(([, value]) => value !== null)) as never,
    absent: entries.filter(([, value]) => value === null).map(([key]) => key as keyof T),
  };
}

async function page<Row extends object, T>(
  cursor: string | undefined,
  query: () => Promise<{ data: Row[]; cursor: string | null }>,
  keep: (row: Row) => boolean,
  map: (row: Row) => T,
): Promise<Page<T>> {
  try {
    const { data, cursor: next } = await query();
    return { items: data.filter(keep).map(map), ...(next === null ? {} : { cursor: next }) };
  } catch (error) {
    if (cursor !== undefined && isCursorFault(error))
      throw new InvalidCursor('The cursor is not one of ours.', { cause: error });
    throw error;
  }
}

/** A cursor of another list is read well, and DynamoDB has many sentences for why it does not fit this one. */
function isCursorFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const refused = error.cause instanceof Error && error.cause.name === 'ValidationException';
  return refused || /cursor/i.test(error.message);
}

async function unlessConditionFails<T>(write: () => Promise<T>): Promise<T | null> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Error && error.cause instanceof ConditionalCheckFailedException) return null;
    throw error;
  }
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < items.length; index += CONCURRENCY) {
    await Promise.all(items.slice(index, index + CONCURRENCY).map(work));
  }
}
