/** Repairs what can be repaired without a decision: counts, names, rounding, headers. Originals are moved aside, never lost. */
import { mkdir, readFile, rename, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser/lib/esm/main.js';
import { storageError, writeFileAtomic } from '../images/atomicFile';
import { DatasetError } from '../method/errors';
import type { Finding } from './findings';
import { fixableGeometry } from './checks/volumes';
import { gridDistance } from './grids';
import { integerTolerance } from './importers/examineLabels';
import { surveyLabel } from './importers/labelSurvey';
import { imageFileName, listTrainingCases, readDatasetJson } from './rawDataset';
import { type Scan, readScan, writeScan } from './scans';

export interface AppliedFix {
  finding: Finding;
  /** What was done, one sentence. */
  done: string;
  /** Where the original lies now. */
  original: string;
}

export interface FixResult {
  fixed: AppliedFix[];
  /** Findings that have a fix which could not be applied (any more). */
  failed: { finding: Finding; why: string }[];
  /** Folder with the originals, in the dataset's own folder structure; undefined if nothing was fixed. */
  backupFolder?: string;
}

/**
 * Applies the fixes that `checkDataset` offered. The original of every changed file is moved, unchanged, to
 * `.originals-DATE/` in the dataset's folder (nnU-Net doesn't look there), with its path below the dataset kept.
 */
export async function fixDataset(datasetFolder: string, findings: readonly Finding[]): Promise<FixResult> {
  const folder = resolve(datasetFolder);
  const backupFolder = join(folder, `.originals-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`);
  const result: FixResult = { fixed: [], failed: [] };
  const labelFixes = new Map<string, Finding[]>();
  // Names before counts: a renamed image adds a case.
  const order = ['image-without-channel', 'label-channel-suffix', 'dataset-json-background', 'num-training'];
  const sorted = [...findings].sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
  for (const finding of sorted.filter(({ fix, file }) => fix !== undefined && file !== undefined)) {
    if (['label-not-integer', 'geometry-mismatch', 'spacing-mismatch'].includes(finding.code)) {
      labelFixes.set(finding.file!, [...(labelFixes.get(finding.file!) ?? []), finding]);
      continue;
    }
    await attempt(result, [finding], () => fixOne(folder, backupFolder, finding));
  }
  for (const [file, ofFile] of labelFixes)
    await attempt(result, ofFile, () => rewriteLabel(folder, backupFolder, file, ofFile));
  return result.fixed.length > 0 ? { ...result, backupFolder } : result;
}

async function attempt(
  result: FixResult,
  findings: Finding[],
  apply: () => Promise<Omit<AppliedFix, 'finding'>>,
): Promise<void> {
  try {
    const applied = await apply();
    result.fixed.push(...findings.map((finding) => ({ finding, ...applied })));
  } catch (error) {
    result.failed.push(...findings.map((finding) => ({ finding, why: (error as Error).message })));
  }
}

async function fixOne(folder: string, backupFolder: string, finding: Finding): Promise<Omit<AppliedFix, 'finding'>> {
  const file = inside(folder, finding.file!);
  switch (finding.code) {
    case 'num-training': {
      const datasetJson = await readDatasetJson(folder);
      const count = (await listTrainingCases(folder, datasetJson)).length;
      return editDatasetJson(folder, backupFolder, ['numTraining'], count, `numTraining is ${count} now`);
    }
    case 'dataset-json-background':
      return editDatasetJson(folder, backupFolder, ['labels', 'background'], 0, 'The label "background" was added');
    case 'label-channel-suffix': {
      const { file_ending } = await readDatasetJson(folder);
      return copyUnderNewName(folder, backupFolder, file, finding.case! + file_ending);
    }
    case 'image-without-channel': {
      const { file_ending } = await readDatasetJson(folder);
      return copyUnderNewName(folder, backupFolder, file, imageFileName(finding.case!, 0, file_ending));
    }
    default:
      throw new DatasetError('fix-unknown', `There is no automatic fix for ${finding.code}`);
  }
}

/** Only the value changes: the rest of the text keeps its order, its spelling and its layout. */
async function editDatasetJson(folder: string, backupFolder: string, path: string[], value: number, done: string) {
  const file = join(folder, 'dataset.json');
  const text = await readFile(file, 'utf8');
  const tab = /^\t/m.test(text);
  const width = /^( +)"/m.exec(text)?.[1]?.length ?? 4;
  const edits = modify(text, path, value, {
    formattingOptions: { insertSpaces: !tab, tabSize: width },
    getInsertionIndex: () => 0,
  });
  return replace(folder, backupFolder, file, done, (target) => writeFileAtomic(target, applyEdits(text, edits)));
}

async function copyUnderNewName(folder: string, backupFolder: string, file: string, newName: string) {
  const target = join(dirname(file), newName);
  if (await stat(target).catch(() => undefined)) {
    throw new DatasetError('fix-name-taken', `${newName} exists already`, { where: dirname(file) });
  }
  const bytes = await readFile(file);
  await writeFileAtomic(target, bytes);
  const original = await moveAside(folder, backupFolder, file);
  return { done: `${basename(file)} is called ${newName} now`, original };
}

async function rewriteLabel(folder: string, backupFolder: string, path: string, findings: readonly Finding[]) {
  const file = inside(folder, path);
  const scan = await readScan(file);
  const survey = surveyLabel(scan.data, scan.header.channels, scan.header.shape);
  if (scan.header.channels !== 1 || survey.nonFinite > 0 || survey.fraction > integerTolerance) {
    throw new DatasetError('fix-not-safe', 'The values of this label are not whole numbers', { where: file });
  }
  const takesImageGrid = findings.some(({ code }) => code !== 'label-not-integer');
  const grid = takesImageGrid ? await gridOfImage(folder, findings[0]!.case!, scan) : scan.geometry();
  const highest = Math.max(...survey.counts.keys());
  const values = highest < 255.5 ? new Uint8Array(scan.data.length) : new Uint16Array(scan.data.length);
  for (let i = 0; i < values.length; i++) values[i] = Math.round(scan.data[i]!);
  const done = takesImageGrid
    ? "The label has the image's origin, direction and spacing now"
    : 'The values were rounded and stored as integers';
  return replace(folder, backupFolder, file, done, (target) => writeScan(target, values, scan.header.shape, grid));
}

async function gridOfImage(folder: string, caseId: string, label: Scan) {
  const cases = await listTrainingCases(folder, await readDatasetJson(folder));
  const one = cases.find(({ id }) => id === caseId);
  if (!one) throw new DatasetError('fix-no-image', `Case ${caseId} has no image`, { where: folder });
  const image = await readScan(one.images[0]!);
  const sameShape = image.header.shape.join() === label.header.shape.join();
  if (!sameShape || gridDistance(label.header, image.header) > fixableGeometry) {
    throw new DatasetError('fix-not-safe', 'The grids of image and label differ too much', { where: one.label });
  }
  return image.geometry();
}

/** The new file is written completely before the original moves away. */
async function replace(
  folder: string,
  backupFolder: string,
  file: string,
  done: string,
  write: (target: string) => Promise<void>,
) {
  const prepared = join(backupFolder, '.new', basename(file));
  await makeFolder(dirname(prepared));
  await write(prepared);
  const original = await moveAside(folder, backupFolder, file);
  try {
    await rename(prepared, file);
  } catch (error) {
    await rename(original, file);
    throw storageError(error, file);
  }
  await rmdir(dirname(prepared));
  return { done, original };
}

/** A file that is fixed twice keeps its first original; the state in between is kept beside it. */
async function moveAside(folder: string, backupFolder: string, file: string): Promise<string> {
  const wanted = join(backupFolder, file.slice(folder.length + 1));
  await makeFolder(dirname(wanted));
  let original = wanted;
  for (let i = 2; await stat(original).catch(() => undefined); i++) original = `${wanted}.${i}`;
  await rename(file, original);
  return original;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Files outside the dataset (a `dataset` list may name some) are other people's: they are never touched. */
function inside(folder: string, path: string): string {
  const file = resolve(folder, path);
  if (isAbsolute(path) || !file.startsWith(join(folder, '/'))) {
    throw new DatasetError('fix-outside', 'This file lies outside the dataset and is left alone', { where: path });
  }
  return file;
}
