/** The stages before training, in order: check, fingerprint, plan, preprocess. Each runs only where its result is missing or stale. */
import { listPreprocessedCases, preprocessedPaths } from '../dataset/preprocessed';
import type { RawDataset } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { counted } from '../words/counted';
import { DatasetError, PlansError } from '../method/errors';
import { getConfiguration, type Configuration, type Plans } from '../method/plans';
import { exists } from '../storage/exists';
import { fingerprintStage } from './measureDataset';
import { requireCompleteCases } from './completeCases';
import { ensurePlans } from './plan';
import { preprocessStage, type PreprocessResult } from './preprocess';
import type { StageContext } from './progress';

export interface Prepared extends PreprocessResult {
  dataFolder: string;
  plans: Plans;
  configuration: Configuration;
}

/** Without the raw data, preprocessed data that is complete is used as it is. */
export async function prepareStage(
  dataset: DatasetReference,
  plansName: string,
  configurationName: string,
  context: StageContext & { workers?: number; keepPlans?: boolean },
): Promise<Prepared> {
  if (!dataset.exists.raw) return prepareWithoutRaw(dataset, plansName, configurationName, context);
  context.progress({ stage: 'check', state: 'started', message: dataset.folderName });
  const raw: RawDataset = await requireCompleteCases(dataset, context.warn);
  context.progress({ stage: 'check', state: 'done', message: counted(raw.cases.length, 'case') });
  const measured = await fingerprintStage(dataset, raw, context);
  const plans = await ensurePlans(dataset, plansName, measured, context);
  const configuration = trainableConfiguration(plans, configurationName);
  const result = await preprocessStage(dataset, measured, plans, configuration, context);
  return { ...result, dataFolder: result.folder, plans, configuration };
}

/** @throws PlansError `volumes-too-small`; nnU-Net plans such networks, and nobody can train them */
function trainableConfiguration(plans: Plans, name: string): Configuration {
  const configuration = getConfiguration(plans, name);
  const { arch_kwargs } = configuration.architecture;
  if (arch_kwargs.n_stages !== 1) return configuration;
  const patch = configuration.patch_size.join('x');
  throw new PlansError(
    'volumes-too-small',
    `Images of ${patch} voxels are too small for ${name}: a U-Net halves them`,
    {
      hint: 'Train another configuration, or on images with at least 8 voxels along two axes.',
    },
  );
}

async function prepareWithoutRaw(
  dataset: DatasetReference,
  plansName: string,
  configurationName: string,
  context: StageContext,
): Promise<Prepared> {
  const paths = preprocessedPaths(dataset.preprocessed);
  if (!(await exists(paths.plans(plansName)))) {
    throw new DatasetError(
      'raw-missing',
      `Neither the raw data of ${dataset.folderName} nor plans "${plansName}" are there`,
      {
        where: dataset.raw,
        hint: 'Import the data with "nnunet import", or check --root and --plans.',
      },
    );
  }
  const plans = await ensurePlans(dataset, plansName, undefined, context);
  const configuration = trainableConfiguration(plans, configurationName);
  const folder = paths.data(configuration.data_identifier);
  const cases = await listPreprocessedCases(folder);
  if (cases.length === 0) {
    throw new DatasetError('raw-missing', 'The raw data is not there, and nothing is preprocessed either', {
      where: dataset.raw,
      hint: 'Import the data with "nnunet import", or check --root.',
    });
  }
  return { folder, dataFolder: folder, cases: cases.length, preprocessed: 0, plans, configuration };
}
