/** Which models lie among the files of an archive or folder, and where does each file belong? By names alone: nothing is read. */
import { parseDatasetName } from '../../dataset/names';
import { parseFoldFolderName, parseModelFolderName, type Fold } from '../../dataset/results';

interface ArchivedFile {
  /** In the archive. */
  path: string;
  /** In the model's folder, or in the dataset's. */
  place: string;
}

interface ArchivedModel {
  /** The model's folder in the archive, with a slash behind it. */
  prefix: string;
  /** TRAINER__PLANS__CONFIGURATION; undefined where the folder is called otherwise: then the checkpoints tell. */
  name?: string;
  /** DatasetXXX_Name, where the folder above is called so. */
  dataset?: string;
  folds: Fold[];
  files: ArchivedFile[];
}

export interface ArchivedModels {
  models: ArchivedModel[];
  /** Of the datasets: what was chosen by comparison, and the pairs. */
  datasetFiles: ArchivedFile[];
  /** Files that are no part of a model. */
  leftOut: string[];
  /** The folder, or the file, of a model of nnU-Net's first version. */
  version1?: string;
}

/** What systems put beside people's files. */
const isOfSystem = (path: string): boolean =>
  /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._[^/]*$)/.test(path);

const checkpoint = /^checkpoint_(final|best|latest)\.(pth|safetensors)$/;
const ofFold = /^(debug\.json|progress\.png|network_architecture\.pdf|training_log_[\w-]+\.txt)$/;
const ofModel = /^(plans|dataset|dataset_fingerprint)\.json$/;
const ofDataset = /^inference_(information\.json|instructions\.txt)$/;
const ofComparison = /^(crossval_results_folds_[\w]+|ensembles\/ensemble___[^/]+)$/;
/** The only pickle that is taken over, after it was read as data. */
const steps = 'postprocessing.pkl';

export function archivedModels(paths: readonly string[]): ArchivedModels {
  const shown = paths.filter((path) => !isOfSystem(path));
  const models = modelPrefixes(shown).map(emptyModel);
  const datasets = new Set(models.map(({ prefix }) => parentOf(prefix)));
  const found: ArchivedModels = { models, datasetFiles: [], leftOut: [] };
  for (const path of shown) {
    const model = models.find(({ prefix }) => path.startsWith(prefix));
    const place = model && placeInModel(path.slice(model.prefix.length));
    if (model && place !== undefined) {
      model.files.push({ path, place });
      continue;
    }
    const dataset = [...datasets].find((one) => path.startsWith(one));
    const beside = model || dataset === undefined ? undefined : placeInDataset(path.slice(dataset.length));
    if (beside === undefined) found.leftOut.push(path);
    else found.datasetFiles.push({ path, place: beside });
  }
  for (const model of models) model.folds = foldsIn(model, shown);
  const first = models.length === 0 ? version1In(shown) : undefined;
  return { ...found, ...(first !== undefined && { version1: first }) };
}

/** Folders with plans.json and folds; and those of a model's name, though one of both may be missing. */
function modelPrefixes(paths: readonly string[]): string[] {
  const prefixes = new Set<string>();
  for (const path of paths) {
    const segments = path.split('/');
    const named = segments.slice(0, -1).findLastIndex((segment) => parseModelFolderName(segment) !== undefined);
    if (named >= 0) prefixes.add(`${segments.slice(0, named + 1).join('/')}/`);
    if (segments.at(-1) !== 'plans.json') continue;
    const prefix = path.slice(0, -'plans.json'.length);
    const hasFolds = paths.some((other) => other.startsWith(`${prefix}fold_`));
    if (hasFolds && ![...prefixes].some((one) => prefix.startsWith(one))) prefixes.add(prefix);
  }
  const holdsSome = (prefix: string): boolean =>
    paths.some((path) => path.startsWith(prefix) && placeInModel(path.slice(prefix.length)) !== undefined);
  return [...prefixes].filter(holdsSome).sort();
}

function emptyModel(prefix: string): ArchivedModel {
  const [own = '', above = ''] = prefix.split('/').slice(0, -1).reverse();
  const isNamed = parseModelFolderName(own) !== undefined;
  const isDataset = parseDatasetName(above) !== undefined;
  return { prefix, folds: [], files: [], ...(isNamed && { name: own }), ...(isDataset && { dataset: above }) };
}

function parentOf(prefix: string): string {
  return prefix.replace(/[^/]+\/$/, '');
}

/** @returns undefined for what is not taken over */
function placeInModel(rest: string): string | undefined {
  const segments = rest.split('/');
  if (!segments.every(isPlainName)) return undefined;
  const [first = '', second = '', third = ''] = segments;
  if (segments.length === 1) return ofModel.test(first) ? rest : undefined;
  if (segments.length === 2 && ofComparison.test(first)) return isResult(second) || second === steps ? rest : undefined;
  if (parseFoldFolderName(first) === undefined) return undefined;
  if (segments.length === 2) return checkpoint.test(second) || ofFold.test(second) ? rest : undefined;
  return segments.length === 3 && second === 'validation' && isResult(third) ? rest : undefined;
}

function placeInDataset(rest: string): string | undefined {
  const segments = rest.split('/');
  if (!segments.every(isPlainName)) return undefined;
  if (segments.length === 1) return ofDataset.test(rest) ? rest : undefined;
  const name = segments[2] ?? '';
  const isTaken = segments.length === 3 && (isResult(name) || name === steps);
  return isTaken && ofComparison.test(segments.slice(0, 2).join('/')) ? rest : undefined;
}

/** Masks and what was measured; probabilities are computed again where they are needed, and pickles are not taken from anybody. */
function isResult(name: string): boolean {
  return !/\.(npz|npy|pkl|pickle|pth|pt|py|so|dll|exe|sh|bat|cmd)$/i.test(name);
}

/** A name that every system takes for a file in this folder. */
function isPlainName(name: string): boolean {
  return name !== '' && !/[\u0000-\u001f\\:*?"<>|]|^\.|[. ]$/.test(name) && name.length <= 200;
}

function foldsIn({ prefix }: ArchivedModel, paths: readonly string[]): Fold[] {
  const names = paths.flatMap((path) => {
    const [name, ...rest] = path.startsWith(prefix) ? path.slice(prefix.length).split('/') : [];
    return name !== undefined && rest.length > 0 ? [name] : [];
  });
  const folds = [...new Set(names)].map(parseFoldFolderName).filter((fold) => fold !== undefined);
  return folds.sort((a, b) => (a === 'all' ? Infinity : a) - (b === 'all' ? Infinity : b));
}

function isVersion1(folderName: string): boolean {
  return /^nnUNetTrainerV2|__nnUNetPlansv2|__nnUNetPlans_v2/.test(folderName);
}

function version1In(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const folder = path.split('/').find((segment) => isVersion1(segment));
    if (folder !== undefined) return folder;
  }
  return paths.find((path) => /\.model(\.pkl)?$/.test(path));
}
