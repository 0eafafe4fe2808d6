import { join, relative } from 'node:path';
import { type Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import {
  type ICommandHooks,
  NodejsFunction,
  OutputFormat,
  SourceMapMode,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { FONT_FILES, installedFonts } from '../../shared/fonts/load.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Libraries written as CommonJS expect these names even when bundled as ES modules, which do not have them. */
const COMMONJS_NAMES = [
  "import{createRequire}from'node:module'",
  'const require=createRequire(import.meta.url)',
  'globalThis.__dirname=import.meta.dirname',
  'globalThis.__filename=import.meta.filename',
  '',
].join(';');

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
  readonly data?: readonly ('knowledge' | 'fonts')[];
}

/** One function: its code bundled with esbuild on the spot, its own role and its own log group. */
export class ServiceFunction extends Construct {
  readonly function: NodejsFunction;

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
    this.function = new NodejsFunction(this, 'Function', {
      entry: join(ROOT, 'lambdas', props.folder, 'index.ts'),
      projectRoot: ROOT,
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      handler: 'handler',
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
        POWERTOOLS_METRICS_NAMESPACE: 'BundleAdvisor',
      },
      bundling: {
        format: OutputFormat.ESM,
        mainFields: ['module', 'main'],
        target: 'node24',
        minify: true,
        sourceMap: true,
        sourceMapMode: SourceMapMode.DEFAULT,
        sourcesContent: false,
        banner: COMMONJS_NAMES,
        externalModules: [],
        commandHooks: dataHooks(props.data),
      },
    });
  }
}

/** Copies data files into the bundle with Node, so that the build needs no shell tools. */
function dataHooks(data: ServiceFunctionProps['data']): ICommandHooks {
  const copies = [
    ...(data?.includes('knowledge') ? [['shared/knowledge', 'knowledge']] : []),
    ...(data?.includes('fonts')
      ? Object.entries(installedFonts()).map(([name, file]) => [
          relative(ROOT, file),
          `fonts/${FONT_FILES[name as keyof typeof FONT_FILES]}`,
        ])
      : []),
  ];
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (input, output) =>
      copies.map(([from, to]) => `${COPY} "${input}/${from}" "${output}/${to}"`),
  };
}

/** `cp -R FROM TO`, of folders and of the kinds of files that are data. */
const COPY = `node -e "${[
  "const f=require('node:fs')",
  '[from,to]=process.argv.slice(1)',
  'f.cpSync(from,to,{recursive:true,filter:s=>f.statSync(s).isDirectory()||/\\.(yaml|ttf)$/.test(s)})',
].join(';')}"`;
