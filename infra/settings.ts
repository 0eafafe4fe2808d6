import { z } from 'zod';

const number = (fallback: number, min: number) => z.coerce.number().int().min(min).default(fallback);

/**
 * What a deployment may choose, as `cdk deploy -c name=value`. The defaults are safe and complete: a stack of that
 * name with IAM-signed requests only.
 */
const Settings = z.object({
  stackName: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9-]{0,25}$/,
      'begins the names of buckets: at most 26 letters, digits and hyphens',
    )
    .default('BundleAdvisor'),
  /** Days until the uploaded bundles are dropped. */
  bundleDays: number(30, 1),
  /** Days until evidence, reports and records are dropped. */
  retentionDays: number(365, 1),
  /** Empty: only requests signed with IAM credentials. Else the issuer of OIDC access tokens. */
  oidcIssuer: z.string().default(''),
  oidcAudience: z.string().default('bundle-advisor'),
  oidcJwksUrl: z.string().default(''),
  /** Who is told of alarms; nobody when empty. */
  alarmEmail: z.string().default(''),
  /** `off` where the account's concurrency quota leaves no room for reservations. */
  reservedConcurrency: z.enum(['on', 'off']).default('on'),
  /** Bundles read at the same time. */
  extractConcurrency: number(20, 2),
  /** Seconds until a failed message is tried again for the first time; each time after that takes twice as long. */
  retrySeconds: number(30, 0),
  /** Folders of further advisories beside the product's own, with commas between. */
  knowledge: z
    .string()
    .default('')
    .transform((folders) => folders.split(',').filter((folder) => folder !== '')),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  /** `destroy`: buckets and table go with the stack once they are empty (tests only). */
  removal: z.enum(['retain', 'destroy']).default('retain'),
});
export type Settings = Readonly<z.infer<typeof Settings>>;

export function settingsFromContext(context: (name: string) => unknown): Settings {
  return Settings.parse(Object.fromEntries(Object.keys(Settings.shape).map((name) => [name, context(name)])));
}
