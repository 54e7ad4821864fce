/** A checkpoint's tensors as float32, whatever type they are stored in. */
import { EngineError } from '../../method/errors';
import { tensorBytes, type TensorSource } from '../../engine/safetensors';

export async function floatsOf(tensor: TensorSource): Promise<Float32Array> {
  const bytes = await tensor.read();
  if (bytes.length !== tensorBytes(tensor)) throw new RangeError(`${bytes.length} bytes in a tensor`);
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  // The bytes may start anywhere in their buffer.
  const { buffer } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const offset = bytes.byteOffset % 8 === 0 ? bytes.byteOffset : 0;
  switch (tensor.dtype) {
    case 'float32':
      return new Float32Array(buffer, offset, count);
    case 'float64':
      return Float32Array.from(new Float64Array(buffer, offset, count));
    case 'bfloat16':
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer, offset, count), (bits) => bits << 16).buffer);
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer, offset, count), floatOfHalf);
    default:
      throw new EngineError('bad-checkpoint', `The weights are stored as ${tensor.dtype}`, {
        hint: 'Use a checkpoint whose weights are floating-point numbers.',
      });
  }
}

export function floatOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

/** Nearest half-precision number, to even; what is too large becomes the largest. */
export function halfOfFloat(value: number): number {
  float[0] = value;
  const bits = pattern[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7bff;
  if (magnitude < 0x38800000) {
    // Below 2^-14 the steps are 2^-24 wide; adding 0.5 lets the processor round.
    float[0] = Math.abs(value) + 0.5;
    return sign | (pattern[0]! - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
}
