#include "voxels/half.h"

#include <algorithm>
#include <cmath>

#include "voxels/simd.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define NNUNET_F16C 1
#endif

namespace nnunet::voxels {

float halfToFloat(uint16_t bits) {
  const uint32_t sign = uint32_t{bits & 0x8000u} << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1f)
    return std::bit_cast<float>(sign | 0x7f800000u | (mantissa != 0 ? 0x400000u : 0u) | mantissa << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;  // subnormal or zero, exact
  return sign != 0 ? -magnitude : magnitude;
}

uint16_t floatToHalf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));  // NaN
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds to infinity
  if (magnitude < 0x38800000u) {
    // Subnormal: adding 0.5 leaves exactly the bits of float16 in the low mantissa, rounded to nearest even.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u) - (112u << 23);
  return static_cast<uint16_t>(sign | rounded >> 13);
}

namespace {

/// float64 -> float32 rounded to odd: a later rounding to float16 then sees everything that matters about the value.
/// Where the nearest float32 is even and inexact, the odd neighbour on the value's side is taken; without branches.
NNUNET_INLINE float roundToOdd(double value) {
  const auto nearest = static_cast<float>(value);
  const double back = nearest;
  const auto bits = std::bit_cast<uint32_t>(nearest);
  const uint32_t adjust = static_cast<uint32_t>(back != value) & ~bits & 1u;
  const uint32_t grow = static_cast<uint32_t>(std::abs(value) > std::abs(back));
  return std::bit_cast<float>(bits + adjust * (2u * grow - 1u));
}

NNUNET_SIMD void roundRowToOdd(const double* in, float* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = roundToOdd(in[i]);
}

}  // namespace

uint16_t doubleToHalf(double value) {
  return floatToHalf(roundToOdd(value));
}

namespace {

void halfToFloatPlain(const uint16_t* in, float* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = halfToFloat(in[i]);
}
void floatToHalfPlain(const float* in, uint16_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = floatToHalf(in[i]);
}

#ifdef NNUNET_F16C
__attribute__((target("avx,f16c"))) void halfToFloatF16c(const uint16_t* in, float* out, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i))));
  }
  halfToFloatPlain(in + i, out + i, count - i);
}
__attribute__((target("avx,f16c"))) void floatToHalfF16c(const float* in, uint16_t* out, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), half);
  }
  floatToHalfPlain(in + i, out + i, count - i);
}
const bool hasF16c = __builtin_cpu_supports("f16c") && __builtin_cpu_supports("avx");
#endif

/// Rows are converted in blocks that stay in the first-level cache.
constexpr size_t kBlock = 512;

}  // namespace

void halfToFloat(std::span<const uint16_t> in, std::span<float> out) {
#ifdef NNUNET_F16C
  if (hasF16c) return halfToFloatF16c(in.data(), out.data(), in.size());
#endif
  halfToFloatPlain(in.data(), out.data(), in.size());
}

void floatToHalf(std::span<const float> in, std::span<uint16_t> out) {
#ifdef NNUNET_F16C
  if (hasF16c) return floatToHalfF16c(in.data(), out.data(), in.size());
#endif
  floatToHalfPlain(in.data(), out.data(), in.size());
}

void doubleToHalf(std::span<const double> in, std::span<uint16_t> out) {
  float block[kBlock];
  for (size_t start = 0; start < in.size(); start += kBlock) {
    const size_t count = std::min(kBlock, in.size() - start);
    roundRowToOdd(in.data() + start, block, count);
    floatToHalf(std::span<const float>(block, count), out.subspan(start, count));
  }
}

void accumulateHalf(std::span<uint16_t> acc, std::span<const float> value, std::span<const float> weight) {
  float block[kBlock];
  for (size_t start = 0; start < acc.size(); start += kBlock) {
    const size_t count = std::min(kBlock, acc.size() - start);
    halfToFloat(std::span<const uint16_t>(acc.subspan(start, count)), std::span<float>(block, count));
    for (size_t i = 0; i < count; ++i) {
      const float weighted = value[start + i] * weight[start + i];
      block[i] = block[i] + weighted;
    }
    floatToHalf(std::span<const float>(block, count), acc.subspan(start, count));
  }
}

void accumulateHalf(std::span<uint16_t> acc, std::span<const float> value) {
  float block[kBlock];
  for (size_t start = 0; start < acc.size(); start += kBlock) {
    const size_t count = std::min(kBlock, acc.size() - start);
    halfToFloat(std::span<const uint16_t>(acc.subspan(start, count)), std::span<float>(block, count));
    for (size_t i = 0; i < count; ++i) block[i] = block[i] + value[start + i];
    floatToHalf(std::span<const float>(block, count), acc.subspan(start, count));
  }
}

void divideHalf(std::span<uint16_t> value, std::span<const uint16_t> divisor) {
  float block[kBlock];
  float by[kBlock];
  for (size_t start = 0; start < value.size(); start += kBlock) {
    const size_t count = std::min(kBlock, value.size() - start);
    halfToFloat(std::span<const uint16_t>(value.subspan(start, count)), std::span<float>(block, count));
    halfToFloat(divisor.subspan(start, count), std::span<float>(by, count));
    for (size_t i = 0; i < count; ++i) block[i] = block[i] / by[i];
    floatToHalf(std::span<const float>(block, count), value.subspan(start, count));
  }
}

}  // namespace nnunet::voxels
