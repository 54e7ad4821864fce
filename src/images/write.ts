/** Writes segmentations onto the grid of their image, as nnU-Net's readers do, and volumes for samples and import. Every file appears whole or not at all. */
import { axisCodes, orientationOf } from '../geometry/axes';
import { asThreeDimensional } from '../geometry/itkGrid';
import { reorientationBetween, reorientGeometry, reorientVoxels } from '../geometry/reorientation';
import type { Geometry, Shape3, Shape4, Vector3, VoxelArray } from '../geometry/types';
import { ImageError } from '../method/errors';
import { pyFloat, stringifyJson } from '../method/jsonWriter';
import { writeFileAtomic } from '../storage/atomicFile';
import { formatOf, splitEnding, writableEndings } from './endings';
import { writeWithItk } from './itkWriteFile';
import { gridAsNibabel, gridAsSimpleItk, writeNifti } from './niftiWrite';
import { spacingFiles, type FileRole } from './tiffSpacing';
import type { ImageProperties, ReaderName } from './types';

type Labels = Uint8Array | Uint16Array;

/**
 * Writes labels so that the file lies exactly where the image did that `properties` came from.
 * Stored as uint8 if the largest label is below 255, else as uint16.
 * @param labels  C order (z, y, x), in the array order in which `reader` read the image
 */
export async function writeSegmentation(
  file: string,
  labels: Labels,
  shape: Shape3,
  properties: ImageProperties,
  reader: ReaderName,
): Promise<void> {
  const voxels = inSmallestType(labels);
  const shape4: Shape4 = [1, ...shape];
  switch (reader) {
    case 'SimpleITKIO':
      return writeGrid(file, voxels, shape4, required(properties.sitk_stuff, file));
    case 'SimpleITKIOWithReorient':
      return writeTurnedBack(file, voxels, shape4, properties);
    case 'NibabelIO':
    case 'NibabelIOWithReorient':
      return writeAsNibabel(file, voxels, shape4, properties);
    case 'NaturalImage2DIO':
    case 'Tiff3DIO':
      return writeVolume(
        file,
        voxels,
        shape,
        { spacing: reader === 'Tiff3DIO' ? [...properties.spacing].reverse() : undefined },
        'label',
      );
  }
}

/**
 * Writes any volume; the ending decides the format.
 * @param voxels    C order (z, y, x), or (c, z, y, x) with a shape of four entries
 * @param geometry  ITK's grid (x, y, z; LPS mm); what is missing is 1 mm, origin 0, identity. TIFF stacks keep their
 *                  spacing in the side file CASE.json
 * @param role      what the file is: it decides which part of its name is CASE
 */
export async function writeVolume(
  file: string,
  voxels: VoxelArray,
  shape: Shape3 | Shape4,
  geometry: Partial<Geometry> = {},
  role: FileRole = 'image',
): Promise<void> {
  const shape4: Shape4 = shape.length === 4 ? shape : [1, ...shape];
  const count = shape4.reduce((product, length) => product * length, 1);
  if (count !== voxels.length) {
    throw new ImageError('shape-mismatch', `${voxels.length} voxels don't fill a volume of ${shape.join(' x ')}`, {
      where: file,
    });
  }
  const format = formatOf(endingOf(file));
  if (format === 'tiff' || format === 'png' || format === 'bmp' || format === 'jpeg') {
    await writeWithItk(file, format, voxels, shape4, pictureGrid(shape4));
    if (format === 'tiff' && shape4[1] > 1 && geometry.spacing)
      await writeSpacing(file, [...geometry.spacing].reverse() as Vector3, role);
    return;
  }
  const { spacing = [1, 1, 1], origin = [0, 0, 0], direction = [1, 0, 0, 0, 1, 0, 0, 0, 1] } = geometry;
  await writeGrid(file, voxels, shape4, { spacing, origin, direction });
}

async function writeGrid(file: string, voxels: VoxelArray, shape: Shape4, geometry: Geometry): Promise<void> {
  const ending = endingOf(file);
  // 4D files were read as channels; a segmentation of them has the grid of one channel.
  const grid = shape[1] > 1 ? asThreeDimensional(geometry) : geometry;
  const format = writableEndings.includes(ending) ? formatOf(ending) : undefined;
  if (format === 'nifti') return writeNifti(file, voxels, shape, gridAsSimpleItk(grid));
  if (format === 'nrrd' || format === 'meta' || format === 'gipl')
    return writeWithItk(file, format, voxels, shape, grid);
  throw notWritable(file, ending);
}

async function writeTurnedBack(
  file: string,
  voxels: Labels,
  shape: Shape4,
  properties: ImageProperties,
): Promise<void> {
  const geometry = required(properties.sitk_stuff, file);
  const current = orientationOf(geometry);
  const turn = reorientationBetween(current, properties.original_orientation ?? current);
  const turned = reorientVoxels(voxels, shape, turn);
  await writeGrid(file, turned.voxels, turned.shape, reorientGeometry(geometry, shape, turn));
}

async function writeAsNibabel(file: string, voxels: Labels, shape: Shape4, properties: ImageProperties): Promise<void> {
  const stuff = required(properties.nibabel_stuff, file);
  const ending = endingOf(file);
  if (formatOf(ending) !== 'nifti') throw notWritable(file, ending);
  const zooms = [...properties.spacing].reverse();
  const { original_affine: affine, unit_mm: unit } = stuff;
  if (!stuff.reoriented_affine) return writeNifti(file, voxels, shape, gridAsNibabel(affine, zooms, unit));
  const turn = reorientationBetween('RAS', axisCodes(affine));
  const turned = reorientVoxels(voxels, shape, turn);
  const turnedZooms = turn.map(({ from }) => zooms[from] ?? 1);
  await writeNifti(file, turned.voxels, turned.shape, gridAsNibabel(affine, turnedZooms, unit));
}

/** As Tiff3DIO writes and reads it. @param spacing mm, (z, y, x) */
async function writeSpacing(file: string, spacing: Vector3, role: FileRole): Promise<void> {
  const [side] = spacingFiles(file, role);
  await writeFileAtomic(side, stringifyJson({ spacing: spacing.map(pyFloat) }));
}

function pictureGrid([, z]: Shape4): Geometry {
  return z === 1
    ? { spacing: [1, 1], origin: [0, 0], direction: [1, 0, 0, 1] }
    : { spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
}

function endingOf(file: string): string {
  return splitEnding(file).ending.toLowerCase();
}

function inSmallestType(labels: Labels): Labels {
  let largest = 0;
  for (let i = 0; i < labels.length; i++) if ((labels[i] as number) > largest) largest = labels[i] as number;
  if (largest < 255) return labels instanceof Uint8Array ? labels : Uint8Array.from(labels);
  return labels instanceof Uint16Array ? labels : Uint16Array.from(labels);
}

function notWritable(file: string, ending: string): ImageError {
  return new ImageError('ending-not-writable', `${ending || 'A file without ending'} can't be written here`, {
    where: file,
    hint: 'Use .nii.gz (nibabel readers: or .nii), .nrrd, .mha, or .png and .tif for pictures.',
  });
}

function required<T>(stuff: T | undefined, file: string): T {
  if (stuff !== undefined) return stuff;
  throw new ImageError('no-geometry', 'The properties of this case lack the geometry that its reader needs', {
    where: file,
    hint: 'Preprocess the case again with the reader of these plans.',
  });
}
