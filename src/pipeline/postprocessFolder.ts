/** Decides on a folder of predictions of labelled cases which postprocessing helps, and applies one to any folder of masks. */
import { basename, join } from 'node:path';
import { isJsonWith, requireFreeFile } from '../dataset/outputPlace';
import { OutputFolder } from '../dataset/ownedOutputs';
import { postprocessingJson, postprocessingPickle, readPostprocessing } from '../dataset/postprocessingFile';
import { summarize, summaryToJson, type Summary } from '../method/evaluation';
import { LabelManager } from '../method/labels';
import type { DeterminedPostprocessing, PostprocessingStep } from '../method/postprocessing';
import { writeFileAtomic } from '../storage/atomicFile';
import { exists } from '../storage/exists';
import { describeMasks, maskWriter, masksIn, openMaskFolder, type MaskDescription } from './maskFolder';
import { determineStage, postprocessMasks } from './postprocess';
import type { StageContext } from './progress';

interface Described {
  /** Where they are not in the folder of masks. */
  plans?: string;
  datasetJson?: string;
  workers?: number;
}

interface DetermineOptions extends StageContext, Described {
  predictionFolder: string;
  referenceFolder: string;
}

/**
 * Leaves postprocessing.pkl and .json there, summary.json where it is not there, and in postprocessed/ the masks as they become.
 * @throws StorageError where a file of these names is none of nnU-Net's; EvaluationError; what reading throws
 */
export async function determineFolder(options: DetermineOptions): Promise<DeterminedPostprocessing & { file: string }> {
  const { predictionFolder: folder } = options;
  const description = await describeMasks(folder, options);
  const names = await masksIn(folder, description);
  const [pickle, json, summary] = ['postprocessing.pkl', 'postprocessing.json', 'summary.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await requireFreeFile(pickle, { isSuch: isPostprocessing });
  await requireFreeFile(json, { isSuch: (file) => isJsonWith(file, ['postprocessing_fns', 'postprocessing_kwargs']) });
  const output = join(folder, 'postprocessed');
  const outputs = await OutputFolder.open(output);
  await outputs.requireReplaceable([...names, 'summary.json'].map((name) => ({ name })));
  const determined = await determineStage({ ...options, ...description });
  const writer = maskWriter(outputs, description);
  await postprocessMasks({
    ...options,
    ...description,
    input: folder,
    names,
    steps: determined.steps,
    writeCase: writer,
  });
  await writer((scratch) =>
    writeFileAtomic(join(scratch, 'summary.json'), summaryToJson(ofMasksIn(output, determined.after, description))),
  );
  if (!(await exists(summary))) await writeFileAtomic(summary, summaryToJson(determined.before));
  await writeFileAtomic(json, postprocessingJson(determined));
  await writeFileAtomic(pickle, postprocessingPickle(determined.steps));
  return { ...determined, file: pickle };
}

async function isPostprocessing(file: string): Promise<boolean> {
  return readPostprocessing(file).then(
    () => true,
    () => false,
  );
}

/** The same measures of the same masks, where they lie in the end. */
function ofMasksIn(
  folder: string,
  { metric_per_case }: Summary,
  { datasetJson }: Pick<MaskDescription, 'datasetJson'>,
): Summary {
  const cases = metric_per_case.map((one) => ({
    ...one,
    prediction_file: join(folder, basename(one.prediction_file)),
  }));
  return summarize(cases, new LabelManager(datasetJson).foreground);
}

interface ApplyOptions extends StageContext, Described {
  input: string;
  output: string;
  steps: readonly PostprocessingStep[];
  /** The file that tells them: not to be written onto. */
  stepsFile: string;
}

/** @returns the cases. @throws as `describeMasks`, `openMaskFolder` */
export async function postprocessFolder(options: ApplyOptions): Promise<string[]> {
  const { input, output, stepsFile } = options;
  const description = await describeMasks(input, options);
  const names = await masksIn(input, description);
  const inputs = [input, stepsFile, ...names.map((name) => join(input, name)), ...description.files];
  const outputs = await openMaskFolder(output, names, description, inputs);
  await postprocessMasks({
    ...options,
    ...description,
    names,
    writeCase: maskWriter(outputs, description),
  });
  return names.map((name) => name.slice(0, -description.datasetJson.file_ending.length));
}
