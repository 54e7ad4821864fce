/** How much memory does a job take that does not say so itself? What was asked for tells it of predictions; other work takes little, or keeps to what is free. */
import { foreseenMemory } from '../pipeline/prediction/foreseenMemory';
import type { AnyJob } from './job';

/** A scheduler gives places itself, and other memory than this machine's. */
export async function withNeededMemory(job: AnyJob): Promise<AnyJob> {
  const { kind, request, launcher, resources } = job;
  if (kind !== 'predict' || launcher !== 'local' || request.isDryRun || resources.memoryBytes !== undefined) return job;
  const memoryBytes = await foreseenMemory(request);
  return memoryBytes === undefined ? job : { ...job, resources: { ...resources, memoryBytes: Math.ceil(memoryBytes) } };
}
