/** Shapes and options that all voxel functions share. Arrays are C-order: (channels, z, y, x), x fastest. */

/** A permutation: entry i names the source axis that becomes axis i, as in numpy. */
export type Axes3 = readonly [number, number, number] | readonly number[];

export interface NativeOptions {
  /** Stops the work between slabs; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Threads of this call; all cores by default. Results do not depend on it. */
  threads?: number;
}

export interface ResamplingSettings {
  /** 0 nearest, 1 linear, 3 cubic spline. */
  order: number;
  /** Order along the separate axis. */
  orderZ: number;
  /** null: decided by the spacings. */
  forceSeparateZ: boolean | null;
}

/** Values that label maps are stored as. */
export type LabelData =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;
