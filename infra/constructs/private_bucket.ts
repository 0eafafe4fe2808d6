import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface PrivateBucketProps {
  /** A literal name: the queues' policies name the bucket, and the bucket needs the queues, so neither can ask the other. */
  readonly bucketName: string;
  readonly key: IKey;
  readonly logs: Bucket;
  readonly keepDays: number;
  readonly removalPolicy: RemovalPolicy;
  /** Creation of objects under the prefix goes to the queue. */
  readonly notifications: readonly { prefix: string; queue: IQueue; policy: Construct }[];
}

/**
 * A bucket for customers' data: no public access, TLS only, encrypted, versioned, everything expires.
 *
 * Notifications are set on the bucket itself and not with `addEventNotification`, which would bring a custom
 * resource with a function of its own.
 */
export class PrivateBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: props.bucketName,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      encryption: BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      versioned: true,
      serverAccessLogsBucket: props.logs as IBucket,
      serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      removalPolicy: props.removalPolicy,
      lifecycleRules: [
        {
          expiration: Duration.days(props.keepDays),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(2),
        },
      ],
    });
    const resource = this.bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = {
      queueConfigurations: props.notifications.map(({ prefix, queue }) => ({
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      })),
    };
    for (const { policy } of props.notifications) resource.node.addDependency(policy);
  }
}
