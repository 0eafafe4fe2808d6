import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  AssetHashType,
  DockerImage,
  type Duration,
  type RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  Function as Lambda,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionCode } from '../code/bundle.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface ServiceFunctionProps {
  /** Folder under `lambdas/` with an `index.ts` that exports `handler`. */
  readonly folder: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly architecture: 'arm64' | 'x86_64';
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency: number | undefined;
  readonly key: IKey;
  readonly removalPolicy: RemovalPolicy;
  /** Data files the code finds beside itself. */
  readonly data?: FunctionCode['data'];
  /** Folders of further advisories. */
  readonly knowledge: readonly string[];
}

/** One function: its code bundled on the spot (`infra/code`), its own role and its own log group. */
export class ServiceFunction extends Construct {
  readonly function: Lambda;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: props.removalPolicy,
    });
    logGroup.grantWrite(role);
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes traces without a resource; nothing else is allowed on "*".',
    });
    this.function = new Lambda(this, 'Function', {
      code: bundledCode(props),
      handler: 'index.handler',
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
      environment: {
        ...props.environment,
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: props.folder,
        POWERTOOLS_METRICS_NAMESPACE: Stack.of(this).stackName,
      },
    });
  }
}

/** The code of a function, made by a Node process of its own while the app is synthesised. */
function bundledCode({ folder, architecture, data = [], knowledge }: ServiceFunctionProps): Code {
  return Code.fromAsset(ROOT, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('not-used'),
      // Not run, but what tells one function's asset from another's.
      command: [folder, architecture, ...data, ...knowledge],
      local: {
        tryBundle(outputDirectory) {
          const code: FunctionCode = { folder, outputDirectory, architecture, data, knowledge };
          const script = join(ROOT, 'infra/code/bundle.ts');
          const { status } = spawnSync(process.execPath, [script, JSON.stringify(code)], {
            stdio: 'inherit',
          });
          if (status !== 0) throw new Error(`The code of the function "${folder}" could not be made.`);
          return true;
        },
      },
    },
  });
}
