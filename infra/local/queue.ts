import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { ulid } from 'ulid';
import { z } from 'zod';

const Message = z.strictObject({
  id: z.string(),
  body: z.string(),
  receives: z.int().min(0),
  sentAt: z.number(),
});
type Message = z.infer<typeof Message>;

export interface DiskQueueOptions {
  directory: string;
  name: string;
  /** Deliveries before a message goes to the dead-letter queue. */
  maxReceives: number;
  /** Messages in work at the same time. */
  concurrency: number;
  /** Pause before the n-th redelivery, in milliseconds. */
  retryDelay: (receives: number) => number;
  /** Delays, in milliseconds, of the copies in which a message is delivered: for tests of at-least-once delivery. */
  copies?: (body: string) => readonly number[];
  handler: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
}

/**
 * A queue on disk with SQS's manners: at least once, redelivery, a dead-letter queue. A message is a file, written
 * before `send` answers and removed when its handler has succeeded; what was in work when the process died is
 * delivered again at the next start.
 */
export class DiskQueue {
  readonly #options: DiskQueueOptions;
  readonly #folder: string;
  readonly #deadFolder: string;
  readonly #waiting: Message[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #inWork = new Set<Promise<void>>();
  #running = false;

  constructor(options: DiskQueueOptions) {
    this.#options = options;
    this.#folder = join(options.directory, options.name);
    this.#deadFolder = join(options.directory, `${options.name}-dlq`);
  }

  /** Picks up what an earlier process left, and begins to deliver. */
  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await mkdir(this.#deadFolder, { recursive: true });
    for (const name of (await readdir(this.#folder)).sort()) {
      const file = join(this.#folder, name);
      if (name.endsWith('.json')) this.#waiting.push(await readMessage(file));
      else await rm(file, { force: true });
    }
    this.#running = true;
    this.#deliver();
  }

  async send(body: string): Promise<void> {
    for (const delay of this.#options.copies?.(body) ?? [0]) {
      const message = { id: ulid(), body, receives: 0, sentAt: Date.now() };
      await this.#write(message);
      this.#later(message, delay);
    }
  }

  /** Stops delivering and waits up to `graceMs` for what is in work; the rest is delivered at the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#running = false;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const grace = new Promise((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([Promise.allSettled(this.#inWork), grace]);
  }

  /** Messages that were given up, oldest first. */
  async deadLetters(): Promise<readonly { id: string; body: string; receives: number }[]> {
    const names = (await readdir(this.#deadFolder)).filter((name) => name.endsWith('.json')).sort();
    return Promise.all(names.map((name) => readMessage(join(this.#deadFolder, name))));
  }

  /** Puts every dead letter back; answers how many. */
  async redrive(): Promise<number> {
    const dead = await this.deadLetters();
    for (const { id, body } of dead) {
      await this.send(body);
      await rm(join(this.#deadFolder, `${id}.json`), { force: true });
    }
    return dead.length;
  }

  #later(message: Message, delay: number): void {
    if (delay <= 0) {
      this.#waiting.push(message);
      this.#deliver();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#waiting.push(message);
      this.#deliver();
    }, delay);
    this.#timers.add(timer);
  }

  #deliver(): void {
    while (this.#running && this.#inWork.size < this.#options.concurrency) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      const work = this.#work(message).finally(() => {
        this.#inWork.delete(work);
        this.#deliver();
      });
      this.#inWork.add(work);
    }
  }

  async #work(message: Message): Promise<void> {
    const received = { ...message, receives: message.receives + 1 };
    const file = join(this.#folder, `${message.id}.json`);
    await this.#write(received);
    let failed: boolean;
    try {
      const response = await this.#options.handler(eventOf(received, this.#options.name), CONTEXT);
      failed = response.batchItemFailures.length > 0;
    } catch {
      failed = true;
    }
    if (!failed) await rm(file, { force: true });
    else if (!this.#running) return;
    else if (received.receives >= this.#options.maxReceives) {
      await rename(file, join(this.#deadFolder, `${message.id}.json`));
    } else this.#later(received, this.#options.retryDelay(received.receives));
  }

  async #write(message: Message): Promise<void> {
    const file = join(this.#folder, `${message.id}.json`);
    await writeFile(`${file}.draft`, JSON.stringify(message));
    await rename(`${file}.draft`, file);
  }
}

async function readMessage(file: string): Promise<Message> {
  return Message.parse(JSON.parse(await readFile(file, 'utf8')));
}

function eventOf(message: Message, name: string): SQSEvent {
  return {
    Records: [
      {
        messageId: message.id,
        receiptHandle: message.id,
        body: message.body,
        attributes: {
          ApproximateReceiveCount: String(message.receives),
          SentTimestamp: String(message.sentAt),
          SenderId: 'local',
          ApproximateFirstReceiveTimestamp: String(message.sentAt),
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:local:000000000000:${name}`,
        awsRegion: 'local',
      },
    ],
  };
}

/** What a Lambda would be told; the embedded stack has no time limit of its own. */
const CONTEXT: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'local',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:local',
  memoryLimitInMB: '2048',
  awsRequestId: 'local',
  logGroupName: 'local',
  logStreamName: 'local',
  getRemainingTimeInMillis: () => Number.POSITIVE_INFINITY,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};
