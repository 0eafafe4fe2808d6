/** How long things may take before the sweep looks at them. Seconds. */
export interface Deadlines {
  /** Life of a signed upload URL. */
  readonly upload: number;
  /** Life of an unfinished multipart upload. */
  readonly multipart: number;
  /** After the upload URL has expired, before an upload counts as never arrived: a PUT may have begun in time. */
  readonly arrival: number;
  /** One stage for one input, waiting in the queue included; longer than a function may run. */
  readonly work: number;
}

export const DEFAULT_DEADLINES: Deadlines = {
  upload: 3_600,
  multipart: 24 * 3_600,
  arrival: 1_800,
  work: 3_600,
};

/** Extractions begun for one bundle before the sweep gives it up. */
export const MAX_ATTEMPTS = 5;
