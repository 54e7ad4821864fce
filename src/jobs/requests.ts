/** What each kind of job is asked for, as plain data: the same from the command line, from VS Code and from an assistant. Types only. */
import type { RunRequest } from './runFolder';

export interface JobRequests {
  train: RunRequest;
}
