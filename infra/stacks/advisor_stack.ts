import { Aws, CfnOutput, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AuthorizationType,
  EndpointType,
  LambdaRestApi,
  MethodLoggingLevel,
} from 'aws-cdk-lib/aws-apigateway';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ANALYSES, BUNDLES, CONFIRMATIONS, EVIDENCE, REPORTS } from '../../shared/cases/keys.ts';
import { Grants } from '../constructs/grants.ts';
import { PrivateBucket } from '../constructs/private_bucket.ts';
import { Records } from '../constructs/records.ts';
import { ServiceFunction, type ServiceFunctionProps } from '../constructs/service_function.ts';
import { StageQueue } from '../constructs/stage_queue.ts';
import { Watch } from '../constructs/watch.ts';
import type { Settings } from '../settings.ts';

const EXTRACT_TIMEOUT = Duration.minutes(15);
const ANALYZE_TIMEOUT = Duration.minutes(2);
const REPORT_TIMEOUT = Duration.minutes(2);

/** Where the gateway departs from AWS's general advice, and why. */
const GATEWAY_ACKNOWLEDGEMENTS: Readonly<Record<string, string>> = {
  'AwsSolutions-APIG1':
    'The API function logs every request itself, with case id and principal; logs of the gateway need a role that is set for the whole account.',
  'AwsSolutions-APIG2': 'Requests are validated by the same schemas that make the OpenAPI document.',
  'AwsSolutions-APIG3':
    'No request is served without IAM or OIDC; a web ACL is a decision of the account that deploys, see docs/operations.md.',
  'AwsSolutions-APIG4': 'With OIDC the function verifies the token itself, of any issuer; else IAM does.',
  'AwsSolutions-APIG6': 'As APIG1: the function logs every request.',
  'AwsSolutions-COG4': 'IAM, or OIDC tokens of the issuer the company has, instead of a Cognito user pool.',
};

/** The whole service: two buckets, three queues, five functions, one table, one REST API. */
export class AdvisorStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: 'Bundle Advisor: support bundles in, customer advisories out' });
    const removalPolicy = settings.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const key = new Key(this, 'Key', {
      description: 'Customer data of Bundle Advisor',
      enableKeyRotation: true,
      removalPolicy,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [
          new ServicePrincipal('s3.amazonaws.com'),
          new ServicePrincipal('cloudwatch.amazonaws.com'),
        ],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );

    const bucketName = (kind: string) =>
      `${settings.stackName.toLowerCase()}-${kind}-${Aws.ACCOUNT_ID}-${Aws.REGION}`;
    const bucketArn = (kind: string) => `arn:${Aws.PARTITION}:s3:::${bucketName(kind)}`;
    const extractQueue = new StageQueue(this, 'ExtractQueue', {
      key,
      bucketArn: bucketArn('uploads'),
      functionTimeout: EXTRACT_TIMEOUT,
    });
    const analyzeQueue = new StageQueue(this, 'AnalyzeQueue', {
      key,
      bucketArn: bucketArn('results'),
      functionTimeout: ANALYZE_TIMEOUT,
    });
    const reportQueue = new StageQueue(this, 'ReportQueue', {
      key,
      bucketArn: bucketArn('results'),
      functionTimeout: REPORT_TIMEOUT,
    });

    const accessLogs = new Bucket(this, 'AccessLogs', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy,
    });
    const { bucket: uploads } = new PrivateBucket(this, 'Uploads', {
      bucketName: bucketName('uploads'),
      key,
      logs: accessLogs,
      keepDays: settings.bundleDays,
      removalPolicy,
      notifications: [{ prefix: BUNDLES, ...extractQueue }],
    });
    const { bucket: results } = new PrivateBucket(this, 'Results', {
      bucketName: bucketName('results'),
      key,
      logs: accessLogs,
      keepDays: settings.retentionDays,
      removalPolicy,
      notifications: [
        { prefix: EVIDENCE, ...analyzeQueue },
        { prefix: CONFIRMATIONS, ...analyzeQueue },
        { prefix: ANALYSES, ...reportQueue },
      ],
    });
    const { table } = new Records(this, 'Records', { key, removalPolicy });

    const reserved = (count: number) => (settings.reservedConcurrency === 'on' ? count : undefined);
    const common = {
      architecture: settings.architecture,
      knowledge: settings.knowledge,
      key,
      removalPolicy,
      environment: {
        UPLOADS_BUCKET: bucketName('uploads'),
        RESULTS_BUCKET: bucketName('results'),
        TABLE: table.tableName,
        RETENTION_DAYS: String(settings.retentionDays),
      },
    } satisfies Partial<ServiceFunctionProps>;
    const withQueue = (stage: StageQueue) => ({
      ...common.environment,
      QUEUE_URL: stage.queue.queueUrl,
      RETRY_SECONDS: String(settings.retrySeconds),
    });
    const grants = new Grants({ uploads, results, table, key });

    const extract = new ServiceFunction(this, 'Extract', {
      ...common,
      folder: 'extract',
      environment: withQueue(extractQueue),
      description: 'Reads an uploaded bundle into evidence',
      memoryMb: 2_048,
      timeout: EXTRACT_TIMEOUT,
      reservedConcurrency: reserved(settings.extractConcurrency + 5),
    });
    grants.read(extract, 'uploads', [BUNDLES]);
    grants.purge(extract, 'uploads', [BUNDLES]);
    grants.read(extract, 'results', [EVIDENCE]);
    grants.write(extract, 'results', [EVIDENCE]);
    grants.records(extract, ['GetItem', 'UpdateItem']);
    extractQueue.feed(extract, settings.extractConcurrency);

    const analyze = new ServiceFunction(this, 'Analyze', {
      ...common,
      folder: 'analyze',
      environment: withQueue(analyzeQueue),
      description: 'Judges a case from all its evidence',
      memoryMb: 2_048,
      timeout: ANALYZE_TIMEOUT,
      reservedConcurrency: reserved(25),
      data: ['knowledge'],
    });
    grants.read(analyze, 'results', [EVIDENCE, CONFIRMATIONS]);
    grants.write(analyze, 'results', [ANALYSES]);
    grants.purge(analyze, 'results', [EVIDENCE, CONFIRMATIONS, ANALYSES, REPORTS]);
    grants.records(analyze, ['GetItem', 'UpdateItem', 'PutItem', 'DeleteItem', 'Query']);
    analyzeQueue.feed(analyze, 20);

    const report = new ServiceFunction(this, 'Report', {
      ...common,
      folder: 'report',
      environment: withQueue(reportQueue),
      description: 'Writes the advisory in every language and format',
      memoryMb: 1_024,
      timeout: REPORT_TIMEOUT,
      reservedConcurrency: reserved(25),
      data: ['knowledge', 'fonts'],
    });
    grants.read(report, 'results', [ANALYSES]);
    grants.write(report, 'results', [REPORTS]);
    grants.records(report, ['GetItem', 'UpdateItem']);
    reportQueue.feed(report, 20);

    const sweep = new ServiceFunction(this, 'Sweep', {
      ...common,
      folder: 'sweep',
      description: 'Closes what is overdue and puts lost work back',
      memoryMb: 512,
      timeout: Duration.minutes(5),
      reservedConcurrency: reserved(1),
      environment: {
        ...common.environment,
        EXTRACT_QUEUE_URL: extractQueue.queue.queueUrl,
        ANALYZE_QUEUE_URL: analyzeQueue.queue.queueUrl,
        REPORT_QUEUE_URL: reportQueue.queue.queueUrl,
      },
    });
    grants.read(sweep, 'uploads', [BUNDLES]);
    grants.purge(sweep, 'uploads', [BUNDLES]);
    grants.read(sweep, 'results', [EVIDENCE, ANALYSES]);
    grants.write(sweep, 'results', [EVIDENCE]);
    grants.purge(sweep, 'results', [EVIDENCE, CONFIRMATIONS, ANALYSES, REPORTS]);
    grants.records(sweep, ['GetItem', 'UpdateItem', 'DeleteItem', 'Query'], ['gsi3']);
    grants.send(sweep, [extractQueue.queue, analyzeQueue.queue, reportQueue.queue]);
    new Rule(this, 'SweepSchedule', {
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(sweep.function, { retryAttempts: 0 })],
    });

    const api = new ServiceFunction(this, 'Api', {
      ...common,
      folder: 'api',
      description: 'The HTTP API',
      memoryMb: 1_024,
      timeout: Duration.seconds(29),
      reservedConcurrency: reserved(50),
      data: ['knowledge-version'],
      environment: {
        ...common.environment,
        ANALYZE_QUEUE_URL: analyzeQueue.queue.queueUrl,
        AUTH_MODE: settings.oidcIssuer === '' ? 'iam' : 'oidc',
        ...(settings.oidcIssuer === ''
          ? {}
          : {
              OIDC_ISSUER: settings.oidcIssuer,
              OIDC_AUDIENCE: settings.oidcAudience,
              ...(settings.oidcJwksUrl === '' ? {} : { OIDC_JWKS_URL: settings.oidcJwksUrl }),
            }),
      },
    });
    grants.upload(api, [BUNDLES]);
    grants.purge(api, 'uploads', [BUNDLES]);
    grants.read(api, 'results', [CONFIRMATIONS, ANALYSES, REPORTS]);
    grants.write(api, 'results', [CONFIRMATIONS]);
    grants.purge(api, 'results', [EVIDENCE, CONFIRMATIONS, ANALYSES, REPORTS]);
    grants.send(api, [analyzeQueue.queue]);
    grants.records(api, ['GetItem', 'UpdateItem', 'PutItem', 'DeleteItem', 'Query'], ['gsi1', 'gsi2']);

    const gateway = new LambdaRestApi(this, 'Gateway', {
      restApiName: settings.stackName,
      handler: api.function,
      endpointTypes: [EndpointType.REGIONAL],
      binaryMediaTypes: ['*/*'],
      cloudWatchRole: false,
      defaultMethodOptions: {
        authorizationType: settings.oidcIssuer === '' ? AuthorizationType.IAM : AuthorizationType.NONE,
      },
      deployOptions: {
        stageName: 'v1',
        tracingEnabled: true,
        metricsEnabled: true,
        loggingLevel: MethodLoggingLevel.OFF,
        throttlingRateLimit: 200,
        throttlingBurstLimit: 400,
      },
    });

    for (const [id, reason] of Object.entries(GATEWAY_ACKNOWLEDGEMENTS)) {
      Validations.of(gateway).acknowledge({ id, reason });
    }

    new Watch(this, 'Watch', {
      key,
      alarmEmail: settings.alarmEmail,
      stages: { extract: extractQueue, analyze: analyzeQueue, report: reportQueue },
      functions: { extract, analyze, report, sweep, api },
      gateway,
    });

    new CfnOutput(this, 'ApiUrl', { value: gateway.url });
    new CfnOutput(this, 'UploadsBucket', { value: bucketName('uploads') });
    new CfnOutput(this, 'ResultsBucket', { value: bucketName('results') });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    for (const [name, { queue, deadLetters }] of Object.entries({
      Extract: extractQueue,
      Analyze: analyzeQueue,
      Report: reportQueue,
    })) {
      new CfnOutput(this, `${name}QueueUrl`, { value: queue.queueUrl });
      new CfnOutput(this, `${name}DeadLettersUrl`, { value: deadLetters.queueUrl });
    }
  }
}
