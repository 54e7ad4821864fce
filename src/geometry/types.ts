/** The words of this folder: shapes, places, affines, grids in space. */

/** (z, y, x) */
export type Shape3 = [z: number, y: number, x: number];
/** (channel, z, y, x) */
export type Shape4 = [c: number, z: number, y: number, x: number];
export type Vector3 = [number, number, number];
/** Voxels from `low` up to, not including, `high`; axes (z, y, x). */
export interface VoxelBox {
  low: Vector3;
  high: Vector3;
}

/** 4 x 4, rows first; maps voxel indices (x, y, z, 1) to millimetres in RAS+. */
export type Affine = readonly (readonly number[])[];

/** The voxels of a file as they are stored. 64-bit integers become Float64Array. */
export type VoxelArray =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** A grid in space, in ITK's terms: axes (x, y, z), millimetres, LPS+. Two-dimensional files have two entries (direction: four). */
export interface Geometry {
  spacing: number[];
  origin: number[];
  /** Direction cosines, row by row; column i is the direction of axis i. */
  direction: number[];
}
