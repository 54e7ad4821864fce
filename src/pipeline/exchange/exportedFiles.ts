/** Which files of a dataset's results go into an archive of some of its models? Those that nnU-Net's own export takes. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { foldFolderName, foldPaths, modelFolderName, modelPaths, type Fold } from '../../dataset/results';
import { readInferenceInformation } from '../../method/inferenceInformation';
import { exists } from '../../storage/exists';
import { choiceName } from './importPlace';

interface ExportedFold {
  fold: Fold;
  /** In nnU-Net's form, wherever it lies. */
  checkpoint: string;
  /** checkpoint_final.pth */
  checkpointName: string;
}

export interface ExportedModel {
  folder: string;
  folds: ExportedFold[];
}

interface ExportedFile {
  /** Below nnUNet_results, with slashes. */
  name: string;
  file: string;
}

interface ExportedFiles {
  files: ExportedFile[];
  /** Which of them is the best, and how it is used, is told with them. */
  isChosen: boolean;
}

/** @param withMasks  also those of the cases that each fold left out */
export async function exportedFiles(
  datasetResults: string,
  models: readonly ExportedModel[],
  withMasks: boolean,
): Promise<ExportedFiles> {
  const root = dirname(datasetResults);
  const files: ExportedFile[] = [];
  const add = async (file: string): Promise<void> => {
    if (await exists(file)) files.push({ name: file.slice(root.length + 1).replaceAll('\\', '/'), file });
  };
  const addResults = async (folder: string, names: readonly string[]): Promise<void> => {
    const all = withMasks
      ? (await namesIn(folder)).filter((name) => !isProbability(name) || names.includes(name))
      : names;
    for (const name of all) await add(join(folder, name));
  };
  for (const { folder, folds } of models) {
    for (const { fold, checkpoint, checkpointName } of folds) {
      const paths = foldPaths(modelPaths(folder).fold(fold));
      await add(paths.debug);
      files.push({
        name: [basename(datasetResults), basename(folder), foldFolderName(fold), checkpointName].join('/'),
        file: checkpoint,
      });
      await add(paths.progressPicture);
      await add(join(dirname(paths.debug), 'network_architecture.pdf'));
      await addResults(paths.validation, [basename(paths.summary)]);
    }
    for (const name of await namesIn(folder))
      if (isOfFolds(name, folds)) await addResults(join(folder, name), decisions);
    for (const key of ['plans', 'fingerprint', 'datasetJson'] as const) await add(modelPaths(folder)[key]);
  }
  const pairs = join(datasetResults, 'ensembles');
  for (const name of await namesIn(pairs)) if (isPairOf(name, models)) await addResults(join(pairs, name), decisions);
  const isChosen = await isChoiceOf(join(datasetResults, choiceName), models);
  if (isChosen) await add(join(datasetResults, choiceName));
  return { files, isChosen };
}

/** What was measured and decided in a comparison; plans and labels are those of the masks. */
const decisions = ['summary.json', 'postprocessing.pkl', 'postprocessing.json', 'plans.json', 'dataset.json'];

const isProbability = (name: string): boolean => /\.(npz|pkl)$/.test(name) || name.startsWith('.');

/** crossval_results_folds_0_1 of the folds 0, 1 and 2 */
function isOfFolds(name: string, folds: readonly ExportedFold[]): boolean {
  const [, text] = /^crossval_results_folds_([\d_]+)$/.exec(name) ?? [];
  return text !== undefined && includesAll(folds, text.split('_').map(Number));
}

/** ensemble___A___B___0_1, as nnU-Net takes it apart. */
function isPairOf(name: string, models: readonly ExportedModel[]): boolean {
  const [prefix, ...parts] = name.split('___');
  const folds = (parts.pop() ?? '').split('_').map(Number);
  if (prefix !== 'ensemble' || parts.length === 0) return false;
  return parts.every((part) => includesAll(models.find(({ folder }) => basename(folder) === part)?.folds ?? [], folds));
}

async function isChoiceOf(file: string, models: readonly ExportedModel[]): Promise<boolean> {
  if (!(await exists(file))) return false;
  const { selected, folds } = readInferenceInformation(await readFile(file, 'utf8'), file);
  const names = selected.map((name) => modelFolderName(name));
  return names.every((name) => includesAll(models.find(({ folder }) => basename(folder) === name)?.folds ?? [], folds));
}

function includesAll(folds: readonly ExportedFold[], wanted: readonly number[]): boolean {
  return wanted.every((one) => folds.some(({ fold }) => fold === one));
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.map(({ name }) => name).sort();
}
