/** The rules of nnU-Net's readers for one file: which array and which properties it becomes. Nothing is resampled. */
import { voxelEdgesMm } from '../geometry/affine';
import { axisCodes, orientationOf } from '../geometry/axes';
import {
  isIdentity,
  reorientAffine,
  reorientationBetween,
  reorientGeometry,
  reorientVoxels,
} from '../geometry/reorientation';
import type { Affine, Geometry, Shape4, Vector3 } from '../geometry/types';
import { ImageError } from '../method/errors';
import { decodeImage } from './decode';
import { toFloat32 } from './storedVoxels';
import { tiffSpacing, type FileRole } from './tiffSpacing';
import type { DecodedImage, ReaderName, Volume } from './types';

/** Spacing of the axis that a 2D image does not have: so large that no patch ever spans it. */
const pictureSpacing: Vector3 = [999, 1, 1];
const flatFactor = 999;

export async function readOne(file: string, reader: ReaderName, role: FileRole = 'image'): Promise<Volume> {
  const image = await decodeImage(file);
  switch (reader) {
    case 'SimpleITKIO':
      return simpleItk(image);
    case 'SimpleITKIOWithReorient':
      return simpleItkReoriented(image);
    case 'NibabelIO':
      return nibabel(image, false);
    case 'NibabelIOWithReorient':
      return nibabel(image, true);
    case 'NaturalImage2DIO':
      return picture(image);
    case 'Tiff3DIO':
      return tiffStack(image, role);
  }
}

function shapeOf({ header }: DecodedImage): Shape4 {
  return [header.channels, ...header.shape];
}

function values({ header, voxels }: DecodedImage): Float32Array {
  return toFloat32(voxels, header.scaling);
}

function simpleItk(image: DecodedImage): Volume {
  const geometry = image.itkGeometry();
  return {
    data: values(image),
    shape: shapeOf(image),
    properties: { sitk_stuff: geometry, spacing: arraySpacing(geometry) },
  };
}

/** Array order; a 2D image gets a third axis that is far coarser than the others. */
function arraySpacing({ spacing }: Geometry): Vector3 {
  const [x = 1, y = 1, z] = spacing.map(Math.abs);
  return [z ?? Math.max(x, y) * flatFactor, y, x];
}

function simpleItkReoriented(image: DecodedImage): Volume {
  const geometry = image.itkGeometry();
  if (geometry.spacing.length !== 3) {
    throw new ImageError('not-3d', 'SimpleITKIOWithReorient reads 3D images only', {
      where: image.header.file,
      hint: 'Use SimpleITKIO: a 2D image has no orientation in the body.',
    });
  }
  const orientation = orientationOf(geometry);
  const turn = reorientationBetween(orientation, 'RAS');
  const turned = reorientVoxels(values(image), shapeOf(image), turn);
  const sitk_stuff = reorientGeometry(geometry, shapeOf(image), turn);
  return {
    data: turned.voxels,
    shape: turned.shape,
    properties: { sitk_stuff, spacing: arraySpacing(sitk_stuff), original_orientation: orientation },
  };
}

function nibabel(image: DecodedImage, reorients: boolean): Volume {
  const { header } = image;
  if (!image.nibabel) {
    throw new ImageError('wrong-reader', `nibabel does not read ${header.format} files`, {
      where: header.file,
      hint: 'Use SimpleITKIO, or convert the images to .nii.gz.',
    });
  }
  if (header.channels !== 1 || header.spatialDimensions !== 3) {
    throw new ImageError('not-3d', 'NibabelIO reads 3D images of one channel only', {
      where: header.file,
      hint: 'Write each channel to its own file (CASE_0000, CASE_0001, …), or use SimpleITKIO with .nii.gz.',
    });
  }
  const { affine, zooms, unitMm } = image.nibabel;
  const unit = unitMm === 1 ? {} : { unit_mm: unitMm };
  const spacing: Vector3 = [zooms[2], zooms[1], zooms[0]];
  if (!reorients) {
    return {
      data: values(image),
      shape: shapeOf(image),
      properties: { nibabel_stuff: { original_affine: affine, ...unit }, spacing },
    };
  }
  const turn = reorientationBetween(axisCodes(affine), 'RAS');
  const turned = reorientVoxels(values(image), shapeOf(image), turn);
  const reoriented = reorientAffine(affine, shapeOf(image), turn);
  return {
    data: turned.voxels,
    shape: turned.shape,
    properties: {
      nibabel_stuff: { original_affine: affine, reoriented_affine: reoriented, ...unit },
      // nibabel makes a new header for an image it turns, with steps taken from the affine.
      spacing: isIdentity(turn) ? spacing : columnLengths(reoriented, header.format === 'NIfTI-2'),
    },
  };
}

function columnLengths(affine: Affine, inDouble: boolean): Vector3 {
  const lengths = voxelEdgesMm(affine).reverse();
  return lengths.map((length) => (inDouble ? length : Math.fround(length))) as Vector3;
}

function picture(image: DecodedImage): Volume {
  const { header } = image;
  const problem =
    header.shape[0] !== 1
      ? 'This is a stack, not a 2D image'
      : ![1, 3, 4].includes(header.channels)
        ? `A 2D image has 1, 3 or 4 channels, this one ${header.channels}`
        : undefined;
  if (problem) {
    throw new ImageError('not-2d', problem, {
      where: header.file,
      hint: 'Save it as grey, RGB or RGBA; a TIFF stack is read by Tiff3DIO.',
    });
  }
  return { data: eightBitColours(image), shape: shapeOf(image), properties: { spacing: [...pictureSpacing] } };
}

/** PNG colours of 16 bits reach nnU-Net as their upper 8 bits (PIL has no deeper colours); grey keeps its 16. */
function eightBitColours(image: DecodedImage): Float32Array {
  const isDeep = image.header.format === 'PNG' && image.header.channels > 1 && image.voxels instanceof Uint16Array;
  return isDeep
    ? toFloat32(
        (image.voxels as Uint16Array).map((value) => value >> 8),
        undefined,
      )
    : values(image);
}

async function tiffStack(image: DecodedImage, role: FileRole): Promise<Volume> {
  const { header } = image;
  if (header.format !== 'TIFF' || header.channels !== 1 || header.shape[0] < 2) {
    throw new ImageError('not-3d', 'Tiff3DIO reads grey TIFF stacks of several pages only', {
      where: header.file,
      hint: 'Use NaturalImage2DIO for 2D images, and one file per channel.',
    });
  }
  const spacing = await tiffSpacing(header.file, role);
  return { data: values(image), shape: shapeOf(image), properties: { spacing } };
}
