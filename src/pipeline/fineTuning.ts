/** With which weights of a trained model does a new training begin? Of inputs and outputs, with those of the same names. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SampleRandom } from '../dataset/sample/random';
import { foldPaths, listCheckpoints, listFolds, type Fold } from '../dataset/results';
import { networkOf } from '../engine/checkpointFit';
import { readState, stateKey } from '../engine/checkpointState';
import { SafetensorsFile } from '../engine/safetensors';
import { requireSameBody, trainedPlaces, writeStartingWeights, type StartingPlaces } from '../engine/startingWeights';
import { EngineError } from '../method/errors';
import { networkNames, placesOf, type NetworkNames } from '../method/matchedNames';
import { trainedWith } from '../method/trainedWith';
import type { StartingWeights } from '../protocol/events';
import { asSafetensors } from './checkpoints';
import type { Model } from './modelFolder';
import { recordedTraining } from './recordedTraining';

/**
 * The checkpoint behind what a person names: a file, a fold's folder, or a model's.
 * @param fold  of the new training: the same one is taken where the model has it
 * @throws EngineError `checkpoint-missing`
 */
export async function startingCheckpoint(source: string, fold: Fold): Promise<string> {
  const info = await stat(source).catch(() => undefined);
  if (info?.isFile()) return source;
  const folds = info ? await listFolds(source) : [];
  const inOrder = [fold, 'all'].flatMap((wanted) => folds.filter((one) => one.fold === wanted));
  for (const folder of [source, ...inOrder.map((one) => one.folder), ...folds.map((one) => one.folder)]) {
    const [best] = info ? await listCheckpoints(folder) : [];
    if (best !== undefined) return best;
  }
  throw new EngineError(
    'checkpoint-missing',
    info ? 'There is no checkpoint in this folder' : 'There is no such checkpoint',
    {
      where: source,
      hint: 'Give a checkpoint (.pth or .safetensors), or the folder of a trained model or of one of its folds.',
    },
  );
}

/** What would be taken of a checkpoint, without its weights being read. @throws EngineError `checkpoint-mismatch` */
export async function describeStart(checkpoint: string, model: Model): Promise<StartingWeights> {
  return withTrained(checkpoint, async (trained) => (await plannedStart(checkpoint, trained, model)).description);
}

/**
 * Writes what the training begins with.
 * @param folder  of the fold; the caller removes the file when it is used
 */
export async function startingWeights(
  checkpoint: string,
  model: Model,
  { folder, seed }: { folder: string; seed: number },
): Promise<{ file: string; description: StartingWeights }> {
  const file = join(foldPaths(folder).control, 'starting_weights.safetensors');
  const random = new SampleRandom(seed, 1);
  const description = await withTrained(checkpoint, async (trained) => {
    const start = await plannedStart(checkpoint, trained, model);
    await writeStartingWeights(trained, networkOfModel(model), start.places, file, () => random.normal());
    return start.description;
  });
  return { file, description };
}

async function withTrained<T>(checkpoint: string, use: (trained: SafetensorsFile) => Promise<T>): Promise<T> {
  const trained = await SafetensorsFile.open(await asSafetensors(checkpoint));
  try {
    return await use(trained);
  } finally {
    await trained.close();
  }
}

function networkOfModel(model: Model) {
  return networkOf(model.plans, model.datasetJson, model.configurationName);
}

async function plannedStart(
  checkpoint: string,
  trained: SafetensorsFile,
  model: Model,
): Promise<{ places: StartingPlaces; description: StartingWeights }> {
  const network = networkOfModel(model);
  requireSameBody(trained, network);
  const recorded = await recordedTraining(checkpoint);
  const had = recorded && networkNames(recorded);
  const wanted = networkNames(trainedWith(model))!;
  const before = trainedPlaces(network, trained);
  const inputs = inputPlaces(wanted, had, before.inputs, network.inputChannels);
  const outputs = outputPlaces(wanted, had, before.outputs);
  const named = (isTaken: boolean): string[] => wanted.outputs.filter((_, index) => outputs[index]! >= 0 === isTaken);
  const channels = (isTaken: boolean): string[] =>
    wanted.channels.filter((_, index) => (typeof inputs[index] === 'number') === isTaken);
  const state = trained.metadata[stateKey] === undefined ? undefined : readState(trained.metadata, checkpoint);
  return {
    places: { inputs, images: had?.channels.length ?? before.inputs, outputs },
    description: {
      checkpoint,
      epoch: state?.epoch ?? null,
      outputs: { taken: named(true), fresh: named(false) },
      channels: { taken: channels(true), averaged: channels(false) },
    },
  };
}

/** Images by the names of their channels, others as the mean of all; the previous stage's labels by their names, others without effect. */
function inputPlaces(
  wanted: NetworkNames,
  had: NetworkNames | undefined,
  trainedInputs: number,
  count: number,
): StartingPlaces['inputs'] {
  const names = had?.channels ?? [];
  const images = placesOf(wanted.channels, names).map((place) => (place >= 0 ? place : ('mean' as const)));
  const labels = placesOf(wanted.labels, had?.labels ?? []).map((place) => {
    const input = names.length + place;
    return place >= 0 && input < trainedInputs ? input : ('zero' as const);
  });
  // Where nothing tells the names, as many channels are in the same order.
  if (!had && trainedInputs === count) return Array.from({ length: count }, (_, index) => index);
  return [...images, ...labels].slice(0, count);
}

/** Labels exclude each other and regions do not: what one learned is no start for the other. */
function outputPlaces(wanted: NetworkNames, had: NetworkNames | undefined, trainedOutputs: number): number[] {
  const none = wanted.outputs.map(() => -1);
  if (!had || had.usesRegions !== wanted.usesRegions || had.outputs.length !== trainedOutputs) return none;
  const places = placesOf(wanted.outputs, had.outputs);
  // Of the background alone, a head has learned nothing that would help.
  const isOfUse = places.some((place, index) => place >= 0 && wanted.outputs[index] !== 'background');
  return isOfUse ? places : none;
}

/** For the log: what is taken, and what is new. */
export function startWords({ checkpoint, epoch, outputs, channels }: StartingWeights): string {
  const parts = [
    `The training begins with the weights of ${checkpoint}${epoch === null ? '' : `, after epoch ${epoch}`}.`,
    outputs.taken.length > 0 ? `Outputs taken by name: ${outputs.taken.join(', ')}.` : 'Its outputs are new.',
    outputs.taken.length > 0 && outputs.fresh.length > 0 ? `New outputs: ${outputs.fresh.join(', ')}.` : '',
    channels.taken.length > 0 ? `Channels taken by name: ${channels.taken.join(', ')}.` : '',
    channels.averaged.length > 0
      ? `Channels that begin with the mean of the trained ones: ${channels.averaged.join(', ')}.`
      : '',
  ];
  return parts.filter(Boolean).join(' ');
}
