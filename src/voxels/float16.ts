/** float16 numbers, which JavaScript has no array for: kept as their bits. */
import { callNative } from './load';

export function float16ToFloat32(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  callNative((voxels) => voxels.halfToFloat(bits, values));
  return values;
}
