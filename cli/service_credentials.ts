import { AwsClient } from 'aws4fetch';
import { CommandError, EXIT } from './exit_codes.ts';

/** How requests to a service are authorised. */
export interface ServiceCredentials {
  /** A bearer token: of an OIDC issuer, or the local one of the embedded service. */
  token?: string;
  /** True: requests are signed with the AWS credentials of the environment, for a service that goes by IAM. */
  iam?: boolean;
}

/** Adds what a request needs to be let through. */
export type Authorize = (request: Request) => Promise<Request>;

/**
 * @throws {CommandError} when requests are to be signed and the environment has no credentials, or nobody says for
 * which region.
 */
export function authorizeWith(
  credentials: ServiceCredentials,
  api: string,
  env: Record<string, string | undefined> = process.env,
): Authorize {
  if (credentials.iam === true) return signing(api, env);
  const { token } = credentials;
  return async (request) => {
    if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`);
    return request;
  };
}

function signing(api: string, env: Record<string, string | undefined>): Authorize {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new CommandError(
      '--iam needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; "aws configure export-credentials --format env" prints them.',
      EXIT.usage,
    );
  }
  const [, ofHost] = /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(api) ?? [];
  const region = ofHost ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (!region) throw new CommandError('--iam needs AWS_REGION in the environment.', EXIT.usage);
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
    service: 'execute-api',
    region,
  });
  return (request) => client.sign(request);
}
