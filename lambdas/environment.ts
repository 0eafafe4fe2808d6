import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { z } from 'zod';
import { dynamoDbClient, dynamoDbRepository } from '../shared/cases/adapters/dynamodb_repository.ts';
import { s3Store } from '../shared/cases/adapters/s3_store.ts';
import { DEFAULT_DEADLINES, type Deadlines } from '../shared/cases/deadlines.ts';
import type { Clock, Log, Meter, Ports } from '../shared/cases/ports.ts';

/** What the stack tells every function. */
const Environment = z.object({
  UPLOADS_BUCKET: z.string(),
  RESULTS_BUCKET: z.string(),
  TABLE: z.string(),
  RETENTION_DAYS: z.coerce.number().int().min(1),
  UPLOAD_SECONDS: z.coerce.number().int().min(60).max(43_200).default(DEFAULT_DEADLINES.upload),
  WORK_SECONDS: z.coerce.number().int().min(60).default(DEFAULT_DEADLINES.work),
});

const clock: Clock = { now: () => new Date().toISOString() };

/** The outside world of a function, from its environment: AWS SDK clients find endpoint and region there too. */
export function portsFromEnvironment(): Ports & { deadlines: Deadlines } {
  const env = Environment.parse(process.env);
  return {
    uploads: s3Store(env.UPLOADS_BUCKET),
    results: s3Store(env.RESULTS_BUCKET),
    repository: dynamoDbRepository(dynamoDbClient(), env.TABLE, {
      retentionSeconds: env.RETENTION_DAYS * 86_400,
    }),
    clock,
    log: powertoolsLog(),
    meter: powertoolsMeter(),
    deadlines: { ...DEFAULT_DEADLINES, upload: env.UPLOAD_SECONDS, work: env.WORK_SECONDS },
  };
}

function powertoolsLog(): Log {
  const logger = new Logger();
  return {
    info: (message, fields) => logger.info(message, fields),
    warn: (message, fields) => logger.warn(message, fields),
    error: (message, fields) => logger.error(message, fields),
  };
}

/** Metrics in CloudWatch's embedded format: a log line each, nothing to flush at the end of an invocation. */
function powertoolsMeter(): Meter {
  const metrics = new Metrics();
  const emit = (
    name: string,
    unit: (typeof MetricUnit)[keyof typeof MetricUnit],
    value: number,
    dimensions: Record<string, string> = {},
  ) => {
    const single = metrics.singleMetric();
    single.addDimensions(dimensions);
    single.addMetric(name, unit, value);
  };
  return {
    count: (name, value, dimensions) => emit(name, MetricUnit.Count, value, dimensions),
    bytes: (name, value, dimensions) => emit(name, MetricUnit.Bytes, value, dimensions),
    milliseconds: (name, value, dimensions) => emit(name, MetricUnit.Milliseconds, value, dimensions),
  };
}
