/** What does a raw dataset hold by its names alone: which cases, of which files, and what is wrong with them? */
import { join, sep } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { type CaseFiles, channelExpectation, groupByChannel } from '../../dataset/channelFiles';
import { withOneCount } from '../../dataset/checks/count';
import { checkDatasetJson } from '../../dataset/checks/datasetJson';
import { checkFiles } from '../../dataset/checks/files';
import type { Finding } from '../../dataset/findings';
import { fileNamesIn, listTrainingCases, type RawCase, rawPaths } from '../../dataset/rawDataset';
import type { DatasetJson } from '../../method/datasetJson';

export interface RawContents {
  /** Corrected as far as it can be guessed; undefined where nothing can be made of the file. */
  datasetJson: DatasetJson | undefined;
  /** Of dataset.json, saved or not: what findings and their places are about. */
  text: string;
  /** Label values as written; undefined where nothing can be made of the file. */
  declaredValues?: ReadonlySet<number>;
  cases: RawCase[];
  /** Cases of imagesTs; their labels in labelsTs need not exist. */
  testCases: RawCase[];
  /** What names alone show: no volume was read. */
  findings: Finding[];
}

/** @param unsaved  dataset.json as it stands in an editor, where it is not saved yet */
export async function readRawContents(folder: string, unsaved?: string): Promise<RawContents> {
  const { datasetJson, declaredValues, text, findings } = await checkDatasetJson(folder, unsaved);
  if (!datasetJson) {
    // In the middle of an edit the text makes no sense for a moment: the cases stay those of the file.
    const { cases, testCases } = unsaved === undefined ? nothing : await readRawContents(folder);
    return { datasetJson, text, cases, testCases, findings };
  }
  const paths = rawPaths(folder);
  // One after the other, with room for other work in between: thousands of names take a while each time.
  const cases = await (datasetJson.dataset
    ? listTrainingCases(folder, datasetJson)
    : casesIn(paths.images, paths.labels, datasetJson));
  await breathe();
  const checked = await checkFiles(folder, datasetJson);
  await breathe();
  const testCases = await casesIn(paths.testImages, paths.testLabels, datasetJson);
  await breathe();
  return {
    datasetJson,
    text,
    declaredValues,
    cases,
    testCases,
    findings: withOneCount(findings, checked.findings),
  };
}

const nothing = { cases: [], testCases: [] };

/** The images of a folder as cases, however their endings are spelled; what nnU-Net would not take is a finding. */
async function casesIn(images: string, labels: string, datasetJson: DatasetJson): Promise<RawCase[]> {
  const ending = datasetJson.file_ending;
  const written = (name: string): string => name.slice(-ending.length);
  const hasEnding = (name: string): boolean => written(name).toLowerCase() === ending.toLowerCase();
  const [imageNames, labelNames] = await Promise.all([fileNamesIn(images), fileNamesIn(labels)]);
  const files = imageNames.filter((name) => hasEnding(name) && name.length > ending.length);
  const labelOf = new Map(labelNames.filter(hasEnding).map((name) => [name.slice(0, -ending.length), name]));
  await breathe();
  const grouped = groupByChannel(files, channelExpectation(datasetJson), written);
  await breathe();
  const [imageBase, labelBase] = [images, labels].map((folder) => join(folder, sep)) as [string, string];
  return grouped.map(({ id, files: names }: CaseFiles): RawCase => ({
    id,
    images: names.map((name) => imageBase + name),
    label: labelBase + (labelOf.get(id) ?? id + ending),
  }));
}
