/** postprocessing.pkl and postprocessing.json as nnU-Net writes and reads them. The pickle only names nnU-Net's one function; nothing is run. */
import { readFile } from 'node:fs/promises';
import { readPickle } from '../engine/pickle';
import { PickleGlobal, Tuple, tuple, type PickleValue } from '../engine/pickleValues';
import { writePickle } from '../engine/pickleWriter';
import { EvaluationError, NnunetError } from '../method/errors';
import type { Summary } from '../method/evaluation';
import { parseJson } from '../method/jsonReader';
import { isNumberList, isObject } from '../method/jsonShape';
import { pyFloat, stringifyJson } from '../method/jsonWriter';
import type { LabelOrRegion } from '../method/labels';
import type { DeterminedPostprocessing, PostprocessingStep, PostprocessingTrial } from '../method/postprocessing';
import { readError } from '../storage/diskErrors';

const keepLargest = new PickleGlobal(
  'nnunetv2.postprocessing.remove_connected_components',
  'remove_all_but_largest_component_from_segmentation',
);

const triedKey = 'nnunet_vscode_tried';

/** The pickle of ([functions], [arguments]) that nnU-Net applies in order. */
export function postprocessingPickle(steps: readonly PostprocessingStep[]): Buffer {
  const calls = steps.map((step): PickleValue => new Map([['labels_or_regions', argumentOf(step)]]));
  return writePickle(
    tuple(
      steps.map(() => keepLargest),
      calls,
    ),
    2,
  );
}

/** What nnU-Net writes for people beside it, Dice before and after, and the steps; and what else was tried, which is ours. */
export function postprocessingJson({ steps, trials, before, after }: DeterminedPostprocessing): string {
  const means = ({ foreground_mean, mean }: Summary) => ({
    foreground_mean: pyFloat(foreground_mean),
    mean: pyFloat(mean),
  });
  const content = {
    input_folder: means(before),
    postprocessed: means(after),
    postprocessing_fns: steps.map(() => keepLargest.name),
    postprocessing_kwargs: steps.map((step) => ({
      labels_or_regions: 'alone' in step ? step.alone : step.together,
    })),
    [triedKey]: trials.map(({ step, before, after, accepted }) => ({
      ...step,
      before: pyFloat(before),
      after: pyFloat(after),
      accepted,
    })),
  };
  return stringifyJson(content, { sortKeys: true });
}

/**
 * What was tried when the steps were decided on; nothing where nnU-Net did that, which does not tell.
 * @throws JsonError; StorageError
 */
export async function readTrials(file: string): Promise<PostprocessingTrial[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw readError(error, file);
  });
  const value = parseJson(text, file);
  const tried = isObject(value) ? value[triedKey] : undefined;
  return Array.isArray(tried) ? tried.flatMap((one) => trialOf(one) ?? []) : [];
}

function trialOf(value: unknown): PostprocessingTrial | undefined {
  if (!isObject(value)) return undefined;
  const { alone, together, before, after, accepted } = value;
  const step = isEntry(alone)
    ? { alone }
    : Array.isArray(together) && together.every(isEntry)
      ? { together }
      : undefined;
  if (!step || typeof before !== 'number' || typeof after !== 'number') return undefined;
  return { step, before, after, accepted: accepted === true };
}

function isEntry(value: unknown): value is LabelOrRegion {
  return typeof value === 'number' || isNumberList(value);
}

/** @throws EvaluationError `postprocessing-invalid`; EngineError as `readPickle`; StorageError */
export async function readPostprocessing(file: string): Promise<PostprocessingStep[]> {
  try {
    return stepsOf(readPickle(await readFile(file)), file);
  } catch (error) {
    if (error instanceof NnunetError && !error.where)
      throw new EvaluationError(error.code, error.message, { where: file, hint: error.hint, cause: error });
    throw readError(error, file);
  }
}

function stepsOf(value: PickleValue, file: string): PostprocessingStep[] {
  if (!(value instanceof Tuple) || value.length !== 2) throw invalid(file, 'it holds no pair of lists');
  const [functions, calls] = value;
  if (!Array.isArray(functions) || !Array.isArray(calls) || functions.length !== calls.length)
    throw invalid(file, 'it holds no list of functions with their arguments');
  return Array.from(functions, (callable, at) => {
    if (!(callable instanceof PickleGlobal) || callable.path !== keepLargest.path)
      throw invalid(file, 'it names another function than the one that keeps the largest component');
    return stepOf(calls[at]!, file);
  });
}

function stepOf(call: PickleValue, file: string): PostprocessingStep {
  const named = call instanceof Map ? new Map(call) : new Map<PickleValue, PickleValue>();
  const wanted = named.get('labels_or_regions');
  const background = named.get('background_label') ?? 0;
  named.delete('labels_or_regions');
  named.delete('background_label');
  if (wanted === undefined || named.size > 0 || background !== 0) throw invalid(file, 'a step has unknown arguments');
  if (Array.isArray(wanted) && !(wanted instanceof Tuple))
    return { together: Array.from(wanted, (entry) => entryOf(entry, file)) };
  return { alone: entryOf(wanted, file) };
}

function entryOf(value: PickleValue, file: string): LabelOrRegion {
  const label = (one: PickleValue): number => {
    if (typeof one === 'number' && Number.isSafeInteger(one)) return one;
    throw invalid(file, 'a label is no whole number');
  };
  return value instanceof Tuple ? Array.from(value, label) : label(value);
}

function argumentOf(step: PostprocessingStep): PickleValue {
  return 'alone' in step ? entryForPython(step.alone) : step.together.map(entryForPython);
}

/** A region is a tuple there. */
function entryForPython(entry: LabelOrRegion): PickleValue {
  return typeof entry === 'number' ? entry : tuple(...entry);
}

function invalid(where: string, what: string): EvaluationError {
  return new EvaluationError('postprocessing-invalid', `This is no postprocessing of nnU-Net: ${what}`, {
    where,
    hint: 'Determine it again with "nnunet find-best" or "nnunet postprocess".',
  });
}
