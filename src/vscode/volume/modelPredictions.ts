/** Where do masks of a case lie that models of its dataset made? In nnU-Net's results, and where the command Predict puts them. */
import { t } from '@vscode/l10n';
import { posix } from 'node:path';
import { foldFolderName, parseFoldFolderName, parseModelFolderName } from '../../dataset/results';
import type { CaseContext } from './caseContext';
import { existing, foldersIn, type Files, type Surroundings } from './files';

const { basename, dirname, join } = posix;

interface ModelPrediction {
  path: string;
  /** Where no record says which model it was. */
  name: string;
  /** Where it lies says that it is of a training case. */
  isValidation: boolean;
}

/** @param isTraining  validation and cross-validation are of training cases only */
export async function modelPredictions(
  { datasetFolder, caseId, ending }: CaseContext,
  isTraining: boolean,
  { results }: Surroundings,
  files: Files,
): Promise<ModelPrediction[]> {
  if (!datasetFolder || !results) return [];
  const trained = join(results, basename(datasetFolder));
  const candidates = isTraining ? await validations(trained, caseId + ending, files) : [];
  const predicted = join(dirname(results), 'nnUNet_predictions', basename(datasetFolder));
  for (const name of await foldersIn(predicted, files))
    candidates.push({ path: join(predicted, name, caseId + ending), name, isValidation: false });
  const paths = candidates.map(({ path }) => path);
  const there = new Set(await existing(paths, files));
  return candidates.filter(({ path }) => there.has(path));
}

async function validations(trained: string, file: string, files: Files): Promise<ModelPrediction[]> {
  const found: Omit<ModelPrediction, 'isValidation'>[] = [];
  for (const model of await foldersIn(trained, files)) {
    const parsed = parseModelFolderName(model);
    if (!parsed) continue;
    const isPlain = parsed.trainer === 'nnUNetTrainer' && parsed.plans === 'nnUNetPlans';
    const title = isPlain ? parsed.configuration : `${parsed.configuration} (${parsed.trainer}, ${parsed.plans})`;
    for (const folder of await foldersIn(join(trained, model), files)) {
      const fold = parseFoldFolderName(folder);
      const inFold = (name: string): string => join(trained, model, folder, name, file);
      if (fold !== undefined) {
        const word = foldFolderName(fold).replace('_', ' ');
        found.push({ path: inFold('validation'), name: `${title}, ${word}` });
        found.push({ path: inFold('validation_best'), name: t('{0}, {1}, best checkpoint', title, word) });
      } else if (folder.startsWith('crossval_results')) {
        found.push({ path: join(trained, model, folder, file), name: `${title}, cross-validation` });
        found.push({ path: inFold('postprocessed'), name: t('{0}, postprocessed', title) });
      }
    }
  }
  for (const ensemble of await foldersIn(join(trained, 'ensembles'), files)) {
    found.push({ path: join(trained, 'ensembles', ensemble, file), name: t('Ensemble') });
  }
  return found.map((one) => ({ ...one, isValidation: true }));
}
