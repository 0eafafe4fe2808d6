import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleAdvisor } from './command.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const NONE = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_REGION: '', AWS_DEFAULT_REGION: '' };

/** A gateway that lets through what is signed for it, and refuses the rest as API Gateway does. */
describe('a service that goes by IAM', () => {
  let server: Server;
  let api: string;
  let seen: IncomingHttpHeaders = {};

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen = request.headers;
      request.resume();
      if (seen.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ knowledge: 'now', looked: 0, items: [] }));
      } else {
        response.writeHead(403, { 'x-amzn-ErrorType': 'MissingAuthenticationTokenException' });
        response.end('{"message":"Missing Authentication Token"}');
      }
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
    api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });
  afterAll(() => server.close());

  const reanalyze = (args: readonly string[], env: Record<string, string>) =>
    bundleAdvisor(['reanalyze', '--api', api, ...args], tmpdir(), { ...NONE, ...env });

  it('is asked with signed requests', async () => {
    const region = { AWS_REGION: 'eu-west-1', AWS_SESSION_TOKEN: 'session' };
    const { code, stdout, stderr } = await reanalyze(['--iam'], { ...KEYS, ...region });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      'Knowledge of the service: now\n0 of 0 cases judged again; the verdict changed in 0.\n',
    );
    expect(seen.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=[^ ]*host;[^ ]*x-amz-date[^ ]*, Signature=[0-9a-f]{64}$/,
    );
    expect(seen['x-amz-security-token']).toBe('session');
  });

  it('says so to whom comes without a signature', async () => {
    const { code, stderr } = await reanalyze([], { BUNDLE_ADVISOR_TOKEN: 'token' });
    expect(code).toBe(4);
    expect(stderr).toBe('The service answered 403. It goes by IAM: sign the requests with --iam.\n');
  });

  it.each([
    ['credentials', { AWS_REGION: 'eu-west-1' }, /^--iam needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
    ['a region', KEYS, /^--iam needs AWS_REGION/],
  ])('is not asked without %s', async (_, env, sentence) => {
    const { code, stderr } = await reanalyze(['--iam'], env);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });
});
