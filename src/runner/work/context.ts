/** What is a job given besides its request, to say how far it is and to hear that it is to end? Types only. */
import type { StageContext } from '../../pipeline/progress';

export interface WorkContext extends StageContext {
  /** Aborted when the job is asked to stop: it ends as soon as it can, leaves nothing half-written, and throws. */
  signal: AbortSignal;
  /** A line for people, which is no warning. */
  note(message: string): void;
  /** Of the job itself: what programs that it starts have to say goes to `logFile` in it. */
  folder: string;
  logFile: string;
}
