/** DICOM as input of a prediction: its series become NIfTI images for the while, and the masks go back as DICOM SEG. */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readVolume } from '../../images/dicom/assemble';
import type { Stack } from '../../images/dicom/stack';
import { casesOf } from '../../dataset/importers/dicomCases';
import { seriesToPredict } from '../../dataset/importers/dicomChannels';
import { holdsDicom, readDicomSource } from '../../dataset/importers/dicomSource';
import type { WantedChannel } from '../../dataset/importers/plan';
import { listSource } from '../../dataset/importers/sourceFiles';
import { imageFileName } from '../../dataset/rawDataset';
import { writeScan } from '../../dataset/scans';
import type { StageContext } from '../progress';
import { exportSegmentation } from '../exportSegmentation';

const fileEnding = '.nii.gz';

export interface DicomInput {
  /** Holds an image for each case and channel. */
  folder: string;
  /** What each case was made of, by its id. */
  cases: Map<string, { kind: string; stack: Stack }>;
}

/**
 * @param target  an empty folder for the images
 * @returns undefined where the input is no folder of DICOM
 */
export async function readDicomInput(
  input: readonly string[],
  target: string,
  channels: readonly WantedChannel[] | undefined,
  { signal, warn }: StageContext,
): Promise<DicomInput | undefined> {
  const [source, ...more] = input;
  const info = source === undefined ? undefined : await stat(source).catch(() => undefined);
  if (more.length > 0 || !info?.isDirectory()) return undefined;
  const listing = await listSource(source!);
  if (!(await holdsDicom(source!, listing))) return undefined;
  const found = await readDicomSource(source!, listing, { signal });
  const chosen = seriesToPredict(source!, found, channels);
  const { cases, refused } = casesOf(found, chosen, new Map(), false);
  for (const { case: id, why } of refused) warn('series-left-out', `${id}: ${why}`);
  for (const { kind, problem } of found.series) if (problem) warn('series-left-out', `${kind}: ${problem}.`);
  await mkdir(target, { recursive: true });
  const converted: DicomInput = { folder: target, cases: new Map() };
  for (const { id, series } of cases) {
    for (const [channel, { images }] of series.entries()) {
      const { voxels, shape, geometry, findings } = await readVolume(images, signal);
      for (const { code, message } of findings) warn(code, `${id}: ${message}`);
      await writeScan(join(target, imageFileName(id, channel, fileEnding)), voxels, shape, geometry);
    }
    converted.cases.set(id, { kind: series[0]!.kind, stack: series[0]!.stack! });
  }
  return converted;
}

/** Writes CASE.dcm beside each mask; empty masks have none. */
export async function exportPredictedSegmentations(
  { cases }: DicomInput,
  written: readonly { case: string; output: string }[],
  output: string,
  warn: StageContext['warn'],
): Promise<string[]> {
  const files: string[] = [];
  for (const { case: id, output: mask } of written) {
    const source = cases.get(id);
    if (!source) continue;
    const file = join(output, `${id}.dcm`);
    const isWritten = await exportSegmentation({
      mask,
      series: source.stack,
      output: file,
      datasetJson: join(output, 'dataset.json'),
    }).then(
      () => true,
      (error: unknown) => {
        if ((error as { code?: string }).code !== 'empty-mask') throw error;
        warn('empty-mask', `${id}: the mask is empty, so there is no DICOM SEG of it.`);
        return false;
      },
    );
    if (isWritten) files.push(file);
  }
  return files;
}
