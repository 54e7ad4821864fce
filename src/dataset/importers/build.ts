/** Writes an examined import into a new dataset folder: copies what can be copied, converts the rest. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reorientVoxels } from '../../geometry/reorientation';
import { writeFileAtomic } from '../../storage/atomicFile';
import { PyFloat, stringifyJson } from '../../method/jsonWriter';
import { mapConcurrently } from '../../storage/mapConcurrently';
import { imageFileName, rawPaths } from '../rawDataset';
import { readScan, writeScan } from '../scans';
import type { ExaminedCase } from './examineCases';
import type { LabelMapping } from './labelMapping';
import { colourCodes } from './labelSurvey';
import { splitVolumes } from './nifti4d';
import type { ImportContext, ImportLabel } from './plan';
import { importableEnding } from './sourceFiles';
import { keepsBytes, transfer } from './transfer';

interface BuildSettings {
  fileEnding: string;
  mapping: LabelMapping;
  /** Label files that must not be copied as they are (stored as floating point). */
  rewrite: ReadonlySet<string>;
}

/** Fills imagesTr, labelsTr, imagesTs and labelsTs below `folder`. */
export async function buildCases(
  folder: string,
  training: readonly ExaminedCase[],
  test: readonly ExaminedCase[],
  settings: BuildSettings,
  { signal, progress }: ImportContext,
): Promise<void> {
  const paths = rawPaths(folder);
  const jobs = [
    ...training.map((one) => ({ one, images: paths.images, labels: paths.labels })),
    ...test.map((one) => ({ one, images: paths.testImages, labels: paths.testLabels })),
  ];
  for (const path of new Set(
    jobs.flatMap(({ one, images, labels }) => (one.labels.length > 0 ? [images, labels] : [images])),
  )) {
    await mkdir(path, { recursive: true });
  }
  let done = 0;
  await mapConcurrently(jobs, 3, async ({ one, images, labels }) => {
    signal?.throwIfAborted();
    await writeImages(one, images, settings.fileEnding);
    if (one.labels.length > 0) await writeLabel(one, join(labels, one.id + settings.fileEnding), settings);
    progress?.({ done: ++done, total: jobs.length, message: `Writing ${one.id}` });
  });
}

async function writeImages(one: ExaminedCase, folder: string, fileEnding: string): Promise<void> {
  const target = (channel: number) => join(folder, imageFileName(one.id, channel, fileEnding));
  const volumes = one.images.flatMap(({ volume }) => (volume === undefined ? [] : [volume]));
  if (volumes.length > 0) {
    const files = await splitVolumes(one.images[0]!.file, volumes, fileEnding === '.nii.gz');
    for (const [channel, bytes] of files.entries()) await writeFileAtomic(target(channel), bytes);
    return;
  }
  for (const [channel, { file }] of one.images.entries()) await transfer(file, target(channel));
  await writeSideFile(one, folder, fileEnding);
}

/** TIFF stacks have their spacing in CASE.json beside them. */
async function writeSideFile(one: ExaminedCase, folder: string, fileEnding: string): Promise<void> {
  const { spacing, shape } = one.header;
  if (!fileEnding.startsWith('.tif') || shape[0] === 1 || spacing.every((mm) => mm === 1)) return;
  await writeFileAtomic(
    join(folder, `${one.id}.json`),
    stringifyJson({ spacing: spacing.map((mm) => new PyFloat(mm)) }),
  );
}

async function writeLabel(one: ExaminedCase, to: string, settings: BuildSettings): Promise<void> {
  const { mapping, fileEnding, rewrite } = settings;
  const used = mapping.parts.flatMap(({ part, values }) => {
    const label = one.labels.find((found) => found.part === part);
    return label ? [{ label, values }] : [];
  });
  const [only] = used;
  const convertible = keepsBytes(importableEnding(one.labels[0]!.file) ?? '', fileEnding);
  if (mapping.isIdentity && only && convertible && !one.labelTakesImageGeometry && !rewrite.has(only.label.file)) {
    await transfer(only.label.file, to);
    await writeSideFile(one, dirname(to), fileEnding);
    return;
  }
  const highest = Math.max(0, ...mapping.labels.values());
  const voxels = one.header.shape[0] * one.header.shape[1] * one.header.shape[2];
  const result = highest < 256 ? new Uint8Array(voxels) : new Uint16Array(voxels);
  for (const { label, values } of used) await paint(result, label, values, mapping.threshold, one);
  const hasOwnGeometry = used.length === 1 && convertible && !one.labelTakesImageGeometry;
  const source = await (hasOwnGeometry ? readScan(only!.label.file, 'label') : readScan(one.images[0]!.file));
  await writeScan(to, result, one.header.shape, source.geometry(), 'label');
}

/** Writes one label file's values, mapped, over what is there. */
async function paint(
  result: Uint8Array | Uint16Array,
  { file }: ImportLabel,
  values: ReadonlyMap<number, number>,
  threshold: boolean,
  { header, turns }: ExaminedCase,
): Promise<void> {
  const scan = await readScan(file, 'label');
  const turn = turns.get(file) ?? [];
  const { voxels } = reorientVoxels(scan.data, [scan.header.channels, ...scan.header.shape], turn);
  const { data } = colourCodes(voxels, scan.header.channels, header.shape);
  if (threshold) {
    const target = [...values.values()][0] ?? 1;
    for (let i = 0; i < result.length; i++) if (data[i]! >= 128) result[i] = target;
    return;
  }
  for (let i = 0; i < result.length; i++) {
    const value = data[i]!;
    if (value === 0) continue;
    const mapped = values.get(Math.round(value));
    if (mapped !== undefined && mapped !== 0) result[i] = mapped;
  }
}
