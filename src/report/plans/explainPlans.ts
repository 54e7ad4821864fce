/** What did planning choose for a dataset, and why? In words, from the plans and what they were made of. */
import { t } from '@vscode/l10n';
import { getConfiguration, type Configuration, type Plans } from '../../method/plans';
import { NnunetError } from '../../method/errors';
import { LabelManager } from '../../method/labels';
import { trainingCost, type TrainingCost } from '../../pipeline/trainingCost';
import { threeDigits } from '../../words/quantities';
import type { Choice } from './explained';
import { explainSpacing } from './explainSpacing';
import { explainBatch, explainPatch } from './explainPatch';
import { explainNetwork } from './explainNetwork';
import { explainLoss, explainNormalization, explainResampling } from './explainImages';
import { axisNames, inImageOrder, sizeText } from './imageOrder';
import type { PlansMaterial } from './plansMaterial';

export interface ExplainedConfiguration {
  name: string;
  /** Absent where the configuration can't be used; then `problem` says why. */
  configuration?: Configuration;
  problem?: string;
  /** What it is for. */
  text: string;
  choices: Choice[];
  cost?: TrainingCost;
}

export interface ExplainedPlans {
  /** DatasetXXX_Name */
  dataset: string;
  plansName: string;
  text: string[];
  /** What was measured. */
  measured: [name: string, value: string][];
  configurations: ExplainedConfiguration[];
}

/** @param cores  of the processor that would train */
export function explainPlans(material: PlansMaterial, cores: number): ExplainedPlans {
  const { plans } = material;
  return {
    dataset: plans.dataset_name,
    plansName: plans.plans_name,
    text: [plannedBy(plans), orderOfAxes(plans)],
    measured: measured(material),
    configurations: Object.keys(plans.configurations).map((name) => explained(name, material, cores)),
  };
}

function explained(name: string, material: PlansMaterial, cores: number): ExplainedConfiguration {
  const { plans, datasetJson } = material;
  let configuration: Configuration;
  try {
    configuration = getConfiguration(plans, name);
  } catch (error) {
    if (!(error instanceof NnunetError)) throw error;
    return { name, problem: error.oneLine, text: purpose(name, plans), choices: [] };
  }
  const one = { ...material, name, configuration };
  const choices = [
    explainSpacing(one),
    explainPatch(one),
    explainNetwork(one),
    explainBatch(one),
    explainLoss(one),
    explainNormalization(one),
    explainResampling(one),
  ];
  const labels = datasetJson && new LabelManager(datasetJson);
  return {
    name,
    configuration,
    text: purpose(name, plans, configuration),
    choices: choices.filter((choice) => choice !== undefined),
    ...(labels && { cost: trainingCost(plans, { configuration, labels }, cores) }),
  };
}

function purpose(name: string, plans: Plans, configuration?: Configuration): string {
  const { inherits_from: parent } = plans.configurations[name]!;
  const previous = configuration?.previous_stage;
  if (typeof previous === 'string')
    return t('The second stage of a cascade: it gets the masks of {0} as a further input, and refines them.', previous);
  if (name === '2d') return t('A network that sees one slice at a time.');
  if (name === '3d_fullres') return t('A network that sees a block of the image at its full resolution.');
  if (name === '3d_lowres')
    return t(
      'A network that sees the image more coarsely, and so more of it at once: for images that are much larger than a patch.',
    );
  const own = Object.keys(plans.configurations[name]!).filter((key) => key !== 'inherits_from');
  return typeof parent === 'string'
    ? t('A configuration of your own: as {0}, but for {1}.', parent, own.join(', '))
    : t('A configuration of your own.');
}

function plannedBy({ experiment_planner_used: planner }: Plans): string {
  return t(
    'Planned by {0}: one rule after the other, from what was measured of the training cases. The same data give the same plans.',
    planner,
  );
}

function orderOfAxes(plans: Plans): string {
  const [first] = plans.transpose_forward;
  const order = t('Sizes are told as {0} of the image; the file has them the other way round.', 'x × y × z');
  if (first === 0) return order;
  const axis = ['z', 'y', 'x'][first]!;
  return `${order} ${t('The network sees the axis {0} first: along it, voxels are the longest.', axis)}`;
}

function measured({ plans, fingerprint, datasetJson }: PlansMaterial): [string, string][] {
  const rows: [string, string | undefined][] = [
    [t('Training cases'), fingerprint && String(fingerprint.spacings.length)],
    [
      t('Median size'),
      t('{0} voxels', sizeText(inImageOrder(plans.original_median_shape_after_transp, plans).map(Math.round))),
    ],
    [t('Median spacing'), `${sizeText(inImageOrder(plans.original_median_spacing_after_transp, plans))} mm`],
    [t('Spacings'), fingerprint && rangesText(fingerprint.spacings, 'mm')],
    [t('Sizes'), fingerprint && rangesText(fingerprint.shapes_after_crop, t('voxels'))],
    [
      t('Left after cropping'),
      fingerprint &&
        t(
          '{0} % of the voxels of the median case: what is 0 around the body is cut off',
          threeDigits(fingerprint.median_relative_size_after_cropping * 100),
        ),
    ],
    [t('Labels'), datasetJson && new LabelManager(datasetJson).foregroundNames.join(', ')],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** "x 0.7 to 1 mm, y …" of vectors in array order; one where all are alike. */
function rangesText(vectors: readonly (readonly number[])[], unit: string): string {
  return axisNames(3, { transpose_forward: [0, 1, 2] })
    .map((name, at) => {
      const values = vectors.map((vector) => vector[2 - at]!);
      const [low, high] = [Math.min(...values), Math.max(...values)].map(threeDigits) as [string, string];
      return low === high ? `${name} ${low}` : t('{0} {1} to {2}', name, low, high);
    })
    .join(', ')
    .concat(` ${unit}`);
}
