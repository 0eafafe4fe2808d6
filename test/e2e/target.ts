import type { Stage } from '../../shared/cases/ports.ts';

/** A place the service runs, as the spec sees it. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** Sends a request with the credentials of an operator who may do everything. */
  request(method: string, path: string, options?: RequestOptions): Promise<Response>;
  /** Puts a message straight into a stage's queue: lost events found again, duplicates, garbage. */
  deliver(stage: Stage, body: string): Promise<void>;
  /** Bodies of the messages a stage has given up. */
  deadLetters(stage: Stage): Promise<readonly string[]>;
  /** Puts every dead letter of a stage back into its queue. */
  redrive(stage: Stage): Promise<void>;
  /** Keys of all objects left under a case, in both buckets. */
  objectsOf(caseId: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface RequestOptions {
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}
