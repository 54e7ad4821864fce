/** Makes an nnU-Net dataset of a folder of DICOM: series become images, SEG and RTSTRUCT their labels. Nothing tells who the patients are. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gridOfStack, readVolume } from '../../images/dicom/assemble';
import { paintStructures } from '../../images/dicom/paintStructures';
import type { DrawnStructures } from '../../images/dicom/segments';
import { validateDatasetJson } from '../../method/datasetJson';
import { DatasetError, NnunetError } from '../../method/errors';
import { stringifyJson } from '../../method/jsonWriter';
import { objectInOrder } from '../../method/jsonWrittenForm';
import { writeFileAtomic } from '../../storage/atomicFile';
import { counted, countedAre } from '../../words/counted';
import { datasetFolderName } from '../names';
import { createFolder } from '../newFolder';
import { imageFileName, rawPaths } from '../rawDataset';
import { writeScan } from '../scans';
import { chooseChannels } from './dicomChannels';
import { casesOf, drawnOnSeries, type DicomCase } from './dicomCases';
import { readDicomSource, type DicomSource, type FoundSeries } from './dicomSource';
import { giveNames, withNames } from './givenNames';
import { chooseIdentity } from './identity';
import type { ImportOptions, ImportResult, UnusedFile } from './plan';
import type { SourceListing } from './sourceFiles';

const fileEnding = '.nii.gz';

/** @throws DatasetError `dicom-choose-series`, `dicom-no-labels`, `import-all-refused` */
export async function importDicom(
  source: string,
  listing: SourceListing,
  options: ImportOptions,
): Promise<ImportResult> {
  const found = await readDicomSource(source, listing, options);
  const { drawnOn, lost } = drawnOnSeries(found);
  requireSomething(source, found);
  const channels = chooseChannels(source, found, drawnOn, options.dicom?.channels);
  const keepIdentifiers = options.dicom?.keepIdentifiers === true;
  const { cases, refused } = casesOf(found, channels, drawnOn, keepIdentifiers);
  const training = cases.filter(({ drawn }) => drawn.length > 0);
  const test = cases.filter(({ drawn }) => drawn.length === 0);
  if (training.length === 0) {
    const [first] = refused;
    throw new DatasetError(
      'dicom-no-labels',
      first
        ? `No case can be used, of ${refused.length}; ${first.case}: ${first.why}`
        : `No SEG or RTSTRUCT refers to one of the ${counted(cases.length, 'series', 'series')}`,
      {
        where: source,
        hint: 'Put the segmentations (DICOM SEG or RTSTRUCT) into the same folder as the series they were drawn on.',
      },
    );
  }
  const report = reportOf(found, training.length, test.length, channels.names, keepIdentifiers);
  const labels = labelTable(training);
  for (const { id, series } of cases)
    for (const { stack } of series) for (const { message } of stack!.findings) report.push(`${id}: ${message}`);
  const { id, name } = await chooseIdentity({ ...options, suggestedName: 'DICOM' }, options.rawRoot, report);
  const datasetJson = validateDatasetJson({
    channel_names: Object.fromEntries(channels.names.map((channel, i) => [String(i), channel])),
    labels: objectInOrder([['background', 0], ...labels]),
    numTraining: training.length,
    file_ending: fileEnding,
    name,
  });
  const folder = join(options.rawRoot, datasetFolderName({ id, name }));
  if (!options.dryRun) {
    await createFolder(
      folder,
      async (unfinished) => {
        await writeCases(unfinished, training, test, labels, report, options);
        await writeFileAtomic(join(unfinished, 'dataset.json'), stringifyJson(datasetJson));
        await giveNames(unfinished, options.names);
      },
      options.signal,
    );
  }
  return {
    folder,
    id,
    name,
    cases: training.map((one) => one.id),
    testCases: test.map((one) => one.id),
    report,
    refused,
    unused: unusedSeries(found, cases, lost),
    datasetJson: withNames(datasetJson, options.names),
    seriesKinds: channels.kinds,
  };
}

function requireSomething(source: string, { series, others, damaged }: DicomSource): void {
  if (series.length > 0) return;
  const kinds = [...others].map(([kind, count]) => `${counted(count, 'file')}: ${kind}`);
  if (damaged > 0) kinds.push(`${counted(damaged, 'file')} that cannot be read`);
  throw new DatasetError(
    'dicom-no-series',
    `There is no image series in this folder (${kinds.join('; ') || 'only segmentations'})`,
    {
      where: source,
      hint: 'Choose the folder with the slices themselves.',
    },
  );
}

function reportOf(
  found: DicomSource,
  training: number,
  test: number,
  names: string[],
  keepIdentifiers: boolean,
): string[] {
  const patients = new Set(found.series.map(({ patient }) => patient)).size;
  const report = [
    `DICOM: ${counted(found.series.length, 'series', 'series')} of ${counted(patients, 'patient')}, ${counted(found.drawn.length, 'segmentation')}; ${names.length === 1 ? 'the channel is' : 'the channels are'} ${names.join(', ')}.`,
  ];
  if (!keepIdentifiers)
    report.push(
      'Cases are numbered; names, numbers, dates and institutions were left out (--keep-identifiers names cases after the patients).',
    );
  if (test > 0) report.push(`${countedAre(test, 'series', 'series')} without a segmentation: imagesTs.`);
  if (found.damaged > 0) report.push(`${counted(found.damaged, 'DICOM file')} cannot be read (damaged or cut off).`);
  return report;
}

/** Structures of one name have one label in all cases; spaces and capitals do not count. */
const keyOf = (name: string): string => name.trim().replace(/\s+/g, ' ').toLowerCase();

function labelTable(cases: readonly DicomCase[]): [name: string, value: number][] {
  const table = new Map<string, string>();
  for (const { name } of cases.flatMap(({ drawn }) => drawn.flatMap(({ structures }) => structures))) {
    const shown = name.trim().replace(/\s+/g, ' ');
    // nnU-Net's own words mean other things.
    const taken = /^(background|ignore)$/i.test(shown) ? `${shown} structure` : shown;
    if (!table.has(keyOf(name))) table.set(keyOf(name), taken);
  }
  return [...table.values()].map((name, i) => [name, i + 1]);
}

async function writeCases(
  folder: string,
  training: readonly DicomCase[],
  test: readonly DicomCase[],
  labels: readonly (readonly [string, number])[],
  report: string[],
  { signal, progress }: ImportOptions,
): Promise<void> {
  const paths = rawPaths(folder);
  await mkdir(paths.images, { recursive: true });
  await mkdir(paths.labels, { recursive: true });
  if (test.length > 0) await mkdir(paths.testImages, { recursive: true });
  const keys = new Map(labels.map(([, value], i) => [i, value]));
  const values = new Map([...structureKeys(training)].map((key, i) => [key, keys.get(i)!]));
  let done = 0;
  for (const one of [...training, ...test]) {
    signal?.throwIfAborted();
    const images = one.drawn.length > 0 ? paths.images : paths.testImages;
    try {
      await writeImages(one, images, signal);
      if (one.drawn.length > 0) await writeLabel(one, join(paths.labels, one.id + fileEnding), values, report);
    } catch (error) {
      throw withoutPath(error, one.id);
    }
    progress?.({ done: ++done, total: training.length + test.length, message: `Writing ${one.id}` });
  }
}

function structureKeys(cases: readonly DicomCase[]): Set<string> {
  return new Set(
    cases.flatMap(({ drawn }) => drawn.flatMap(({ structures }) => structures.map(({ name }) => keyOf(name)))),
  );
}

async function writeImages(one: DicomCase, folder: string, signal: AbortSignal | undefined): Promise<void> {
  for (const [channel, { images }] of one.series.entries()) {
    const { voxels, shape, geometry } = await readVolume(images, signal);
    await writeScan(join(folder, imageFileName(one.id, channel, fileEnding)), voxels, shape, geometry);
  }
}

async function writeLabel(
  one: DicomCase,
  file: string,
  values: ReadonlyMap<string, number>,
  report: string[],
): Promise<void> {
  const stack = one.series.find((series) => series.stack)!.stack!;
  const valueOf = ({ structures }: DrawnStructures, number: number): number | undefined => {
    const name = structures.find((structure) => structure.number === number)?.name;
    return name === undefined ? undefined : values.get(keyOf(name));
  };
  const { labels, overlap, outside } = await paintStructures(one.drawn, stack, valueOf);
  if (overlap > 0)
    report.push(
      `${one.id}: ${counted(overlap, 'voxel')} belong to more than one structure; a voxel has one label, that of the last one.`,
    );
  if (outside > 0)
    report.push(
      `${one.id}: ${counted(outside, 'frame or contour', 'frames or contours')} lie outside of the series: left out.`,
    );
  const { shape, geometry } = gridOfStack(stack);
  const small = labels.every((label) => label < 256) ? Uint8Array.from(labels) : labels;
  await writeScan(file, small, shape, geometry, 'label');
}

/** Paths of scanners and archives hold names of people: what failed is told by the case. */
function withoutPath(error: unknown, id: string): unknown {
  if (!(error instanceof NnunetError)) return error;
  return new DatasetError(error.code, `${id}: ${error.message}`, { where: id, hint: error.hint });
}

/** By numbers, not by paths, for the same reason. */
function unusedSeries(found: DicomSource, cases: readonly DicomCase[], lost: readonly DrawnStructures[]): UnusedFile[] {
  const used = new Set<FoundSeries>(cases.flatMap(({ series }) => series));
  const unused = found.series.flatMap((series, i): UnusedFile[] =>
    used.has(series)
      ? []
      : [
          {
            file: `series ${i + 1} (${series.kind}, ${counted(series.images.length, 'file')})`,
            reason: series.problem ?? 'it is none of the channels',
            code: series.problem ? 'unreadable' : 'other-series',
          },
        ],
  );
  for (const one of lost)
    unused.push({
      file: `a ${one.kind} of ${counted(one.structures.length, 'structure')}`,
      reason: 'the series it refers to is not in the folder',
      code: 'no-image',
    });
  for (const [kind, count] of found.others)
    unused.push({ file: counted(count, 'DICOM file'), reason: `it is ${kind}`, code: 'not-an-image' });
  return unused;
}
