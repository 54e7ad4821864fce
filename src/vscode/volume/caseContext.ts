/** To which case does an opened image belong? Its channels, and its dataset with the names of channels and labels. */
import { posix } from 'node:path';
import { caseOfOneChannel, channelExpectation } from '../../dataset/channelFiles';
import { compareCodePoints, parseDatasetName } from '../../dataset/names';
import { caseIdOfImage, imageFileName } from '../../dataset/rawDataset';
import { formatOf, splitEnding } from '../../images/endings';
import { channelNames, readModelDatasetJson, validateDatasetJson, type DatasetJson } from '../../method/datasetJson';
import { parseJson } from '../../method/jsonReader';
import type { Files } from './files';

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
  const names = datasetJson ? channelNames(datasetJson) : [];
  // IM_0000, IM_0001 are slices of one series: DICOM has these endings, or none.
  if ([undefined, 'dicom'].includes(formatOf(ending))) return { ...alone, caseId: stem, channelNames: [] };
  // Img_0000 and Img_0001 of a dataset with one channel are two patients.
  if (datasetJson && isOfOneChannel(datasetJson))
    return { ...alone, caseId: caseOfOneChannel(name, ending), channelNames: names };
  const caseId = caseIdOfImage(name, ending);
  if (caseId === undefined) return { ...alone, caseId: stem, channelNames: [] };
  const listed = (await files.list(folder)) ?? [];
  const siblings = listed
    .filter((entry) => !entry.isFolder && caseIdOfImage(entry.name, ending) === caseId)
    .map((entry) => entry.name)
    .sort(compareCodePoints);
  const isComplete = siblings.includes(name) && siblings.every((file, i) => file === imageFileName(caseId, i, ending));
  // Holes in the numbering: then the number is that of a patient, unless the dataset has several channels.
  if (!isComplete) return { ...alone, caseId: names.length > 1 ? caseId : stem, channelNames: [] };
  const channelFiles = siblings.map((file) => join(folder, file));
  return { ...alone, caseId, channelFiles, opened: siblings.indexOf(name), channelNames: names };
}

/** Whose files are numbered 0000, if at all. */
function isOfOneChannel(datasetJson: DatasetJson): boolean {
  const { count, keys } = channelExpectation(datasetJson);
  return count === 1 && keys === undefined;
}

/** The raw dataset that a file lies in: the nearest folder above it that has a dataset.json and images or labels. */
export async function datasetFolderOf(path: string, files: Files): Promise<string | undefined> {
  let folder = dirname(path);
  for (let step = 0; step < 4 && folder !== dirname(folder); step++, folder = dirname(folder)) {
    if (!(await files.exists(join(folder, 'dataset.json')))) continue;
    if (parseDatasetName(basename(folder)) || (await files.list(join(folder, 'imagesTr')))) return folder;
  }
  return undefined;
}

/** Models and folders of predictions keep a copy of dataset.json, which names the labels: CASE, fold_N/validation/CASE. */
export async function namesBeside(path: string, files: Files): Promise<DatasetJson | undefined> {
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
export async function readDatasetJson(
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
