/** Opens one case: do image and label lie on the same grid, are the intensities numbers, are the label values the declared ones? */
import { createHash } from 'node:crypto';
import { gridDistance, sameSpacing } from '../../geometry/grids';
import type { VoxelArray } from '../../geometry/types';
import { counted, countedAre } from '../../words/counted';
import { type DatasetJson, channelNames } from '../../method/datasetJson';
import { normalizationScheme } from '../../method/normalization';
import type { FileRole } from '../../images/tiffSpacing';
import type { Finding } from '../findings';
import { integerTolerance } from '../importers/examineLabels';
import { surveyLabel } from '../importers/labelSurvey';
import { type RawCase } from '../rawDataset';
import { type Scan, type ScanHeader, readScan } from '../scans';
import type { DatasetDescription } from './datasetJson';
import { type Candidate, type ExtremeVoxel, examineCandidate } from './extremeVoxels';
import { shownPath } from './files';
import { checkIntensities } from './intensities';
import { undeclaredText } from './undeclared';

export interface CaseCheck {
  id: string;
  findings: Finding[];
  /** Hash of the voxels of all its images; undefined if one could not be read. */
  hash?: string;
  /** Values in its label; undefined where there is none that can be read. */
  values?: readonly number[];
  /** What only all cases together can judge. */
  extremes: readonly ExtremeVoxel[];
}

/** Grids that differ by more than this part of a voxel are said to differ. */
const geometryTolerance = 1e-3;
/** Differences up to this part of a voxel are rounding in the label's header, and safe to take from the image. */
export const fixableGeometry = 0.1;

export async function checkCase(
  folder: string,
  one: RawCase,
  { datasetJson, declaredValues }: DatasetDescription,
): Promise<CaseCheck> {
  const findings: Finding[] = [];
  const add: Add = (file, code, severity, message, fix, values) => {
    const more = { ...(values && { values }), ...(fix && { fix }) };
    findings.push({ case: one.id, file: shownPath(folder, file), code, severity, message, ...more });
  };
  const usesNibabel = readsWithNibabel(datasetJson!);
  const names = channelNames(datasetJson!);
  const hash = createHash('sha256');
  let complete = true;
  let first: { file: string; header: ScanHeader } | undefined;
  let channels = 0;
  const candidates: Candidate[] = [];
  for (const file of one.images) {
    const scan = await open(file, 'image', usesNibabel, add);
    if (!scan) {
      complete = false;
      continue;
    }
    hash.update(JSON.stringify(scan.header.shape));
    hash.update(new Uint8Array(scan.data.buffer, scan.data.byteOffset, scan.data.byteLength));
    if (first) compareGrids(file, scan.header, first, 'image', add);
    else {
      first = { file, header: scan.header };
      checkSliceAxis(file, scan.header, add);
    }
    const schemes = names.slice(channels, channels + scan.header.channels).map(normalizationScheme);
    for (const { channel, greatest } of checkIntensities(scan, schemes, (...report) => add(file, ...report))) {
      const ofCase = { channel: channels + channel, scheme: schemes[channel] };
      candidates.push({ scan, file: shownPath(folder, file), channelOfFile: channel, ...ofCase, greatest });
    }
    channels += scan.header.channels;
  }
  const wanted = names.length;
  if (complete && channels !== wanted) {
    const message = `The images of this case hold ${counted(channels, 'channel')}, but dataset.json names ${wanted}`;
    add(one.images[0]!, 'channel-count', 'error', message);
  }
  const label = one.label ? await checkLabel(one.label, first, datasetJson!, declaredValues!, add) : undefined;
  return {
    id: one.id,
    findings,
    extremes: candidates.map((candidate) => examineCandidate(candidate, label?.data)),
    ...(complete ? { hash: hash.digest('hex') } : {}),
    ...(label ? { values: label.values } : {}),
  };
}

/** nnU-Net cuts slices along z, or along the axis with the largest voxels: anywhere else a thickness of one voxel is no slice to learn from. */
function checkSliceAxis(file: string, { shape, spacing }: ScanHeader, add: Add): void {
  const axis = [1, 2].find((at) => shape[at] === 1);
  if (axis === undefined || shape[0] === 1) return;
  if (spacing.every((mm, at) => at === axis || mm < spacing[axis]!)) return;
  const [name, size] = [['z', 'y', 'x'][axis]!, [...shape].reverse().join('x')];
  const message = `This image has one voxel along ${name} (${size}): slices of one plane must lie along x and y. Turn images and labels, so that the axis of one voxel is z`;
  add(file, 'slice-axis', 'error', message);
}

function readsWithNibabel({ file_ending, overwrite_image_reader_writer }: DatasetJson): boolean {
  return overwrite_image_reader_writer ? overwrite_image_reader_writer.startsWith('Nibabel') : file_ending === '.nii';
}

type Add = (
  file: string,
  code: string,
  severity: Finding['severity'],
  message: string,
  fix?: string,
  values?: number[],
) => void;

async function open(file: string, role: FileRole, usesNibabel: boolean, add: Add): Promise<Scan | undefined> {
  try {
    const scan = await readScan(file, role);
    // SimpleITK refuses some grids that nibabel takes; the voxels can be checked all the same.
    if (!usesNibabel) checkGrid(file, scan, add);
    return scan;
  } catch (error) {
    const message = (error as Error).message;
    add(file, 'unreadable', 'error', `This file cannot be read: ${message}`);
    return undefined;
  }
}

function checkGrid(file: string, scan: Scan, add: Add): void {
  try {
    scan.geometry();
  } catch (error) {
    const hint = 'NibabelIO as overwrite_image_reader_writer in dataset.json reads it.';
    add(
      file,
      'grid-refused',
      'error',
      `SimpleITK, which nnU-Net reads this format with, refuses the file: ${(error as Error).message}. ${hint}`,
    );
  }
}

async function checkLabel(
  file: string,
  image: { file: string; header: ScanHeader } | undefined,
  datasetJson: DatasetJson,
  declared: ReadonlySet<number>,
  add: Add,
): Promise<{ values: readonly number[]; data: VoxelArray } | undefined> {
  const scan = await open(file, 'label', readsWithNibabel(datasetJson), add);
  if (!scan) return undefined;
  const fits = !image || compareGrids(file, scan.header, image, 'label', add);
  if (scan.header.channels > 1) {
    add(
      file,
      'label-channels',
      'error',
      `A label map has one value per voxel, this file has ${scan.header.channels} (a colour picture?)`,
    );
    return undefined;
  }
  const survey = surveyLabel(scan.data, 1, scan.header.shape);
  if (survey.nonFinite > 0) {
    add(
      file,
      'label-not-finite',
      'error',
      `${countedAre(survey.nonFinite, 'voxel')} not a number in the label (NaN or infinite)`,
    );
  }
  if (survey.fraction > 0) {
    const canRound = survey.fraction <= integerTolerance && survey.nonFinite === 0 && fits;
    add(
      file,
      'label-not-integer',
      'error',
      `The label has values that are not whole numbers (up to ${Number(survey.fraction.toPrecision(3))} off)`,
      canRound ? 'Round the values' : undefined,
    );
    if (!canRound) return undefined;
  }
  const values = [...new Set([...survey.counts.keys()].map((value) => Math.round(value)))].sort((a, b) => a - b);
  const unknown = values.filter((value) => !declared.has(value));
  if (unknown.length > 0) {
    add(file, 'label-undeclared', 'error', undeclaredText(unknown), undefined, unknown);
  }
  const ignore = datasetJson.labels.ignore;
  if (values.every((value) => value === 0 || value === ignore)) {
    add(file, 'label-empty', 'warning', 'Nothing is labelled in this case: it teaches only what background looks like');
  }
  return { values, data: scan.data };
}

/** @returns whether the file has the image's shape */
function compareGrids(
  file: string,
  header: ScanHeader,
  image: { file: string; header: ScanHeader },
  what: 'image' | 'label',
  add: Add,
): boolean {
  const other = image.header;
  const size = ({ shape }: ScanHeader) => [...shape].reverse().join('x');
  if (header.shape.join() !== other.shape.join()) {
    add(
      file,
      'shape-mismatch',
      'error',
      `This ${what} has ${size(header)} voxels, the case's first image ${size(other)}`,
    );
    return false;
  }
  const distance = gridDistance(header, other);
  const canFix = what === 'label' && distance <= fixableGeometry;
  const fix = canFix ? "Give the label the image's origin, direction and spacing" : undefined;
  if (!sameSpacing(header.spacing, other.spacing)) {
    const mm = ({ spacing }: ScanHeader) =>
      [...spacing]
        .reverse()
        .map((step) => Number(step.toPrecision(7)))
        .join('x');
    add(
      file,
      'spacing-mismatch',
      'error',
      `This ${what} has the spacing ${mm(header)} mm, the case's first image ${mm(other)} mm`,
      fix,
    );
  } else if (distance > geometryTolerance) {
    const voxels = Number(distance.toPrecision(3));
    add(
      file,
      'geometry-mismatch',
      'warning',
      `Origin or direction of this ${what} differ from the case's first image, by up to ${counted(voxels, 'voxel')}; nnU-Net takes the image's`,
      fix,
    );
  }
  return true;
}
