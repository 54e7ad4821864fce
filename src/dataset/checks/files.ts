/** Checks by names alone: missing and superfluous files, channel numbers, endings, the count in dataset.json. */
import { join, relative } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { counted } from '../../words/counted';
import { type DatasetJson, channelNames } from '../../method/datasetJson';
import { exists } from '../../storage/exists';
import type { Finding } from '../findings';
import { importableEnding } from '../importers/sourceFiles';
import { channelExpectation, hasAllChannels, type ChannelExpectation } from '../channelFiles';
import { compareCodePoints, inPythonsOrder } from '../names';
import { type RawCase, fileNamesIn, imageFileName, listTrainingCases, rawPaths } from '../rawDataset';
import { type UnnumberedImage, unnumberedImages } from './imageNames';

interface FileCheck {
  /** Cases whose files can be opened; `label` is empty where there is none. */
  cases: RawCase[];
  /** As dataset.json's numTraining counts them. */
  caseCount: number;
  findings: Finding[];
}

export async function checkFiles(folder: string, datasetJson: DatasetJson): Promise<FileCheck> {
  const findings: Finding[] = [];
  const { cases, usable } = datasetJson.dataset
    ? await checkListed(folder, datasetJson, findings)
    : await checkFolders(folder, datasetJson, findings);
  if (cases.length === 0) {
    const message = `There is no training image named CASE_0000${datasetJson.file_ending}`;
    findings.unshift({ file: 'imagesTr', code: 'no-training-cases', severity: 'error', message });
  } else if (datasetJson.numTraining !== cases.length) {
    // Where files are missing or misnamed, it is not the count that must change.
    const isCertain = findings.every(({ severity }) => severity !== 'error');
    findings.unshift({
      file: 'dataset.json',
      code: 'num-training',
      severity: 'error',
      // A number that was missing counts as 0.
      message: `There ${cases.length === 1 ? 'is' : 'are'} ${counted(cases.length, 'training case')}: numTraining must say so${datasetJson.numTraining ? `, not ${datasetJson.numTraining}` : ''}`,
      ...(isCertain ? { fix: `Set numTraining to ${cases.length}`, count: cases.length } : {}),
    });
  }
  return { cases: usable, caseCount: cases.length, findings };
}

interface CasesByName {
  /** Every training case that is meant. */
  cases: RawCase[];
  /** Those whose files can be opened. */
  usable: RawCase[];
}

async function checkListed(folder: string, datasetJson: DatasetJson, findings: Finding[]): Promise<CasesByName> {
  const listed = await listTrainingCases(folder, datasetJson);
  const cases = await withSlashes(folder, listed, findings);
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
  return { cases, usable };
}

/** Paths as Windows writes them: elsewhere a backslash is a letter of the name. One finding for all; the rest is checked as meant. */
async function withSlashes(folder: string, cases: readonly RawCase[], findings: Finding[]): Promise<RawCase[]> {
  const changed: string[] = [];
  const meant = async (file: string): Promise<string> => {
    const slashed = file.replaceAll('\\', '/');
    if (slashed === file || (await exists(file)) || !(await exists(slashed))) return file;
    changed.push(file);
    return slashed;
  };
  const result: RawCase[] = [];
  for (const one of process.platform === 'win32' ? [] : cases) {
    result.push({
      ...one,
      images: await Promise.all(one.images.map((file) => meant(file))),
      label: await meant(one.label),
    });
  }
  if (changed.length === 0) return [...cases];
  const [written, right] = [changed[0]!, changed[0]!.replaceAll('\\', '/')].map((file) => shownPath(folder, file));
  findings.push({
    file: 'dataset.json',
    code: 'path-backslash',
    severity: 'error',
    message: `${changed.length} paths in "dataset" are written with backslashes, which separate folders on Windows only: write "${right}", not "${written}"`,
  });
  return result;
}

async function checkFolders(folder: string, datasetJson: DatasetJson, findings: Finding[]): Promise<CasesByName> {
  const ending = datasetJson.file_ending;
  const channels = channelNames(datasetJson).length;
  const paths = rawPaths(folder);
  const imageNames = inPythonsOrder(await fileNamesIn(paths.images));
  const labelNames = new Set(inPythonsOrder(await fileNamesIn(paths.labels)));
  checkEndings(imageNames, 'imagesTr', ending, findings);
  checkEndings([...labelNames], 'labelsTr', ending, findings);
  // Of thousands of cases each step takes a while: an editor's window has other things to do in between.
  await breathe();
  const unnumbered = unnumberedImages(imageNames, labelNames, ending, channels);
  reportUnnumbered(unnumbered, ending, findings);
  await breathe();
  const cases = asMeant(folder, await listTrainingCases(folder, datasetJson), unnumbered, ending);
  await breathe();
  const expected = channelExpectation(datasetJson);
  const suffixed = new Set<string>();
  const unnumberedIds = new Set(unnumbered.map(({ id }) => id));
  const usable = cases.map((one): RawCase => {
    if (!unnumberedIds.has(one.id)) checkChannelNumbers(one, expected, ending, findings);
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
  return { cases, usable };
}

/** The cases with every image that lacks its number as a case of its own. */
function asMeant(
  folder: string,
  cases: readonly RawCase[],
  unnumbered: readonly UnnumberedImage[],
  ending: string,
): RawCase[] {
  if (unnumbered.length === 0) return [...cases];
  const paths = rawPaths(folder);
  const own = new Map(unnumbered.map((image) => [join(paths.images, image.name), image]));
  const others = cases
    .map((one) => ({ ...one, images: one.images.filter((file) => !own.has(file)) }))
    .filter(({ images }) => images.length > 0);
  const ids = new Set(others.map(({ id }) => id));
  const added = [...own]
    .filter(([, { id, rename }]) => rename !== undefined && !ids.has(id))
    .map(([file, { id }]) => ({ id, images: [file], label: join(paths.labels, id + ending) }));
  return [...others, ...added].sort((a, b) => compareCodePoints(a.id, b.id));
}

/** Files of another image format are probably meant to be used; others only lie in the way. */
function checkEndings(names: readonly string[], folder: string, ending: string, findings: Finding[]): void {
  const present = new Set(names);
  for (const name of names) {
    if (name.endsWith(ending)) continue;
    // Side files with the spacing of TIFF stacks belong here.
    if (name.endsWith('.json') && ending.startsWith('.tif')) continue;
    const found = importableEnding(name);
    const renamed = inOtherCase(name, ending);
    findings.push({
      file: `${folder}/${name}`,
      code: found ? 'wrong-ending' : 'extra-file',
      severity: found ? 'error' : 'warning',
      message: found
        ? wrongEnding(name.slice(-found.length), ending)
        : 'This file is not part of the dataset; nnU-Net ignores it',
      ...(found && renamed !== undefined && !present.has(renamed) ? { fix: `Rename it to ${renamed}` } : {}),
    });
  }
}

function wrongEnding(found: string, ending: string): string {
  const message = `This file ends in ${found}, but dataset.json says that all end in ${ending}; it would be ignored`;
  if (found === '.nii' && ending === '.nii.gz') return `${message}. Compress it: gzip makes .nii.gz of it`;
  if (found === '.nii.gz' && ending === '.nii') return `${message}. Unpack it: gunzip makes .nii of it`;
  return message;
}

/** The name with the right ending, where it differs in capital letters only. */
export function inOtherCase(name: string, ending: string): string | undefined {
  if (name.endsWith(ending) || !name.toLowerCase().endsWith(ending.toLowerCase())) return undefined;
  return name.slice(0, -ending.length) + ending;
}

function reportUnnumbered(images: readonly UnnumberedImage[], ending: string, findings: Finding[]): void {
  for (const { name, id, takenFor, rename } of images) {
    const right = imageFileName(id, 0, ending);
    const why =
      takenFor === undefined ? '' : `; nnU-Net takes this for channel ${takenFor} of the case ${id.slice(0, -5)}`;
    findings.push({
      case: id,
      file: `imagesTr/${name}`,
      code: 'image-without-channel',
      severity: 'error',
      message: `The name of an image ends with its channel number, ${right}${why}`,
      ...(rename === undefined ? {} : { fix: `Rename it to ${rename}` }),
    });
  }
}

/** Channel numbers must be 0, 1, 2, …, or the keys of channel_names; how many channels the files hold is seen when they are opened. */
function checkChannelNumbers(one: RawCase, expected: ChannelExpectation, ending: string, findings: Finding[]): void {
  const numbers = one.images.map((file) => Number(file.slice(-ending.length - 4, -ending.length)));
  if (hasAllChannels(numbers, expected)) return;
  const present = new Set(numbers);
  const highest = Math.max(...present);
  for (let channel = 0; channel < Math.max(highest, one.images.length > 1 ? expected.count : 0); channel++) {
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
  if (path.startsWith('..')) return file;
  // On other systems a backslash is a letter of the name.
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}
