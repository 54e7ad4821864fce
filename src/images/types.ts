/** The words of this folder: readers, volumes, and what a file holds before a reader's rules are applied. */
import type { Affine, Geometry, Shape3, Shape4, Vector3, VoxelArray } from '../geometry/types';

/** nnU-Net's reader classes; the name is stored in plans and dataset.json. */
export const readerNames = [
  'NaturalImage2DIO',
  'SimpleITKIO',
  'Tiff3DIO',
  'NibabelIO',
  'NibabelIOWithReorient',
  'SimpleITKIOWithReorient',
] as const;
export type ReaderName = (typeof readerNames)[number];

export type StoredType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float32'
  | 'float64'
  | 'rgb24'
  | 'rgba32';

/** nnU-Net's property names, plain JSON: what is needed to write a segmentation onto the grid of its image. */
export interface ImageProperties {
  /** mm, array order (z, y, x) */
  spacing: Vector3;
  /** SimpleITK readers: the grid of the array, after reorientation if the reader does that. */
  sitk_stuff?: Geometry;
  /** Nibabel readers. */
  nibabel_stuff?: {
    original_affine: Affine;
    reoriented_affine?: Affine;
    /** Of a file in another unit than mm: nibabel takes its lengths for mm, and what is written must say the unit again. */
    unit_mm?: number;
  };
  /** SimpleITKIOWithReorient: the file's own orientation, e.g. "LPS". */
  original_orientation?: string;
}

/** One case in the form nnU-Net works on. */
export interface Volume {
  /** C order */
  data: Float32Array;
  shape: Shape4;
  properties: ImageProperties;
}

export type ImageFormat =
  | 'NIfTI-1'
  | 'NIfTI-2'
  | 'Analyze 7.5'
  | 'MGH'
  | 'NRRD'
  | 'MetaImage'
  | 'GIPL'
  | 'TIFF'
  | 'PNG'
  | 'JPEG'
  | 'BMP'
  | 'GIF'
  | 'DICOM';

/** What a file says about itself. */
export interface ImageHeader {
  file: string;
  format: ImageFormat;
  /** Voxels; 2D files have z = 1. */
  shape: Shape3;
  /** Length of the 4th axis, or components per voxel. */
  channels: number;
  /** Axes that the file itself has in space; a NIfTI file of one slice has 3. */
  spatialDimensions: 2 | 3;
  /** mm, array order (z, y, x); axes the file says nothing about have 1. */
  spacing: Vector3;
  /** mm in the unit in which the file states its lengths; absent: 1. */
  unitMm?: number;
  /** Voxel (x, y, z) -> RAS+ mm. Without any orientation in the file: NIfTI's method 1 (spacing only); for pictures the identity. */
  affine: Affine;
  storedType: StoredType;
  byteOrder: 'little' | 'big';
  /** value = stored * slope + intercept; undefined where the stored values are the values. */
  scaling?: Scaling;
  /** What was done to it while it was read: slices of a tilted gantry moved upright, missing ones filled in … */
  notes?: { code: string; message: string }[];
  /** The file's axes before trailing axes of length 1 are dropped: x, y, z, t … */
  fileShape: number[];
}

export interface Scaling {
  slope: number;
  intercept: number;
}

/** A file in memory, before a reader's rules are applied. */
export interface DecodedImage {
  header: ImageHeader;
  /** Stored values, C order (channel, z, y, x), native byte order; may be a view of a larger buffer. */
  voxels: VoxelArray;
  /** The grid as ITK sees it. Throws an ImageError where ITK would refuse the file. */
  itkGeometry(): Geometry;
  /** Only for the formats nibabel reads: its affine (which differs from the header's where a NIfTI file has no orientation) and zooms (x, y, z). */
  nibabel?: { affine: Affine; zooms: Vector3; unitMm: number };
}

export const channelLength = (shape: Shape3): number => shape[0] * shape[1] * shape[2];
