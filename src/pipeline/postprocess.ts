/** Stage "postprocess": finds out on predictions of labelled cases which small islands are to go, and removes them. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shape3 } from '../geometry/types';
import type { ReaderName } from '../images/types';
import { readSegmentation } from '../images/volumes';
import { writeSegmentation } from '../images/write';
import type { DatasetJson } from '../method/datasetJson';
import { caseMetrics, summarize, type CaseMetrics, type Summary } from '../method/evaluation';
import { LabelManager } from '../method/labels';
import {
  determinePostprocessing,
  labelsOfStep,
  type DeterminedPostprocessing,
  type PostprocessingStep,
} from '../method/postprocessing';
import { keepLargestComponent } from '../voxels/components';
import { confusionCounts, labelValues } from '../voxels/metrics';
import type { NativeOptions } from '../voxels/types';
import { forEachAtOnce } from './eachCase';
import { pairedNames } from './evaluate';
import { readMaskPair } from './maskPair';
import type { StageContext } from './progress';
import { roundedLabels } from './roundedLabels';

interface MaskKind {
  datasetJson: DatasetJson;
  reader: ReaderName;
}

interface DetermineOptions extends StageContext, MaskKind {
  predictionFolder: string;
  referenceFolder: string;
  workers?: number;
}

/** Nothing is written. @throws as `evaluateStage` */
export async function determineStage(options: DetermineOptions): Promise<DeterminedPostprocessing> {
  const { predictionFolder, referenceFolder, datasetJson, reader } = options;
  const names = await pairedNames(options);
  const labels = new LabelManager(datasetJson);
  const regions = labels.foreground.map((entry) => [entry].flat());
  const passes = labels.usesRegions ? labels.foreground.length + 1 : 3;
  const total = names.length * passes;
  let done = 0;
  options.progress({ stage: 'postprocess', state: 'started', done, total });
  const measure = async (lists: readonly PostprocessingStep[][]): Promise<Summary[]> => {
    const metrics = lists.map((): CaseMetrics[] => []);
    await forEachAtOnce(names, options, async (name, at, native) => {
      const files = { prediction_file: join(predictionFolder, name), reference_file: join(referenceFolder, name) };
      const pair = await readMaskPair(
        { reference: files.reference_file, prediction: files.prediction_file },
        reader,
        // As nnU-Net compares them: these are predictions of the very images.
        true,
        native,
      );
      const prediction = new Int32Array(pair.prediction.labels);
      for (const [index, steps] of lists.entries()) {
        const left = await applySteps(prediction, pair.shape, steps, native);
        const counts = await confusionCounts(pair.reference.labels, left, regions, labels.ignoreLabel, native);
        metrics[index]![at] = caseMetrics(counts, labels.foreground, files);
      }
      done += 1;
      options.progress({ stage: 'postprocess', state: 'progress', done: Math.min(done, total), total, message: name });
    });
    return metrics.map((cases) => summarize(cases, labels.foreground));
  };
  const determined = await determinePostprocessing(labels, measure);
  options.progress({ stage: 'postprocess', state: 'done', done: total, total });
  return determined;
}

/** A copy of which the steps have left what they leave, in order. */
async function applySteps<T extends Int32Array>(
  labels: T,
  shape: Shape3,
  steps: readonly PostprocessingStep[],
  native: NativeOptions,
): Promise<T> {
  let left = labels;
  for (const step of steps) left = (await keepLargestComponent(left, shape, labelsOfStep(step), native)).segmentation;
  return left;
}

interface ApplyOptions extends StageContext, MaskKind {
  input: string;
  /** File names of masks there. */
  names: readonly string[];
  steps: readonly PostprocessingStep[];
  workers?: number;
  /** Has a mask written: `write` gets its folder and returns the mask's name there. */
  writeCase(write: (folder: string) => Promise<string>): Promise<unknown>;
}

/** Writes each mask again as the steps leave it; without any step it is copied. */
export async function postprocessMasks({
  input,
  names,
  steps,
  reader,
  writeCase,
  ...context
}: ApplyOptions): Promise<void> {
  const total = names.length;
  let done = 0;
  context.progress({ stage: 'postprocess', state: 'started', done, total });
  await forEachAtOnce(names, context, async (name, _, native) => {
    const file = join(input, name);
    await writeCase(async (folder) => {
      if (steps.length === 0) await copyFile(file, join(folder, name));
      else await postprocessMask(file, join(folder, name), { steps, reader }, native);
      return name;
    });
    done += 1;
    context.progress({ stage: 'postprocess', state: 'progress', done, total, message: name });
  });
  context.progress({ stage: 'postprocess', state: 'done', done, total });
}

async function postprocessMask(
  file: string,
  output: string,
  { steps, reader }: Pick<ApplyOptions, 'steps' | 'reader'>,
  native: NativeOptions,
): Promise<void> {
  const { data, shape, properties } = await readSegmentation(file, reader);
  const shape3 = shape.slice(1) as Shape3;
  const { nonInteger, nonFinite } = await labelValues(data, native);
  const labels = nonInteger || nonFinite ? roundedLabels(data, shape3, file) : data;
  const left = await applySteps(new Int32Array(labels), shape3, steps, native);
  await writeSegmentation(output, new Uint16Array(left), shape3, properties, reader);
}
