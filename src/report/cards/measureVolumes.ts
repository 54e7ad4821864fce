/** How large are the labels in a folder of masks? A row for each mask, in volumes.csv beside them. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import { requireFreeFile } from '../../dataset/outputPlace';
import type { Roots } from '../../dataset/roots';
import { imageEndings, splitEnding } from '../../images/endings';
import { chooseReader } from '../../images/readers';
import { readSegmentation } from '../../images/volumes';
import { readModelDatasetJson, type DatasetJson } from '../../method/datasetJson';
import { DatasetError } from '../../method/errors';
import { LabelManager, labelOrRegionKey } from '../../method/labels';
import type { StageContext } from '../../pipeline/progress';
import { writeFileAtomic } from '../../storage/atomicFile';
import { csv } from '../csv';
import { datasetJsonOf } from '../evaluatedPlace';
import { isPicture } from '../isPicture';
import { volumesOf } from './measureDatasetCard';

interface VolumesOptions extends StageContext {
  folder: string;
  /** Where the labels are named; absent: beside the masks, or their dataset's. */
  datasetJson?: string;
  roots: Pick<Roots, 'raw' | 'preprocessed'>;
}

interface MaskVolumes {
  id: string;
  mask: string;
  /** By the labels' keys. */
  volumes: Record<string, number>;
}

interface Volumes {
  file: string;
  unit: 'ml' | 'pixel';
  labels: { key: string; name: string }[];
  cases: MaskVolumes[];
}

/** So begins the file: what else is called volumes.csv is left alone. */
const firstColumns = ['case', 'mask'];

/** @throws DatasetError `no-masks`, `labels-unknown`; ImageError for a mask that can't be read */
export async function measureVolumes({
  folder,
  datasetJson: named,
  roots,
  progress,
  signal,
}: VolumesOptions): Promise<Volumes> {
  const file = join(folder, 'volumes.csv');
  await requireFreeFile(file, { isSuch: isVolumes });
  const names = await readdir(folder).catch(() => [] as string[]);
  const masks = names
    .filter((name) => imageEndings.includes(splitEnding(name).ending.toLowerCase()))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (masks.length === 0) throw new DatasetError('no-masks', 'There are no masks in this folder', { where: folder });
  const datasetJson = await labelsFor(folder, named, roots);
  const manager = new LabelManager(datasetJson);
  const labels = manager.foreground.map((entry, at) => ({
    key: labelOrRegionKey(entry),
    name: manager.foregroundNames[at]!,
  }));
  const unit = isPicture(masks[0]!) ? 'pixel' : 'ml';
  const reader = await chooseReader(splitEnding(masks[0]!).ending, join(folder, masks[0]!));
  const cases: MaskVolumes[] = [];
  progress({ stage: 'evaluate', state: 'started', done: 0, total: masks.length });
  for (const [at, mask] of masks.entries()) {
    signal?.throwIfAborted();
    const { data, properties } = await readSegmentation(join(folder, mask), reader);
    const voxel = unit === 'pixel' ? 1 : properties.spacing.reduce((product, mm) => product * mm, 1) / 1000;
    cases.push({ id: splitEnding(mask).stem, mask, volumes: volumesOf(data, voxel, manager) });
    progress({ stage: 'evaluate', state: 'progress', done: at + 1, total: masks.length, message: mask });
  }
  const heads = [...firstColumns, ...labels.map(({ name }) => `${name} (${unit})`)];
  const rows = cases.map(({ id, mask, volumes }) => [id, mask, ...labels.map(({ key }) => volumes[key])]);
  await writeFileAtomic(file, csv([heads, ...rows]));
  progress({ stage: 'evaluate', state: 'done', done: masks.length, total: masks.length });
  return { file, unit, labels, cases };
}

async function isVolumes(file: string): Promise<boolean> {
  return (await readFile(file, 'utf8').catch(() => '')).startsWith(`${firstColumns.join(',')},`);
}

async function labelsFor(
  folder: string,
  named: string | undefined,
  roots: Pick<Roots, 'raw' | 'preprocessed'>,
): Promise<DatasetJson> {
  if (named !== undefined) return readModelDatasetJson(await readFile(named, 'utf8'), named, 'evaluation');
  const dataset = folder.split(/[\\/]/).findLast((part) => parseDatasetName(part) !== undefined);
  const found = await datasetJsonOf({ name: basename(folder), folder, evaluated: [{ folder }], dataset }, roots);
  if (found) return found.datasetJson;
  throw new DatasetError('labels-unknown', 'Nobody says what the values in these masks mean', {
    where: folder,
    hint: 'Put the dataset.json of their dataset beside them, or name it with --dataset-json.',
  });
}
