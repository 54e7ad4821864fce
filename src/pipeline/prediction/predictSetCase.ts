/** One image's way through a set of networks: each in its turn, a cascade's second stage over the first, the mean of their probabilities, postprocessing. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TileNetwork } from '../../inference/slidingWindow';
import { InferenceError } from '../../inference/inferenceError';
import { addProbabilities, divideProbabilities, labelsOfProbabilities } from '../../method/meanProbabilities';
import { labelsOfStep, type PostprocessingStep } from '../../method/postprocessing';
import { makeScratch } from '../../storage/scratch';
import { keepLargestComponent } from '../../voxels/components';
import type { OnnxModel } from './predictModel';
import {
  finishCase,
  segmentCase,
  type CaseHooks,
  type CaseRequest,
  type PredictedLabels,
  type SegmentedCase,
} from './predictOnnxCase';

/** A member whose networks are open. */
export interface OpenMember {
  model: OnnxModel;
  networks: readonly TileNetwork[];
  previous?: number;
  isCounted: boolean;
}

interface OpenSet {
  members: readonly OpenMember[];
  postprocessing: readonly PostprocessingStep[];
}

export async function predictSetCase(
  { members, postprocessing }: OpenSet,
  request: CaseRequest,
  hooks: CaseHooks,
): Promise<PredictedLabels> {
  const counted = members.filter(({ isCounted }) => isCounted);
  const isMean = counted.length > 1;
  const scratch = await makeScratch('images');
  try {
    const masks = new Map<number, string>();
    let sum: SegmentedCase | undefined;
    for (const [at, member] of members.entries()) {
      const isFirstStage = members.some(({ previous }) => previous === at);
      const segmented = await segmentCase(
        member.model,
        member.networks,
        {
          ...request,
          previousLabels: member.previous === undefined ? undefined : masks.get(member.previous),
          // The second stage looks around the region, too.
          region: isFirstStage ? undefined : request.region,
          saveProbabilities: member.isCounted && isMean,
          preview: request.preview && at === 0,
        },
        hooks,
      );
      if (isFirstStage) {
        const output = join(scratch, String(at));
        const written = { ...segmented, labels: segmented.labels.slice(), probabilities: undefined };
        masks.set(at, (await finishCase(member.model, written, { output }, {})).file!);
      }
      if (member.isCounted) sum = added(sum, segmented, isMean);
    }
    const { model } = counted[0]!;
    const whole = isMean ? meanOf(sum!, counted.length, model) : sum!;
    for (const step of postprocessing) {
      const { segmentation } = await keepLargestComponent(whole.labels, whole.shape, labelsOfStep(step), hooks);
      whole.labels = segmentation;
    }
    return await finishCase(model, { ...whole, probabilities: undefined }, request, hooks);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Rounded to float32 after each step, in the order of the models, as nnU-Net does. */
function added(sum: SegmentedCase | undefined, one: SegmentedCase, isMean: boolean): SegmentedCase {
  if (!sum) return one;
  if (isMean && one.probabilities!.length !== sum.probabilities!.length) {
    throw new InferenceError('models-differ', 'The models can not be averaged: they give different labels', {
      hint: 'Export the set again.',
    });
  }
  addProbabilities(sum.probabilities!, one.probabilities!);
  // A stage that was segmented whole does not say which part is wanted.
  return { ...sum, region: sum.region ?? one.region };
}

function meanOf(sum: SegmentedCase, count: number, { labels }: OnnxModel): SegmentedCase {
  divideProbabilities(sum.probabilities!, count);
  return { ...sum, labels: labelsOfProbabilities(sum.probabilities!, labels), probabilities: undefined };
}
