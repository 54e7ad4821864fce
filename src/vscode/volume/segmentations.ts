/** Which segmentations does an opened image have, and what is each: the reference, a model's, or somebody's? */
import { t } from '@vscode/l10n';
import { posix } from 'node:path';
import { caseOfMask, type MaskOrigin, type PossibleCase } from '../../dataset/maskOrigin';
import { imageFileName } from '../../dataset/rawDataset';
import type { DatasetJson } from '../../method/datasetJson';
import type { LabelInfo, SegmentationInfo, SegmentationSource } from '../../protocol/volume';
import type { CaseContext } from './caseContext';
import { existing, type Files, type SearchedFiles, type Surroundings } from './files';
import { labelInfos } from './labelNames';
import { evidenceOf, type MaskEvidence } from './maskEvidence';
import { masksAround } from './masksAround';
import { modelPredictions } from './modelPredictions';

export interface FoundSegmentation extends SegmentationInfo {
  path: string;
  /** Of the model that made it, or of where it lies. */
  datasetJson?: DatasetJson;
}

const { basename, dirname, join } = posix;

/** The label first, then predictions of models, then what lies about; each file once. */
export async function findSegmentations(
  context: CaseContext,
  around: Surroundings,
  files: SearchedFiles,
): Promise<FoundSegmentation[]> {
  const opened = context.channelFiles[context.opened]!;
  const found = new Map<string, Named>();
  const add = (one: Named): void => {
    if (!found.has(one.path) && !context.channelFiles.includes(one.path)) found.set(one.path, one);
  };
  const itself = await openedAsLabels(opened, context, around, files);
  const labels = await labelsOf(context, files);
  for (const path of labels) add({ path, source: 'label', name: t('Label') });
  const isOfCase = await judge(context, labels[0], files);
  const [predicted, beside] = await Promise.all([
    modelPredictions(context, subsetOf(context) !== 'test', around, files),
    masksAround(context, around, files),
  ]);
  const others: Named[] = [];
  for (const { path, name, isValidation } of predicted) {
    const evidence = await evidenceOf(path, files);
    if (isValidation || isOfCase(evidence.origin))
      others.push({ path, source: 'prediction', name: evidence.model ?? name, evidence });
  }
  for (const path of beside) {
    const evidence = await evidenceOf(path, files);
    const { isPrediction, origin, model } = evidence;
    if (!isOfCase(origin) || !(isPrediction || (await files.holdsLabels(path)))) continue;
    const source = sourceOf(path, evidence);
    others.push({ path, source, name: model ?? placeName(path, context), evidence });
  }
  for (const one of toldApart(others)) add(one);
  const described = [...found.values()].map((one) => describe(one, context, around, files));
  return [...(itself.source === 'file' ? [] : [itself]), ...(await Promise.all(described))];
}

/** A file that the person chose. */
export async function chosenSegmentation(
  path: string,
  context: CaseContext | undefined,
  around: Surroundings,
  files: Files,
): Promise<FoundSegmentation> {
  const evidence = await evidenceOf(path, files);
  const name = evidence.model ?? basename(path);
  return describe({ path, name, source: sourceOf(path, evidence), evidence }, context, around, files);
}

/** The opened file, where it is a label map itself. */
export async function openedAsLabels(
  path: string,
  context: CaseContext | undefined,
  around: Surroundings,
  files: Files,
): Promise<FoundSegmentation> {
  const evidence = await evidenceOf(path, files);
  const named = { path, name: t('This file, as labels'), source: sourceOf(path, evidence), evidence };
  return { ...(await describe(named, context, around, files)), isOpened: true };
}

interface Named {
  path: string;
  source: SegmentationSource;
  name: string;
  evidence?: MaskEvidence;
}

async function describe(
  { path, source, name, evidence }: Named,
  context: CaseContext | undefined,
  around: Surroundings,
  files: Files,
): Promise<FoundSegmentation> {
  const { isOfRegion, datasetJson = context?.datasetJson } = evidence ?? {};
  const labels: LabelInfo[] | undefined = evidence?.labels ?? (datasetJson && labelInfos(datasetJson));
  return {
    id: path,
    path,
    source,
    name,
    detail: shortened(path, around),
    version: (await files.version(path)) ?? '',
    ...(labels && { labels }),
    ...(isOfRegion && { isOfRegion }),
    ...(datasetJson && { datasetJson }),
  };
}

/** nnU-Net's folders of references. */
const isReferenceFolder = (folder: string): boolean => /^labelsT[rs]$/.test(basename(folder));

function sourceOf(path: string, { isPrediction }: MaskEvidence): SegmentationSource {
  if (isReferenceFolder(dirname(path))) return 'label';
  return isPrediction ? 'prediction' : 'file';
}

function shortened(path: string, { workspaces, results }: Surroundings): string {
  const base = [...workspaces, ...(results ? [dirname(results)] : [])].find((folder) => path.startsWith(`${folder}/`));
  return base ? path.slice(base.length + 1) : path;
}

/** A file beside the image by its own name, others by their folder. */
function placeName(path: string, { datasetFolder, channelFiles, opened }: CaseContext): string {
  const own = dirname(channelFiles[opened]!);
  const folder = dirname(path);
  if (folder === own) return basename(path);
  const base = datasetFolder ?? dirname(own);
  return folder.startsWith(`${base}/`) ? folder.slice(base.length + 1) : folder.split('/').slice(-2).join('/');
}

/** By the folder as well where two would be called the same, by the file where they lie in one. */
function toldApart(found: readonly Named[]): Named[] {
  const names = found.map(({ name }) => name);
  return found.map((one) => {
    const equal = found.filter(({ name, path }) => name === one.name && path !== one.path);
    if (equal.length === 0 || names.indexOf(one.name) < 0) return one;
    const isOneFolder = equal.some(({ path }) => dirname(path) === dirname(one.path));
    const more = isOneFolder ? basename(one.path) : basename(dirname(one.path));
    return one.name === more ? one : { ...one, name: `${one.name} (${more})` };
  });
}

/** Part of the dataset that the opened image is in. */
function subsetOf({ datasetFolder, datasetJson, channelFiles, opened, caseId }: CaseContext) {
  const folder = basename(dirname(channelFiles[opened]!));
  if (folder === 'imagesTs') return 'test';
  const isListed = datasetFolder !== undefined && datasetJson?.dataset?.[caseId] !== undefined;
  return folder === 'imagesTr' || isListed ? 'training' : undefined;
}

async function labelsOf(context: CaseContext, files: Files): Promise<string[]> {
  const { datasetFolder, datasetJson, caseId, ending } = context;
  const subset = subsetOf(context);
  if (!datasetFolder || !subset) return [];
  const listed = subset === 'training' ? datasetJson?.dataset?.[caseId]?.label : undefined;
  const folder = subset === 'test' ? 'labelsTs' : 'labelsTr';
  return existing(
    [...(listed ? [posix.resolve(datasetFolder, listed)] : []), join(datasetFolder, folder, caseId + ending)],
    files,
  );
}

/** Says of a mask with the case's name whether it is of this case, or of the one in the other part of the dataset. */
async function judge(
  context: CaseContext,
  label: string | undefined,
  files: Files,
): Promise<(origin: MaskOrigin) => boolean> {
  const { datasetFolder, caseId, ending, channelFiles } = context;
  const own: PossibleCase = { id: caseId, images: channelFiles, label };
  const other = subsetOf(context) === 'test' ? 'imagesTr' : 'imagesTs';
  const image = datasetFolder && join(datasetFolder, other, imageFileName(caseId, 0, ending));
  const twins: PossibleCase[] =
    image && !channelFiles.includes(image) && (await files.exists(image)) ? [{ id: caseId, images: [image] }] : [];
  return (origin) => caseOfMask(origin, [own, ...twins]) === own;
}
