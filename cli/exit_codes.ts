/** Exit codes of the command, stable for scripts; `--help` lists them. */
export const EXIT = {
  ok: 0,
  /** `--fail-on` matched, or `verify` found evidence that does not match. */
  matched: 1,
  usage: 2,
  unreadable: 3,
  /** The service could not be reached or answered with a problem. */
  service: 4,
  interrupted: 130,
} as const;

/** An error a person can act on: one sentence and the exit code; never shown with a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  constructor(sentence: string, exitCode: number, options?: ErrorOptions) {
    super(sentence, options);
    this.exitCode = exitCode;
  }
}
