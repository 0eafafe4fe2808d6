/** What a token may allow. */
export const SCOPES = ['upload', 'confirm', 'read', 'fleet', 'reanalyze', 'delete'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks. */
export interface Principal {
  /** For the audit log; never shown. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** Set: only cases of this customer exist for the principal. Null: staff, who see all. */
  readonly customer: string | null;
}

/**
 * Finds out who sent a request; null when nobody we know.
 *
 * @param environment What the runtime knows of the request besides: in Lambda, the gateway's event.
 */
export type Authenticate = (request: Request, environment?: unknown) => Promise<Principal | null>;

/** The bearer token of a request (RFC 6750); null when there is none. */
export function bearerToken(request: Request): string | null {
  return /^Bearer +([\w.~+/=-]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}
