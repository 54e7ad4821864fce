/** How long an epoch takes on this machine, from trainings that were made on it. */
import { hostname } from 'node:os';
import { readRecord, type RunRecord } from '../jobs/runFolder';
import type { KnownTraining } from '../jobs/knownJob';

const iterationsOfFullEpoch = 250;

interface Wanted {
  dataset: string;
  plans: string;
  configuration: string;
  /** As the person asks for it, e.g. "auto". */
  device: string;
  /** As planned. */
  batchSize?: number;
}

/**
 * Of an epoch as nnU-Net's recipe has it, by the latest training of this configuration here; undefined where there is none.
 * @param recordOf  run.json of a fold folder; undefined where another program trained it
 */
export function measuredSecondsPerEpoch(
  wanted: Wanted,
  trainings: readonly KnownTraining[],
  recordOf: (folder: string) => RunRecord | undefined = readableRecord,
): number | undefined {
  const latestFirst = trainings
    .filter(({ training, status }) => {
      return (
        training.dataset === wanted.dataset &&
        training.plans === wanted.plans &&
        training.configuration === wanted.configuration &&
        (status.secondsPerEpoch ?? 0) > 0
      );
    })
    .sort((a, b) => (b.status.updatedAt ?? '').localeCompare(a.status.updatedAt ?? ''));
  for (const { folder, status } of latestFirst) {
    const record = recordOf(folder);
    if (record?.host !== hostname() || record.options?.device !== wanted.device) continue;
    const { iterationsPerEpoch, batchSize = wanted.batchSize } = (record.schedule ?? {}) as {
      iterationsPerEpoch?: number;
      batchSize?: number;
    };
    if (!iterationsPerEpoch) continue;
    const samples = wanted.batchSize && batchSize ? wanted.batchSize / batchSize : 1;
    return status.secondsPerEpoch! * (iterationsOfFullEpoch / iterationsPerEpoch) * samples;
  }
  return undefined;
}

function readableRecord(folder: string): RunRecord | undefined {
  try {
    return readRecord(folder);
  } catch {
    return undefined; // Damaged: the view of trainings says so.
  }
}
