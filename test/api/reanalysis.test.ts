import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Principal, SCOPES } from '../../shared/api/access.ts';
import type { ObjectEvent } from '../../shared/cases/object_event.ts';
import { type ApiFixture, apiFixture, OPERATOR } from './fixture.ts';

const DUE = '2026-11-23T00:00:00.000Z';

describe('reanalysis', () => {
  let api: ApiFixture;
  let principal: Principal = OPERATOR;
  let sent: { stage: string; key: string }[] = [];
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    api = await apiFixture({
      authenticate: async () => principal,
      knowledgeVersion: 'new',
      queue: {
        send: async (stage, { key }: ObjectEvent) => {
          sent.push({ stage, key });
        },
      },
    });
    for (const [title, knowledge] of Object.entries({ old: 'old', unnoted: '', current: 'new' })) {
      const response = await api.request('POST', '/cases', { title, customer: title });
      const { id } = (await response.json()) as { id: string };
      ids[title] = id;
      await api.ports.repository.registerInput(id, `evidence/${title}`, DUE);
      await api.ports.repository.publishAnalysis(id, {
        revision: 1,
        hash: 'a'.repeat(64),
        verdict: 'not_affected',
        dataRisk: null,
        findings: 0,
        knowledge,
        at: '2026-11-22T00:00:00.000Z',
      });
    }
  });
  afterAll(() => api.close());

  const reanalyze = async (json: object, as: Partial<Principal> = {}) => {
    principal = { ...OPERATOR, ...as };
    sent = [];
    const response = await api.request('POST', '/reanalysis', json);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const titles = (body: Record<string, unknown>) =>
    (body.items as { title: string }[]).map(({ title }) => title).sort();

  test('is asked of the analyze stage, for cases of other or unnoted knowledge', async () => {
    const { body } = await reanalyze({});
    expect(body).toMatchObject({ knowledge: 'new', looked: 3 });
    expect(titles(body)).toEqual(['old', 'unnoted']);
    expect(sent.map(({ stage, key }) => `${stage} ${key}`).sort()).toEqual([
      'analyze evidence/old',
      'analyze evidence/unnoted',
    ]);
    expect(await api.ports.repository.getCase(ids.old ?? '')).toMatchObject({ inputRevision: 1 });
  });

  test('only tells, when it is asked to', async () => {
    const { body } = await reanalyze({ dryRun: true, scope: 'all' });
    expect(titles(body)).toEqual(['current', 'old', 'unnoted']);
    expect(sent).toEqual([]);
  });

  test('is of own cases only, for the token of a customer', async () => {
    const { body } = await reanalyze({ scope: 'all', dryRun: true }, { customer: 'current' });
    expect(titles(body)).toEqual(['current']);
    expect(body.looked).toBe(1);
  });

  test('needs its own scope', async () => {
    const { status, body } = await reanalyze({}, { scopes: SCOPES.filter((one) => one !== 'reanalyze') });
    expect([status, body.code]).toEqual([403, 'forbidden']);
    expect(sent).toEqual([]);
  });

  test.each([
    ['a scope nobody knows', { scope: 'some' }, '/scope'],
    ['a page too large', { limit: 101 }, '/limit'],
    ['a field nobody knows', { customer: 'x' }, '/'],
  ])('refuses %s', async (_, json, pointer) => {
    const { status, body } = await reanalyze(json);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  });

  test('refuses a cursor it did not give out', async () => {
    expect((await reanalyze({ cursor: 'nonsense' })).body.code).toBe('invalid_cursor');
  });
});
