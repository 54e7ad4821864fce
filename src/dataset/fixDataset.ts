/** Repairs what can be repaired without a decision: counts, names, rounding, headers. Originals are moved aside, never lost. */
import { mkdir, readdir, readFile, rename, rmdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { applyEdits, type Edit } from 'jsonc-parser/lib/esm/main.js';
import { gridDistance } from '../geometry/grids';
import { writeFileAtomic } from '../storage/atomicFile';
import { storageError } from '../storage/diskErrors';
import type { DatasetJson } from '../method/datasetJson';
import { DatasetError, NnunetError } from '../method/errors';
import { exists } from '../storage/exists';
import { addBackground, setKey } from './datasetJsonEdits';
import type { Finding } from './findings';
import { checkDatasetJson } from './checks/datasetJson';
import { checkFiles, inOtherCase } from './checks/files';
import { fixableGeometry } from './checks/volumes';
import { integerTolerance } from './importers/examineLabels';
import { surveyLabel } from './importers/labelSurvey';
import { imageFileName, rawPaths } from './rawDataset';
import { finishRenaming, renameTogether, type Renaming } from './renameFiles';
import { type Scan, readScan, writeScan } from './scans';

export interface AppliedFix {
  finding: Finding;
  /** What was done, one sentence. */
  done: string;
  /** Where the original lies now; under its new name where it was renamed. */
  original: string;
}

export interface FixResult {
  fixed: AppliedFix[];
  /** Findings that have a fix which could not be applied (any more). */
  failed: { finding: Finding; why: string }[];
  /** Folder with the originals, in the dataset's own folder structure; undefined if nothing was fixed. */
  backupFolder?: string;
}

const backupFolders = /^\.originals-/;

/** Completes renamings that an interrupted `fixDataset` left half done; to be called before a dataset is checked to be fixed. */
export async function finishInterruptedFix(datasetFolder: string): Promise<Renaming[]> {
  return finishRenaming(resolve(datasetFolder), backupFolders);
}

/**
 * Applies the fixes that `checkDataset` offered. Files are renamed all together or not at all; the original of every
 * changed file is moved, unchanged, to `.originals-DATE/` in the dataset's folder (nnU-Net doesn't look there), with its
 * path below the dataset kept. `renamed.json` there tells the old names.
 */
export async function fixDataset(datasetFolder: string, findings: readonly Finding[]): Promise<FixResult> {
  const folder = resolve(datasetFolder);
  const backupFolder = join(folder, `.originals-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`);
  const result: FixResult = { fixed: [], failed: [] };
  const labelFixes = new Map<string, Finding[]>();
  // What is to be renamed is renamed first, so that no other fix works on names that change.
  const fixable = findings.filter(({ fix, file }) => fix !== undefined && file !== undefined);
  const toRename = fixable.filter(({ code }) => renamingCodes.includes(code));
  const newPaths = await renameAll(folder, backupFolder, toRename, result);
  for (const finding of fixable.filter(({ code }) => !renamingCodes.includes(code))) {
    if (['label-not-integer', 'geometry-mismatch', 'spacing-mismatch'].includes(finding.code)) {
      const file = newPaths.get(finding.file!) ?? finding.file!;
      labelFixes.set(file, [...(labelFixes.get(file) ?? []), finding]);
      continue;
    }
    await attempt(result, [finding], () => fixOne(folder, backupFolder, finding));
  }
  for (const [file, ofFile] of labelFixes)
    await attempt(result, ofFile, () => rewriteLabel(folder, backupFolder, file, ofFile));
  return result.fixed.length > 0 ? { ...result, backupFolder } : result;
}

const renamingCodes = ['image-without-channel', 'label-channel-suffix', 'wrong-ending'];

/** @returns old path -> new path, as findings have them */
async function renameAll(
  folder: string,
  backupFolder: string,
  findings: readonly Finding[],
  result: FixResult,
): Promise<Map<string, string>> {
  if (findings.length === 0) return new Map();
  try {
    const ending = (await datasetJsonAsMeant(folder)).file_ending;
    const renamed = findings.map((finding): Renaming => {
      const file = inside(folder, finding.file!);
      return { from: relative(folder, file), to: relative(folder, join(dirname(file), newName(finding, ending))) };
    });
    await renameTogether(folder, backupFolder, renamed);
    findings.forEach((finding, index) => {
      const { from, to } = renamed[index]!;
      result.fixed.push({
        finding,
        done: `${basename(from)} is called ${basename(to)} now`,
        original: join(folder, to),
      });
    });
    return new Map(findings.map(({ file }, index) => [file!, renamed[index]!.to]));
  } catch (error) {
    result.failed.push(...findings.map((finding) => ({ finding, why: whyOf(error) })));
    return new Map();
  }
}

/** As the check reads it: one mistake in the file must not keep another from being corrected. */
async function datasetJsonAsMeant(folder: string): Promise<DatasetJson> {
  const { datasetJson, findings } = await checkDatasetJson(folder);
  if (datasetJson) return datasetJson;
  throw new DatasetError(findings[0]!.code, findings[0]!.message, { where: rawPaths(folder).datasetJson });
}

function newName({ code, case: id, file }: Finding, ending: string): string {
  if (code === 'image-without-channel') return imageFileName(id!, 0, ending);
  if (code === 'label-channel-suffix') return id! + ending;
  return inOtherCase(basename(file!), ending)!;
}

function whyOf(error: unknown): string {
  return error instanceof NnunetError ? error.oneLine : (error as Error).message;
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
    result.failed.push(...findings.map((finding) => ({ finding, why: whyOf(error) })));
  }
}

async function fixOne(folder: string, backupFolder: string, finding: Finding): Promise<Omit<AppliedFix, 'finding'>> {
  switch (finding.code) {
    case 'num-training': {
      const count = (await checkFiles(folder, await datasetJsonAsMeant(folder))).caseCount;
      const edit = (text: string): Edit[] => setKey(text, ['numTraining'], count);
      return editDatasetJson(folder, backupFolder, edit, `numTraining is ${count} now`);
    }
    case 'dataset-json-background':
      return editDatasetJson(folder, backupFolder, addBackground, 'There is a label "background" now');
    default:
      throw new DatasetError('fix-unknown', `There is no automatic fix for ${finding.code}`);
  }
}

/** Only the value changes: the rest of the text keeps its order, its spelling and its layout. */
async function editDatasetJson(folder: string, backupFolder: string, edit: (text: string) => Edit[], done: string) {
  const file = rawPaths(folder).datasetJson;
  const text = await readFile(file, 'utf8');
  const edited = applyEdits(text, edit(text));
  return replace(folder, backupFolder, file, done, (target) => writeFileAtomic(target, edited));
}

async function rewriteLabel(folder: string, backupFolder: string, path: string, findings: readonly Finding[]) {
  const file = inside(folder, path);
  const scan = await readScan(file, 'label');
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
  return replace(folder, backupFolder, file, done, (target) =>
    writeScan(target, values, scan.header.shape, grid, 'label'),
  );
}

async function gridOfImage(folder: string, caseId: string, label: Scan) {
  const { cases } = await checkFiles(folder, await datasetJsonAsMeant(folder));
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
  // TIFF stacks bring a side file with their spacing.
  const sideFiles = (await readdir(dirname(prepared))).filter((name) => name !== basename(file));
  for (const name of sideFiles)
    await exchange(folder, backupFolder, join(dirname(file), name), join(dirname(prepared), name));
  const original = await exchange(folder, backupFolder, file, prepared);
  await rmdir(dirname(prepared));
  return { done, original: original ?? file };
}

/** @returns where the file is now that was in this place; undefined where there was none */
async function exchange(
  folder: string,
  backupFolder: string,
  file: string,
  prepared: string,
): Promise<string | undefined> {
  const original = (await exists(file)) ? await moveAside(folder, backupFolder, file) : undefined;
  try {
    await rename(prepared, file);
  } catch (error) {
    if (original !== undefined) await rename(original, file);
    throw storageError(error, file);
  }
  return original;
}

/** A file that is fixed twice keeps its first original; the state in between is kept beside it. */
async function moveAside(folder: string, backupFolder: string, file: string): Promise<string> {
  const wanted = join(backupFolder, file.slice(folder.length + 1));
  await makeFolder(dirname(wanted));
  let original = wanted;
  for (let i = 2; await exists(original); i++) original = `${wanted}.${i}`;
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
