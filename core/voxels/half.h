// IEEE 754 binary16 ("float16") as raw bits, with the conversions that numpy and torch make.
// All round to nearest, ties to even; overflow gives infinity; NaN stays NaN. Rows use F16C where the CPU has it.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace nnunet::voxels {

/// Exact.
float halfToFloat(uint16_t bits);
/// One rounding, as torch and numpy round float32.
uint16_t floatToHalf(float value);
/// One rounding straight from float64, as numpy does (going through float32 would round twice).
uint16_t doubleToHalf(double value);

/// The same for rows; `in` and `out` have the same length.
void halfToFloat(std::span<const uint16_t> in, std::span<float> out);
void floatToHalf(std::span<const float> in, std::span<uint16_t> out);
void doubleToHalf(std::span<const double> in, std::span<uint16_t> out);

/// acc[i] = half(float(acc[i]) + value[i] * weight[i]): torch's `half += float * half`, computed in float32.
void accumulateHalf(std::span<uint16_t> acc, std::span<const float> value, std::span<const float> weight);
/// acc[i] = half(float(acc[i]) + value[i]).
void accumulateHalf(std::span<uint16_t> acc, std::span<const float> value);
/// value[i] = half(float(value[i]) / float(divisor[i])).
void divideHalf(std::span<uint16_t> value, std::span<const uint16_t> divisor);

}  // namespace nnunet::voxels
