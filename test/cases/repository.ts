import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BundleRecord, CaseRecord, FindingRecord } from '../../shared/cases/record.ts';
import { type CaseRepository, InvalidCursor } from '../../shared/cases/repository.ts';

const AT = '2026-11-22T00:00:00.000Z';
const DUE = '2026-11-22T01:00:00.000Z';
const PAST_DUE = '2026-11-22T01:00:00.001Z';
const LATER = '2026-11-22T09:00:00.000Z';
const newId = () => ulid().toLowerCase();

function newCase(more: Partial<CaseRecord> = {}): CaseRecord {
  return {
    caseId: newId(),
    title: 'A case',
    timezone: 'Asia/Tokyo',
    expectedNodes: ['node1'],
    customer: '-',
    createdAt: AT,
    inputRevision: 0,
    inputs: [],
    analysis: null,
    reportedHash: null,
    issued: [],
    deleting: false,
    ...more,
  };
}

function newBundle(caseId: string): BundleRecord {
  return {
    caseId,
    bundleId: newId(),
    fileName: '二号機 <b>.tar.gz',
    bytes: 10,
    state: 'awaiting_upload',
    createdAt: AT,
    updatedAt: AT,
    uploadExpiresAt: DUE,
    version: null,
    uploadId: null,
    partBytes: null,
    sha256: null,
    reason: null,
    problems: [],
    progress: null,
    attempts: 0,
    leaseOwner: null,
    leaseUntil: null,
  };
}

function newFinding(caseId: string): FindingRecord {
  return {
    caseId,
    findingId: 'f',
    customer: '-',
    revision: 1,
    advisory: 'a',
    rule: 'r',
    subjectKind: 'node',
    subjectId: 'node1',
    verdict: 'affected',
    reason: 'x',
    severity: 'high',
    analysedAt: AT,
  };
}

const pointer = (revision: number, hash = String(revision).repeat(64)) => ({
  revision,
  hash,
  verdict: 'affected',
  dataRisk: null,
  findings: 1,
  knowledge: 'test',
  at: AT,
});

const RETENTION_SECONDS = 86_400;

/** What every repository must do, against whatever keeps its records. */
export function describeRepository(
  name: string,
  open: (options: { retentionSeconds: number; now: () => number }) => Promise<CaseRepository>,
): void {
  describe(`the repository on ${name}`, () => {
    let repository: CaseRepository;
    let now = AT;
    beforeAll(async () => {
      repository = await open({ retentionSeconds: RETENTION_SECONDS, now: () => Date.parse(now) });
    });
    beforeEach(() => {
      now = AT;
    });
    const stored = async (more: Partial<CaseRecord> = {}) => {
      const record = newCase(more);
      await repository.createCase(record);
      return record;
    };

    test('gives back what it was given', async () => {
      const record = await stored();
      expect(await repository.getCase(record.caseId)).toEqual(record);
      const bundle = newBundle(record.caseId);
      await repository.createBundle(bundle, DUE);
      expect(await repository.getBundle(record.caseId, bundle.bundleId)).toEqual(bundle);
      expect(await repository.listBundles(record.caseId)).toEqual([bundle]);
      expect(await repository.getCase(newId())).toBeNull();
    });

    test('counts an input once, however many register it at the same time', async () => {
      const { caseId } = await stored();
      const keys = ['a', 'b', 'c'];
      await Promise.all([...keys, ...keys, ...keys].map((key) => repository.registerInput(caseId, key, DUE)));
      const record = await repository.getCase(caseId);
      expect(record?.inputRevision).toBe(3);
      expect([...(record?.inputs ?? [])].sort()).toEqual(keys);
    });

    test('asks for another analysis of a revision once, however many do', async () => {
      const { caseId } = await stored();
      await repository.registerInput(caseId, 'a', DUE);
      await Promise.all([1, 2, 3].map(() => repository.requestAnalysis(caseId, 1, DUE)));
      expect(await repository.getCase(caseId)).toMatchObject({ inputRevision: 2, inputs: ['a'] });
      expect(await repository.requestAnalysis(caseId, 1, DUE)).toMatchObject({ inputRevision: 2 });
      const { cases } = await repository.overdue(PAST_DUE, 100);
      expect(cases.some((one) => one.caseId === caseId)).toBe(true);
      await repository.markDeleting(caseId, DUE);
      expect(await repository.requestAnalysis(caseId, 2, DUE)).toBeNull();
      expect(await repository.requestAnalysis(newId(), 0, DUE)).toBeNull();
    });

    test('knows nothing any more of what is past its time, whenever it is dropped', async () => {
      const customer = newId();
      const { caseId } = await stored({ customer });
      const verdict = `verdict-${newId()}`;
      await repository.registerInput(caseId, 'a', DUE);
      await repository.publishAnalysis(caseId, pointer(1));
      // Judged again late in its life: the findings live no longer than their case.
      await repository.replaceFindings(caseId, 1, [
        { ...newFinding(caseId), customer, verdict, analysedAt: LATER },
      ]);
      const known = async () => {
        const [listed, fleet, overdue] = await Promise.all([
          repository.listCases({ customer, limit: 5 }),
          repository.findingsByVerdict({ verdict, limit: 5 }),
          repository.overdue(PAST_DUE, 100),
        ]);
        return {
          found: (await repository.getCase(caseId)) !== null,
          listed: listed.items.length,
          findings: fleet.items.length,
          overdue: overdue.cases.some((one) => one.caseId === caseId),
        };
      };
      const end = Date.parse(AT) + RETENTION_SECONDS * 1_000;
      now = new Date(end - 1).toISOString();
      expect(await known()).toEqual({ found: true, listed: 1, findings: 1, overdue: true });
      now = new Date(end).toISOString();
      expect(await known()).toEqual({ found: false, listed: 0, findings: 0, overdue: false });
    });

    test('takes no input for a case that is gone or going', async () => {
      expect(await repository.registerInput(newId(), 'a', DUE)).toBeNull();
      const { caseId } = await stored();
      await repository.markDeleting(caseId, DUE);
      expect(await repository.registerInput(caseId, 'a', DUE)).toBeNull();
      expect(await repository.publishAnalysis(caseId, pointer(1))).toBeNull();
    });

    test('never lets an older analysis replace a newer one', async () => {
      const { caseId } = await stored();
      expect(await repository.publishAnalysis(caseId, pointer(2))).toMatchObject({ outcome: 'published' });
      expect(await repository.publishAnalysis(caseId, pointer(1))).toMatchObject({
        outcome: 'superseded',
        pointer: { revision: 2 },
      });
      const again = await repository.publishAnalysis(caseId, { ...pointer(2), at: LATER });
      expect(again).toEqual({ outcome: 'current', pointer: pointer(2) });
      expect(await repository.publishAnalysis(caseId, pointer(3))).toMatchObject({ outcome: 'published' });
      expect((await repository.getCase(caseId))?.analysis).toEqual(pointer(3));
    });

    test('settles only the analysis in force', async () => {
      const { caseId } = await stored();
      await repository.registerInput(caseId, 'a', DUE);
      await repository.publishAnalysis(caseId, pointer(1));
      expect(await repository.settleReports(caseId, pointer(1))).toBe(true);
      await repository.registerInput(caseId, 'b', DUE);
      await repository.publishAnalysis(caseId, pointer(2));
      expect(await repository.settleReports(caseId, pointer(1))).toBe(false);
      expect((await repository.getCase(caseId))?.reportedHash).toBe(pointer(1).hash);
    });

    test('moves a bundle only from where it is, and only for whom holds it', async () => {
      const { caseId } = await stored();
      const { bundleId } = newBundle(caseId);
      await repository.createBundle({ ...newBundle(caseId), bundleId }, DUE);
      const claim = (owner: string, expectedLeaseOwner: string | null) =>
        repository.moveBundle(caseId, bundleId, {
          from: ['awaiting_upload', 'extracting'],
          to: 'extracting',
          patch: { leaseOwner: owner, leaseUntil: DUE },
          expectedLeaseOwner,
          now: AT,
          dueAt: DUE,
        });
      const claims = await Promise.all(['m1', 'm2', 'm3'].map((owner) => claim(owner, null)));
      const winners = claims.filter((claimed) => claimed !== null);
      expect(winners).toHaveLength(1);
      expect(await claim('m4', 'nobody')).toBeNull();
      expect(await claim('m5', winners[0]?.leaseOwner ?? '')).toMatchObject({ leaseOwner: 'm5' });
      const move = {
        to: 'analyzed',
        patch: { leaseOwner: null, leaseUntil: null },
        now: AT,
        dueAt: null,
      } as const;
      expect(await repository.moveBundle(caseId, bundleId, { ...move, from: ['extracted'] })).toBeNull();
      expect(await repository.moveBundle(caseId, bundleId, { ...move, from: ['extracting'] })).toMatchObject({
        state: 'analyzed',
        leaseOwner: null,
      });
    });

    test('finds overdue work, and no longer when it is done', async () => {
      const { caseId } = await stored();
      const bundle = newBundle(caseId);
      await repository.createBundle(bundle, DUE);
      await repository.registerInput(caseId, 'a', DUE);
      const overdue = async (now: string) => {
        const { cases, bundles } = await repository.overdue(now, 100);
        return [
          cases.some((one) => one.caseId === caseId),
          bundles.some((one) => one.bundleId === bundle.bundleId),
        ];
      };
      expect(await overdue(AT)).toEqual([false, false]);
      expect(await overdue(PAST_DUE)).toEqual([true, true]);
      await repository.moveBundle(caseId, bundle.bundleId, {
        from: ['awaiting_upload'],
        to: 'analyzed',
        now: AT,
        dueAt: null,
      });
      await repository.publishAnalysis(caseId, pointer(1));
      await repository.settleReports(caseId, pointer(1));
      expect(await overdue(PAST_DUE)).toEqual([false, false]);
    });

    test('keeps only the findings of the analysis in force, in whatever order they are written', async () => {
      const { caseId } = await stored();
      const verdict = `verdict-${newId()}`;
      const finding = (findingId: string, revision: number): FindingRecord => ({
        ...newFinding(caseId),
        findingId,
        revision,
        verdict,
      });
      await repository.publishAnalysis(caseId, pointer(2));
      await repository.replaceFindings(caseId, 2, [finding('kept', 2), finding('new', 2)]);
      await repository.replaceFindings(caseId, 1, [finding('kept', 1), finding('old', 1)]);
      const { items } = await repository.findingsByVerdict({ verdict, limit: 10 });
      expect(items.map(({ findingId, revision }) => [findingId, revision]).sort()).toEqual([
        ['kept', 2],
        ['new', 2],
      ]);
    });

    test('pages by customer, newest first, without gaps or repeats', async () => {
      const customer = newId();
      const made: string[] = [];
      for (let number = 0; number < 7; number += 1) {
        const { caseId } = await stored({ customer, createdAt: `2026-11-22T00:00:0${number}.000Z` });
        made.unshift(caseId);
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await repository.listCases({
          customer,
          limit: 3,
          ...(cursor === undefined ? {} : { cursor }),
        });
        seen.push(...page.items.map(({ caseId }) => caseId));
        ({ cursor } = page);
      } while (cursor !== undefined);
      expect(seen).toEqual(made);
    });

    test('refuses a cursor it did not give out', async () => {
      await expect(repository.listCases({ limit: 1, cursor: 'nonsense' })).rejects.toThrow(InvalidCursor);
    });

    test('takes the cursor of one customer for no other', async () => {
      const [own, other] = [newId(), newId()];
      for (const customer of [own, own, other, other]) await stored({ customer });
      const { cursor = '' } = await repository.listCases({ customer: other, limit: 1 });
      expect(cursor).not.toBe('');
      await expect(repository.listCases({ customer: own, limit: 5, cursor })).rejects.toThrow(InvalidCursor);
      await expect(repository.findingsByVerdict({ verdict: 'affected', limit: 5, cursor })).rejects.toThrow(
        InvalidCursor,
      );
    });

    test('forgets a case whole', async () => {
      const customer = newId();
      const { caseId } = await stored({ customer });
      const bundle = newBundle(caseId);
      await repository.createBundle(bundle, DUE);
      await repository.deleteCase(caseId);
      expect(await repository.getCase(caseId)).toBeNull();
      expect(await repository.listBundles(caseId)).toEqual([]);
      expect((await repository.listCases({ customer, limit: 5 })).items).toEqual([]);
    });
  });
}
