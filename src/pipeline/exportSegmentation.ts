/** Writes a label map as DICOM SEG, for the series that it was predicted on. */
import { dirname, join } from 'node:path';
import { turnOnto } from '../geometry/grids';
import { affineFromGeometry } from '../geometry/itkGrid';
import { reorientVoxels } from '../geometry/reorientation';
import type { VoxelArray } from '../geometry/types';
import { decodeImage } from '../images/decode';
import { gridOfStack, stackOf } from '../images/dicom/assemble';
import { openDicom } from '../images/dicom/dicomFile';
import { encodeSegmentation, type ExportedStructure } from '../images/dicom/encodeSegmentation';
import { seriesAround, seriesIn } from '../images/dicom/seriesFiles';
import type { Stack } from '../images/dicom/stack';
import type { DecodedImage } from '../images/types';
import { ImageError, NnunetError } from '../method/errors';
import { writeFileAtomic } from '../storage/atomicFile';
import { counted } from '../words/counted';
import { evaluatedDatasetJson } from './evaluate';

interface SegmentationRequest {
  /** Of labels. */
  mask: string;
  /** Folder of DICOM: the series whose grid fits is taken; or the series itself. */
  series: string | Stack;
  output: string;
  /** Names of the labels; otherwise the one beside the mask. */
  datasetJson?: string;
}

interface ExportedSegmentation {
  output: string;
  structures: ExportedStructure[];
  /** Slices of the series. */
  slices: number;
}

/** @throws ImageError `no-fitting-series`, `not-labels`, `empty-mask` */
export async function exportSegmentation(request: SegmentationRequest): Promise<ExportedSegmentation> {
  const { mask, output } = request;
  const datasetJson = await evaluatedDatasetJson(request.datasetJson ?? join(dirname(mask), 'dataset.json'));
  const image = await decodeImage(mask);
  const { series } = request;
  const { stack, labels } =
    typeof series === 'string' ? await fittingSeries(image, series, mask) : { stack: series, labels: image.voxels };
  const occurring = new Set<number>();
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) occurring.add(labels[i] as number);
  const names = new Map<number, string>();
  for (const [name, value] of Object.entries(datasetJson.labels)) if (typeof value === 'number') names.set(value, name);
  const structures = [...occurring]
    .sort((a, b) => a - b)
    .map((value) => ({ value, name: names.get(value) ?? `Label ${value}` }));
  if (
    structures.some(({ value }) => !Number.isInteger(value) || value < 0 || value > 65535) ||
    structures.length > 1024
  )
    throw new ImageError('not-labels', 'This is no label map: its values are no labels', {
      where: mask,
      hint: 'Name a mask, not an image.',
    });
  if (structures.length === 0)
    throw new ImageError('empty-mask', 'The mask is empty, and a DICOM SEG without a structure cannot be stored', {
      where: mask,
      hint: 'There is nothing to send back for this image.',
    });
  const { item } = await openDicom(stack.frames[0]!.image.file);
  await writeFileAtomic(output, encodeSegmentation({ stack, item }, labels, structures, 'nnU-Net segmentation'));
  return { output, structures, slices: stack.frames.length };
}

/** The series on whose grid the mask lies; masks that were stored along other axes (dcm2niix flips rows) are turned. */
async function fittingSeries(
  mask: DecodedImage,
  folder: string,
  file: string,
): Promise<{ stack: Stack; labels: VoxelArray }> {
  const all = await seriesIn(folder);
  const problems: string[] = [];
  for (const { file: slice } of all) {
    try {
      const stack = stackOf(await seriesAround(slice));
      const { shape, geometry } = gridOfStack(stack);
      const turn = turnOnto({ shape, affine: affineFromGeometry(geometry) }, mask.header);
      if (!turn) {
        problems.push(`${[...shape].reverse().join(' x ')} voxels`);
        continue;
      }
      return { stack, labels: reorientVoxels(mask.voxels, [1, ...mask.header.shape], turn).voxels };
    } catch (error) {
      if (!(error instanceof NnunetError)) throw error;
      problems.push(error.message);
    }
  }
  const shape = [...mask.header.shape].reverse().join(' x ');
  const seen =
    problems.length > 0
      ? `${counted(problems.length, 'series', 'series')}: ${problems.slice(0, 3).join('; ')}`
      : 'no image series';
  throw new ImageError(
    'no-fitting-series',
    `No series of this folder has the mask's grid (${shape} voxels); it holds ${seen}`,
    {
      where: file,
      hint: 'Name the folder of the series that the image was made from.',
    },
  );
}
