/** What graph.json says of one job that waits. */
import type { ProcessIdentity } from '../storage/processes';
import { isJobId } from './jobFolder';

export interface JobFailure {
  code: string;
  message: string;
  hint: string;
  where?: string;
}

export interface GraphEntry {
  /** Of the job. */
  id: string;
  /** Devices belong to a machine: a job starts on the one where it was asked for. */
  host: string;
  /** Who is starting it just now, and on which of several devices. */
  starting?: ProcessIdentity & { device?: string };
  /** A scheduler of its own has it, and says this of it; it leaves the list when that is done with it. */
  handedOver?: { reason: string };
  /** Why it could not be started; it stays in the list until it is removed or tried again. */
  failure?: JobFailure;
}

export function isEntry(value: unknown): value is GraphEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { id, host, starting, handedOver, failure } = value as Partial<GraphEntry>;
  return (
    isJobId(id) &&
    typeof host === 'string' &&
    (starting === undefined || (typeof starting?.pid === 'number' && typeof starting.host === 'string')) &&
    (handedOver === undefined || typeof handedOver?.reason === 'string') &&
    (failure === undefined || typeof failure?.message === 'string')
  );
}
