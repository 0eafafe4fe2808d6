import type { Analysis, Confirmation } from '../analysis/analysis.ts';
import type { ByteSource } from '../archive/source.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { ObjectEvent } from './object_event.ts';
import type { ObjectStore } from './object_store.ts';
import type { CaseRepository } from './repository.ts';

/** Structured log lines: ids, states, codes and numbers. Never content of a bundle, nor a customer's file name. */
export interface Log {
  info(message: string, fields: Record<string, unknown>): void;
  warn(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

/** Counts, durations and sizes for dashboard and alarms. */
export interface Meter {
  count(name: string, value: number, dimensions?: Record<string, string>): void;
  bytes(name: string, value: number, dimensions?: Record<string, string>): void;
  milliseconds(name: string, value: number, dimensions?: Record<string, string>): void;
}

export interface Clock {
  /** RFC 3339 in UTC, with milliseconds. */
  now(): string;
}

/** A later point in time, RFC 3339 in UTC. */
export function later(now: string, seconds: number): string {
  return new Date(Date.parse(now) + seconds * 1_000).toISOString();
}

/** The stages of the pipeline that are fed by object events through a queue each. */
export type Stage = 'extract' | 'analyze' | 'report';

/** Puts work back into a queue whose event was lost. */
export interface WorkQueue {
  send(stage: Stage, event: ObjectEvent): Promise<void>;
}

/** Everything of the outside world that the stages use. */
export interface Ports {
  readonly uploads: ObjectStore;
  readonly results: ObjectStore;
  readonly repository: CaseRepository;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** The core's functions, as the stages call them. */
export type Extract = (
  source: ByteSource,
  options: {
    bundleId: string;
    signal?: AbortSignal;
    onProgress?: (readBytes: number, totalBytes: number) => void;
  },
) => Promise<Evidence>;

export type Judge = (
  evidence: readonly Evidence[],
  options: { timezone: string; confirmations: readonly Confirmation[]; expectedNodes: readonly string[] },
) => Analysis;

/** One form of a report, or why it could not be made. */
export type RenderedReport = { readonly language: string; readonly format: string } & (
  | { readonly mediaType: string; readonly body: Uint8Array }
  | { readonly error: unknown }
);

/** An edition of the report that somebody has. */
export interface Edition {
  /** From 1. */
  readonly number: number;
  readonly at: string;
  readonly analysis: Analysis;
}

/** All reports of an analysis, one after another. */
export type RenderAll = (
  analysis: Analysis,
  options: { generatedAt: string; caseLabel: string; earlier: readonly Edition[] },
) => AsyncIterable<RenderedReport>;

/** Who a piece of work is done for: the queue message's id, and when the time for it ends. */
export interface Delivery {
  readonly messageId: string;
  /** Aborts shortly before the time limit of the function, so that what was read is kept. */
  readonly signal?: AbortSignal;
}
