import { Aws, Stack, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { ServiceFunction } from './service_function.ts';

type BucketName = 'uploads' | 'results';

/**
 * What functions may do, in the words of what they are for. The grants of the CDK allow whole buckets and tables;
 * these allow single actions on single prefixes and indexes.
 */
export class Grants {
  readonly #resources: { uploads: Bucket; results: Bucket; table: Table; key: IKey };
  readonly #keyed = new Set<ServiceFunction>();

  constructor(resources: { uploads: Bucket; results: Bucket; table: Table; key: IKey }) {
    this.#resources = resources;
  }

  /** Objects and their versions; listing the prefix makes an absent object a 404 and not a 403. */
  read(target: ServiceFunction, bucket: BucketName, prefixes: readonly string[]): void {
    this.#objects(target, bucket, prefixes, ['s3:GetObject', 's3:GetObjectVersion']);
    this.#bucket(target, bucket, prefixes, ['s3:ListBucket']);
  }

  write(target: ServiceFunction, bucket: BucketName, prefixes: readonly string[]): void {
    this.#objects(target, bucket, prefixes, ['s3:PutObject']);
  }

  /** Signing uploads, whole or in parts: whoever holds the URL acts with these rights. */
  upload(target: ServiceFunction, prefixes: readonly string[]): void {
    this.#objects(target, 'uploads', prefixes, [
      's3:PutObject',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ]);
  }

  /** Removing every version, and every unfinished upload, of a case. */
  purge(target: ServiceFunction, bucket: BucketName, prefixes: readonly string[]): void {
    this.#objects(target, bucket, prefixes, [
      's3:DeleteObject',
      's3:DeleteObjectVersion',
      's3:AbortMultipartUpload',
    ]);
    this.#bucket(target, bucket, prefixes, ['s3:ListBucketVersions', 's3:ListBucketMultipartUploads']);
  }

  records(target: ServiceFunction, actions: readonly string[], indexes: readonly string[] = []): void {
    const { table } = this.#resources;
    this.#allow(
      target,
      actions.map((action) => `dynamodb:${action}`),
      [table.tableArn],
    );
    if (indexes.length > 0) {
      this.#allow(
        target,
        ['dynamodb:Query'],
        indexes.map((index) => `${table.tableArn}/index/${index}`),
      );
    }
    this.#useKey(target);
  }

  send(target: ServiceFunction, queues: readonly IQueue[]): void {
    this.#allow(
      target,
      ['sqs:SendMessage'],
      queues.map(({ queueArn }) => queueArn),
    );
  }

  #objects(
    target: ServiceFunction,
    bucket: BucketName,
    prefixes: readonly string[],
    actions: readonly string[],
  ): void {
    const resources = prefixes.map((prefix) => this.#resources[bucket].arnForObjects(`${prefix}*`));
    this.#allow(target, actions, resources);
    this.#useKey(target);
    const logicalId = Stack.of(target).getLogicalId(this.#resources[bucket].node.defaultChild as CfnBucket);
    for (const prefix of prefixes) {
      Validations.of(target).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/${prefix}*]`,
        reason: 'Keys are generated per case; a function is bound to the prefixes it works on.',
      });
    }
  }

  #bucket(
    target: ServiceFunction,
    bucket: BucketName,
    prefixes: readonly string[],
    actions: readonly string[],
  ): void {
    target.function.addToRolePolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [this.#resources[bucket].bucketArn],
        conditions: { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
      }),
    );
  }

  /** The key only through the services that keep data with it, never by itself. */
  #useKey(target: ServiceFunction): void {
    if (this.#keyed.has(target)) return;
    this.#keyed.add(target);
    const services = ['s3', 'dynamodb', 'sqs'].map((service) => `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}`);
    target.function.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [this.#resources.key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': services } },
      }),
    );
  }

  #allow(target: ServiceFunction, actions: readonly string[], resources: readonly string[]): void {
    target.function.addToRolePolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources] }),
    );
  }
}
