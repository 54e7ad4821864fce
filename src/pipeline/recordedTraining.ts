/** With which plans and labels a checkpoint was trained, as it says itself or the training's own notes beside it do. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { foldPaths, listCheckpoints } from '../dataset/results';
import { trainingOfPth } from '../engine/checkpoint';
import { readState, stateKey } from '../engine/checkpointState';
import { SafetensorsFile } from '../engine/safetensors';
import { readModelDatasetJson } from '../method/datasetJson';
import { NnunetError } from '../method/errors';
import { parseJson } from '../method/jsonReader';
import { stringifyJson } from '../method/jsonWriter';
import { isObject } from '../method/jsonShape';
import { getConfiguration, readPlans, useBatchNorm, type Configuration, type Plans } from '../method/plans';
import { trainedWith, type TrainedWith } from '../method/trainedWith';
import { exists } from '../storage/exists';
import { programName } from './debugFile';

/** @returns undefined for a checkpoint of which nothing tells it */
export async function recordedTraining(checkpoint: string): Promise<TrainedWith | undefined> {
  if (checkpoint.endsWith('.pth')) return trainingInPth(checkpoint);
  return (await trainingInSafetensors(checkpoint)) ?? trainingInDebugFile(dirname(checkpoint));
}

/** Of a fold: the same for all its checkpoints, of which some may be damaged. */
export async function recordedTrainingOfFold(foldFolder: string): Promise<TrainedWith | undefined> {
  for (const checkpoint of await listCheckpoints(foldFolder)) {
    const found = await whereReadable(() => recordedTraining(checkpoint));
    if (found) return found;
  }
  return trainingInDebugFile(foldFolder);
}

async function trainingInSafetensors(file: string): Promise<TrainedWith | undefined> {
  const checkpoint = await SafetensorsFile.open(file);
  try {
    if (checkpoint.metadata[stateKey] === undefined) return undefined;
    return readState(checkpoint.metadata, file).trainedWith ?? undefined;
  } finally {
    await checkpoint.close();
  }
}

async function trainingInPth(file: string): Promise<TrainedWith | undefined> {
  const found = await trainingOfPth(file);
  if (!found || !isObject(found.plans) || !isObject(found.datasetJson)) return undefined;
  const { configuration: configurationName, plans: plansValue, datasetJson: datasetValue, usesBatchNorm } = found;
  return whereReadable(() => {
    const plans = readPlans(plansValue, file);
    if (usesBatchNorm) useBatchNorm(plans, configurationName);
    return trainedWith({
      plans,
      configurationName,
      configuration: getConfiguration(plans, configurationName),
      datasetJson: readModelDatasetJson(stringifyJson(datasetValue), file),
    });
  });
}

/** Checkpoints of earlier versions do not tell it, but every start wrote this file. */
async function trainingInDebugFile(foldFolder: string): Promise<TrainedWith | undefined> {
  const file = foldPaths(foldFolder).debug;
  if (!(await exists(file))) return undefined;
  return whereReadable(async () => {
    const facts = parseJson(await readFile(file, 'utf8'), file);
    // nnU-Net's own file of this name holds Python's texts.
    if (!isObject(facts) || facts.program !== programName) return undefined;
    const read = (key: string): unknown => parseJson(String(facts[key]), file);
    return trainedWith({
      plans: read('plans_manager') as Plans,
      configurationName: String(facts.configuration_name),
      configuration: read('configuration_manager') as Configuration,
      datasetJson: readModelDatasetJson(String(facts.dataset_json), file),
    });
  });
}

/** A record in a form that is not known here tells nothing; what the checkpoint itself needs is checked where it is used. */
async function whereReadable(
  read: () => TrainedWith | undefined | Promise<TrainedWith | undefined>,
): Promise<TrainedWith | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}
