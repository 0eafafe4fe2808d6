import type { LambdaEvent } from 'hono/aws-lambda';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import {
  type Authenticate,
  bearerToken,
  type Principal,
  SCOPES,
  type Scope,
} from '../../shared/api/access.ts';

const Settings = z.discriminatedUnion('AUTH_MODE', [
  z.object({
    AUTH_MODE: z.literal('oidc'),
    OIDC_ISSUER: z.url(),
    OIDC_AUDIENCE: z.string().min(1),
    /** Where the keys are, when the issuer does not publish it under the usual path. */
    OIDC_JWKS_URL: z.url().optional(),
  }),
  z.object({ AUTH_MODE: z.literal('iam') }),
]);

/** Who may use the API in AWS: bearers of a token of the configured issuer, or whom IAM lets through. */
export function authenticationFromEnvironment(env: Record<string, string | undefined>): Authenticate {
  const settings = Settings.parse(env);
  if (settings.AUTH_MODE === 'iam') return iamAuthentication;
  const keys = new URL(
    settings.OIDC_JWKS_URL ?? `${settings.OIDC_ISSUER.replace(/\/$/, '')}/.well-known/jwks.json`,
  );
  return oidcAuthentication({
    issuer: settings.OIDC_ISSUER,
    audience: settings.OIDC_AUDIENCE,
    keys: createRemoteJWKSet(keys),
  });
}

const Claims = z.object({
  sub: z.string().min(1),
  scope: z.string().default(''),
  customer: z.string().min(1).max(128).optional(),
});

/** Algorithms an issuer may sign with: asymmetric ones, so that nobody can forge with a public key. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

/**
 * Verifies OIDC access tokens (RFC 9068): signature, issuer, audience, expiry. Scopes are those of the `scope` claim
 * that are ours, bare or after a `bundle-advisor/` prefix; a `customer` claim restricts to that customer's cases.
 */
export function oidcAuthentication(options: {
  issuer: string;
  audience: string;
  keys: JWTVerifyGetKey;
  now?: () => Date;
}): Authenticate {
  return async (request) => {
    const token = bearerToken(request);
    if (token === null) return null;
    try {
      const { payload } = await jwtVerify(token, options.keys, {
        issuer: options.issuer,
        audience: options.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        ...(options.now === undefined ? {} : { currentDate: options.now() }),
      });
      const claims = Claims.safeParse(payload);
      if (!claims.success) return null;
      return {
        subject: claims.data.sub,
        scopes: scopesOf(claims.data.scope),
        customer: claims.data.customer ?? null,
      };
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return null;
      throw error;
    }
  };
}

function scopesOf(claim: string): readonly Scope[] {
  const names = claim.split(' ').map((name) => name.replace(/^bundle-advisor\//, ''));
  return SCOPES.filter((scope) => names.includes(scope));
}

/**
 * API Gateway has checked the SigV4 signature and the caller's IAM policy, which may allow single methods and paths
 * only; whoever gets here may do it.
 */
const iamAuthentication: Authenticate = async (_request, environment): Promise<Principal | null> => {
  const event = (environment as { event?: LambdaEvent } | undefined)?.event;
  const identity = z
    .object({ requestContext: z.object({ identity: z.object({ userArn: z.string().nullish() }) }) })
    .safeParse(event);
  if (!identity.success) return null;
  return { subject: identity.data.requestContext.identity.userArn ?? 'iam', scopes: SCOPES, customer: null };
};
