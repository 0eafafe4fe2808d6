import type { Deadlines } from '../cases/deadlines.ts';
import type { Ports, WorkQueue } from '../cases/ports.ts';
import type { Authenticate } from './access.ts';

/** A form a report is kept in. */
export interface ReportFormat {
  readonly format: string;
  /** `text/html; charset=utf-8` and the like. */
  readonly mediaType: string;
  readonly extension: string;
}

export interface ApiPorts extends Ports {
  readonly authenticate: Authenticate;
  readonly deadlines: Deadlines;
  /** Takes cases to be judged again. */
  readonly queue: WorkQueue;
  /** The knowledge that cases are judged with now, as `identifiedKnowledge` names it. */
  readonly knowledgeVersion: string;
  /** Forms of the report, the preferred first. */
  readonly formats: readonly ReportFormat[];
  /** A new lower-case ULID. */
  readonly newId: () => string;
  /** Answers larger than this are redirected to a short-lived download URL. */
  readonly maxAnswerBytes: number;
}
