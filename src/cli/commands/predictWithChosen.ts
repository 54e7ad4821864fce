/** Predicts with several networks, one job after the other: what was chosen for a dataset, or exported; their mean, the postprocessing. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { resolveDataset } from '../../dataset/references';
import { chosenPrediction } from '../../jobs/chosenPrediction';
import { exportedSetPrediction } from '../../jobs/exportedSetPrediction';
import type { PlannedJob } from '../../jobs/plannedJobs';
import type { CommonPrediction } from '../../jobs/predictionSteps';
import type { JobResults, PredictedFolder, WrittenMasks } from '../../jobs/results';
import { counted } from '../../words/counted';
import { readModelDatasetJson } from '../../method/datasetJson';
import { errorFromObject } from '../../method/errorObject';
import { chosenModel, type ChosenModel } from '../../pipeline/chosenModel';
import { exportedSetTitle } from '../../pipeline/prediction/exportedSet';
import type { CommandContext } from '../command';
import type { Output } from '../output';
import type { ParsedArguments } from '../parsedArguments';
import { rootsFor } from '../roots';
import { submitPlanned } from '../submitAndFollow';
import { tellPrediction } from './tellPrediction';

/** @returns the exit code */
export async function predictWithChosen(
  reference: string,
  request: CommonPrediction,
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<number> {
  const dataset = await resolveDataset(reference, rootsFor(parsed));
  const chosen = await chosenModel(dataset);
  context.output.note(chosenLine(chosen));
  return predictInSteps(await chosenPrediction(chosen, request), parsed, context);
}

/** Predicts with an exported set of .onnx files. @returns the exit code */
export async function predictWithSet(
  record: string,
  request: CommonPrediction,
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<number> {
  context.output.note(`${(await exportedSetTitle(record)) ?? 'A set of models'}, as exported.`);
  return predictInSteps(await exportedSetPrediction(record, request), parsed, context);
}

async function predictInSteps(
  planned: readonly PlannedJob[],
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<number> {
  const roots = rootsFor(parsed);
  const [last] = planned.slice(-1);
  if (last?.kind === 'predict') {
    const present = (result: PredictedFolder): number => tellPrediction(last.request, result, context.output);
    return submitPlanned<'predict'>({ planned, roots, parsed, present }, context);
  }
  const present = (result: WrittenMasks, earlier: readonly JobResults[keyof JobResults][]): Promise<number> =>
    tell(result, earlier, context.output);
  return submitPlanned<'ensemble' | 'postprocess'>({ planned, roots, parsed, present }, context);
}

function chosenLine({ members, folds, postprocessing, isCompared }: ChosenModel): string {
  const names = members.map((folder) => basename(folder)).join(' and ');
  const of = folds ? `, ${folds.length === 1 ? 'fold' : 'folds'} ${folds.join(', ')}` : '';
  const mean = members.length > 1 ? 'The mean of ' : '';
  const after = postprocessing === undefined ? '' : ', with postprocessing';
  return `${mean}${names}${of}${after}${isCompared ? '' : ' (the only model that is trained)'}.`;
}

async function tell(
  { folder, cases, segmentations = [] }: WrittenMasks,
  earlier: readonly JobResults[keyof JobResults][],
  output: Output,
): Promise<number> {
  // Of each member: the images are the same.
  const failed = new Map(
    earlier
      .flatMap((one) => ('failed' in one ? (one.failed as PredictedFolder['failed'])! : []))
      .map((one) => [one.case, one]),
  );
  for (const one of failed.values()) output.error(errorFromObject(one)!);
  const file = join(folder, 'dataset.json');
  const { file_ending: ending } = readModelDatasetJson(await readFile(file, 'utf8'), file);
  output.line(`Predicted ${counted(cases.length, 'case')}: ${folder}`);
  output.result({
    cases: cases.map((id) => ({ case: id, output: join(folder, `${id}${ending}`) })),
    ...(segmentations.length > 0 && { segmentations }),
    ...(failed.size > 0 && { failed: [...failed.values()] }),
  });
  return failed.size > 0 ? 1 : 0;
}
