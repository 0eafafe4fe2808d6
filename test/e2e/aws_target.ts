import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AwsClient } from 'aws4fetch';
import { z } from 'zod';
import type { Stage } from '../../shared/cases/ports.ts';
import type { RequestOptions, Target } from './target.ts';

/** What `cdk deploy --outputs-file` writes of our stack. */
export const Outputs = z.object({
  ApiUrl: z.url(),
  UploadsBucket: z.string(),
  ResultsBucket: z.string(),
  ExtractQueueUrl: z.url(),
  ExtractDeadLettersUrl: z.url(),
  AnalyzeQueueUrl: z.url(),
  AnalyzeDeadLettersUrl: z.url(),
  ReportQueueUrl: z.url(),
  ReportDeadLettersUrl: z.url(),
});
export type Outputs = z.infer<typeof Outputs>;

/** A deployed stack: in an AWS account, or in what answers at `AWS_ENDPOINT_URL`. Credentials from the environment. */
export function awsTarget(outputs: Outputs, env: Record<string, string | undefined>): Target {
  const endpoint = env.AWS_ENDPOINT_URL;
  const region = env.AWS_REGION ?? 'us-east-1';
  const url =
    endpoint === undefined ? outputs.ApiUrl.replace(/\/$/, '') : localApiUrl(outputs.ApiUrl, endpoint);
  const signer = new AwsClient({
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    ...(env.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: env.AWS_SESSION_TOKEN }),
    service: 'execute-api',
    region,
    retries: 0,
  });
  const s3 = new S3Client({ region });
  const sqs = new SQSClient({ region, useQueueUrlAsEndpoint: endpoint === undefined });
  const queues: Record<Stage, { queue: string; dead: string }> = {
    extract: { queue: outputs.ExtractQueueUrl, dead: outputs.ExtractDeadLettersUrl },
    analyze: { queue: outputs.AnalyzeQueueUrl, dead: outputs.AnalyzeDeadLettersUrl },
    report: { queue: outputs.ReportQueueUrl, dead: outputs.ReportDeadLettersUrl },
  };

  async function* dead(stage: Stage): AsyncGenerator<{ body: string; receipt: string }> {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: queues[stage].dead,
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    for (let left = Number(Attributes?.ApproximateNumberOfMessages ?? 0); left > 0; ) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queues[stage].dead,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 1,
        }),
      );
      if (Messages.length === 0) return;
      left -= Messages.length;
      for (const { Body, ReceiptHandle } of Messages) {
        if (Body !== undefined && ReceiptHandle !== undefined) yield { body: Body, receipt: ReceiptHandle };
      }
    }
  }

  return {
    name: endpoint === undefined ? 'aws' : `aws at ${endpoint}`,
    url,
    request: (method, path, { json, headers }: RequestOptions = {}) =>
      signer.fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    async deliver(stage, body) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queues[stage].queue, MessageBody: body }));
    },
    async deadLetters(stage) {
      const bodies = [];
      for await (const { body } of dead(stage)) bodies.push(body);
      return bodies;
    },
    async redrive(stage) {
      for await (const { body, receipt } of dead(stage)) {
        await sqs.send(new SendMessageCommand({ QueueUrl: queues[stage].queue, MessageBody: body }));
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queues[stage].dead, ReceiptHandle: receipt }));
      }
    },
    async objectsOf(caseId) {
      const listed = await Promise.all(
        [outputs.UploadsBucket, outputs.ResultsBucket].flatMap((Bucket) =>
          ['bundles', 'evidence', 'confirmations', 'analysis', 'reports'].map((folder) =>
            s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: `${folder}/${caseId}/` })),
          ),
        ),
      );
      return listed.flatMap(({ Versions = [], DeleteMarkers = [] }) =>
        [...Versions, ...DeleteMarkers].map(({ Key }) => Key ?? ''),
      );
    },
    async close() {
      s3.destroy();
      sqs.destroy();
    },
  };
}

/** Stand-ins for AWS serve a REST API under a path of their own endpoint. */
function localApiUrl(apiUrl: string, endpoint: string): string {
  const { hostname, pathname } = new URL(apiUrl);
  const [apiId] = hostname.split('.');
  const [, inPath] = /\/restapis\/([^/]+)\//.exec(pathname) ?? [];
  const stage = pathname.split('/').filter(Boolean)[0] ?? 'v1';
  return `${endpoint.replace(/\/$/, '')}/restapis/${inPath ?? apiId}/${inPath === undefined ? stage : 'v1'}/_user_request_`;
}
