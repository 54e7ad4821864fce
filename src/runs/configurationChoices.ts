/** Which configurations of a dataset can be trained here, the recommended one first, with the time that each takes on this machine. */
import type { DatasetReference } from '../dataset/references';
import { coreInfo } from '../engine/core';
import { memoryState } from '../engine/machine';
import type { KnownTraining } from '../jobs/knownJob';
import { configurationFacts, recommend, type ConfigurationChoice } from './configurationFacts';
import { measuredSecondsPerEpoch } from './measuredTime';

/** @param earlier  trainings, which tell how long an epoch takes */
export async function configurationChoices(
  dataset: DatasetReference,
  { plans, device, earlier }: { plans: string; device: string; earlier: Promise<readonly KnownTraining[]> },
): Promise<ConfigurationChoice[]> {
  const [facts, trainsOnCpu, runs] = await Promise.all([
    configurationFacts(dataset, plans),
    trainsOnProcessor(device),
    earlier,
  ]);
  const choices = recommend(facts, { memoryBytes: memoryState().totalBytes, trainsOnCpu });
  return choices.map((choice) => {
    const { name: configuration, batchSize } = choice;
    const wanted = { dataset: dataset.folderName, plans, configuration, device, batchSize };
    const measured = measuredSecondsPerEpoch(wanted, runs);
    if (measured !== undefined) return { ...choice, secondsPerEpoch: measured, isMeasured: true };
    // Estimates are for the processor; a GPU is many times faster.
    return trainsOnCpu ? choice : { ...choice, secondsPerEpoch: undefined };
  });
}

export async function trainsOnProcessor(device: string): Promise<boolean> {
  if (device !== 'auto') return device === 'cpu';
  return coreInfo().then(
    ({ devices }) => devices.every((name) => name === 'cpu'),
    () => true, // That there is no engine is said when the training starts.
  );
}
