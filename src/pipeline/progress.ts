/** How a stage tells its caller how far it is, and is told to end early. */
import type { StageName } from '../protocol/events';

export interface ProgressReport {
  stage: StageName;
  state: 'started' | 'progress' | 'done';
  done?: number;
  total?: number;
  message?: string;
}

export interface StageContext {
  /** Called often; the receiver thins out what it shows. */
  progress(report: ProgressReport): void;
  /** Something that the person should know but that stops nothing. */
  warn(code: string, message: string): void;
  signal?: AbortSignal;
}
