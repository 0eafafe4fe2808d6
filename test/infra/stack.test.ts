import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, test } from 'vitest';
import { synthesise } from './synth.ts';

type Statement = { Action: string | string[]; Resource: unknown; Effect: string; Condition?: unknown };

describe('the stack', () => {
  let template: Template;
  beforeAll(() => {
    ({ template } = synthesise());
  });

  test('keeps customers data in private, encrypted, versioned buckets that expire', () => {
    for (const kind of ['uploads', 'results']) {
      template.hasResourceProperties('AWS::S3::Bucket', {
        BucketName: { 'Fn::Join': ['', Match.arrayWith([`bundleadvisor-${kind}-`])] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: Match.anyValue() },
            },
          ],
        },
        VersioningConfiguration: { Status: 'Enabled' },
        LifecycleConfiguration: {
          Rules: [
            {
              ExpirationInDays: kind === 'uploads' ? 30 : 365,
              NoncurrentVersionExpiration: { NoncurrentDays: 1 },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
              Status: 'Enabled',
            },
          ],
        },
      });
    }
  });

  test('refuses plain HTTP on every bucket and queue', () => {
    const buckets = Object.keys(template.findResources('AWS::S3::Bucket'));
    const denying = Object.values(template.findResources('AWS::S3::BucketPolicy')).filter((policy) =>
      statementsOf(policy).some(
        (one) => one.Effect === 'Deny' && JSON.stringify(one).includes('SecureTransport'),
      ),
    );
    expect(denying.map((policy) => policy.Properties.Bucket.Ref).sort()).toEqual(buckets.sort());
    const queues = Object.keys(template.findResources('AWS::SQS::Queue'));
    const guarded = Object.values(template.findResources('AWS::SQS::QueuePolicy'))
      .filter((policy) => JSON.stringify(policy).includes('SecureTransport'))
      .flatMap((policy) => policy.Properties.Queues.map((queue: { Ref: string }) => queue.Ref));
    expect(guarded.sort()).toEqual(queues.sort());
  });

  test('sends each kind of object to its stage without a custom resource', () => {
    const rules = Object.values(template.findResources('AWS::S3::Bucket')).flatMap(
      (bucket) =>
        (bucket.Properties.NotificationConfiguration?.QueueConfigurations ?? []) as {
          Filter: { S3Key: { Rules: { Value: string }[] } };
          Queue: { 'Fn::GetAtt': string[] };
        }[],
    );
    const routes = rules.map((rule) => [
      rule.Filter.S3Key.Rules[0]?.Value,
      rule.Queue['Fn::GetAtt'][0]?.replace(/Queue[0-9A-F]{8}$/, '').toLowerCase(),
    ]);
    expect(Object.fromEntries(routes)).toEqual({
      'bundles/': 'extract',
      'evidence/': 'analyze',
      'confirmations/': 'analyze',
      'analysis/': 'report',
    });
    expect(Object.keys(template.toJSON().Resources).filter((id) => id.includes('Custom'))).toEqual([]);
  });

  test('takes messages only from the bucket of the stage', () => {
    const fromS3 = Object.values(template.findResources('AWS::SQS::QueuePolicy'))
      .flatMap(statementsOf)
      .filter((one) => JSON.stringify(one).includes('s3.amazonaws.com'));
    expect(fromS3).toHaveLength(3);
    for (const statement of fromS3) {
      expect(statement.Condition).toMatchObject({
        ArnEquals: { 'aws:SourceArn': expect.anything() },
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      });
    }
  });

  test('feeds stages one message at a time, with a dead-letter queue behind each', () => {
    const sources = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
    expect(sources).toHaveLength(3);
    for (const { Properties } of sources) {
      expect(Properties).toMatchObject({
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: expect.any(Number) },
      });
    }
    const queues = Object.values(template.findResources('AWS::SQS::Queue'));
    expect(queues.filter(({ Properties }) => Properties.RedrivePolicy?.maxReceiveCount === 3)).toHaveLength(
      3,
    );
    expect(queues).toHaveLength(6);
  });

  test('waits for a message six times as long as its function may run', () => {
    const functions = template.findResources('AWS::Lambda::Function');
    const queues = template.findResources('AWS::SQS::Queue');
    for (const { Properties } of Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))) {
      const timeout = functions[Properties.FunctionName.Ref]?.Properties.Timeout;
      const visibility = queues[Properties.EventSourceArn['Fn::GetAtt'][0]]?.Properties.VisibilityTimeout;
      expect(visibility).toBe(6 * timeout);
    }
  });

  test('runs every function on Node 24 with a role of its own', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions).toHaveLength(5);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        ReservedConcurrentExecutions: expect.any(Number),
      });
    }
    expect(new Set(functions.map(({ Properties }) => JSON.stringify(Properties.Role))).size).toBe(5);
  });

  test('grants each function what it is for and nothing more', () => {
    expect(grantsOf(template, 'Extract')).toEqual([
      'dynamodb:GetItem table',
      'dynamodb:UpdateItem table',
      's3:AbortMultipartUpload uploads/bundles',
      's3:DeleteObject uploads/bundles',
      's3:DeleteObjectVersion uploads/bundles',
      's3:GetObject results/evidence',
      's3:GetObject uploads/bundles',
      's3:GetObjectVersion results/evidence',
      's3:GetObjectVersion uploads/bundles',
      's3:PutObject results/evidence',
    ]);
    expect(grantsOf(template, 'Analyze')).toEqual([
      'dynamodb:DeleteItem table',
      'dynamodb:GetItem table',
      'dynamodb:PutItem table',
      'dynamodb:Query table',
      'dynamodb:UpdateItem table',
      ...['AbortMultipartUpload', 'DeleteObject', 'DeleteObjectVersion'].flatMap((action) =>
        ['analysis', 'confirmations', 'evidence', 'reports'].map(
          (prefix) => `s3:${action} results/${prefix}`,
        ),
      ),
      's3:GetObject results/confirmations',
      's3:GetObject results/evidence',
      's3:GetObjectVersion results/confirmations',
      's3:GetObjectVersion results/evidence',
      's3:PutObject results/analysis',
    ]);
    expect(grantsOf(template, 'Report')).toEqual([
      'dynamodb:GetItem table',
      'dynamodb:UpdateItem table',
      's3:GetObject results/analysis',
      's3:GetObjectVersion results/analysis',
      's3:PutObject results/reports',
    ]);
    const api = grantsOf(template, 'Api');
    expect(api).toContain('s3:PutObject uploads/bundles');
    expect(api).toContain('dynamodb:Query gsi1');
    expect(api).toContain('dynamodb:Query gsi2');
    expect(api.filter((grant) => /^s3:GetObject.* uploads/.test(grant))).toEqual([]);
    expect(api.filter((grant) => grant.startsWith('sqs:'))).toEqual(['sqs:SendMessage AnalyzeQueue']);
    const sweep = grantsOf(template, 'Sweep');
    expect(sweep.filter((grant) => grant.startsWith('sqs:SendMessage'))).toHaveLength(3);
    expect(sweep.filter((grant) => /^s3:PutObject /.test(grant))).toEqual(['s3:PutObject results/evidence']);
  });

  test('lets functions use the key only through the services that keep the data', () => {
    const keyed = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(statementsOf)
      .filter((one) => [one.Action].flat().some((action) => action.startsWith('kms:')));
    expect(keyed.length).toBeGreaterThan(0);
    const open = keyed.filter((one) => !JSON.stringify(one.Condition ?? {}).includes('kms:ViaService'));
    // The event sources decrypt the queues' messages for the functions of the three stages.
    expect(open.map((one) => one.Action)).toEqual(Array(3).fill('kms:Decrypt'));
  });

  test('tells somebody of every alarm', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.length).toBeGreaterThanOrEqual(6);
    for (const { Properties } of alarms) {
      expect(Properties.AlarmActions).toHaveLength(1);
      expect(Properties.AlarmDescription).toContain('docs/operations.md');
    }
  });

  test('watches what the functions report under the name of the stack', () => {
    const { template: named } = synthesise({ stackName: 'Advisor2' });
    for (const { Properties } of Object.values(named.findResources('AWS::Lambda::Function'))) {
      expect(Properties.Environment.Variables.POWERTOOLS_METRICS_NAMESPACE).toBe('Advisor2');
    }
    named.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Advisor2',
      MetricName: 'bundles_cut_short',
      Dimensions: [{ Name: 'service', Value: 'extract' }],
      Statistic: 'Sum',
      Period: 3_600,
      Threshold: 5,
    });
  });

  test('serves requests signed with IAM credentials only, unless an issuer is configured', () => {
    const types = (of: Template) =>
      new Set(
        Object.values(of.findResources('AWS::ApiGateway::Method')).map(
          (one) => one.Properties.AuthorizationType,
        ),
      );
    expect(types(template)).toEqual(new Set(['AWS_IAM']));
    const oidc = synthesise({ oidcIssuer: 'https://issuer.example' }).template;
    expect(types(oidc)).toEqual(new Set(['NONE']));
    oidc.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ AUTH_MODE: 'oidc', OIDC_ISSUER: 'https://issuer.example' }),
      },
    });
  });

  test('keeps buckets, table and key when the stack is deleted, unless told otherwise', () => {
    const kept = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key'];
    const policies = (of: Template) =>
      kept.flatMap((type) => Object.values(of.findResources(type)).map((one) => one.DeletionPolicy));
    expect(new Set(policies(template))).toEqual(new Set(['Retain']));
    expect(new Set(policies(synthesise({ removal: 'destroy' }).template))).toEqual(new Set(['Delete']));
  });

  test('passes the checks of AWS Solutions, but for what is acknowledged with a reason', () => {
    const { app, stack } = synthesise();
    const { violations } = new AwsSolutionsChecks(app).validateScope(stack);
    expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
  });
});

function statementsOf(policy: {
  Properties?: { PolicyDocument?: { Statement?: Statement[] } };
}): Statement[] {
  return policy.Properties?.PolicyDocument?.Statement ?? [];
}

/** What a function's role allows on our resources, in short words and order, without key and traces. */
function grantsOf(template: Template, name: string): string[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
    id.startsWith(`${name}Role`),
  );
  const grants = policies
    .flatMap(([, policy]) => statementsOf(policy))
    .flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((resource) => `${action} ${shortName(resource)}`)),
    );
  const own = grants.filter(
    (grant) =>
      !/^(kms|xray|logs):|^s3:List|^sqs:(Receive|Delete|Change|Get)/.test(grant) && !grant.endsWith('?'),
  );
  return own.sort();
}

function shortName(resource: unknown): string {
  const text = JSON.stringify(resource);
  const [, bucket] = /(Uploads|Results)Bucket/.exec(text) ?? [];
  const [, prefix] = /"\/([a-z]+)\/\*"/.exec(text) ?? [];
  if (bucket !== undefined) return `${bucket.toLowerCase()}${prefix === undefined ? '' : `/${prefix}`}`;
  const [, index] = /\/index\/(gsi\d)/.exec(text) ?? [];
  if (index !== undefined) return index;
  const [, queue] = /"(\w+Queue)[A-F0-9]{8}"/.exec(text) ?? [];
  return queue ?? (text.includes('Records') ? 'table' : '?');
}
