/** Refuses a misspelt configuration or plans name at once, not after an hour of measuring. */
import { readFile } from 'node:fs/promises';
import { preprocessedPaths } from '../dataset/preprocessed';
import type { DatasetReference } from '../dataset/references';
import { PlansError } from '../method/errors';
import { getConfiguration, readPlans } from '../method/plans';
import { plannerOf } from './plan';
import { didYouMean } from '../method/closest';
import { exists } from '../storage/exists';

const plannedConfigurations = ['2d', '3d_fullres', '3d_lowres', '3d_cascade_fullres'];

/** @throws PlansError `configuration-unknown`, `plans-missing` */
export async function requireConfiguration(
  dataset: DatasetReference,
  plansName: string,
  configuration: string,
): Promise<void> {
  const file = preprocessedPaths(dataset.preprocessed).plans(plansName);
  if (await exists(file)) {
    getConfiguration(readPlans(await readFile(file, 'utf8'), file), configuration);
    return;
  }
  if (!plannerOf(plansName)) {
    throw new PlansError('plans-missing', `There are no plans "${plansName}" for ${dataset.folderName}`, {
      where: file,
      hint: 'Make them with "nnunet plan".',
    });
  }
  if (plannedConfigurations.includes(configuration)) return;
  throw new PlansError('configuration-unknown', `There is no configuration "${configuration}"`, {
    hint: `${didYouMean(configuration, plannedConfigurations)} Plans have ${plannedConfigurations.join(', ')}.`.trim(),
  });
}
