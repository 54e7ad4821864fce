/** What nnU-Net writes of a dataset's best model: inference_information.json for programs, inference_instructions.txt for people. */
import type { ModelName } from './bestConfiguration';
import { EvaluationError } from './errors';
import { parseJson } from './jsonReader';
import { pyFloat, stringifyJson } from './jsonWriter';
import { isObject } from './jsonShape';

export interface InferenceInformation {
  dataset: string;
  folds: number[];
  considered: ModelName[];
  ensembling: boolean;
  /** Mean Dice by identifier, in the order of the candidates. */
  results: Record<string, number>;
  /** Of the best, before and after postprocessing. */
  dice: { before: number; after: number };
  postprocessingFile: string;
  plansFile: string;
  /** One, or two whose probabilities are averaged. */
  selected: ModelName[];
}

export function inferenceInformationToJson(information: InferenceInformation): string {
  const { dataset, folds, considered, ensembling, results, dice, postprocessingFile, plansFile, selected } =
    information;
  const content = {
    folds,
    dataset_name_or_id: dataset,
    considered_models: considered,
    ensembling_allowed: ensembling,
    all_results: pyFloat(results),
    best_model_or_ensemble: {
      result_on_crossval_pre_pp: pyFloat(dice.before),
      result_on_crossval_post_pp: pyFloat(dice.after),
      postprocessing_file: postprocessingFile,
      some_plans_file: plansFile,
      selected_model_or_models: selected.map(({ configuration, trainer, plans }) => ({
        configuration,
        trainer,
        plans_identifier: plans,
      })),
    },
  };
  return stringifyJson(content, { sortKeys: true });
}

/** What a file tells of a choice. Its paths are left out: results may have been moved. */
export type WrittenChoice = Pick<InferenceInformation, 'selected' | 'folds' | 'considered' | 'results' | 'dice'>;

/**
 * As this program or nnU-Net wrote it. What is not told of the comparison is empty, or NaN.
 * @throws JsonError; EvaluationError `inference-information-invalid`
 */
export function readInferenceInformation(text: string, file: string): WrittenChoice {
  const read = parseJson(text, file);
  const value = isObject(read) ? read : {};
  const best = isObject(value.best_model_or_ensemble) ? value.best_model_or_ensemble : {};
  const { selected_model_or_models: chosen } = best;
  const { folds, considered_models: considered, all_results: results } = value;
  if (!Array.isArray(chosen) || chosen.length === 0 || !chosen.every(isModel)) throw invalid(file);
  if (!Array.isArray(folds) || folds.length === 0 || !folds.every((fold) => Number.isInteger(fold)))
    throw invalid(file);
  return {
    selected: chosen.map(({ configuration, trainer, plans_identifier: plans }) => ({ configuration, trainer, plans })),
    folds: folds as number[],
    considered: Array.isArray(considered) ? considered.flatMap((one) => modelNameOf(one) ?? []) : [],
    results: Object.fromEntries(
      Object.entries(isObject(results) ? results : {}).map(([identifier, dice]) => [identifier, numberOf(dice)]),
    ),
    dice: { before: numberOf(best.result_on_crossval_pre_pp), after: numberOf(best.result_on_crossval_post_pp) },
  };
}

function modelNameOf(value: unknown): ModelName | undefined {
  if (!isObject(value)) return undefined;
  const { configuration, trainer, plans } = value;
  const written = { configuration, trainer, plans_identifier: plans };
  return isModel(written)
    ? { configuration: written.configuration, trainer: written.trainer, plans: written.plans_identifier }
    : undefined;
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : NaN);

interface WrittenModel {
  configuration: string;
  trainer: string;
  plans_identifier: string;
}

/** Names become names of folders: they must be no paths. */
function isModel(value: unknown): value is WrittenModel {
  if (!isObject(value)) return false;
  const names = [value.configuration, value.trainer, value.plans_identifier];
  return names.every((name) => typeof name === 'string' && name !== '' && !/[\\/]|__|^\.+$/.test(name));
}

function invalid(where: string): EvaluationError {
  return new EvaluationError('inference-information-invalid', 'This file does not say which model was chosen', {
    where,
    hint: 'Choose it again with "nnunet find-best".',
  });
}

/** How new images are predicted with what was chosen, by this program and by nnU-Net. */
export function inferenceInstructions({
  dataset,
  folds,
  selected,
  postprocessingFile,
  plansFile,
}: InferenceInformation): string {
  const outputs = selected.map((_, at) => (selected.length > 1 ? `OUTPUT_FOLDER_MODEL_${at + 1}` : 'OUTPUT_FOLDER'));
  const predictions = selected.map(({ configuration, trainer, plans }, at) => {
    const options = [`-f ${folds.join(' ')}`, `-tr ${trainer}`, `-c ${configuration}`, `-p ${plans}`];
    if (selected.length > 1) options.push('--save_probabilities');
    return `nnUNetv2_predict -d ${dataset} -i INPUT_FOLDER -o ${outputs[at]} ${options.join(' ')}`;
  });
  const average =
    selected.length > 1
      ? ['', 'Average what they predicted:', '', `nnUNetv2_ensemble -i ${outputs.join(' ')} -o OUTPUT_FOLDER`]
      : [];
  return [
    'Predict new images with what was chosen, postprocessing and all:',
    '',
    `nnunet predict ${dataset} -i INPUT_FOLDER -o OUTPUT_FOLDER`,
    '',
    'The same with nnU-Net:',
    '',
    ...predictions,
    ...average,
    '',
    'Then postprocess:',
    '',
    `nnUNetv2_apply_postprocessing -i OUTPUT_FOLDER -o OUTPUT_FOLDER_PP -pp_pkl_file ${postprocessingFile} -plans_json ${plansFile}`,
    '',
  ].join('\n');
}
