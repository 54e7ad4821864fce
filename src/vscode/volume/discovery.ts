/** Finds what belongs to an opened image: its other channels, its label, predictions of it, and the names of the labels. */
import { posix } from 'node:path';
import { compareCodePoints, parseDatasetName } from '../../dataset/names';
import { isFast, modelText, parsePredictionRecord, predictionRecordName } from '../../dataset/predictionRecord';
import { caseIdOfImage, imageFileName } from '../../dataset/rawDataset';
import { foldFolderName, parseFoldFolderName, parseModelFolderName } from '../../dataset/results';
import { imageEndings, splitEnding } from '../../images/endings';
import {
  channelNames,
  labelColours,
  readModelDatasetJson,
  validateDatasetJson,
  type DatasetJson,
} from '../../method/datasetJson';
import { parseJson } from '../../method/json';
import { LabelManager, type LabelOrRegion } from '../../method/labels';
import type { LabelInfo, SegmentationInfo, SegmentationSource, Vec3 } from '../../protocol/volume';

/** The little that is asked of a file system, local or virtual. Paths are absolute, with `/`. */
export interface Files {
  /** Undefined for what is no folder or can't be read. */
  list(folder: string): Promise<{ name: string; isFolder: boolean }[] | undefined>;
  exists(file: string): Promise<boolean>;
  /** Undefined for what is not there. */
  readText(file: string): Promise<string | undefined>;
  /** Another one once the file was rewritten; undefined for what is not there. */
  version(file: string): Promise<string | undefined>;
}

export interface Surroundings {
  /** nnUNet_raw on the same file system. */
  raw?: string;
  /** nnUNet_results on the same file system; undefined where there is none. */
  results?: string;
  /** Workspace folders on the same file system. */
  workspaces: string[];
}

export interface FoundSegmentation extends SegmentationInfo {
  path: string;
}

/** Before its file was looked at. */
export type NamedSegmentation = Omit<FoundSegmentation, 'version'>;

type Named = Pick<FoundSegmentation, 'path' | 'source' | 'name'>;

/** What is known of an image by where it lies. */
export interface CaseContext {
  /** Folder of the raw dataset. */
  datasetFolder?: string;
  datasetJson?: DatasetJson;
  /** Without channel number. */
  caseId: string;
  /** As written, e.g. ".nii.gz". */
  ending: string;
  /** One per channel, the opened file among them. */
  channelFiles: string[];
  opened: number;
  channelNames: string[];
}

const { basename, dirname, join } = posix;

export async function findCase(path: string, files: Files): Promise<CaseContext> {
  const folder = dirname(path);
  const name = basename(path);
  const { stem, ending } = splitEnding(name);
  const datasetFolder = await datasetFolderOf(path, files);
  const datasetJson = await (datasetFolder ? readDatasetJson(datasetFolder, files) : namesBeside(path, files));
  const alone = { datasetFolder, datasetJson, ending, channelFiles: [path], opened: 0 };
  if (datasetJson?.dataset && datasetFolder) {
    for (const [id, entry] of Object.entries(datasetJson.dataset)) {
      const images = entry.images.map((file) => posix.resolve(datasetFolder, file));
      if (!images.includes(path)) continue;
      const names = channelNames(datasetJson);
      return { ...alone, caseId: id, channelFiles: images, opened: images.indexOf(path), channelNames: names };
    }
  }
  const caseId = caseIdOfImage(name, ending);
  if (caseId === undefined) return { ...alone, caseId: stem, channelNames: [] };
  const listed = (await files.list(folder)) ?? [];
  const siblings = listed
    .filter((entry) => !entry.isFolder && caseIdOfImage(entry.name, ending) === caseId)
    .map((entry) => entry.name)
    .sort(compareCodePoints);
  const names = datasetJson ? channelNames(datasetJson) : [];
  const isComplete = siblings.includes(name) && siblings.every((file, i) => file === imageFileName(caseId, i, ending));
  // Holes in the numbering: then the number is that of a patient, unless the dataset has several channels.
  if (!isComplete) return { ...alone, caseId: names.length > 1 ? caseId : stem, channelNames: [] };
  const channelFiles = siblings.map((file) => join(folder, file));
  return { ...alone, caseId, channelFiles, opened: siblings.indexOf(name), channelNames: names };
}

/** The raw dataset that a file lies in: the nearest folder above it that has a dataset.json and images or labels. */
async function datasetFolderOf(path: string, files: Files): Promise<string | undefined> {
  let folder = dirname(path);
  for (let step = 0; step < 4 && folder !== dirname(folder); step++, folder = dirname(folder)) {
    if (!(await files.exists(join(folder, 'dataset.json')))) continue;
    if (parseDatasetName(basename(folder)) || (await files.list(join(folder, 'imagesTr')))) return folder;
  }
  return undefined;
}

/** Models and folders of predictions keep a copy of dataset.json, which names the labels: CASE, fold_N/validation/CASE. */
async function namesBeside(path: string, files: Files): Promise<DatasetJson | undefined> {
  let folder = dirname(path);
  for (let step = 0; step < 3 && folder !== '/'; step++, folder = dirname(folder)) {
    const found = await readDatasetJson(folder, files, (text) =>
      readModelDatasetJson(text, 'dataset.json', 'evaluation'),
    );
    if (found) return found;
  }
  return undefined;
}

/** A damaged dataset.json costs the names only: the volume can be looked at. */
async function readDatasetJson(
  folder: string,
  files: Files,
  read: (text: string) => DatasetJson = (text) => validateDatasetJson(parseJson(text, 'dataset.json')),
): Promise<DatasetJson | undefined> {
  try {
    const text = await files.readText(join(folder, 'dataset.json'));
    return text === undefined ? undefined : read(text);
  } catch {
    return undefined;
  }
}

/** Label first, then predictions of models, then what lies about; each file once. */
export async function findSegmentations(
  context: CaseContext,
  around: Surroundings,
  files: Files,
): Promise<FoundSegmentation[]> {
  const found = new Map<string, NamedSegmentation>();
  const opened = context.channelFiles[context.opened]!;
  const add = (path: string, source: SegmentationSource, name: string): void => {
    if (found.has(path) || context.channelFiles.includes(path)) return;
    found.set(path, { id: idOf(path), path, source, name, detail: shortened(path, around) });
  };
  if (isOfLabels(opened)) {
    found.set(opened, openedAsLabels(opened, around));
  }
  for (const label of await labelsOf(context, files)) add(label, 'label', 'Label');
  const predictions = [
    ...(await modelPredictions(context, around, files)),
    ...(await inFoldersAround(context, around, files)),
  ];
  for (const { path, source, name } of await named(predictions, files)) add(path, source, name);
  for (const path of await besides(opened, context, files)) add(path, 'file', basename(path));
  return withVersions([...found.values()], files);
}

export function withVersions(found: readonly NamedSegmentation[], files: Files): Promise<FoundSegmentation[]> {
  return Promise.all(found.map(async (one) => ({ ...one, version: (await files.version(one.path)) ?? '' })));
}

export function chosenSegmentation(path: string, around: Surroundings): NamedSegmentation {
  return { id: idOf(path), path, source: 'file', name: basename(path), detail: shortened(path, around) };
}

/** The opened file, where it is a label map itself. */
export function openedAsLabels(path: string, around: Surroundings): NamedSegmentation {
  const detail = shortened(path, around);
  return { id: idOf(path), path, source: 'file', name: 'This file, as labels', detail, isOpened: true };
}

const idOf = (path: string): string => path;

function shortened(path: string, { workspaces, results }: Surroundings): string {
  const base = [...workspaces, ...(results ? [dirname(results)] : [])].find((folder) => path.startsWith(`${folder}/`));
  return base ? path.slice(base.length + 1) : path;
}

async function labelsOf({ datasetFolder, datasetJson, caseId, ending, channelFiles }: CaseContext, files: Files) {
  if (!datasetFolder) return [];
  const listed = datasetJson?.dataset?.[caseId]?.label;
  const candidates = [
    ...(listed ? [posix.resolve(datasetFolder, listed)] : []),
    ...['labelsTr', 'labelsTs'].map((folder) => join(datasetFolder, folder, caseId + ending)),
  ];
  return existing(
    candidates.filter((file) => !channelFiles.includes(file)),
    files,
  );
}

/** Validation results of every fold of every trained model of the dataset, and cross-validation folders. */
async function modelPredictions(
  { datasetFolder, caseId, ending }: CaseContext,
  { results }: Surroundings,
  files: Files,
): Promise<Named[]> {
  if (!datasetFolder || !results) return [];
  const trained = join(results, basename(datasetFolder));
  const candidates: { path: string; name: string }[] = [];
  for (const model of await foldersIn(trained, files)) {
    const parsed = parseModelFolderName(model);
    if (!parsed) continue;
    const isPlain = parsed.trainer === 'nnUNetTrainer' && parsed.plans === 'nnUNetPlans';
    const title = isPlain ? parsed.configuration : `${parsed.configuration} (${parsed.trainer}, ${parsed.plans})`;
    for (const folder of await foldersIn(join(trained, model), files)) {
      const fold = parseFoldFolderName(folder);
      const inFold = (name: string): string => join(trained, model, folder, name, caseId + ending);
      if (fold !== undefined) {
        const word = foldFolderName(fold).replace('_', ' ');
        candidates.push({ path: inFold('validation'), name: `${title}, ${word}` });
        candidates.push({ path: inFold('validation_best'), name: `${title}, ${word}, best checkpoint` });
      } else if (folder.startsWith('crossval_results')) {
        candidates.push({ path: join(trained, model, folder, caseId + ending), name: `${title}, cross-validation` });
        candidates.push({ path: inFold('postprocessed'), name: `${title}, postprocessed` });
      }
    }
  }
  for (const ensemble of await foldersIn(join(trained, 'ensembles'), files)) {
    candidates.push({ path: join(trained, 'ensembles', ensemble, caseId + ending), name: 'Ensemble' });
  }
  // Where the command Predict puts its results unless told otherwise.
  const predicted = join(dirname(results), 'nnUNet_predictions', basename(datasetFolder));
  for (const name of await foldersIn(predicted, files))
    candidates.push({ path: join(predicted, name, caseId + ending), name });
  const there = new Set(
    await existing(
      candidates.map(({ path }) => path),
      files,
    ),
  );
  return candidates.filter(({ path }) => there.has(path)).map((one) => ({ ...one, source: 'prediction' }));
}

const imageFolder = /^(imagesTr|imagesTs|labelsTr|labelsTs)$/;
const mostFolders = 300;

/** Folders beside the image and in the workspace that hold a file of the case's name. */
async function inFoldersAround(context: CaseContext, { workspaces }: Surroundings, files: Files): Promise<Named[]> {
  const own = dirname(context.channelFiles[context.opened]!);
  const parents = [
    ...new Set([own, dirname(own), ...(context.datasetFolder ? [context.datasetFolder] : []), ...workspaces]),
  ];
  const folders = new Set<string>();
  for (const parent of parents.filter((folder) => folder !== '/')) {
    folders.add(parent);
    for (const name of await foldersIn(parent, files)) {
      if (!imageFolder.test(name) && !name.startsWith('.') && name !== 'node_modules') folders.add(join(parent, name));
    }
    // Predictions are often collected: predictions/model_a/CASE.nii.gz
    for (const name of (await foldersIn(parent, files)).filter((folder) => isPredictionWord(folder)))
      for (const inner of await foldersIn(join(parent, name), files)) folders.add(join(parent, name, inner));
  }
  const candidates = [...folders].slice(0, mostFolders).map((folder) => join(folder, context.caseId + context.ending));
  const there = await existing(
    candidates.filter((path) => path !== context.channelFiles[context.opened]),
    files,
  );
  return Promise.all(
    there.map(async (path): Promise<Named> => {
      const isPrediction =
        isPredictionWord(dirname(path).split('/').slice(-2).join(' ')) ||
        (await files.exists(join(dirname(path), 'predict_from_raw_data_args.json'))) ||
        (await files.exists(join(dirname(path), 'plans.json')));
      return { path, source: isPrediction ? 'prediction' : 'file', name: folderTitle(path, context) };
    }),
  );
}

/** A label or prediction that was opened by itself: its values are labels, and have colours. */
const isOfLabels = (path: string): boolean =>
  /^(labelsTr|labelsTs|validation(_best)?|postprocessed)$/.test(basename(dirname(path))) ||
  isPredictionWord(basename(dirname(path)));

const isPredictionWord = (text: string): boolean => /pred|infer|output|result/i.test(text);

/** By the model where the folder says which, else as before; by the folder as well where two would be called the same. */
async function named(found: readonly Named[], files: Files): Promise<Named[]> {
  const once = found.filter(({ path }, index) => found.findIndex((one) => one.path === path) === index);
  const names = await Promise.all(once.map(async ({ path, name }) => (await modelOf(path, files)) ?? name));
  return once.map((one, index) => {
    const name = names[index]!;
    const isAlone = names.indexOf(name) === names.lastIndexOf(name);
    return { ...one, name: isAlone || name === one.name ? name : `${name} (${basename(dirname(one.path))})` };
  });
}

async function modelOf(path: string, files: Files): Promise<string | undefined> {
  const text = await files.readText(join(dirname(path), predictionRecordName));
  if (text === undefined) return undefined;
  const record = parsePredictionRecord(text);
  const model = modelText(record);
  return model !== undefined && isFast(record) ? `${model}, fast` : model;
}

function folderTitle(path: string, context: CaseContext): string {
  const base = context.datasetFolder ?? dirname(dirname(context.channelFiles[context.opened]!));
  const folder = dirname(path);
  return folder.startsWith(`${base}/`) ? folder.slice(base.length + 1) : folder.split('/').slice(-2).join('/');
}

const maskWords =
  /(^|[^a-z])(seg|segmentation|segmented|label|labels|labelmap|mask|masks|gt|groundtruth|annotation|manual|lesion|tumou?r|pred|prediction|aseg|aparc)([^a-z]|$)/i;

/** Files beside the image whose name is the image's and a word for a mask: CASE_seg.nii.gz, CASE-label.nrrd; mask.nii.gz. */
async function besides(opened: string, { caseId }: CaseContext, files: Files): Promise<string[]> {
  const listed = (await files.list(dirname(opened))) ?? [];
  const { stem } = splitEnding(basename(opened));
  const images = listed.filter(({ name, isFolder }) => !isFolder && isImage(name));
  // image.nii.gz beside mask.nii.gz: only in a small folder do such names mean one case.
  const isSmall = images.length <= 8;
  const core = (text: string): string => text.replace(/[_.-]?(image|img|scan|volume|ct|mr)$/i, '');
  const fits = (name: string): boolean => {
    const other = splitEnding(name).stem;
    if (other === stem || !maskWords.test(other)) return false;
    const base = [caseId, core(caseId)].find(
      (start) => start !== '' && other.toLowerCase().startsWith(start.toLowerCase()),
    );
    return isSmall || (base !== undefined && maskWords.test(other.slice(base.length)));
  };
  return images
    .filter(({ name }) => fits(name))
    .map(({ name }) => join(dirname(opened), name))
    .sort(compareCodePoints);
}

const isImage = (name: string): boolean => imageEndings.includes(splitEnding(name).ending.toLowerCase());

async function foldersIn(folder: string, files: Files): Promise<string[]> {
  const listed = (await files.list(folder)) ?? [];
  return listed
    .filter(({ isFolder }) => isFolder)
    .map(({ name }) => name)
    .sort(compareCodePoints);
}

async function existing(paths: readonly string[], files: Files): Promise<string[]> {
  const there = await Promise.all(paths.map((path) => files.exists(path)));
  return paths.filter((_, i) => there[i]);
}

/** Names of label values, and colours where the dataset, or a model made from it, gives any. */
export function labelInfos(
  datasetJson: DatasetJson | undefined,
  colours: Record<string, string> = datasetJson ? labelColours(datasetJson) : {},
): LabelInfo[] {
  if (!datasetJson) return [];
  const { labelNames, ignoreLabel } = new LabelManager(datasetJson);
  return [...labelNames]
    .filter(([value]) => value !== 0)
    .sort(([a], [b]) => a - b)
    .map(([value, name]) => ({ value, name, colour: parts(colours[name]), isIgnored: value === ignoreLabel }));
}

/** Red, green and blue of "#rrggbb". */
function parts(colour: string | undefined): Vec3 | undefined {
  return colour === undefined ? undefined : ([1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as Vec3);
}

/** What is compared in this dataset: its foreground labels or regions. */
export function comparedClasses(datasetJson: DatasetJson | undefined): {
  classes: { entry: LabelOrRegion; name: string }[];
  ignoreLabel?: number;
} {
  if (!datasetJson) return { classes: [] };
  const { foreground, foregroundNames, ignoreLabel } = new LabelManager(datasetJson);
  return { classes: foreground.map((entry, i) => ({ entry, name: foregroundNames[i]! })), ignoreLabel };
}

/**
 * The image that a segmentation was made for: what "compare" and "open with mask" show below it.
 * @returns undefined where there is none to be found
 */
export async function imageOfSegmentation(
  path: string,
  around: Surroundings,
  files: Files,
): Promise<string | undefined> {
  const { stem, ending } = splitEnding(basename(path));
  const { raw } = around;
  const parts = path.split('/');
  const datasetName = parts.find((part) => parseDatasetName(part));
  const own = await datasetFolderOf(path, files);
  const datasets = [own, raw && datasetName ? join(raw, datasetName) : undefined].filter(
    (folder) => folder !== undefined,
  );
  for (const dataset of datasets) {
    const listed = (await readDatasetJson(dataset, files))?.dataset?.[stem]?.images[0];
    const candidates = [
      ...(listed ? [posix.resolve(dataset, listed)] : []),
      ...['imagesTr', 'imagesTs'].map((folder) => join(dataset, folder, imageFileName(stem, 0, ending))),
    ];
    const [image] = await existing(candidates, files);
    if (image) return image;
  }
  // Predictions somewhere in the workspace: the case's name in any dataset of the raw root.
  for (const dataset of raw ? await foldersIn(raw, files) : []) {
    const candidates = ['imagesTs', 'imagesTr'].map((folder) =>
      join(raw!, dataset, folder, imageFileName(stem, 0, ending)),
    );
    const [image] = await existing(candidates, files);
    if (image) return image;
  }
  return undefined;
}
