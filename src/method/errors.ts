/** What went wrong, where, and what to do next: the errors a person reads, one class per domain. */

export interface ErrorDetails {
  /** What the person can do about it: one sentence, as it will be printed. */
  hint?: string;
  /** File (with line and column where known), case or key that the error is about. */
  where?: string;
  /** The key in the JSON file that the error is about, from the top: lets the editor underline it. */
  keyPath?: readonly (string | number)[];
  /** The error underneath, kept for logs. */
  cause?: unknown;
}

/**
 * Base of all errors that are meant for the user.
 * Anything else that is thrown is a defect of this program.
 */
export class NnunetError extends Error {
  /** Stable, kebab-case; tests and programs tell errors apart by it. */
  readonly code: string;
  /** Empty when there is nothing sensible to advise. */
  readonly hint: string;
  readonly where: string | undefined;
  readonly keyPath: readonly (string | number)[] | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint ?? '';
    this.where = details.where;
    this.keyPath = details.keyPath;
  }

  /** The error as the command line prints it after "error: ": `message (where). hint` in one line. */
  get oneLine(): string {
    const what = this.message.replace(/\s*\n\s*/g, ' ').replace(/\.$/, '');
    const where = this.where ? ` (${this.where})` : '';
    const hint = this.hint ? ` ${this.hint.replace(/\s*\n\s*/g, ' ')}` : '';
    return `${what}${where}.${hint}`;
  }
}

/** Raw data: dataset.json, labels, missing or unpaired files. */
export class DatasetError extends NnunetError {}
/** An image file that can't be read or written, or doesn't fit its neighbours. */
export class ImageError extends NnunetError {}
/** A fingerprint or plans file that is incomplete or contradicts itself, or data that can't be planned. */
export class PlansError extends NnunetError {}
/** Folds that can't be made or found. */
export class SplitsError extends NnunetError {}
/** Evaluation results that can't be computed or read. */
export class EvaluationError extends NnunetError {}
/** The native core: missing, failing, or a checkpoint it can't use. */
export class EngineError extends NnunetError {}
/** Runs: already active, not found, not stoppable. */
export class RunError extends NnunetError {}
/** Disk: no space, no permission, not found. */
export class StorageError extends NnunetError {}
/** Wrong use of a command: an option or argument that makes no sense (exit code 2). */
export class UsageError extends NnunetError {}
