/** Gives a dataset the plans of another dataset or of a trained model: the first step of fine-tuning. */
import { mkdir, readFile } from 'node:fs/promises';
import { preprocessedPaths } from '../dataset/preprocessed';
import { readRawDataset } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { modelPaths } from '../dataset/results';
import { channelNames, readModelDatasetJson } from '../method/datasetJson';
import { PlansError } from '../method/errors';
import { validateFingerprint } from '../method/fingerprint';
import { parseJson } from '../method/jsonReader';
import { movedPlans, type MovedPlansTarget } from '../method/movedPlans';
import { readPlans } from '../method/plans';
import { plansToJson } from '../method/plansText';
import { writeFileAtomic } from '../storage/atomicFile';
import { exists } from '../storage/exists';
import { readerOf } from './measureDataset';

interface PlansSource {
  plans: string;
  /** Tells the names of the channels. */
  datasetJson: string;
}

/** Of a trained model's folder. @returns undefined for another folder */
export async function plansOfModel(folder: string): Promise<PlansSource | undefined> {
  const { plans, datasetJson } = modelPaths(folder);
  return (await exists(plans)) ? { plans, datasetJson } : undefined;
}

/** Of a dataset that was planned. */
export function plansOfDataset({ preprocessed }: DatasetReference, name: string): PlansSource {
  const paths = preprocessedPaths(preprocessed);
  return { plans: paths.plans(name), datasetJson: paths.datasetJson };
}

/**
 * @param name  of the new plans
 * @returns the file that was written
 * @throws PlansError `plans-missing`, `plans-exist`, `channel-not-measured`
 */
export async function movePlans(source: PlansSource, target: DatasetReference, name: string): Promise<string> {
  if (!(await exists(source.plans))) {
    throw new PlansError('plans-missing', 'There are no such plans to move', {
      where: source.plans,
      hint: 'Plan the dataset with "nnunet plan", or say which of its plans with --plans.',
    });
  }
  const file = preprocessedPaths(target.preprocessed).plans(name);
  if (await exists(file)) {
    throw new PlansError('plans-exist', `${target.folderName} has plans "${name}" already`, {
      where: file,
      hint: 'Nothing was changed. Choose another name with --as.',
    });
  }
  const plans = readPlans(await readFile(source.plans, 'utf8'), source.plans);
  const moved = movedPlans(plans, await channelsOf(source), await targetOf(target, name));
  await mkdir(target.preprocessed, { recursive: true });
  await writeFileAtomic(file, plansToJson(moved));
  return file;
}

async function channelsOf({ datasetJson }: PlansSource): Promise<string[] | undefined> {
  if (!(await exists(datasetJson))) return undefined;
  return channelNames(readModelDatasetJson(await readFile(datasetJson, 'utf8'), datasetJson));
}

async function targetOf(target: DatasetReference, plansName: string): Promise<MovedPlansTarget> {
  const raw = await readRawDataset(target.raw);
  const { fingerprint } = preprocessedPaths(target.preprocessed);
  const measured = (await exists(fingerprint))
    ? validateFingerprint(parseJson(await readFile(fingerprint, 'utf8'), fingerprint), fingerprint)
    : undefined;
  return {
    datasetName: target.folderName,
    plansName,
    reader: await readerOf(raw),
    channels: channelNames(raw.datasetJson),
    ...(measured && { measured }),
  };
}
