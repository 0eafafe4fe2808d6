import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { createApi } from '../../shared/api/app.ts';
import type { ApiPorts } from '../../shared/api/ports.ts';

/** The HTTP API behind API Gateway. */
export function createHandler(
  ports: ApiPorts,
): (event: LambdaEvent, context?: LambdaContext) => Promise<unknown> {
  return handle(createApi(ports));
}
