import { Duration, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  type Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service_function.ts';
import type { StageQueue } from './stage_queue.ts';

export interface WatchProps {
  readonly key: IKey;
  readonly alarmEmail: string;
  readonly stages: Readonly<Record<string, StageQueue>>;
  readonly functions: Readonly<Record<string, ServiceFunction>>;
  readonly gateway: RestApi;
}

/** Work waiting this long means that a stage does not keep up or does not run. */
const TOO_OLD = Duration.hours(1);

/** Bundles cut short by a limit within an hour that ask for a look: an attack, or a limit that real bundles come to. */
const MANY_CUT_SHORT = 5;

/** Alarms that each ask for one action of the runbook (docs/operations.md), and a dashboard. */
export class Watch extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Alarms', { masterKey: props.key, enforceSSL: true });
    if (props.alarmEmail !== '') this.topic.addSubscription(new EmailSubscription(props.alarmEmail));
    const minutes = Duration.minutes(5);

    for (const [name, { queue, deadLetters }] of Object.entries(props.stages)) {
      this.#alarm(`${name}-dead-letters`, {
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: minutes, statistic: 'max' }),
        threshold: 1,
        description: `Messages of ${name} were given up. See "Dead letters" in docs/operations.md.`,
      });
      this.#alarm(`${name}-behind`, {
        metric: queue.metricApproximateAgeOfOldestMessage({ period: minutes, statistic: 'max' }),
        threshold: TOO_OLD.toSeconds(),
        description: `Work for ${name} waits for over an hour. See "A stage is behind" in docs/operations.md.`,
      });
    }
    for (const [name, { function: target }] of Object.entries(props.functions)) {
      this.#alarm(`${name}-errors`, {
        metric: target.metricErrors({ period: minutes, statistic: 'sum' }),
        threshold: 5,
        description: `The function ${name} fails. See "A function fails" in docs/operations.md.`,
      });
      this.#alarm(`${name}-throttled`, {
        metric: target.metricThrottles({ period: minutes, statistic: 'sum' }),
        threshold: 100,
        description: `The function ${name} is throttled. See "Concurrency" in docs/operations.md.`,
      });
    }
    this.#alarm('api-5xx', {
      // The average of this metric is the rate of failing requests.
      metric: props.gateway.metricServerError({ period: minutes, statistic: 'avg' }),
      threshold: 0.05,
      description: 'More than 5 % of API requests fail. See "The API fails" in docs/operations.md.',
    });

    this.#alarm('bundles-cut-short', {
      metric: this.#ofExtract('bundles_cut_short', Duration.hours(1)),
      threshold: MANY_CUT_SHORT,
      description: 'Limits cut the reading of several bundles short. See "Limits" in docs/operations.md.',
    });

    const stages = Object.entries(props.stages);
    const functions = Object.values(props.functions);
    new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          graph('Bundles read, by status', [this.#each('bundles', 'status')]),
          graph('Bytes', [
            this.#ofExtract('bytes_read', minutes).with({ label: 'taken from the bundles' }),
            this.#ofExtract('bytes_expanded', minutes).with({ label: 'out of the archives' }),
          ]),
        ],
        [
          graph('Limits hit, by limit', [this.#each('limit_hit', 'limit')]),
          graph(
            'Outcomes of the stages and of the sweep',
            [...Object.keys(props.stages), 'sweep'].map((name) => this.#each(`${name}_outcome`, 'outcome')),
          ),
        ],
        [
          graph(
            'Oldest work waiting (s)',
            stages.map(([label, { queue }]) => queue.metricApproximateAgeOfOldestMessage({ label })),
          ),
          graph(
            'Dead letters',
            stages.map(([label, { deadLetters }]) =>
              deadLetters.metricApproximateNumberOfMessagesVisible({ label }),
            ),
          ),
        ],
        [
          graph(
            'Duration, p95 (ms)',
            functions.map(({ function: target }) => target.metricDuration({ statistic: 'p95' })),
          ),
          graph(
            'Errors and throttles',
            functions.flatMap(({ function: target }) => [target.metricErrors(), target.metricThrottles()]),
          ),
        ],
        [
          graph('API requests', [
            props.gateway.metricCount(),
            props.gateway.metricClientError(),
            props.gateway.metricServerError(),
          ]),
          graph('API latency, p95 (ms)', [props.gateway.metricLatency({ statistic: 'p95' })]),
        ],
      ],
    });
  }

  /** A sum that Extract itself reports: powertools adds the service as a dimension. */
  #ofExtract(metricName: string, period: Duration): Metric {
    return new Metric({
      namespace: Stack.of(this).stackName,
      metricName,
      dimensionsMap: { service: 'extract' },
      statistic: 'sum',
      period,
    });
  }

  /** The sums of a metric of the functions for each value of a dimension, whatever values there are. */
  #each(metricName: string, dimension: string): IMetric {
    const schema = `{"${Stack.of(this).stackName}",${dimension},service}`;
    return new MathExpression({
      expression: `SEARCH('${schema} MetricName="${metricName}"', 'Sum', 300)`,
      label: '',
      usingMetrics: {},
    });
  }

  #alarm(id: string, options: { metric: Metric; threshold: number; description: string }): Alarm {
    const { metric, threshold, description } = options;
    const alarm = metric.createAlarm(this, id, {
      alarmDescription: description,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 12, period: Duration.minutes(5) });
}
