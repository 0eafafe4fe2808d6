import {
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oidcAuthentication } from '../../lambdas/api/authentication.ts';
import { type ApiFixture, apiFixture } from './fixture.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'bundle-advisor';

describe('access with OIDC tokens', () => {
  let api: ApiFixture;
  let keys: GenerateKeyPairResult;
  let jwk: JWK;

  beforeAll(async () => {
    keys = await generateKeyPair('ES256');
    jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256' };
    api = await apiFixture({
      authenticate: oidcAuthentication({
        issuer: ISSUER,
        audience: AUDIENCE,
        keys: createLocalJWKSet({ keys: [jwk] }),
        now: () => new Date('2026-11-22T00:00:00Z'),
      }),
    });
  });
  afterAll(() => api.close());

  const NOW = Date.parse('2026-11-22T00:00:00Z') / 1_000;

  async function token(
    claims: JWTPayload = {},
    options: { key?: CryptoKey; alg?: string } = {},
  ): Promise<string> {
    return new SignJWT({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'somebody',
      exp: NOW + 600,
      scope: 'upload confirm read fleet delete',
      ...claims,
    })
      .setProtectedHeader({ alg: options.alg ?? 'ES256', kid: 'k1' })
      .sign(options.key ?? keys.privateKey);
  }

  async function ask(bearer: string | null, method: string, path: string, json?: unknown) {
    const headers = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    const response = await api.request(method, path, json, headers as Record<string, string>);
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? null : JSON.parse(text),
      headers: response.headers,
    };
  }

  test('refuses a request without a token and says which kind is needed', async () => {
    const { status, body, headers } = await ask(null, 'GET', '/cases');
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'unauthenticated' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  test.each([
    ['expired', { exp: NOW - 600 }],
    ['not yet valid', { nbf: NOW + 600 }],
    ['of another issuer', { iss: 'https://other.example' }],
    ['for another audience', { aud: 'another' }],
    ['without a subject', { sub: undefined }],
    ['without an expiry', { exp: undefined }],
  ])('refuses a token that is %s', async (_, claims) => {
    expect((await ask(await token(claims as JWTPayload), 'GET', '/cases')).status).toBe(401);
  });

  test('refuses a token signed by somebody else, or not at all, or with the public key as a secret', async () => {
    const other = await generateKeyPair('ES256');
    expect((await ask(await token({}, { key: other.privateKey }), 'GET', '/cases')).status).toBe(401);
    const [, payload] = (await token()).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    expect((await ask(`${none}.${payload}.`, 'GET', '/cases')).status).toBe(401);
    const symmetric = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'x', exp: NOW + 600 })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(new TextEncoder().encode(JSON.stringify(jwk)));
    expect((await ask(symmetric, 'GET', '/cases')).status).toBe(401);
  });

  test.each([
    ['POST', '/cases', 'upload', { title: 'x' }],
    ['GET', '/cases', 'read', undefined],
    ['GET', '/findings?verdict=affected', 'fleet', undefined],
  ])('lets %s %s pass only with the scope %s', async (method, path, scope, json) => {
    const others = ['upload', 'confirm', 'read', 'fleet', 'delete'].filter((one) => one !== scope).join(' ');
    const refused = await ask(await token({ scope: others }), method, path, json);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 'forbidden', detail: expect.stringContaining(scope) });
    expect((await ask(await token({ scope }), method, path, json)).status).toBeLessThan(300);
    expect(
      (await ask(await token({ scope: `bundle-advisor/${scope}` }), method, path, json)).status,
    ).toBeLessThan(300);
  });

  test('shows a customer its own cases only, as if there were no others', async () => {
    const mine = await token({ customer: 'mine' });
    const theirs = await token({ customer: 'theirs' });
    const { body: own } = await ask(mine, 'POST', '/cases', { title: 'Mine' });
    expect(own).toMatchObject({ customer: 'mine' });
    expect((await ask(mine, 'GET', `/cases/${own.id}`)).status).toBe(200);

    const bundle = { fileName: 'x', bytes: 1 };
    for (const [method, path, json] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/bundles', bundle],
      ['GET', '/bundles/00000000000000000000000000'],
      ['GET', '/analysis'],
      ['GET', '/findings'],
      ['GET', '/report'],
      ['GET', '/confirmations'],
    ] as const) {
      const refused = await ask(theirs, method, `/cases/${own.id}${path}`, json);
      expect([refused.status, refused.body.code]).toEqual([404, 'case_not_found']);
    }
    const listed = await ask(theirs, 'GET', '/cases');
    expect(listed.body.items).toEqual([]);
    expect((await ask(mine, 'GET', '/cases')).body.items).toHaveLength(1);
    expect((await ask(mine, 'POST', '/cases', { title: 'x', customer: 'theirs' })).status).toBe(403);
  });

  test('lets anybody see what the service is and how to call it', async () => {
    expect((await ask(null, 'GET', '/')).status).toBe(200);
    expect((await ask(null, 'GET', '/openapi.json')).status).toBe(200);
  });
});
