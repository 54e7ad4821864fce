/** Which image was a segmentation made for? What "compare" and "open with mask" show below it. */
import { posix } from 'node:path';
import { caseOfMask, madeFrom, type MaskOrigin, type PossibleCase } from '../../dataset/maskOrigin';
import { parseDatasetName } from '../../dataset/names';
import { imageFileName } from '../../dataset/rawDataset';
import { parseModelFolderName } from '../../dataset/results';
import { splitEnding } from '../../images/endings';
import { datasetFolderOf, readDatasetJson } from './caseContext';
import { existing, foldersIn, imagesIn, type Files, type Surroundings } from './files';
import { evidenceOf } from './maskEvidence';
import { imagesNamed } from './masksAround';
import { isNamedMask } from '../../dataset/pairedNames';

const { basename, dirname, join } = posix;

/** @returns undefined where there is none, or where nothing says which of several it is */
export async function imageOfSegmentation(
  path: string,
  around: Surroundings,
  files: Files,
): Promise<string | undefined> {
  const { origin, isOwnRecord } = await evidenceOf(path, files);
  const predictedOf = await predicted(path, origin, isOwnRecord, files);
  if (predictedOf !== undefined) return predictedOf;
  const own = await datasetFolderOf(path, files);
  const names = path.split('/');
  const named = names.find((part) => parseDatasetName(part));
  const datasets = [own, around.raw && named ? join(around.raw, named) : undefined].filter(
    (folder) => folder !== undefined,
  );
  const part = partByPlace(names);
  for (const dataset of [...new Set(datasets)]) {
    const cases = (await casesNamed(path, dataset, files)).filter((one) => part === undefined || one.part === part);
    const found = caseOfMask(origin, cases);
    if (found) return found.images[0];
    if (cases.length > 0) return undefined;
  }
  return (await beside(path, files)) ?? (await anywhere(path, origin, around, files));
}

type Part = 'training' | 'test';
type DatasetCase = PossibleCase & { part: Part };

/** nnU-Net validates on training cases; labels lie beside their images. */
function partByPlace(names: readonly string[]): Part | undefined {
  const folder = names.at(-2)!;
  if (folder === 'labelsTs') return 'test';
  const isValidation = names.some((name, at) => {
    return parseModelFolderName(name) !== undefined && /^(fold_|crossval_results)/.test(names[at + 1] ?? '');
  });
  return folder === 'labelsTr' || folder === 'gt_segmentations' || isValidation ? 'training' : undefined;
}

/** Cases of a dataset with the mask's name. */
async function casesNamed(mask: string, dataset: string, files: Files): Promise<DatasetCase[]> {
  const { stem, ending } = splitEnding(mask);
  const listed = (await readDatasetJson(dataset, files))?.dataset?.[stem];
  const images = (folder: string): string => join(dataset, folder, imageFileName(stem, 0, ending));
  const candidates: DatasetCase[] = [
    ...(listed?.images[0]
      ? [candidate(stem, posix.resolve(dataset, listed.images[0]), 'training', posix.resolve(dataset, listed.label))]
      : [candidate(stem, images('imagesTr'), 'training', join(dataset, 'labelsTr', stem + ending))]),
    candidate(stem, images('imagesTs'), 'test', join(dataset, 'labelsTs', stem + ending)),
  ];
  const there = new Set(
    await existing(
      candidates.map(({ images: [image] }) => image!),
      files,
    ),
  );
  return candidates.filter(({ images: [image] }) => there.has(image!));
}

function candidate(id: string, image: string, part: Part, label: string): DatasetCase {
  return { id, images: [image], label, part };
}

/** Where the record of the prediction says that the images lay. */
async function predicted(
  mask: string,
  { input = [] }: MaskOrigin,
  isOwnRecord: boolean,
  files: Files,
): Promise<string | undefined> {
  const { stem, ending } = splitEnding(mask);
  const folders = input.map((path) => (splitEnding(path).ending === '' ? path : dirname(path)));
  for (const folder of new Set(folders)) {
    const candidates = [imageFileName(stem, 0, ending), stem + ending].map((name) => join(folder, name));
    const [image] = await existing(
      candidates.filter((path) => path !== mask && madeFrom({ input }, { id: stem, images: [path] }) === 'this'),
      files,
    );
    if (image) return image;
  }
  // Its own record names the images of this mask, whatever it is called.
  const [first] = isOwnRecord ? input : [];
  return first !== undefined && first !== mask && (await files.exists(first)) ? first : undefined;
}

/** In the mask's folder, or in that of the images beside it. */
async function beside(mask: string, files: Files): Promise<string | undefined> {
  const own = await imagesIn(dirname(mask), files);
  const isMask = (path: string): boolean => path === mask || isNamedMask(basename(path));
  const [first] = imagesNamed(
    mask,
    own.filter(isMask),
    own.filter((path) => !isMask(path)),
  );
  if (first) return first;
  const above = dirname(dirname(mask));
  for (const folder of (await foldersIn(above, files)).filter((name) =>
    /^(images?|imgs?|imagesT[rs]|scans?|volumes?)$/i.test(name),
  )) {
    const [image] = imagesNamed(mask, own, await imagesIn(join(above, folder), files));
    if (image) return image;
  }
  return undefined;
}

/** Predictions somewhere in the workspace: the only case of this name in the datasets of the raw root. */
async function anywhere(
  mask: string,
  origin: MaskOrigin,
  { raw }: Surroundings,
  files: Files,
): Promise<string | undefined> {
  const datasets = raw ? await foldersIn(raw, files) : [];
  const cases = await Promise.all(datasets.map((dataset) => casesNamed(mask, join(raw!, dataset), files)));
  return caseOfMask(origin, cases.flat())?.images[0];
}
