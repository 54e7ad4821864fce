/** Checks by names alone: missing and superfluous files, channel numbers, endings, the count in dataset.json. */
import { access } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { type DatasetJson, channelNames } from '../../method/datasetJson';
import type { Finding } from '../findings';
import { importableEnding } from '../importers/sourceFiles';
import { compareCodePoints } from '../names';
import { type RawCase, caseIdOfImage, fileNamesIn, imageFileName, listTrainingCases, rawPaths } from '../rawDataset';

export interface FileCheck {
  /** Cases whose files can be opened; `label` is empty where there is none. */
  cases: RawCase[];
  /** As dataset.json's numTraining counts them. */
  caseCount: number;
  findings: Finding[];
}

export async function checkFiles(folder: string, datasetJson: DatasetJson): Promise<FileCheck> {
  const cases = await listTrainingCases(folder, datasetJson);
  const findings: Finding[] = [];
  const checked = datasetJson.dataset
    ? await checkListed(folder, cases, findings)
    : await checkFolders(folder, cases, datasetJson, findings);
  if (cases.length === 0) {
    const message = `There is no training image named CASE_0000${datasetJson.file_ending}`;
    findings.unshift({ file: 'imagesTr', code: 'no-training-cases', severity: 'error', message });
  } else if (datasetJson.numTraining !== cases.length) {
    findings.unshift({
      file: 'dataset.json',
      code: 'num-training',
      severity: 'error',
      message: `numTraining is ${datasetJson.numTraining}, but there are ${cases.length} training cases`,
      fix: `Set numTraining to ${cases.length}`,
    });
  }
  return { cases: checked, caseCount: cases.length, findings };
}

async function checkListed(folder: string, cases: readonly RawCase[], findings: Finding[]): Promise<RawCase[]> {
  const usable: RawCase[] = [];
  for (const one of cases) {
    const missing: string[] = [];
    for (const file of [...one.images, one.label]) if (!(await exists(file))) missing.push(file);
    for (const file of missing) {
      const code = file === one.label ? 'label-missing' : 'image-missing';
      const shown = shownPath(folder, file);
      findings.push({
        case: one.id,
        file: shown,
        code,
        severity: 'error',
        message: `dataset.json lists ${shown}, which does not exist`,
      });
    }
    if (missing.length === 0) usable.push(one);
  }
  return usable;
}

async function checkFolders(
  folder: string,
  cases: readonly RawCase[],
  datasetJson: DatasetJson,
  findings: Finding[],
): Promise<RawCase[]> {
  const ending = datasetJson.file_ending;
  const channels = channelNames(datasetJson).length;
  const paths = rawPaths(folder);
  const imageNames = (await fileNamesIn(paths.images)).sort(compareCodePoints);
  const labelNames = new Set((await fileNamesIn(paths.labels)).sort(compareCodePoints));
  checkEndings(imageNames, 'imagesTr', ending, findings);
  checkEndings([...labelNames], 'labelsTr', ending, findings);
  checkSuffixes(imageNames, ending, channels, cases, findings);
  const suffixed = new Set<string>();
  const usable = cases.map((one): RawCase => {
    checkChannelNumbers(one, ending, channels, findings);
    if (labelNames.has(one.id + ending)) return one;
    const withChannel = imageFileName(one.id, 0, ending);
    if (labelNames.has(withChannel)) {
      suffixed.add(withChannel);
      findings.push({
        case: one.id,
        file: `labelsTr/${withChannel}`,
        code: 'label-channel-suffix',
        severity: 'error',
        message: `Labels have no channel number: ${withChannel} must be called ${one.id}${ending}`,
        fix: `Rename it to ${one.id}${ending}`,
      });
      return { ...one, label: join(paths.labels, withChannel) };
    }
    const message = `There is no label for this image: labelsTr/${one.id}${ending}`;
    findings.push({
      case: one.id,
      file: `labelsTr/${one.id}${ending}`,
      code: 'label-missing',
      severity: 'error',
      message,
    });
    return { ...one, label: '' };
  });
  const ids = new Set(cases.map(({ id }) => id));
  for (const name of labelNames) {
    if (!name.endsWith(ending) || suffixed.has(name)) continue;
    const id = name.slice(0, -ending.length);
    if (ids.has(id)) continue;
    const message = `There is no image for this label: imagesTr/${imageFileName(id, 0, ending)}`;
    findings.push({ case: id, file: `labelsTr/${name}`, code: 'image-missing', severity: 'error', message });
  }
  return usable;
}

/** Files of another image format are probably meant to be used; others only lie in the way. */
function checkEndings(names: readonly string[], folder: string, ending: string, findings: Finding[]): void {
  for (const name of names) {
    if (name.endsWith(ending)) continue;
    // Side files with the spacing of TIFF stacks belong here.
    if (name.endsWith('.json') && ending.startsWith('.tif')) continue;
    const isImage = importableEnding(name) !== undefined;
    findings.push({
      file: `${folder}/${name}`,
      code: isImage ? 'wrong-ending' : 'extra-file',
      severity: isImage ? 'error' : 'warning',
      message: isImage
        ? `This file does not end in ${ending}, as dataset.json says all do; it would be ignored`
        : 'This file is not part of the dataset; nnU-Net ignores it',
    });
  }
}

function checkSuffixes(
  names: readonly string[],
  ending: string,
  channels: number,
  cases: readonly RawCase[],
  findings: Finding[],
): void {
  const ids = new Set(cases.map(({ id }) => id));
  for (const name of names) {
    if (!name.endsWith(ending) || caseIdOfImage(name, ending) !== undefined) continue;
    const id = name.slice(0, -ending.length);
    const renamed = imageFileName(id, 0, ending);
    findings.push({
      case: id,
      file: `imagesTr/${name}`,
      code: 'image-without-channel',
      severity: 'error',
      message: `The name of an image ends with its channel number: ${renamed}`,
      ...(channels === 1 && !ids.has(id) ? { fix: `Rename it to ${renamed}` } : {}),
    });
  }
}

/** Channel numbers must be 0, 1, 2, …; how many channels the files hold is seen when they are opened. */
function checkChannelNumbers(one: RawCase, ending: string, channels: number, findings: Finding[]): void {
  const present = new Set(one.images.map((file) => Number(basename(file).slice(0, -ending.length).slice(-4))));
  const highest = Math.max(...present);
  for (let channel = 0; channel < Math.max(highest, one.images.length > 1 ? channels : 0); channel++) {
    if (present.has(channel)) continue;
    const file = `imagesTr/${imageFileName(one.id, channel, ending)}`;
    findings.push({
      case: one.id,
      file,
      code: 'channel-missing',
      severity: 'error',
      message: `Channel ${channel} of this case is missing: ${file}`,
    });
  }
}

export function shownPath(folder: string, file: string): string {
  const path = relative(folder, file);
  return path.startsWith('..') ? file : path.replaceAll('\\', '/');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
