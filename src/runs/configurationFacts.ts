/** Which configurations of a dataset can be trained, which one is recommended and why, and what each takes. */
import { t } from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { preprocessedPaths } from '../dataset/preprocessed';
import { rawPaths } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { availableCores } from '../engine/machine';
import { validateDatasetJson, type DatasetJson } from '../method/datasetJson';
import { parseJson } from '../method/jsonReader';
import { LabelManager } from '../method/labels';
import { getConfiguration, readPlans, type Plans } from '../method/plans';
import { trainingBytes } from '../pipeline/resources';
import { secondsPerEpoch } from '../pipeline/trainingCost';
import { exists } from '../storage/exists';
import { likelyPlans } from './likelyPlans';

interface ConfigurationFacts {
  name: string;
  /** Nothing is planned yet: this is what the images' headers let expect. */
  isLikely?: boolean;
  /** Empty where nothing is known. */
  patchSize: number[];
  batchSize?: number;
  memoryBytes?: number;
  /** Of nnU-Net's 250 steps and 50 validation steps: measured here, or estimated for this machine's processor. */
  secondsPerEpoch?: number;
  isMeasured?: boolean;
  /** Trained first, for a cascade. */
  previousStage?: string;
}

export interface ConfigurationChoice extends ConfigurationFacts {
  isRecommended: boolean;
  why: string;
}

const preferred = ['3d_fullres', '2d', '3d_lowres', '3d_cascade_fullres'];

/** From the plans where there are some; otherwise what nnU-Net will probably plan for these images. */
export async function configurationFacts(
  dataset: DatasetReference,
  plansName: string,
  { cores = availableCores(), mostHeaders = 40 } = {},
): Promise<ConfigurationFacts[]> {
  const paths = preprocessedPaths(dataset.preprocessed);
  const plansFile = paths.plans(plansName);
  if (!(await exists(plansFile))) return likelyFacts(dataset, plansName, cores, mostHeaders);
  const plans = readPlans(await readFile(plansFile, 'utf8'), plansFile);
  const jsonFile = (await exists(paths.datasetJson)) ? paths.datasetJson : rawPaths(dataset.raw).datasetJson;
  const datasetJson = validateDatasetJson(parseJson(await readFile(jsonFile, 'utf8'), jsonFile), jsonFile);
  return factsOf(plans, datasetJson, cores);
}

/** Which configurations are surely planned, and what they will about take. */
async function likelyFacts(
  dataset: DatasetReference,
  plansName: string,
  cores: number,
  mostHeaders: number,
): Promise<ConfigurationFacts[]> {
  // Where the images can't be read, checking and planning will say why.
  const likely = await likelyPlans(dataset, plansName, mostHeaders).catch(() => undefined);
  if (!likely) return ['3d_fullres', '2d'].map((name) => ({ name, patchSize: [] }));
  return factsOf(likely.plans, likely.datasetJson, cores)
    .filter(({ name }) => name === '3d_fullres' || name === '2d')
    .map((facts) => ({ ...facts, isLikely: true }));
}

function factsOf(plans: Plans, datasetJson: DatasetJson, cores: number): ConfigurationFacts[] {
  const labels = new LabelManager(datasetJson);
  return Object.keys(plans.configurations)
    .map((name) => {
      const configuration = getConfiguration(plans, name);
      return {
        name,
        patchSize: configuration.patch_size,
        batchSize: configuration.batch_size,
        memoryBytes: trainingBytes({ configuration, labels }),
        secondsPerEpoch: secondsPerEpoch({ configuration, labels }, cores),
        previousStage: configuration.previous_stage,
      };
    })
    .sort((a, b) => order(a.name) - order(b.name));
}

/** The recommended one first. */
export function recommend(
  facts: readonly ConfigurationFacts[],
  machine: { memoryBytes: number; trainsOnCpu: boolean },
): ConfigurationChoice[] {
  const fits = ({ memoryBytes }: ConfigurationFacts): boolean =>
    !machine.trainsOnCpu || memoryBytes === undefined || memoryBytes <= machine.memoryBytes;
  const best =
    facts.find((one) => one.name === '3d_fullres' && fits(one)) ??
    facts.find((one) => one.name === '2d' && fits(one)) ??
    facts.find((one) => fits(one) && one.previousStage === undefined);
  const choices = facts.map((one) => ({
    ...one,
    isRecommended: one === best,
    why: reason(one, one === best, fits(one)),
  }));
  return choices.sort((a, b) => Number(b.isRecommended) - Number(a.isRecommended));
}

function reason({ name, previousStage }: ConfigurationFacts, isBest: boolean, fits: boolean): string {
  if (!fits) return t('needs more memory than this machine has');
  if (previousStage)
    return t('second stage of a cascade: refines the predictions of {0}, which is trained first', previousStage);
  switch (name) {
    case '3d_fullres':
      return t('sees neighbouring slices: the best for most datasets');
    case '2d':
      return isBest
        ? t('slice by slice: what suits these images and this machine')
        : t('slice by slice: faster, for thick slices or little memory');
    case '3d_lowres':
      return t('sees more of a large image at once, at lower resolution');
    default:
      return t('a configuration of your own in the plans');
  }
}

function order(name: string): number {
  const at = preferred.indexOf(name);
  return at < 0 ? preferred.length : at;
}
