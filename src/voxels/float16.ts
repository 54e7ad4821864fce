/** float16 numbers, which JavaScript has no array for: kept as their bits. */
import { callNative } from './load';

export function float16ToFloat32(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  callNative((voxels) => voxels.halfToFloat(bits, values));
  return values;
}

/** Rounds to the nearest, ties to even; what is too large becomes infinite. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  callNative((voxels) => voxels.floatToHalf(values, bits));
  return bits;
}
